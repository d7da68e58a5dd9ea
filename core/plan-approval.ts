/** A person's leave to carry out a plan: bound to the plan's hash, asked for once, and it expires. */
import { changeStatus, logEvent } from './change-status.ts';
import { shortAsker } from './principal.ts';
import type { Decision, Rollout } from './rollout.ts';

export type PlanVerdict = 'ready' | 'await_approval' | 'nothing_to_do';

interface PlannedApproval {
  verdict: PlanVerdict;
  reason: string;
  /** Another object where there is something to write. */
  rollout: Rollout;
}

const REFUSALS: readonly Decision['action'][] = ['reject', 'expire', 'cancel'];

/** What follows once the plan stands: an approval is not needed, taken, refused, or asked for. */
export function planApproval(rollout: Rollout, nowMs: number): PlannedApproval {
  const { decision } = rollout;
  if (rollout.settings.update_strategy !== 'manual') {
    return { verdict: 'ready', reason: `${rollout.plan?.hosts} hosts are planned`, rollout };
  }
  if (rollout.approved_plan !== undefined && rollout.approved_plan === rollout.plan_hash) {
    return { verdict: 'ready', reason: 'the plan is approved', rollout };
  }
  if (decision !== undefined && REFUSALS.includes(decision.action)) {
    return { verdict: 'nothing_to_do', reason: decision.why, rollout };
  }
  if (decision?.action === 'approve' && decision.plan_hash === rollout.plan_hash) {
    return takeApproval(rollout, decision, nowMs);
  }
  return askApproval(rollout, nowMs);
}

function takeApproval(rollout: Rollout, decision: Decision, nowMs: number): PlannedApproval {
  const { decision: _taken, approval_expires_at_ms, ...rest } = rollout;
  const approved = logEvent(
    { ...rest, approved_plan: decision.plan_hash },
    {
      to: rollout.status,
      event: 'image.rollout_approved',
      who: decision.by,
      why: decision.why,
      nowMs,
    },
  );
  const reason = `${shortAsker(decision.by)} approved the plan`;
  return { verdict: 'ready', reason, rollout: approved };
}

function askApproval(rollout: Rollout, nowMs: number): PlannedApproval {
  const verdict = 'await_approval';
  const reason = 'a person has to approve the plan';
  // A pause is opened by whoever resumes it; until then it waits as it is.
  if (rollout.status === 'paused') return { verdict, reason, rollout };
  if (rollout.status === 'awaiting_approval') {
    return { verdict, reason, rollout: dropStray(rollout, nowMs) };
  }
  const asked = changeStatus(rollout, {
    to: 'awaiting_approval',
    event: 'image.rollout_awaiting_approval',
    who: 'longshore',
    why: `${rollout.plan?.hosts} hosts are planned; ${reason}`,
    nowMs,
  });
  const expiresAtMs = nowMs + rollout.settings.approval.expires_after_hours * 3_600_000;
  return { verdict, reason, rollout: { ...asked, approval_expires_at_ms: expiresAtMs } };
}

/** An answer that opens nothing (another plan's approval): kept, it would be looked at without an end. */
function dropStray(rollout: Rollout, nowMs: number): Rollout {
  const { decision, ...rest } = rollout;
  if (decision === undefined) return rollout;
  const what = decision.action === 'approve' ? 'approved another plan' : decision.action;
  return logEvent(rest, {
    to: rollout.status,
    event: 'image.rollout_awaiting_approval',
    who: decision.by,
    why: `${what}: not an answer to this plan, which waits on`,
    nowMs,
  });
}
