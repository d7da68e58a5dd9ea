/** The plan, as it is stored: items that nobody changes again, and what `meta` holds of them. */
import { planHosts, planItems } from '#core/plan-hosts.ts';
import type { Rollout } from '#core/rollout.ts';
import type { PlannedHosts } from './find-hosts.ts';
import { sha256 } from './hash.ts';
import { putItems, queryRollout, type Store } from './store.ts';

/**
 * So many items of a plan, some 12,000 hosts, are within what one key takes in a second (1,000 KB). Of more,
 * a part stays undone: the next attempt leaves out what is there, or none would ever come to the end.
 */
const ITEMS_AT_ONCE = 25;

/** Stores the plan's items (the same, whoever writes them) and gives what `meta` is to hold of it. */
export async function storePlan(
  store: Store,
  rollout: Pick<Rollout, 'rollout' | 'settings'>,
  { hosts, offline, zoneOf }: PlannedHosts,
): Promise<{ plan: NonNullable<Rollout['plan']>; plan_hash: string }> {
  const { plan, chunks, canonical } = planHosts(rollout.settings, hosts, zoneOf);
  const items = planItems(chunks).map((item) => ({ rollout: rollout.rollout, ...item }));
  const stored = new Set<unknown>();
  if (items.length > ITEMS_AT_ONCE) {
    const found = queryRollout(store, rollout.rollout, 'plan#', '#item');
    for await (const { item } of found) stored.add(item);
  }
  const missing = items.filter(({ item }) => !stored.has(item));
  await putItems(store, store.rollouts, missing);
  return {
    plan: { ...plan, ...(offline > 0 && { offline }) },
    plan_hash: sha256(canonical),
  };
}
