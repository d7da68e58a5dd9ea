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
import type { Target } from './target.ts';

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
  const later = refuseLater(rollout, target, active);
  if (later !== undefined) return refused(rollout, later);
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

/** Why a rollout is not the one that its target's hosts run; undefined where it is. */
function refuseLater(
  { status, policy, number }: Rollout,
  target: Target,
  active: Rollout | undefined,
): string | undefined {
  if (active !== undefined && isOpen(standingOf(active))) {
    return `is ${status}, and ${rolloutTitle(active)} is ${active.status}; cancel that one or roll it back`;
  }
  // Who was superseded has a later one always; no execution walks it any more.
  if (target.number === number && status !== 'superseded') return undefined;
  const last = rolloutTitle({ policy, number: target.number });
  return `is ${status}, and ${last} came after it; roll that one back`;
}

/** Why a rollout that has ended is not followed by the image of an earlier one; undefined where it may be. */
export function refuseReturnTo(
  rollout: Rollout,
  to: Rollout | undefined,
  { target, active }: Place,
): string | undefined {
  if (isOpen(standingOf(rollout))) return `is ${rollout.status}: roll it back or cancel it first`;
  if (target === undefined) return 'has ended, and its target is gone';
  const isOwn = to?.policy === rollout.policy && to.repository === rollout.repository;
  if (to === undefined || !isOwn) return 'has no earlier rollout of that id';
  const title = rolloutTitle(to);
  if (to.number >= rollout.number) return `is not later than ${title}`;
  if (!to.status.startsWith('completed')) return `cannot go to ${title}, which is ${to.status}`;
  if (to.image.digest === rollout.image.digest) return `brought the same image as ${title}`;
  return refuseLater(rollout, target, active);
}
