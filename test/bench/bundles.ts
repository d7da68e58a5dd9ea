/**
 * How large the lambdas are, and what it costs to import one: beside one bundle that holds all of them, made
 * the same way, and one of which nothing is left out. Each import in a fresh process, in turns.
 */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { gzipSync } from 'node:zlib';
import { buildSync } from 'esbuild';
import { buildLambda } from '#lib/bundle.ts';
import { LAMBDA_NAMES } from '#lib/lambda-list.ts';
import type { Benchmark, Claim, Line, Report } from './benchmark.ts';
import { ratioOf, type Spread, spreadOf } from './spread.ts';

/** As AWS counts. */
const KB = 1024;
const MOST_KB = 250;
const ROUNDS = 9;
const LAMBDAS = path.join(import.meta.dirname, '..', '..', 'lambdas');
/** A lambda of a step, and the largest. */
const IMPORTED = ['judge-batch', 'plan-rollout'];
const ALL = 'all in one bundle';
const WHOLE = 'all in one bundle, nothing left out';

const MEASURE = `
const before = process.cpuUsage();
require(process.argv[1]);
const { user, system } = process.cpuUsage(before);
process.stdout.write(String((user + system) / 1000));`;

async function run(): Promise<Report> {
  const folder = mkdtempSync(path.join(tmpdir(), 'longshore-bundles-'));
  try {
    const codes = buildAll(folder);
    const files = new Map([...IMPORTED, ALL, WHOLE].map((name, at) => [name, `${at}.cjs`]));
    for (const [name, file] of files) {
      writeFileSync(path.join(folder, file), codes.get(name) ?? '');
    }
    const importMs = measure(
      new Map([...files].map(([name, file]) => [name, path.join(folder, file)])),
    );
    const whole = importMs.get(WHOLE);
    const lines = [...codes].map(([name, code]) => lineOf(name, code, importMs.get(name), whole));
    return {
      columns: ['KB', 'KB packed', 'import, ms of CPU', 'of the last row'],
      lines,
      claims: claimsOf(lines),
    };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function buildAll(folder: string): Map<string, string> {
  const codes = new Map<string, string>();
  for (const name of LAMBDA_NAMES) {
    codes.set(name, buildLambda(path.join(LAMBDAS, `${name}.ts`)).code);
  }
  const entry = path.join(folder, 'all.ts');
  const exports = LAMBDA_NAMES.map((name, at) => {
    const from = JSON.stringify(path.join(LAMBDAS, `${name}.ts`));
    return `export { handler as handler${at} } from ${from};`;
  });
  writeFileSync(entry, exports.join('\n'));
  codes.set(ALL, buildLambda(entry).code);
  const { outputFiles } = buildSync({
    entryPoints: [entry],
    write: false,
    bundle: true,
    platform: 'node',
    target: 'node24',
    format: 'cjs',
    mainFields: ['module', 'main'],
    minify: true,
    keepNames: true,
    legalComments: 'none',
  });
  codes.set(WHOLE, outputFiles.map(({ text }) => text).join(''));
  return codes;
}

/** Milliseconds of processor time. */
function measure(files: ReadonlyMap<string, string>): Map<string, Spread> {
  const tookMs = new Map([...files.keys()].map((name) => [name, [] as number[]]));
  for (let round = 0; round < ROUNDS; round += 1) {
    for (const [name, file] of files) {
      const printed = execFileSync(process.execPath, ['-e', MEASURE, file], { encoding: 'utf8' });
      tookMs.get(name)?.push(Number(printed));
    }
  }
  return new Map([...tookMs].map(([name, values]) => [name, spreadOf(values)]));
}

function lineOf(
  name: string,
  code: string,
  importMs: Spread | undefined,
  whole: Spread | undefined,
): Line {
  const packed = gzipSync(code).length;
  const ratio = importMs && whole && ratioOf(whole, importMs);
  return {
    name,
    figures: {
      bytes: Buffer.byteLength(code),
      packed_bytes: packed,
      ...(importMs && {
        import_min_ms: importMs.min,
        import_median_ms: importMs.median,
        import_max_ms: importMs.max,
      }),
      ...(ratio !== undefined && { ratio }),
    },
    cells: [
      Math.round(Buffer.byteLength(code) / KB).toLocaleString('en'),
      (packed / KB).toFixed(1),
      importMs ? `${text(importMs.median)} (${text(importMs.min)} to ${text(importMs.max)})` : '',
      ratio === undefined ? '' : `1/${ratio.toFixed(1)}`,
    ],
    ...(ratio !== undefined && { worse: { ratio: 'less' } }),
  };
}

function text(ms: number): string {
  return ms.toFixed(0);
}

function claimsOf(lines: readonly Line[]): Claim[] {
  const lambdas = lines.filter(({ name }) => name !== ALL && name !== WHOLE);
  const largest = Math.max(...lambdas.map(({ figures }) => figures['packed_bytes'] ?? 0));
  const median = (name: string) =>
    lines.find((line) => line.name === name)?.figures['import_median_ms'] ?? 0;
  return [
    {
      text: `each of ${lambdas.length} lambdas is at most ${MOST_KB} KB packed`,
      holds: largest <= MOST_KB * KB,
    },
    {
      text: 'a lambda imports with less CPU than all in one bundle, nothing left out',
      holds: IMPORTED.every((name) => median(name) < median(WHOLE)),
    },
  ];
}

export const bundles: Benchmark = {
  name: 'bundles',
  about: `the lambdas' code in bytes, and the CPU of an import, medians of ${ROUNDS} rounds in turns, with ranges`,
  notShown:
    "a cold start: Lambda's own arm64 machine, its share of a processor and the loading of the code are not here.",
  run,
};
