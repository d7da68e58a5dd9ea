/**
 * The way back of a rollout that has ended. Its target takes it up again, as it stood when it was active; its
 * next run then turns the target, as any way back does.
 *
 * In this order: the rollout says what was decided, the target takes it up, its run begins. Dying in between
 * leaves nothing locked, and the same request goes on. Only the last rollout of a target goes back: after a
 * later one, nobody could say what "before" was.
 */
import {
  type Asker,
  type ControlPlan,
  decide,
  type Place,
  refused,
  standingDecision,
} from './control-plan.ts';
import { type Rollout, rolloutTitle, standingOf, toSeed } from './rollout.ts';
import { isLegalChange, isOpen } from './status.ts';

export function planReturn(rollout: Rollout, place: Place, asker: Asker): ControlPlan {
  const { target, active } = place;
  if (!isLegalChange(rollout.status, 'rolling_back')) {
    return refused(
      rollout,
      `is ${rollout.status}: it has ended, and there is no way back from that`,
    );
  }
  if (rollout.batch === -1) return refused(rollout, `is ${rollout.status}, and touched no host`);
  if (target === undefined) return refused(rollout, 'has ended, and its target is gone');
  if (active !== undefined && isOpen(standingOf(active))) {
    const next = `${rolloutTitle(active)} is ${active.status}; cancel that one or roll it back`;
    return refused(rollout, `is ${rollout.status}, and ${next}`);
  }
  // Who was superseded has a later one always; no execution walks it any more.
  if (target.number !== rollout.number || rollout.status === 'superseded') {
    const last = rolloutTitle({ ...rollout, number: target.number });
    return refused(rollout, `is ${rollout.status}, and ${last} came after it; roll that one back`);
  }
  const taken = { ...target, active: toSeed(rollout) };
  const isTaken = target.active?.rollout === rollout.rollout;
  const standing = standingDecision(rollout, 'roll_back', 'start');
  if (standing?.verdict === 'done') return isTaken ? standing : { ...standing, target: taken };
  return {
    verdict: 'done',
    reason: `${rolloutTitle(rollout)} goes back, with every host that it touched`,
    rollout: decide(rollout, 'roll_back', asker),
    target: taken,
    follows: 'run',
  };
}
