/** What a range of seeds came to, and what is wrong with that. */
import { ENOUGH_SEEDS, notReached } from './sometimes.ts';
import type { Answer } from './worker.ts';

/** A run in which less happens proves little. */
const LEAST = { rollouts: 5, faults: 20 };
const FIGURES = ['pushes', 'commands', 'faults', 'rollouts'] as const;
type Figure = (typeof FIGURES)[number];

export class Report {
  seeds = 0;
  readonly failing: number[] = [];
  readonly figures: Record<Figure, number[]> = {
    pushes: [],
    commands: [],
    faults: [],
    rollouts: [],
  };
  readonly counters = new Map<string, number>();

  add(outcome: Answer): void {
    this.seeds += 1;
    if (outcome.violations.length > 0) this.failing.push(outcome.seed);
    for (const figure of FIGURES) this.figures[figure].push(outcome[figure]);
    for (const [name, count] of Object.entries(outcome.counters)) {
      this.counters.set(name, (this.counters.get(name) ?? 0) + count);
    }
  }

  toJson() {
    const { seeds, failing, counters } = this;
    const figures = Object.fromEntries(FIGURES.map((name) => [name, spread(this.figures[name])]));
    return { seeds, failing, figures, counters: Object.fromEntries([...counters].toSorted()) };
  }
}

function spread(counts: readonly number[]) {
  const sorted = counts.toSorted((one, other) => one - other);
  const at = (share: number) => sorted[Math.floor(share * (sorted.length - 1))] ?? 0;
  return { least: at(0), median: at(0.5), most: at(1) };
}

export function judgeReport({ failing, figures, counters, seeds }: Report): string[] {
  const claims =
    failing.length > 0 ? [`${failing.length} seeds violate something: ${failing}`] : [];
  for (const [figure, least] of Object.entries(LEAST)) {
    const { median } = spread(figures[figure as Figure]);
    if (median < least) claims.push(`the median of ${figure} is ${median}, less than ${least}`);
  }
  if (seeds < ENOUGH_SEEDS) return claims;
  return [...claims, ...notReached(counters).map((what) => `never reached: ${what}`)];
}

export function formatReport(report: Report, seconds: number): string {
  const counted = [...report.counters].toSorted(([one], [other]) => one.localeCompare(other));
  const lines = FIGURES.map((name) => {
    const { least, median, most } = spread(report.figures[name]);
    return `${name.padEnd(10)} median ${median}, from ${least} to ${most}`;
  });
  return [
    '',
    `${report.seeds} seeds in ${seconds.toFixed(0)} s, ${(report.seeds / seconds).toFixed(2)} a second`,
    ...lines,
    '',
    ...counted.map(([name, count]) => `${String(count).padStart(8)}  ${name}`),
    '',
    ...notReached(report.counters).map((what) => `   never  ${what}`),
    '',
  ].join('\n');
}
