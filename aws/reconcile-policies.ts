/**
 * Brings the table to what the stack's files say. Reads everything, decides (plan-policies.ts), then removes
 * and writes, each on condition of the version read. Whoever dies on the way leaves a table that the next
 * call goes on from: what is done already is no longer to do.
 *
 * A target stays when its policy goes: it remembers denials and generations, should the policy come back.
 * A rollout that begins between the reading and the removal is refused by "Plan rollout", which asks whether
 * its policy is still there; one that was planned by then goes on by the settings that it froze.
 */
import type { Logger } from '@aws-lambda-powertools/logger';
import type { CheckedPolicy } from '#core/judge-policies.ts';
import {
  type ActiveRollout,
  describeRefusal,
  listGone,
  planPolicies,
  type StoredPolicies,
} from '#core/plan-policies.ts';
import type { Policy } from '#core/policy.ts';
import { rolloutTitle } from '#core/rollout.ts';
import type { Settings } from '#core/settings.ts';
import { HeldPolicy } from '#core/stored-policy.ts';
import { parseStoredPolicy, queryTargets, scanSpecs, unreadableOf } from './policy-store.ts';
import { parseTarget, readRollout } from './rollout-store.ts';
import { deleteVersioned, type Item, parseItem, putVersioned, type Store } from './store.ts';

/** The files ask for what cannot be done now; the message says why, and how to mend it. */
class RefusedPoliciesError extends Error {
  override readonly name = 'RefusedPoliciesError';
}

/** Throws RefusedPoliciesError before anything is written, LostRaceError where another writer was first. */
export async function reconcilePolicies(
  store: Store,
  log: Logger,
  checked: readonly CheckedPolicy[],
  settings: Settings,
  nowMs: number,
): Promise<void> {
  const stored = await readStored(store, log, settings);
  const active: ActiveRollout[] = [];
  for (const { policy } of listGone(stored.held, checked)) {
    for await (const item of queryTargets(store, policy)) {
      active.push(...(await readActive(store, policy, item)));
    }
  }
  const plan = planPolicies(checked, stored, active, nowMs);
  if (!plan.ok) {
    log.error('the policies are refused', { reasons: plan.reasons });
    throw new RefusedPoliciesError(describeRefusal(plan.reasons));
  }
  // Removals first: what takes a policy's place claims the same containers.
  for (const { policy, version } of plan.removals) {
    await deleteVersioned(store, store.policies, { policy, item: 'spec' }, version);
    log.info('policy removed', { policy });
  }
  for (const one of plan.writes) {
    await putVersioned(store, store.policies, one);
    log.info('policy written', { policy: one.policy });
  }
}

async function readStored(store: Store, log: Logger, settings: Settings): Promise<StoredPolicies> {
  const held: HeldPolicy[] = [];
  const elsewhere: Policy[] = [];
  const unreadable: { policy: string; problem: string }[] = [];
  for await (const item of scanSpecs(store)) {
    const id = String(item['policy']);
    const one = parseHeld(item, id);
    if (typeof one === 'string') {
      unreadable.push({ policy: id, problem: one });
      continue;
    }
    held.push(one);
    if (one.source === 'stack') continue;
    const { policy, problem } = parseStoredPolicy(item, settings);
    if (policy !== undefined) elsewhere.push(policy);
    // It claims nothing: no image is rolled out by what cannot be used.
    else log.error('the policy cannot be used', { policy: id, reason: problem });
  }
  for (const { policy, problem } of unreadable) {
    log.error('the policy cannot be used', { policy, reason: problem });
  }
  return { held, elsewhere, unreadable };
}

/** Or why it cannot be read. */
function parseHeld(item: Item, id: string): HeldPolicy | string {
  try {
    return parseItem(HeldPolicy, item, `policy ${id}`);
  } catch (error) {
    return unreadableOf(error);
  }
}

async function readActive(store: Store, policy: string, item: Item): Promise<ActiveRollout[]> {
  try {
    const { active } = parseTarget(item);
    if (active === undefined) return [];
    const { rollout } = active;
    const status = (await readRollout(store, rollout))?.status ?? 'pending';
    return [{ policy, title: rolloutTitle(active), rollout, status }];
  } catch (error) {
    return [{ policy, problem: unreadableOf(error) }];
  }
}
