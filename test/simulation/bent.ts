/**
 * What a seed is bent on, if on anything: where two rare things have to meet, no seed comes to it by chance alone. It
 * adds to what every seed has, and takes nothing away.
 */
import type { Draw } from './draw.ts';
import type { Rates } from './rates.ts';
import type { Document } from './world.ts';

export type Bent =
  /** Hosts that were told something say nothing, or something else. */
  | 'silence'
  /** People on the hosts, at the wrong moment. */
  | 'hands'
  /** Stop in the console while steps hang, and something else right after it. */
  | 'console'
  /** Plans that wait for an approval, by the wrong person or of the wrong plan. */
  | 'approvals'
  /** Pushes shortly before a window ends. */
  | 'windows'
  /** The next push comes while hosts work on the last one. */
  | 'takeovers'
  /** Bad images that somebody tries again at once, while lambdas hang. */
  | 'retries'
  /** One host after another; meanwhile a freeze is set, or somebody decides. */
  | 'one_by_one'
  /** What is to wait for a person hangs, and is tried again. */
  | 'waits'
  /** A command is sent and its sender does not know; the next push comes while a host works on the first of two. */
  | 'copies'
  /** The next push comes while a step that has asked its gate hangs, or who takes over dies on the way. */
  | 'gates';

export function drawBent(draw: Draw): Bent | undefined {
  return draw.weigh<Bent | undefined>('bent', [
    [undefined, 39],
    ['one_by_one', 3],
    ['waits', 3],
    ['copies', 3],
    ['gates', 3],
    ['silence', 7],
    ['hands', 7],
    ['console', 7],
    ['approvals', 7],
    ['windows', 7],
    ['takeovers', 7],
    ['retries', 7],
  ]);
}

/** The policy as such a seed has it. */
export function bendPolicy(policy: Document, bent: Bent | undefined, draw: Draw): Document {
  switch (bent) {
    case 'silence':
      // In half of them nobody looks again at what was made of an answer.
      return { ...policy, soak_seconds: draw.pick('soak', [0, 60]), max_unknown_rate: 1 };
    case 'hands':
      // There is a look after the update, and somebody goes back at times.
      return { ...policy, soak_seconds: 60, max_failure_rate: 0.5, max_unknown_rate: 1 };
    case 'console':
      // Some chunks of a batch wait for their turn.
      return { ...policy, ...staged(policy), max_unavailable: draw.int('few', 1, 2) };
    case 'approvals':
      return { ...policy, update_strategy: 'manual' };
    case 'windows': {
      const minutes = (of: number) => String(of % 24).padStart(2, '0');
      const hour = draw.int('hour', 5, 9);
      return {
        ...policy,
        maintenance_window_start: `${minutes(hour)}:00`,
        maintenance_window_end: `${minutes(hour + draw.int('hours', 1, 2))}:30`,
        maintenance_window_zone: 'UTC',
      };
    }
    case 'takeovers':
      return { ...policy, on_newer: 'supersede', max_unknown_rate: 1 };
    case 'retries':
      return {
        ...{ ...policy, ...staged(policy), max_failure_rate: 0, on_threshold: 'hold' },
        max_unavailable: draw.int('few', 2, 3),
      };
    case 'one_by_one':
      // Each of them for longer than a lambda may have asked its gate before.
      return {
        ...{ ...policy, ...staged(policy), staged_batches: [1], max_unavailable: 1 },
        soak_seconds: 120,
        runtime: draw.pick('runtime', ['recreate', 'command']),
      };
    case 'waits':
      return { ...policy, update_strategy: 'manual', on_threshold: 'hold' };
    case 'copies':
      return { ...policy, on_newer: 'supersede', max_unknown_rate: 1 };
    case 'gates':
      return { ...policy, on_newer: 'supersede' };
    default:
      return policy;
  }
}

function staged({ update_strategy }: Document): Document {
  return update_strategy === 'auto' ? { update_strategy: 'staged' } : {};
}

const MORE_OFTEN: Readonly<Partial<Record<Bent, Partial<Rates>>>> = {
  console: { zombie: 0.05, event_doubled: 0.4, event_late: 0.4 },
  retries: { zombie: 0.02 },
};

export function bendRates(rates: Rates, bent: Bent | undefined): Rates {
  return { ...rates, ...(bent && MORE_OFTEN[bent]) };
}
