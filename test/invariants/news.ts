/** What of a rollout's log people are told, by a list of its own. */
import type { LogEntry } from '#core/rollout.ts';

const TOLD = new Set([
  ...['awaiting_approval', 'held', 'rolling_back', 'expired', 'failed'],
  ...['completed', 'completed_with_failures', 'rolled_back', 'rollback_failed'],
]);

/** A change of status that waits for a person or is an end; not one that a person's own resume has made. */
export function newsOf(log: readonly LogEntry[]): LogEntry[] {
  return log.filter(
    ({ status, event }, index) =>
      TOLD.has(status) && status !== log[index - 1]?.status && event !== 'image.rollout_resumed',
  );
}
