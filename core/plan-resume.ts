/**
 * How a rollout that was paused or held goes on. What an ended execution has closed is opened by its own
 * Redrive, so that the person in the console and the one who asks here do the same thing; where that
 * execution can be redriven no more, or is not wanted, one write opens it and names a fresh one.
 */
import { adviceFor } from './advice.ts';
import { type Change, changeStatus } from './change-status.ts';
import {
  type Asker,
  type ControlPlan,
  type Described,
  decide,
  type Follows,
  refused,
  standingDecision,
} from './control-plan.ts';
import { shortAsker } from './principal.ts';
import { type Ended, endedOf } from './reopen.ts';
import { type Rollout, rolloutTitle } from './rollout.ts';

export type Resumer = Asker & { fresh: boolean };

export function planResume(rollout: Rollout, execution: Described, asker: Resumer): ControlPlan {
  if (rollout.status !== 'paused' && rollout.status !== 'held') {
    const advice = asker.fresh ? 'pause it first' : adviceFor(rollout);
    const why = `is ${rollout.status}: there is nothing to resume`;
    return refused(rollout, advice === '' ? why : `${why}; ${advice}`);
  }
  const ended = endedOf(rollout);
  if (ended !== undefined) return resumeEnded(rollout, ended, execution, asker);
  const isWalked = execution?.status === 'RUNNING' && !asker.fresh;
  if (rollout.status === 'held') return goOn(rollout, asker, isWalked ? 'wake' : 'run');
  if (isWalked) return open(rollout, asker, 'wake');
  return redriveOrRun(rollout, execution, asker);
}

/** Past a hold: the decision is taken by the door. */
function goOn(rollout: Rollout, asker: Asker, follows: Follows): ControlPlan {
  return (
    standingDecision(rollout, 'go_on', follows) ?? {
      verdict: 'done',
      reason: `${rolloutTitle(rollout)} goes on`,
      rollout: decide(rollout, 'go_on', asker),
      follows,
    }
  );
}

function resumeEnded(
  rollout: Rollout,
  { resume, redrive_count }: Ended,
  execution: Described,
  asker: Resumer,
): ControlPlan {
  const isRedriven = (execution?.redriveCount ?? 0) > redrive_count;
  if (resume === undefined && !isRedriven) return redriveOrRun(rollout, execution, asker);
  const isOwn = resume?.request === asker.request;
  const who = resume === undefined ? 'somebody in the console' : shortAsker(resume.by);
  const reason = isOwn
    ? goesOn(rollout)
    : `${rolloutTitle(rollout)} goes on: ${who} resumed it already`;
  if (isRedriven && execution?.status === 'RUNNING' && !asker.fresh) {
    return { verdict: 'done', reason, rollout, follows: 'stay' };
  }
  // Whoever asked first may have died before the Redrive: asked for once more, it is made once.
  return !isRedriven && execution?.isRedrivable === true && !asker.fresh
    ? { verdict: 'done', reason, rollout, follows: 'redrive' }
    : redriveOrRun(rollout, execution, asker);
}

/** Who asked is stored before the Redrive; what was closed is opened by the step that it wakes. */
function redriveOrRun(rollout: Rollout, execution: Described, asker: Resumer): ControlPlan {
  if (execution?.isRedrivable !== true || asker.fresh) return open(rollout, asker, 'run');
  const { by, why, request, nowMs } = asker;
  const ended = {
    execution_arn: execution.arn,
    redrive_count: execution.redriveCount,
    resume: { by, why, at_ms: nowMs, request },
  };
  const { paused, hold } = rollout;
  return {
    verdict: 'done',
    reason: goesOn(rollout),
    rollout: {
      ...rollout,
      resumes: rollout.resumes + 1,
      ...(paused !== undefined && { paused: { ...paused, ended } }),
      ...(paused === undefined && hold !== undefined && { hold: { ...hold, ended } }),
    },
    follows: 'redrive',
  };
}

function goesOn(rollout: Rollout): string {
  return `${rolloutTitle(rollout)} goes on where it stood: its execution is redriven`;
}

/** The token of a Redrive takes 64 characters: asked for twice, an execution is redriven once. */
export function redriveToken(rollout: Rollout): string {
  return `${rollout.rollout}-${rollout.resumes}`.slice(-64);
}

function open(rollout: Rollout, asker: Asker, follows: Follows): ControlPlan {
  const next = openPause(rollout, asker);
  const how = follows === 'run' ? ', in a fresh execution' : '';
  const still =
    next.hold === undefined ? '' : `; it stays held: ${next.hold.reason}; ${adviceFor(next)}`;
  const reason = `${rolloutTitle(rollout)} is ${next.status} again${how}${still}`;
  return { verdict: 'done', reason, rollout: next, follows };
}

/** The rollout as it was before its pause, and before the end of an execution held it. */
export function openPause(rollout: Rollout, asker: Asker): Rollout {
  const { by: who, why, request, nowMs } = asker;
  const to = (status: Rollout['status']): Change => ({
    ...{ to: status, event: 'image.rollout_resumed', who, why, request, nowMs },
  });
  if (rollout.paused !== undefined) {
    const { paused, ...rest } = changeStatus(rollout, to(rollout.paused.from));
    // A batch that a person has stopped was not tried in vain.
    return openPause({ ...rest, batch_attempts: 0 }, asker);
  }
  if (rollout.hold?.ended === undefined) return rollout;
  const from = rollout.held_from ?? 'in_progress';
  const { hold, held_from, ...rest } = changeStatus(rollout, to(from));
  return rest;
}
