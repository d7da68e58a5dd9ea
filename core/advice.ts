/**
 * What a person can do about a rollout that stands, in the words of the control machine. It follows the
 * reason wherever a person reads it.
 */
import type { ControlRequest } from './control-request.ts';
import type { Rollout } from './rollout.ts';
import { isOpen } from './status.ts';

/** Whether the rollout is on its way back, or has been decided to go. */
export function isGoingBack(rollout: Rollout): boolean {
  return rollout.rollback !== undefined || rollout.decision?.action === 'roll_back';
}

/** An action of the control machine, and what it does now: the end of a sentence that begins with it. */
export interface Choice {
  action: ControlRequest['action'];
  does: string;
}

/** Ends a sentence; '' where nothing waits for anybody. */
export function adviceFor(rollout: Rollout): string {
  return choicesFor(rollout)
    .map(({ action, does }) => `${action} ${does}`)
    .join(', ');
}

/** What a person can choose from; nothing where nothing waits for anybody. */
export function choicesFor(rollout: Rollout): Choice[] {
  const { status, batch } = rollout;
  if (!isOpen(status)) return [];
  if (isGoingBack(rollout)) {
    const waits = status === 'paused' || status === 'held';
    return waits ? [{ action: 'resume', does: 'goes on with the way back' }] : [];
  }
  const ends: Choice[] =
    batch === -1
      ? [{ action: 'cancel', does: 'ends it before any host was touched' }]
      : [
          { action: 'rollback', does: 'takes every touched host back' },
          { action: 'cancel', does: 'leaves them as they are' },
        ];
  switch (status) {
    case 'paused':
      return [{ action: 'resume', does: 'goes on' }, ...ends];
    case 'held':
      return [...waysOn(rollout), ...ends];
    case 'awaiting_approval':
      return [
        { action: 'approve', does: 'begins it' },
        { action: 'reject', does: 'ends it' },
      ];
    default:
      return [];
  }
}

function waysOn({ batch, hold }: Rollout): Choice[] {
  if (batch === -1 || hold?.ended !== undefined) return [{ action: 'resume', does: 'tries again' }];
  return [
    { action: 'resume', does: 'goes on without the failed hosts' },
    { action: 'retry-failed', does: 'tries them again' },
  ];
}
