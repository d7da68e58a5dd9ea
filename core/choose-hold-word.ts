/** The word that ends a hold, from what is stored; undefined while nobody has decided. */
import type { Rollout } from './rollout.ts';

export type HoldWord = 'go_on' | 'retry_failed' | 'roll_back' | 'cancel';

export function chooseHoldWord(rollout: Rollout): HoldWord | undefined {
  switch (rollout.decision?.action) {
    case 'retry_failed':
      return 'retry_failed';
    case 'roll_back':
      return 'roll_back';
    case 'cancel':
    case 'reject':
    case 'expire':
      return 'cancel';
    case 'go_on':
    case 'approve':
      return 'go_on';
    case undefined:
      return rollout.hold === undefined && rollout.status !== 'paused' ? 'go_on' : undefined;
  }
}
