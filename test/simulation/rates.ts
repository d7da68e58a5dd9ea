/**
 * How often each fault of the cloud hits, drawn from the seed. Not every seed has every fault: what is
 * hidden behind a common fault is found in the seeds that are without it.
 */
import type { Draw } from './draw.ts';

/** By kind: of what it befalls one in how many, at least and at most. */
const RANGES = {
  /** A call that never reaches its service. */
  lost_request: [0.002, 0.04],
  /** A call that takes effect, whose answer is lost. */
  lost_answer: [0.002, 0.05],
  throttled: [0.002, 0.05],
  server_error: [0.001, 0.03],
  /** A call that is answered after seconds, at times too late for its lambda. */
  slow_answer: [0.001, 0.02],
  /** An invocation whose sandbox dies before or after one of its calls. */
  died: [0.003, 0.05],
  /** An invocation that is over for its caller, tried again, and goes on meanwhile. */
  zombie: [0.002, 0.03],
  /** An invocation that Lambda refuses. */
  refused: [0.005, 0.08],
  event_lost: [0.02, 0.4],
  event_doubled: [0.02, 0.4],
  event_late: [0.02, 0.4],
  stale_index: [0.05, 0.8],
  left_undone: [0.01, 0.1],
  message_doubled: [0.02, 0.2],
  /** A message that is seen again while its receiver works. */
  message_early: [0.02, 0.2],
} as const satisfies Record<string, readonly [number, number]>;

export type FaultKind = keyof typeof RANGES;
export type Rates = Readonly<Record<FaultKind, number>>;

const PRESENT_SHARE = 0.7;

export function drawRates(draw: Draw): Rates {
  const rate = (kind: FaultKind) => {
    if (!draw.chance(`${kind} is there`, PRESENT_SHARE)) return 0;
    const [least, most] = RANGES[kind];
    return least * (most / least) ** draw.share(kind);
  };
  return Object.fromEntries(faultKinds().map((kind) => [kind, rate(kind)])) as Rates;
}

export function faultKinds(): FaultKind[] {
  return Object.keys(RANGES) as FaultKind[];
}

/** A line each, the most frequent first. */
export function formatRates(rates: Rates): string[] {
  return Object.entries(rates)
    .toSorted(([, one], [, other]) => other - one)
    .map(([kind, rate]) => `${kind.padEnd(16)} ${rate === 0 ? 'never' : percent(rate)}`);
}

function percent(share: number): string {
  return `${(share * 100).toFixed(2)} %`;
}
