/**
 * Which of 10,000 patterns meet a repository: the index in memory, beside asking each of 10,000 regular
 * expressions that were compiled beforehand. One process, in turns, the same names, the same answers.
 */
import { type ImagePattern, parseImagePattern } from '#core/image-pattern.ts';
import { findMatches, indexPatterns } from '#core/pattern-index.ts';
import type { Benchmark, Claim, Line, Report } from './benchmark.ts';
import { PUSHED_TO } from './many-policies.ts';
import { ratioOf, type Spread, spreadOf } from './spread.ts';

const ROUNDS = 20;
const WARM_UP = 5;
const NAMES = 50;
/** So that a round of either takes some milliseconds. */
const INDEX_REPEATS = 200;
const LEAST_RATIO = 50;

const PATTERNS = PUSHED_TO['exact, 900 globs under a name, 100 others'].patterns;
const numbers = Array.from({ length: NAMES }, (_, n) => n);

const ASKED: Readonly<Record<string, readonly string[]>> = {
  'names that some pattern meets': numbers.map((n) => `team-${(n * 37) % 100}/app-${n * 137}`),
  'names that none meets': numbers.map((n) => `team-${(n * 37) % 100}/tool-${n * 137}`),
};

function patternOf(text: string): ImagePattern {
  const pattern = parseImagePattern(text);
  if (pattern === undefined) throw new Error(`${text} is no pattern`);
  return pattern;
}

function regularExpression(text: string): RegExp {
  return new RegExp(`^${RegExp.escape(text).replaceAll('\\*', '[^/]*')}$`);
}

async function run(): Promise<Report> {
  const all = PATTERNS.map((text) => ({ text, pattern: patternOf(text) }));
  const index = indexPatterns(all);
  const expressions = PATTERNS.map(regularExpression);
  const byIndex = (name: string) => findMatches(index, name).length;
  const byScan = (name: string) => expressions.filter((one) => one.test(name)).length;

  const lines: Line[] = [];
  const claims: Claim[] = [];
  for (const [name, names] of Object.entries(ASKED)) {
    const found = names.map((one) => findMatches(index, one).map(({ text }) => text));
    const scanned = names.map((one) => PATTERNS.filter((_, at) => expressions[at]?.test(one)));
    const isSame = JSON.stringify(found) === JSON.stringify(scanned);
    const met = found.filter((one) => one.length > 0).length;
    const [scan, ours] = measure(names, byScan, byIndex);
    const ratio = ratioOf(scan, ours);
    lines.push({
      name,
      figures: { ...figures('scan', scan), ...figures('index', ours), ratio: ratio ?? 0, met },
      worse: { ratio: 'less', met: 'less' },
      cells: [micro(scan), micro(ours), ratio === undefined ? 'unclear' : `${Math.floor(ratio)}×`],
    });
    claims.push({ text: `both find the same for ${name} (${met} of ${NAMES})`, holds: isSame });
    claims.push({
      text: `the index is at least ${LEAST_RATIO} times as fast for ${name}, and the ranges do not overlap`,
      holds: ratio !== undefined && ratio >= LEAST_RATIO,
    });
  }
  return { columns: ['10,000 expressions, µs', 'the index, µs', 'ratio'], lines, claims };
}

type Ask = (name: string) => number;

/** Nanoseconds a name, of both in turns. */
function measure(names: readonly string[], byScan: Ask, byIndex: Ask): [Spread, Spread] {
  const scans: number[] = [];
  const indexed: number[] = [];
  for (let round = -WARM_UP; round < ROUNDS; round += 1) {
    const scan = timeOf(names, byScan, 1);
    const ours = timeOf(names, byIndex, INDEX_REPEATS);
    if (round < 0) continue;
    scans.push(scan);
    indexed.push(ours);
  }
  return [spreadOf(scans), spreadOf(indexed)];
}

function timeOf(names: readonly string[], ask: Ask, repeats: number): number {
  let found = 0;
  const startedAt = process.hrtime.bigint();
  for (let turn = 0; turn < repeats; turn += 1) for (const name of names) found += ask(name);
  const took = Number(process.hrtime.bigint() - startedAt);
  if (found < 0) throw new Error('the answers are used, so that the work is done');
  return took / (names.length * repeats);
}

function figures(name: string, { min, median, max }: Spread): Record<string, number> {
  return { [`${name}_min_ns`]: min, [`${name}_median_ns`]: median, [`${name}_max_ns`]: max };
}

function micro({ min, median, max }: Spread): string {
  const text = (ns: number) => (ns / 1000).toLocaleString('en', { maximumSignificantDigits: 3 });
  return `${text(median)} (${text(min)} to ${text(max)})`;
}

export const matching: Benchmark = {
  name: 'matching',
  about: `a repository against 10,000 patterns in memory, medians of ${ROUNDS} rounds in turns, with ranges`,
  notShown: 'what reading the patterns from the table takes; a push never does it.',
  run,
};
