/**
 * Which Retry and which Catch answers a failure. `ErrorEquals` is compared exactly; the reserved
 * names are the only wildcards: States.ALL takes everything but States.DataLimitExceeded and
 * States.Runtime, States.TaskFailed everything but those and States.Timeout. States.Runtime is
 * answered by nothing: the execution fails.
 */
import type { Catcher, Retrier } from './definition.ts';
import type { StateFailure } from './failures.ts';

const DEFAULT_INTERVAL_SECONDS = 1;
const DEFAULT_BACKOFF_RATE = 2;
const DEFAULT_MAX_ATTEMPTS = 3;

export function isErrorMatched(errorEquals: readonly string[], failure: StateFailure): boolean {
  const name = failure.errorName;
  if (name === 'States.Runtime') return false;
  if (name !== undefined && errorEquals.includes(name)) return true;
  if (failure.isHeartbeat && errorEquals.includes('States.HeartbeatTimeout')) return true;
  if (name === 'States.DataLimitExceeded') return false;
  if (errorEquals.includes('States.ALL')) return true;
  return errorEquals.includes('States.TaskFailed') && name !== 'States.Timeout';
}

export interface RetryPlan {
  readonly retrier: number;
  readonly delayMs: number;
}

/**
 * The first retrier that matches decides, also when it has no attempt left.
 *
 * @param attempts how often each retrier was used in this visit of the state
 */
export function planRetry(
  retriers: readonly Retrier[],
  attempts: readonly number[],
  failure: StateFailure,
  random: () => number,
): RetryPlan | undefined {
  const index = retriers.findIndex(({ ErrorEquals }) => isErrorMatched(ErrorEquals, failure));
  const retrier = retriers[index];
  if (retrier === undefined) return undefined;
  const used = attempts[index] ?? 0;
  if (used >= (retrier.MaxAttempts ?? DEFAULT_MAX_ATTEMPTS)) return undefined;
  const grown =
    (retrier.IntervalSeconds ?? DEFAULT_INTERVAL_SECONDS) *
    (retrier.BackoffRate ?? DEFAULT_BACKOFF_RATE) ** used;
  const seconds = Math.min(grown, retrier.MaxDelaySeconds ?? Number.POSITIVE_INFINITY);
  const jitter = retrier.JitterStrategy === 'FULL' ? random() : 1;
  return { retrier: index, delayMs: Math.round(seconds * 1_000 * jitter) };
}

export function chooseCatcher(catchers: readonly Catcher[], failure: StateFailure): number {
  return catchers.findIndex(({ ErrorEquals }) => isErrorMatched(ErrorEquals, failure));
}
