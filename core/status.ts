/**
 * The statuses of a rollout and of a host, and which change may follow which (the table is the contract).
 * A final status never changes but by a rollback by hand.
 */
import * as z from 'zod';

export const RolloutStatus = z.enum([
  'pending',
  'awaiting_approval',
  'awaiting_window',
  'in_progress',
  'held',
  'paused',
  'rolling_back',
  'completed',
  'completed_with_failures',
  'failed',
  'rolled_back',
  'rollback_failed',
  'cancelled',
  'rejected',
  'expired',
  'superseded',
]);
export type RolloutStatus = z.infer<typeof RolloutStatus>;

export const OPEN_STATUSES = [
  'pending',
  'awaiting_approval',
  'awaiting_window',
  'in_progress',
  'held',
  'paused',
  'rolling_back',
] as const satisfies RolloutStatus[];

export function isOpen(status: RolloutStatus): boolean {
  return OPEN_STATUSES.some((open) => open === status);
}

export const HostStatus = z.enum([
  'pending',
  'updating',
  'verifying',
  'completed',
  'failed',
  'unknown',
  'skipped',
  'rolled_back',
  'rollback_failed',
]);
export type HostStatus = z.infer<typeof HostStatus>;

export function isFinalHost(status: HostStatus): boolean {
  return status !== 'pending' && status !== 'updating' && status !== 'verifying';
}

/** What may follow a status by itself; cancelled, superseded and paused follow below. */
const NEXT: Record<RolloutStatus, readonly RolloutStatus[]> = {
  pending: ['awaiting_approval', 'awaiting_window', 'in_progress', 'completed', 'failed', 'held'],
  awaiting_approval: ['awaiting_window', 'in_progress', 'rejected', 'expired', 'held'],
  awaiting_window: ['in_progress', 'held', 'rolling_back'],
  in_progress: ['awaiting_window', 'held', 'completed', 'completed_with_failures', 'rolling_back'],
  held: ['in_progress', 'rolling_back', 'pending', 'awaiting_approval', 'awaiting_window'],
  paused: [],
  rolling_back: ['rolled_back', 'rollback_failed', 'held'],
  completed: ['rolling_back'],
  completed_with_failures: ['rolling_back'],
  failed: [],
  rolled_back: [],
  rollback_failed: [],
  cancelled: ['rolling_back'],
  rejected: [],
  expired: [],
  superseded: ['rolling_back'],
};

/**
 * Every open status may be paused (a pause goes back to `pausedFrom` and nowhere else but to an end that
 * is open to every status); all but a rollback may be cancelled or superseded.
 */
export function isLegalChange(
  from: RolloutStatus,
  to: RolloutStatus,
  pausedFrom?: RolloutStatus,
): boolean {
  if (from === 'paused' && to === pausedFrom) return true;
  if (!isOpen(from)) return NEXT[from].includes(to);
  if (to === 'paused') return from !== 'paused';
  if (to === 'cancelled' || to === 'superseded') {
    return from !== 'rolling_back' && pausedFrom !== 'rolling_back';
  }
  return NEXT[from].includes(to);
}
