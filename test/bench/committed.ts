/**
 * What ran, beside what was committed. A count that is worse by one is worse; a ratio, which differs from
 * run to run, where it is less than a quarter as good: what else the machine does slows the two sides of it unequally,
 * and beside a busy neighbour an unchanged tree has had less than half. A line that is new has nothing to be compared with.
 */
import * as z from 'zod';
import type { Direction, Line, Report } from './benchmark.ts';

const RATIO_SLACK = 4;

const Committed = z.object({
  benchmarks: z.array(
    z.object({
      name: z.string(),
      figures: z.record(z.string(), z.record(z.string(), z.number())),
    }),
  ),
});

interface Ran {
  benchmark: { name: string };
  report: Pick<Report, 'lines'>;
}

/** A sentence for each figure that is worse. `committed`: the text of docs/benchmarks.json. */
export function findWorse(committed: string, finished: readonly Ran[]): string[] {
  const { benchmarks } = Committed.parse(JSON.parse(committed));
  return finished.flatMap(({ benchmark: { name }, report }) => {
    const before = benchmarks.find((one) => one.name === name)?.figures ?? {};
    return report.lines.flatMap((line) =>
      worseFigures(line, before[line.name]).map((text) => `${name}, ${line.name}: ${text}`),
    );
  });
}

function worseFigures(
  { figures, worse = {} }: Line,
  before: Readonly<Record<string, number>> | undefined,
): string[] {
  if (before === undefined) return [];
  return Object.entries(worse).flatMap(([figure, direction]) => {
    // A call that was never made is counted nowhere.
    const [is, was] = [figures[figure] ?? 0, before[figure] ?? 0];
    const slack = figure.endsWith('ratio') ? RATIO_SLACK : 1;
    return isWorse({ is, was, slack, direction }) ? [`${figure} is ${is}, was ${was}`] : [];
  });
}

function isWorse(of: { is: number; was: number; slack: number; direction: Direction }): boolean {
  const { is, was, slack, direction } = of;
  return direction === 'more' ? is > was * slack : is * slack < was;
}
