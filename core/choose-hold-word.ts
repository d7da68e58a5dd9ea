/**
 * The word that ends a hold, from what is stored; undefined while nobody has decided. A word that the next
 * state would answer with the same hold is none: the two would chase each other through the history.
 */
import type { Rollout } from './rollout.ts';

export type HoldWord = 'go_on' | 'retry_failed' | 'roll_back' | 'cancel';

export function chooseHoldWord(rollout: Rollout): HoldWord | undefined {
  const isPaused = rollout.status === 'paused';
  switch (rollout.decision?.action) {
    case 'cancel':
    case 'reject':
    case 'expire':
      return 'cancel';
    case 'go_on':
    case 'retry_failed':
    case 'roll_back':
      return isPaused ? undefined : rollout.decision.action;
    case 'approve':
    case undefined:
      return isPaused || rollout.hold !== undefined ? undefined : 'go_on';
  }
}

/**
 * The word that ends the wait for an approval; the state that follows reads there what was decided. While
 * the rollout is paused, only what that state would take ends it: the two would chase each other else.
 */
export function chooseApprovalWord(rollout: Rollout): 'look' | undefined {
  const { decision, status, plan_hash } = rollout;
  if (status === 'awaiting_approval') return decision === undefined ? undefined : 'look';
  if (status !== 'paused') return 'look';
  const isTaken = decision?.action === 'approve' && decision.plan_hash === plan_hash;
  return isTaken || chooseHoldWord(rollout) === 'cancel' ? 'look' : undefined;
}
