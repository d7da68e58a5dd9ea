/** The plan, as it is stored: items that nobody changes again, and what `meta` holds of them. */
import { planHosts, planItems } from '#core/plan-hosts.ts';
import type { Rollout } from '#core/rollout.ts';
import type { PlannedHosts } from './find-hosts.ts';
import { sha256 } from './hash.ts';
import { putItems, type Store } from './store.ts';

/**
 * Stores the plan's items (the same, whoever writes them and however often) and gives what `meta` is to hold of
 * it. Nobody looks for an item before `meta` has it.
 */
export async function storePlan(
  store: Store,
  rollout: Pick<Rollout, 'rollout' | 'settings'>,
  { hosts, offline, zoneOf }: PlannedHosts,
): Promise<{ plan: NonNullable<Rollout['plan']>; plan_hash: string }> {
  const { plan, chunks, canonical } = planHosts(rollout.settings, hosts, zoneOf);
  const plan_hash = sha256(canonical);
  await putItems(store, store.rollouts, planItems(rollout.rollout, plan_hash, chunks));
  return {
    plan: { ...plan, ...(offline > 0 && { offline }) },
    plan_hash,
  };
}
