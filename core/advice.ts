/**
 * What a person can do about a rollout that stands, in the words of the control machine. It follows the
 * reason wherever a person reads it.
 */
import type { Rollout } from './rollout.ts';
import { isOpen } from './status.ts';

/** Whether the rollout is on its way back, or has been decided to go. */
export function isGoingBack(rollout: Rollout): boolean {
  return rollout.rollback !== undefined || rollout.decision?.action === 'roll_back';
}

/** Ends a sentence; '' where nothing waits for anybody. */
export function adviceFor(rollout: Rollout): string {
  if (!isOpen(rollout.status)) return '';
  const { status } = rollout;
  if (isGoingBack(rollout)) {
    return status === 'paused' || status === 'held' ? 'resume goes on with the way back' : '';
  }
  const ends =
    rollout.batch === -1
      ? 'cancel ends it before any host was touched'
      : 'rollback takes every touched host back, cancel leaves them as they are';
  switch (status) {
    case 'paused':
      return `resume goes on, ${ends}`;
    case 'held':
      return rollout.batch === -1 || rollout.hold?.ended !== undefined
        ? `resume tries again, ${ends}`
        : `resume goes on without the failed hosts, retry-failed tries them again, ${ends}`;
    case 'awaiting_approval':
      return 'approve begins it, reject ends it';
    default:
      return '';
  }
}
