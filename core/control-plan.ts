/** What a request comes to: a refusal that changes nothing, or a change of the rollout and what follows it. */
import { isAsleep } from './await-window.ts';
import { logEvent } from './change-status.ts';
import { shortAsker } from './principal.ts';
import type { ExecutionFact } from './reopen.ts';
import { type Decision, type Rollout, rolloutTitle } from './rollout.ts';
import type { Target } from './target.ts';

/** Who asks, why, and by which execution of the control machine. */
export interface Asker {
  by: string;
  why: string;
  request: string;
  nowMs: number;
}

/** An execution as DescribeExecution tells it; undefined where there is none. */
export type Described = (ExecutionFact & { isRedrivable: boolean }) | undefined;

/**
 * `stay`: nothing. `wake`: whoever waits for a person is told to look. `redrive`: the ended execution goes
 * on. `run`: a fresh execution takes over. `start`: the one that is named already begins.
 */
export type Follows = 'stay' | 'wake' | 'redrive' | 'run' | 'start';

export type ControlPlan =
  | { verdict: 'refused'; reason: string }
  /** The rollout is the very same where there is nothing to write. */
  | {
      verdict: 'done';
      reason: string;
      rollout: Rollout;
      /** Written after the rollout, and before what follows. */
      target?: Target;
      follows: Follows;
    };

/** Where the rollout belongs: its target, and another rollout that is active there. */
export interface Place {
  target: Target | undefined;
  active: Rollout | undefined;
}

const WORDS: Readonly<Record<Decision['action'], string>> = {
  approve: 'approve it',
  reject: 'reject it',
  expire: 'let it expire',
  go_on: 'go on',
  retry_failed: 'retry the failed hosts',
  roll_back: 'roll it back',
  cancel: 'cancel it',
};

export function refused(rollout: Rollout, why: string): ControlPlan {
  return { verdict: 'refused', reason: `${rolloutTitle(rollout)} ${why}` };
}

/** How a decision reaches whoever walks the rollout: a token, or a fresh run where none could take it soon. */
export function followUp(rollout: Rollout, execution: Described, nowMs: number): 'wake' | 'run' {
  return execution?.status === 'RUNNING' && !isAsleep(rollout, nowMs) ? 'wake' : 'run';
}

/**
 * The answer where something is decided already: the same is not decided twice, and another is refused.
 * Undefined where nothing is, or where the new decision ends what the old one would let go on.
 */
export function standingDecision(
  rollout: Rollout,
  action: Decision['action'],
  follows: Follows,
): ControlPlan | undefined {
  const { decision } = rollout;
  if (decision === undefined) return undefined;
  const what = `${shortAsker(decision.by)} decided to ${WORDS[decision.action]}`;
  if (decision.action === action) {
    const reason = `${rolloutTitle(rollout)}: ${what} already`;
    return { verdict: 'done', reason, rollout, follows };
  }
  const isEnd = action === 'cancel' || action === 'roll_back';
  const goesOn = ['approve', 'go_on', 'retry_failed'].includes(decision.action);
  return isEnd && goesOn ? undefined : refused(rollout, `is decided about: ${what}`);
}

/** The rollout with what was decided about it, and the log entry that says who did. */
export function decide(
  rollout: Rollout,
  action: Decision['action'],
  { by, why, request, nowMs }: Asker,
): Rollout {
  const plan_hash = action === 'approve' ? rollout.plan_hash : undefined;
  const decision = { action, by, why, at_ms: nowMs, ...(plan_hash !== undefined && { plan_hash }) };
  return logEvent(
    { ...rollout, decision },
    {
      to: rollout.status,
      event: 'image.rollout_decided',
      who: by,
      why: `${WORDS[action]}: ${why}`,
      nowMs,
      request,
    },
  );
}
