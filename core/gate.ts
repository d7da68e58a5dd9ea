/**
 * The gate: who may walk a rollout, and whether a command may go out now. Every step asks with one
 * consistent read of `meta` and of the target.
 *
 * Invariant: at most one rollout per target may send, and only the execution that `meta` names may write.
 */
import { commandSeconds } from './chunk-command.ts';
import { judgeSchedule } from './judge-schedule.ts';
import { shortAsker } from './principal.ts';
import type { Rollout } from './rollout.ts';
import { rolloutTitle } from './rollout.ts';
import type { Schedule } from './schedule.ts';
import { isOpen } from './status.ts';
import type { Target } from './target.ts';

export type Walk = { kind: 'walks' } | { kind: 'superseded' | 'replaced'; reason: string };

export interface Walker {
  run: number;
  /** Its ARN, as the first step of an execution tells it; the others come after that one. */
  execution?: string | undefined;
}

/** Whether this execution is the one that may walk the rollout. */
export function judgeWalk(
  rollout: Rollout,
  target: Target | undefined,
  { run, execution }: Walker,
): Walk {
  if (execution !== undefined && execution !== rollout.execution_arn) {
    return {
      kind: 'replaced',
      reason: `${rollout.execution_arn} walks ${rolloutTitle(rollout)}; ${execution} ends here`,
    };
  }
  if (rollout.run !== run) {
    return {
      kind: 'replaced',
      reason: `run ${rollout.run} walks ${rolloutTitle(rollout)}; run ${run} ends here`,
    };
  }
  if (rollout.status === 'superseded') {
    return { kind: 'superseded', reason: `${rolloutTitle(rollout)} was superseded` };
  }
  if (isOpen(rollout.status) && target?.active?.rollout !== rollout.rollout) {
    const active = target?.active;
    return {
      kind: 'superseded',
      reason:
        active === undefined
          ? `${rolloutTitle(rollout)} is no longer its target's active rollout`
          : `${rolloutTitle(active)} has taken over`,
    };
  }
  return { kind: 'walks' };
}

export interface GateVerdict {
  isOpen: boolean;
  reason: string;
}

/**
 * Whether an update may be sent now. What could still change a host after the window's end, or in a
 * freeze, is not sent. Only updates ask the window: a look changes nothing, and a host on a bad image goes
 * back at once, whatever the hour.
 */
export function judgeUpdateGate(
  rollout: Rollout,
  batch: number,
  schedule: Schedule,
  nowMs: number,
): GateVerdict {
  if (rollout.status !== 'in_progress') {
    return { isOpen: false, reason: `the rollout is ${rollout.status}` };
  }
  if (rollout.hold !== undefined) return { isOpen: false, reason: rollout.hold.reason };
  if (rollout.gate === 'closed') {
    return { isOpen: false, reason: `the gate of batch ${rollout.batch + 1} is closed` };
  }
  if (rollout.batch !== batch) {
    return { isOpen: false, reason: `batch ${rollout.batch + 1} is open, not ${batch + 1}` };
  }
  if (rollout.decision !== undefined) {
    return {
      isOpen: false,
      reason: `${shortAsker(rollout.decision.by)} decided to ${rollout.decision.action}`,
    };
  }
  const access = judgeSchedule(schedule, commandSeconds(rollout, 'update') * 1000, nowMs);
  if (!access.isOpen) return { isOpen: false, reason: access.reason };
  return { isOpen: true, reason: 'the gate is open' };
}

/**
 * Whether a failed host may be restored now. A gate that a threshold closed does not keep it on the bad
 * image; a halt by a person, a pause or a hold does.
 */
export function judgeRestoreGate(rollout: Rollout): GateVerdict {
  const isHalted = rollout.status !== 'in_progress' || rollout.hold !== undefined;
  return { isOpen: !isHalted, reason: `the rollout is ${rollout.status}` };
}

/** Whether a command of the way back may be sent now. */
export function judgeRollbackGate(rollout: Rollout): GateVerdict {
  if (rollout.status !== 'rolling_back' || rollout.rollback === undefined) {
    return { isOpen: false, reason: `the rollout is ${rollout.status}` };
  }
  if (rollout.hold !== undefined) return { isOpen: false, reason: rollout.hold.reason };
  return { isOpen: true, reason: 'the rollout goes back' };
}
