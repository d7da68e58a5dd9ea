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

/** The word for whatever wait a rollout's decision ends: an approval's is read by the state that follows. */
export function chooseDecisionWord(rollout: Rollout): HoldWord | 'look' | undefined {
  return rollout.status === 'awaiting_approval' ? 'look' : chooseHoldWord(rollout);
}
