/** Where results are written: the figures as JSON, and the tables of docs/benchmarks.md between its comments. */
import { readFileSync, writeFileSync } from 'node:fs';
import { loadavg } from 'node:os';
import path from 'node:path';
import * as z from 'zod';
import { type Benchmark, formatFindings, type Report } from './benchmark.ts';

const ROOT = path.join(import.meta.dirname, '..', '..');
export const DOCS = path.join(ROOT, 'docs');
const Package = z.object({ name: z.string(), version: z.string() });

export interface Finished {
  benchmark: Benchmark;
  report: Report;
}

export function readPackage(): { package: string } {
  const { name, version } = Package.parse(
    JSON.parse(readFileSync(path.join(ROOT, 'package.json'), 'utf8')),
  );
  return { package: `${name} ${version}` };
}

export function toJson(
  finished: readonly Finished[],
  versions: Readonly<Record<string, string>>,
): string {
  const ran = { date: new Date().toISOString().slice(0, 10), load: busyness() };
  const benchmarks = finished.map(({ benchmark, report: { lines, claims, goals = [] } }) => ({
    name: benchmark.name,
    ...ran,
    figures: Object.fromEntries(lines.map((line) => [line.name, line.figures])),
    claims,
    goals,
  }));
  const platform = `${process.platform} ${process.arch}`;
  return format({ ...versions, node: process.version, platform, benchmarks });
}

/** Others' work on the machine: the load of one, five and fifteen minutes. */
function busyness(): string {
  return loadavg()
    .map((one) => one.toFixed(1))
    .join(', ');
}

/** Writes the figures of what ran; those of what did not run stay. And the tables, between their comments. */
export function writeDocs(file: string, json: string, finished: readonly Finished[]): void {
  writeFileSync(file, merge(readFileSync(file, 'utf8'), json));
  const page = path.join(DOCS, 'benchmarks.md');
  let text = readFileSync(page, 'utf8');
  for (const { benchmark, report } of finished) {
    const [from, to] = [`<!-- bench: ${benchmark.name} -->`, `<!-- end: ${benchmark.name} -->`];
    const [start, end] = [text.indexOf(from), text.indexOf(to)];
    if (start < 0 || end < start) throw new Error(`docs/benchmarks.md has no place for ${from}`);
    const written = `${from}\n${formatFindings(benchmark, report)}\n`;
    text = `${text.slice(0, start)}${written}${text.slice(end)}`;
  }
  writeFileSync(page, text);
}

const Written = z.looseObject({ benchmarks: z.array(z.looseObject({ name: z.string() })) });

function merge(before: string, json: string): string {
  const [old, ran] = [before, json].map((text) => Written.parse(JSON.parse(text)));
  const all = new Map<string, unknown>();
  for (const one of [...(old?.benchmarks ?? []), ...(ran?.benchmarks ?? [])])
    all.set(one.name, one);
  return format({ ...ran, benchmarks: [...all.values()] });
}

function format(results: Readonly<Record<string, unknown>>): string {
  return `${JSON.stringify(results, undefined, 2)}\n`;
}
