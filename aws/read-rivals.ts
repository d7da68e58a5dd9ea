/**
 * Who may claim the container of a rollout: two Queries propose, however many policies there are, and what
 * they propose beside its own policy is read consistently, as that one is. A container's name is shared by
 * few; where thousands share it, each has a fleet of its own, and the Query leaves those of other fleets out.
 */
import type { Beside } from '#core/judge-plan.ts';
import { containerFor, type Policy } from '#core/policy.ts';
import { rivalKeys } from '#core/policy-claims.ts';
import type { Rollout } from '#core/rollout.ts';
import type { Settings } from '#core/settings.ts';
import { parseStoredPolicy } from './policy-store.ts';
import { type Item, queryItems, readAll, readItem, type Store } from './store.ts';

export interface Rivals extends Beside {
  /** What is stored of the rollout's own policy. */
  own: Item | undefined;
  unusable: { policy: string; problem: string }[];
}

/** The policies beside a rollout's own that may claim its container, and what its own is now. */
export async function readRivals(
  store: Store,
  {
    policy: own,
    repository,
    settings: frozen,
  }: Pick<Rollout, 'policy' | 'repository' | 'settings'>,
  settings: Settings,
): Promise<Rivals> {
  const keys = rivalKeys(containerFor(frozen, repository));
  const [stored, ...proposals] = await Promise.all([
    readItem(store, store.policies, { policy: own, item: 'spec' }),
    ...keys.map((key) => propose(store, key, frozen.fleet_id)),
  ]);
  const ids = [...new Set(proposals.flat())].filter((id) => id !== own);
  const items = stored === undefined ? [] : [stored];
  const wanted = ids.map((policy) => ({ policy, item: 'spec' }));
  items.push(...(await readAll(store, store.policies, wanted)));
  const rivals: Policy[] = [];
  const unusable: Rivals['unusable'] = [];
  for (const item of items) {
    const { policy, problem } = parseStoredPolicy(item, settings);
    if (policy === undefined) unusable.push({ policy: String(item['policy']), problem });
    else rivals.push(policy);
  }
  return {
    own: stored,
    isStored: stored !== undefined,
    others: rivals.toSorted((one, other) => (one.id < other.id ? -1 : 1)),
    unusable,
  };
}

async function propose(store: Store, key: string, fleet: string | undefined): Promise<string[]> {
  const ids: string[] = [];
  const items = queryItems(store, {
    TableName: store.policies,
    IndexName: 'byContainer',
    KeyConditionExpression: '#key = :key',
    ProjectionExpression: '#policy',
    ExpressionAttributeNames: {
      '#key': 'container_key',
      '#policy': 'policy',
      ...(fleet !== undefined && { '#document': 'document', '#fleet': 'fleet_id' }),
    },
    ExpressionAttributeValues: { ':key': key, ...(fleet !== undefined && { ':fleet': fleet }) },
    ...(fleet !== undefined && {
      FilterExpression: 'attribute_not_exists(#document.#fleet) OR #document.#fleet = :fleet',
    }),
  });
  for await (const item of items) ids.push(String(item['policy']));
  return ids;
}
