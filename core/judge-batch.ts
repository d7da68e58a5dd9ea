/**
 * Whether a batch may go on, from its tallies.
 *
 * Failure rate: failed of finished (healthy + failed), strictly greater than the limit, once 5 have
 * finished or the batch has ended: 1 of 4 does not trip 0.2 while hosts are still out, 1 of 5 is not more
 * than 0.2, 2 of 5 is. Consecutive failures: in the order of finishing (SSM's time, then host id) over
 * the whole batch; 3 in a row trip 3. Unknown: silent of all hosts of the batch, strictly greater; judged
 * at the end of the batch, because a host is only silent once its deadline has passed.
 */
import type { Tally } from './tally.ts';
import { byFinish, sumTallies } from './tally.ts';

/** Fewer finished hosts than this say little, while more are still to come. */
const MINIMUM_SAMPLE = 5;
/** One host with a broken old container is bad luck; two say that the check itself looks wrong. */
const BASELINES = 2;

export interface Thresholds {
  max_failure_rate: number;
  max_consecutive_failures: number;
  max_unknown_rate: number;
  on_threshold: 'hold' | 'rollback';
}

export type BatchVerdict =
  | { verdict: 'within'; reason: string }
  | { verdict: 'hold' | 'roll_back'; reason: string };

/** `hasEnded`: every chunk of the batch is recorded. `hosts`: all hosts of the batch. */
export function judgeBatch(
  tallies: readonly Tally[],
  thresholds: Thresholds,
  batch: { hosts: number; hasEnded: boolean },
): BatchVerdict {
  const counts = sumTallies(tallies);
  if (counts.baseline >= BASELINES) {
    return {
      verdict: 'hold',
      reason: `the health check itself looks wrong: on ${counts.baseline} hosts the old container fails it too`,
    };
  }
  const crossed = crossedThreshold(tallies, thresholds, batch.hasEnded);
  if (crossed !== undefined) {
    const verdict = thresholds.on_threshold === 'rollback' ? 'roll_back' : 'hold';
    return { verdict, reason: `High failure rate detected: ${crossed}` };
  }
  if (batch.hasEnded && counts.unknown / batch.hosts > thresholds.max_unknown_rate) {
    return {
      verdict: 'hold',
      reason: `${counts.unknown} of ${batch.hosts} hosts gave no answer, more than ${percent(thresholds.max_unknown_rate)}`,
    };
  }
  const well = counts.completed + counts.skipped;
  const rest = [
    counts.failed > 0 ? `${counts.failed} failed` : '',
    counts.unknown > 0 ? `${counts.unknown} unknown` : '',
  ].filter((part) => part !== '');
  return {
    verdict: 'within',
    reason: [`${well} of ${batch.hosts} hosts are healthy`, ...rest].join(', '),
  };
}

function crossedThreshold(
  tallies: readonly Tally[],
  thresholds: Thresholds,
  hasEnded: boolean,
): string | undefined {
  const { completed, skipped, failed } = sumTallies(tallies);
  const finished = completed + skipped + failed;
  // Each that is crossed is named: a short row says nothing of how many have failed in all.
  const crossed: string[] = [];
  const row = longestRow(tallies);
  if (row >= thresholds.max_consecutive_failures) {
    crossed.push(
      `${row} hosts in a row failed, the limit is ${thresholds.max_consecutive_failures}`,
    );
  }
  const isEnough = finished >= MINIMUM_SAMPLE || hasEnded;
  if (isEnough && finished > 0 && failed / finished > thresholds.max_failure_rate) {
    crossed.push(
      `${failed} of ${finished} finished hosts failed, more than ${percent(thresholds.max_failure_rate)}`,
    );
  }
  return crossed.length === 0 ? undefined : crossed.join('; ');
}

function longestRow(tallies: readonly Tally[]): number {
  let longest = 0;
  let row = 0;
  for (const [, , mark] of tallies.flatMap((tally) => tally.finishes).toSorted(byFinish)) {
    row = mark === 'f' ? row + 1 : 0;
    longest = Math.max(longest, row);
  }
  return longest;
}

function percent(share: number): string {
  return `${Math.round(share * 1000) / 10} %`;
}
