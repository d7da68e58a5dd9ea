/**
 * Docker Compose v2, built from its Go module at the version of go.mod, and kept among the temporary files.
 *
 * The first build downloads the module's parts (go.sum pins each of them) and takes some minutes; with Go's
 * module cache filled, it needs no network.
 */
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { findBinary } from '#local/docker/requirements.ts';
import { runProgram } from '#local/docker/run-program.ts';

const SOURCE = import.meta.dirname;
const MODULE = 'github.com/docker/compose/v2';

/** The path of the plugin's binary, which is also a program of its own. */
export async function buildComposePlugin(): Promise<string> {
  const sums = ['go.mod', 'go.sum'].map((name) => readFileSync(path.join(SOURCE, name), 'utf8'));
  const version = /^require github\.com\/docker\/compose\/v2 (v\S+)/m.exec(sums[0] ?? '')?.[1];
  if (version === undefined) throw new Error('go.mod names no version of Docker Compose');
  const hash = createHash('sha256').update(sums.join('\n')).digest('hex').slice(0, 16);
  const folder = path.join(tmpdir(), `longshore-compose-${version}-${hash}`);
  const file = path.join(folder, 'docker-compose');
  if (existsSync(file)) return file;
  mkdirSync(folder, { recursive: true });
  const scratch = mkdtempSync(path.join(folder, 'build-'));
  const built = path.join(scratch, 'docker-compose');
  const link = `-ldflags=-s -w -X ${MODULE}/internal.Version=${version}`;
  const flags = ['-mod=readonly', '-trimpath', '-buildvcs=false', link, '-o', built];
  const env = { ...process.env, CGO_ENABLED: '0', GOFLAGS: '' };
  const go = findBinary('go') ?? 'go';
  await runProgram([go, '-C', SOURCE, 'build', ...flags, `${MODULE}/cmd`], { env });
  renameSync(built, file); // Two suites may build at once: whole or not at all.
  rmSync(scratch, { recursive: true });
  return file;
}
