/** A seed, told to people: its rates, what happened, what the rollouts logged, what was violated. */
import { drawWorld } from './draw-world.ts';
import type { Outcome } from './play-seed.ts';
import { formatRates } from './rates.ts';
import type { Shrunk } from './shrink.ts';
import type { Size } from './world.ts';

export function tellWorld(seed: number, size: Size): string {
  const { rates, skewMs, settings, policies, happenings } = drawWorld(seed, size);
  return [
    `seed ${seed}: ${size.hosts} hosts, ${size.hours} hours, ${happenings.length} happenings`,
    ...formatRates(rates).map((line) => `  ${line}`),
    `  the clocks of lambdas are off by ${skewMs} ms at most`,
    `  settings ${JSON.stringify(settings)}`,
    ...policies.map((policy) => `  policy ${JSON.stringify(policy)}`),
    '',
  ].join('\n');
}

export function tellOutcome({ story, violations, hash }: Outcome): string {
  return [
    ...story.map(({ atMs, text }) => `${timeOf(atMs)} ${text}`),
    '',
    ...(violations.length === 0 ? ['nothing was violated'] : violations),
    `trace ${hash.slice(0, 16)}`,
    '',
  ].join('\n');
}

export function tellShrunk({ outcome, without, off, plays }: Shrunk): string {
  const faults = off.size === 0 ? 'with all faults' : `without ${[...off].join(', ')}`;
  const head = `The shortest story of it after ${plays} plays, without ${without.size} happenings, ${faults}:`;
  return `${head}\n${tellOutcome(outcome)}`;
}

function timeOf(atMs: number): string {
  return new Date(atMs).toISOString().slice(5, 23).replace('T', ' ');
}
