/**
 * An answer to an approval. It is bound to the plan that stands: who names another one has seen another
 * one. It is asked for until the approval expires; who asked for the rollout does not approve it.
 */
import { type Asker, type ControlPlan, decide, refused, standingDecision } from './control-plan.ts';
import { isSameAsker, shortAsker } from './principal.ts';
import { type Rollout, rolloutTitle } from './rollout.ts';

export type Answer = { action: 'approve' | 'reject'; plan: string | undefined };

export function planAnswer(rollout: Rollout, { action, plan }: Answer, asker: Asker): ControlPlan {
  if (rollout.status !== 'awaiting_approval') {
    return refused(rollout, `is ${rollout.status}: it does not await an approval`);
  }
  const refusal = refuseAnswer(rollout, { action, plan }, asker);
  if (refusal !== undefined) return refused(rollout, refusal);
  const does = action === 'approve' ? 'is approved: it begins' : 'is rejected: it ends';
  return (
    standingDecision(rollout, action, 'wake') ?? {
      verdict: 'done',
      reason: `${rolloutTitle(rollout)} ${does}`,
      rollout: decide(rollout, action, asker),
      follows: 'wake',
    }
  );
}

/** The rollout whose approval nobody gave in time, decided to end; undefined where that is not so. */
export function expireApproval(rollout: Rollout, nowMs: number): Rollout | undefined {
  const { status, decision, approval_expires_at_ms: expiresAtMs, settings } = rollout;
  const isWaiting = status === 'awaiting_approval' && decision === undefined;
  if (!isWaiting || expiresAtMs === undefined || expiresAtMs > nowMs) return undefined;
  const why = `nobody answered within ${settings.approval.expires_after_hours} hours`;
  return { ...rollout, decision: { action: 'expire', by: 'longshore', at_ms: nowMs, why } };
}

function refuseAnswer(rollout: Rollout, answer: Answer, asker: Asker): string | undefined {
  const { plan_hash, approval_expires_at_ms: expiresAtMs, settings } = rollout;
  const { action, plan } = answer;
  if (plan !== undefined && plan !== plan_hash) {
    return `has another plan now, ${plan_hash}: look at it, then ${action} that one`;
  }
  if (expiresAtMs !== undefined && expiresAtMs <= asker.nowMs) {
    return 'has waited too long: its approval has expired';
  }
  const requester = rollout.requested?.by ?? rollout.lifted?.by;
  const isOwn = action === 'approve' && requester !== undefined && isSameAsker(requester, asker.by);
  return isOwn && !settings.approval.requester_may_approve
    ? `was asked for by ${shortAsker(asker.by)}: another person has to approve it`
    : undefined;
}
