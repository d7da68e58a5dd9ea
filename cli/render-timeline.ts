/** When everything would happen: a line for each instant, in the policy's zone and in UTC. */
import type { ForeseenStep } from '#core/foresee-rollout.ts';
import { count, type Line, line, showClock, showSpan } from './format.ts';
import type { Planned } from './planned.ts';

/** A batch may take a window a night for months. */
const MOST_STEPS = 40;

export function timelineLines({ forecast, source, nowMs }: Planned): Line[] {
  const { earliest, latest } = forecast;
  if (earliest === undefined || latest === undefined) return [];
  const zone = source.policy.maintenance_window_zone ?? 'UTC';
  const width = Math.max(zone.length, showClock(0, zone).length);
  const at = (atMs: number, text: string) => {
    const own = showClock(atMs, zone).padEnd(width);
    const utc = zone === 'UTC' ? '' : `  ${showClock(atMs, 'UTC').slice('Sat '.length)}`;
    const clocks = `${own}${utc}  `;
    return line(clocks + text, clocks.length);
  };
  const longest = longestOf(latest.steps);
  const shown = earliest.steps.slice(0, MOST_STEPS);
  const more = earliest.steps.length - shown.length;
  return [
    line(zone === 'UTC' ? zone : `${zone.padEnd(width)}  UTC`),
    ...shown.map((step) => at(step.fromMs, describe(step, longest))),
    ...(more > 0 ? [line(`… and ${more} steps more, all of them with --json`)] : []),
    earliest.endsAtMs === undefined
      ? at(earliest.steps.at(-1)?.untilMs ?? nowMs, `no end is in sight: ${earliest.stops}`)
      : at(earliest.endsAtMs, 'ends, if every host answers at once'),
    ...(latest.endsAtMs === undefined
      ? []
      : [at(latest.endsAtMs, 'ends at the latest, if none has to be tried again')]),
  ];
}

/** The longest that each batch takes, by its number: the sum of its parts. */
function longestOf(steps: readonly ForeseenStep[]): Map<number, number> {
  const longest = new Map<number, number>();
  for (const step of steps) {
    if (step.kind !== 'batch') continue;
    const before = longest.get(step.batch) ?? 0;
    longest.set(step.batch, before + step.untilMs - step.fromMs);
  }
  return longest;
}

function describe(step: ForeseenStep, longest: ReadonlyMap<number, number>): string {
  const ms = step.untilMs - step.fromMs;
  switch (step.kind) {
    case 'approval':
      return `waits for the approval, for up to ${showSpan(ms)}; here it comes at once`;
    case 'delay':
      return `waits ${showSpan(ms)} between the batches`;
    case 'window':
      return `waits: ${step.reason}`;
    case 'batch': {
      const most = longest.get(step.batch);
      const atMost = most === undefined ? '' : `, takes up to ${showSpan(most)}`;
      return `batch ${step.batch + 1}: ${count(step.hosts, 'host')}${atMost}`;
    }
  }
}
