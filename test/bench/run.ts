/** `npm run bench`: what is counted and what is measured, and whether every claim about it holds. */
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import * as z from 'zod';
import { type Benchmark, formatReport, formatTable, type Report } from './benchmark.ts';
import { calls } from './calls.ts';
import { matching } from './matching.ts';

const BENCHMARKS: readonly Benchmark[] = [matching, calls];
const ROOT = path.join(import.meta.dirname, '..', '..');
const Package = z.object({ name: z.string(), version: z.string() });

const HELP = `npm run bench [-- NAME…] [-- --json | --write]

Runs the benchmarks, all of them or those named, and exits with 1 where a claim does not hold.

${BENCHMARKS.map(({ name, about }) => `  ${name.padEnd(10)} ${about}`).join('\n')}

  --json     prints JSON with the versions of what ran
  --write    writes that JSON to docs/benchmarks.json, and the tables into docs/benchmarks.md
  --help     this text
`;

interface Finished {
  benchmark: Benchmark;
  report: Report;
}

async function main(args: string[]): Promise<number> {
  const { values, positionals } = parseArgs({
    args,
    allowPositionals: true,
    options: {
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
  if (values.write && positionals.length > 0) throw new TypeError('--write takes all benchmarks');
  const finished: Finished[] = [];
  for (const benchmark of BENCHMARKS) {
    if (positionals.length > 0 && !positionals.includes(benchmark.name)) continue;
    const report = await benchmark.run();
    finished.push({ benchmark, report });
    if (!values.json) process.stdout.write(`${formatReport(benchmark, report)}\n\n`);
  }
  if (values.json) process.stdout.write(toJson(finished));
  if (values.write) writeDocs(finished);
  const failed = finished.flatMap(({ report }) => report.claims).filter(({ holds }) => !holds);
  for (const { text } of failed) process.stderr.write(`does not hold: ${text}\n`);
  return failed.length > 0 ? 1 : 0;
}

function toJson(finished: readonly Finished[]): string {
  const { name, version } = Package.parse(
    JSON.parse(readFileSync(path.join(ROOT, 'package.json'), 'utf8')),
  );
  const benchmarks = finished.map(({ benchmark, report: { lines, claims } }) => ({
    name: benchmark.name,
    figures: Object.fromEntries(lines.map((line) => [line.name, line.figures])),
    claims,
  }));
  const ran = { package: `${name} ${version}`, node: process.version, platform: platform() };
  return `${JSON.stringify({ ...ran, benchmarks }, undefined, 2)}\n`;
}

function platform(): string {
  return `${process.platform} ${process.arch}`;
}

/** Between the two comments that name a benchmark, the page has its table. */
function writeDocs(finished: readonly Finished[]): void {
  writeFileSync(path.join(ROOT, 'docs/benchmarks.json'), toJson(finished));
  const page = path.join(ROOT, 'docs/benchmarks.md');
  let text = readFileSync(page, 'utf8');
  for (const { benchmark, report } of finished) {
    const [from, to] = [`<!-- bench: ${benchmark.name} -->`, `<!-- end: ${benchmark.name} -->`];
    const [start, end] = [text.indexOf(from), text.indexOf(to)];
    if (start < 0 || end < start) throw new Error(`docs/benchmarks.md has no place for ${from}`);
    text = `${text.slice(0, start)}${from}\n${formatTable(report)}\n${text.slice(end)}`;
  }
  writeFileSync(page, text);
}

try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  if (!(error instanceof TypeError)) throw error;
  process.stderr.write(`${error.message}\n\n${HELP}`);
  process.exitCode = 2;
}
