/** Whether a plan may be carried out, and what comes before its first batch. */

import { containerFor, type Policy } from './policy.ts';
import { describeClaim, listClaims } from './policy-claims.ts';
import { changeStatus, type Decision, logEvent, type Rollout } from './rollout.ts';
import { listUnsupported } from './unsupported-fields.ts';

export interface FoundHosts {
  hosts: readonly string[];
  /** Matching hosts that SSM does not reach now: left out of the plan. */
  offline: number;
}

/** Why the rollout cannot begin; undefined where it can. No host was touched. */
export function refusePlan(
  rollout: Rollout,
  found: FoundHosts,
  imageIsThere: boolean,
): string | undefined {
  const { settings, image } = rollout;
  const [unsupported] = listUnsupported(settings);
  if (unsupported !== undefined) return unsupported.message;
  if (!imageIsThere) return `${image.repository}@${image.digest} is gone from the registry`;
  if (found.hosts.length === 0) {
    const offline =
      found.offline > 0 ? ` (${found.offline} match, but none of them is online)` : '';
    return `no host matches policy ${rollout.policy}${offline}; hosts need the tag longshore:enabled=true and the policy's own`;
  }
  const reached = new Set(found.hosts);
  const missing = settings.first_batch.filter((host) => !reached.has(host));
  if (missing.length > 0) {
    return `first_batch names ${missing.join(', ')}, which the policy does not select or SSM does not reach now`;
  }
  if (settings.max_hosts !== undefined && found.hosts.length > settings.max_hosts) {
    return `${found.hosts.length} hosts match, more than max_hosts ${settings.max_hosts}`;
  }
  return undefined;
}

/** What is stored beside a rollout when it is planned. */
export interface Beside {
  /** Whether its policy is still there. */
  isStored: boolean;
  /** Policies that may claim the same container; its own may be among them. */
  others: readonly Policy[];
}

/** Why the rollout's policy lets it begin no more: it is gone, or another claims the same hosts. */
export function refuseClaim(rollout: Rollout, { isStored, others }: Beside): string | undefined {
  const { policy: id, settings, repository } = rollout;
  if (!isStored) return `policy ${id} is gone: what it began, and no host has heard of, ends here`;
  const own = { ...settings, id, container: containerFor(settings, repository) };
  const [claim] = listClaims(
    [own],
    others.filter((other) => other.id !== id),
  );
  return claim === undefined ? undefined : `${id} ${describeClaim(claim)}`;
}

/** The rollout as refused: "Close rollout" ends it as failed, with this reason. */
export function refuse(rollout: Rollout, reason: string): Rollout {
  return { ...rollout, error_message: reason };
}

export type PlanVerdict = 'ready' | 'await_approval' | 'nothing_to_do';

/**
 * What follows once the plan stands: an approval is taken (bound to the plan's hash), asked for, or not
 * needed. The rollout is another object where there is something to write.
 */
export function planApproval(
  rollout: Rollout,
  nowMs: number,
): { verdict: PlanVerdict; reason: string; rollout: Rollout } {
  const { decision } = rollout;
  if (rollout.settings.update_strategy !== 'manual') {
    return { verdict: 'ready', reason: `${rollout.plan?.hosts} hosts are planned`, rollout };
  }
  if (rollout.approved_plan !== undefined && rollout.approved_plan === rollout.plan_hash) {
    return { verdict: 'ready', reason: 'the plan is approved', rollout };
  }
  if (
    decision?.action === 'reject' ||
    decision?.action === 'expire' ||
    decision?.action === 'cancel'
  ) {
    return { verdict: 'nothing_to_do', reason: decision.why, rollout };
  }
  if (decision?.action === 'approve' && decision.plan_hash === rollout.plan_hash) {
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
    return { verdict: 'ready', reason: `${decision.by} approved the plan`, rollout: approved };
  }
  const reason = 'a person has to approve the plan';
  // A pause is opened by whoever resumes it; until then it waits as it is.
  if (rollout.status === 'paused') return { verdict: 'await_approval', reason, rollout };
  if (rollout.status === 'awaiting_approval') {
    const waiting = decision === undefined ? rollout : dropStray(rollout, decision, nowMs);
    return { verdict: 'await_approval', reason, rollout: waiting };
  }
  return {
    verdict: 'await_approval',
    reason,
    rollout: {
      ...changeStatus(rollout, {
        to: 'awaiting_approval',
        event: 'image.rollout_awaiting_approval',
        who: 'longshore',
        why: `${rollout.plan?.hosts} hosts are planned; ${reason}`,
        nowMs,
      }),
      approval_expires_at_ms: nowMs + rollout.settings.approval.expires_after_hours * 3_600_000,
    },
  };
}

/** An answer that opens nothing (another plan's approval): kept, it would be looked at without an end. */
function dropStray(rollout: Rollout, decision: Decision, nowMs: number): Rollout {
  const { decision: _stray, ...rest } = rollout;
  const what = decision.action === 'approve' ? 'approved another plan' : decision.action;
  return logEvent(rest, {
    to: rollout.status,
    event: 'image.rollout_awaiting_approval',
    who: decision.by,
    why: `${what}: not an answer to this plan, which waits on`,
    nowMs,
  });
}
