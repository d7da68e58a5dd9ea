/** The workload's program, built once for each state of its source and kept among the temporary files. */
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { findBinary } from './requirements.ts';
import { runProgram } from './run-program.ts';

const SOURCE = path.join(import.meta.dirname, 'workload');

/** The path of a static binary. */
export async function buildWorkload(): Promise<string> {
  const hash = createHash('sha256');
  for (const name of ['go.mod', 'main.go', 'tls.go']) {
    hash.update(readFileSync(path.join(SOURCE, name)));
  }
  const folder = path.join(tmpdir(), `longshore-workload-${hash.digest('hex').slice(0, 16)}`);
  const file = path.join(folder, 'workload');
  if (existsSync(file)) return file;
  mkdirSync(folder, { recursive: true });
  const built = path.join(mkdtempSync(path.join(folder, 'build-')), 'workload');
  const go = findBinary('go') ?? 'go';
  const flags = ['-trimpath', '-ldflags=-s -w', '-o', built];
  const env = {
    ...process.env,
    CGO_ENABLED: '0',
    GOTOOLCHAIN: 'local',
    GOPROXY: 'off',
    GOFLAGS: '',
  };
  await runProgram([go, '-C', SOURCE, 'build', ...flags, '.'], { env });
  renameSync(built, file); // Two suites may build at once: whole or not at all.
  return file;
}
