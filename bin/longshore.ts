#!/usr/bin/env node
/** What `npx longshore` runs, from the folder of the project. */
import { randomUUID } from 'node:crypto';
import { promisify } from 'node:util';
import { shellRuntime } from '#aws/runtime.ts';
import { main } from '#cli/main.ts';

/** As of a program that SIGPIPE ended. */
const READER_IS_GONE = 141;

process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit(READER_IS_GONE);
  throw error;
});
process.exitCode = await main(process.argv.slice(2), {
  out: process.stdout,
  err: process.stderr,
  cwd: process.cwd(),
  runtime: shellRuntime,
  sleep: promisify(setTimeout),
  makeId: randomUUID,
});
