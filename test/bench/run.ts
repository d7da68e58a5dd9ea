/** `npm run bench`: what is counted and what is measured, and whether every claim about it holds. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { type Benchmark, formatReport } from './benchmark.ts';
import { blastRadius } from './blast-radius.ts';
import { bundles } from './bundles.ts';
import { calls } from './calls.ts';
import { findWorse } from './committed.ts';
import { cost } from './cost.ts';
import { DOCS, type Finished, readPackage, toJson, writeDocs } from './documents.ts';
import { gates } from './gates.ts';
import { hops } from './hops.ts';
import { matching } from './matching.ts';
import { rolloutCalls } from './rollout-calls.ts';
import { rolloutSize } from './rollout-size.ts';
import { scale } from './scale.ts';
import { sender } from './sender.ts';
import { thousandPushes } from './thousand-pushes.ts';

/** In the order of their pages. A new one is a line here, and a place in docs/benchmarks.md. */
const BENCHMARKS: readonly Benchmark[] = [
  matching,
  calls,
  rolloutCalls,
  rolloutSize,
  hops,
  blastRadius,
  gates,
  sender,
  thousandPushes,
  cost,
  bundles,
  scale,
];
const COMMITTED = path.join(DOCS, 'benchmarks.json');

const HELP = `npm run bench [-- NAME…] [-- --large] [-- --json | --write]

Runs the benchmarks and exits with 1 where a claim does not hold, or a count is worse than in
docs/benchmarks.json. Goals are shown, met or not. What takes minutes (*) runs only where it is named.

${BENCHMARKS.map(({ name, about, isLarge }) => `${isLarge ? '*' : ' '} ${name.padEnd(10)} ${about}`).join('\n')}

  --large    with what takes minutes as well, where a benchmark has it
  --json     prints JSON with the versions of what ran
  --write    writes what ran to docs/benchmarks.json, and its tables into docs/benchmarks.md: the way to
             accept another count; with --large
  --help     this text
`;

async function main(args: string[]): Promise<number> {
  const { values, positionals } = parseArgs({
    args,
    allowPositionals: true,
    options: {
      large: { type: 'boolean', default: false },
      json: { type: 'boolean', default: false },
      write: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) {
    process.stdout.write(HELP);
    return 0;
  }
  const unknown = positionals.filter((name) => !BENCHMARKS.some((one) => one.name === name));
  if (unknown.length > 0) throw new TypeError(`there is no benchmark ${unknown.join(', ')}`);
  const isWanted = ({ name, isLarge }: Benchmark) =>
    positionals.length > 0 ? positionals.includes(name) : !isLarge;
  const finished: Finished[] = [];
  for (const benchmark of BENCHMARKS.filter(isWanted)) {
    const report = await benchmark.run({ isLarge: values.large || values.write });
    finished.push({ benchmark, report });
    if (!values.json) process.stdout.write(`${formatReport(benchmark, report)}\n\n`);
  }
  const json = toJson(finished, readPackage());
  if (values.json) process.stdout.write(json);
  const worse = values.write ? [] : findWorse(readFileSync(COMMITTED, 'utf8'), finished);
  if (values.write) writeDocs(COMMITTED, json, finished);
  const failed = finished.flatMap(({ report }) => report.claims).filter(({ holds }) => !holds);
  for (const { text } of failed) process.stderr.write(`does not hold: ${text}\n`);
  for (const text of worse) process.stderr.write(`worse than committed: ${text}\n`);
  if (worse.length > 0) {
    process.stderr.write('Where that is meant: npm run bench -- --write, and commit it.\n');
  }
  return failed.length > 0 || worse.length > 0 ? 1 : 0;
}

try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  if (!(error instanceof TypeError)) throw error;
  process.stderr.write(`${error.message}\n\n${HELP}`);
  process.exitCode = 2;
}
