/**
 * What each action does in each status: legal ones change the rollout by one write, the others answer in a
 * sentence and change nothing. A request that was carried out before is not carried out again.
 *
 * Invariants: a pause by a person is opened by a person; who has decided is overruled only by one who ends
 * the rollout.
 */
import { adviceFor, isGoingBack } from './advice.ts';
import { changeStatus } from './change-status.ts';
import {
  type Asker,
  type ControlPlan,
  type Described,
  decide,
  followUp,
  type Place,
  refused,
  standingDecision,
} from './control-plan.ts';
import type { ControlRequest } from './control-request.ts';
import { planAnswer } from './plan-answer.ts';
import { openPause, planResume } from './plan-resume.ts';
import { planReturn } from './plan-return.ts';
import { shortAsker } from './principal.ts';
import { type Rollout, rolloutTitle, standingOf } from './rollout.ts';
import { isOpen } from './status.ts';

export function planControl(
  rollout: Rollout,
  asked: ControlRequest,
  execution: Described,
  place: Place,
  nowMs: number,
): ControlPlan {
  const { action, plan, fresh, by, reason: why, request } = asked;
  const asker: Asker = { by, why, request, nowMs };
  // A way back that is decided, and has not begun, is gone on with.
  const isUntaken = standingOf(rollout) !== rollout.status;
  if (!isUntaken && rollout.log.some((entry) => entry.request === request)) {
    return doneBefore(rollout, execution);
  }
  if (!isOpen(rollout.status)) {
    return action === 'rollback'
      ? planReturn(rollout, place, asker)
      : refused(rollout, `is ${rollout.status}: it has ended`);
  }
  switch (action) {
    case 'pause':
      return planPause(rollout, asker);
    case 'resume':
      return planResume(rollout, execution, { ...asker, fresh });
    case 'approve':
    case 'reject':
      return planAnswer(rollout, { action, plan }, asker);
    case 'cancel':
      return planCancel(rollout, execution, asker);
    case 'rollback':
      return planRollback(rollout, execution, asker);
    case 'retry-failed':
      return planRetry(rollout, execution, asker);
  }
}

/** Whoever carried it out may have died before what follows: that is done again, which does no harm. */
function doneBefore(rollout: Rollout, execution: Described): ControlPlan {
  const follows = execution === undefined ? 'start' : 'wake';
  return {
    verdict: 'done',
    reason: `${rolloutTitle(rollout)} is ${rollout.status}: this was done before`,
    rollout,
    follows: isOpen(rollout.status) ? follows : 'stay',
  };
}

function planPause(rollout: Rollout, { by, why, request, nowMs }: Asker): ControlPlan {
  const { paused, status: from } = rollout;
  if (paused !== undefined) {
    return refused(rollout, `is paused already, by ${shortAsker(paused.by)}: ${paused.cause}`);
  }
  const change = { to: 'paused', event: 'image.rollout_paused', who: by, why } as const;
  const next: Rollout = {
    ...changeStatus(rollout, { ...change, request, nowMs }),
    paused: { from, cause: why, since_ms: nowMs, by },
  };
  const reason = `${rolloutTitle(rollout)} is paused: hosts at work finish, no other begins; ${adviceFor(next)}`;
  return { verdict: 'done', reason, rollout: next, follows: 'stay' };
}

function planCancel(rollout: Rollout, execution: Described, asker: Asker): ControlPlan {
  if (rollout.rollback !== undefined) {
    return refused(rollout, 'goes back already, and is not left in between');
  }
  const follows = followUp(rollout, execution, asker.nowMs);
  return (
    standingDecision(rollout, 'cancel', follows) ?? {
      verdict: 'done',
      reason: `${rolloutTitle(rollout)} is cancelled: hosts at work finish, and all stay as they are`,
      rollout: decide(rollout, 'cancel', asker),
      follows,
    }
  );
}

function planRollback(rollout: Rollout, execution: Described, asker: Asker): ControlPlan {
  if (rollout.rollback !== undefined) {
    const advice = adviceFor(rollout);
    return refused(rollout, `goes back already${advice === '' ? '' : `; ${advice}`}`);
  }
  if (rollout.batch === -1) return refused(rollout, 'has touched no host: cancel it');
  const follows = followUp(rollout, execution, asker.nowMs);
  return (
    standingDecision(rollout, 'roll_back', follows) ?? {
      verdict: 'done',
      reason: `${rolloutTitle(rollout)} goes back, with every host that it touched`,
      rollout: decide(openPause(rollout, asker), 'roll_back', asker),
      follows,
    }
  );
}

function planRetry(rollout: Rollout, execution: Described, asker: Asker): ControlPlan {
  if (rollout.status !== 'held' || isGoingBack(rollout) || rollout.batch === -1) {
    const advice = adviceFor(rollout);
    const why = `is ${rollout.status}: no failed hosts wait for a person`;
    return refused(rollout, advice === '' ? why : `${why}; ${advice}`);
  }
  const follows = followUp(rollout, execution, asker.nowMs);
  return (
    standingDecision(rollout, 'retry_failed', follows) ?? {
      verdict: 'done',
      reason: `${rolloutTitle(rollout)} tries its failed and unknown hosts again`,
      rollout: decide(rollout, 'retry_failed', asker),
      follows,
    }
  );
}
