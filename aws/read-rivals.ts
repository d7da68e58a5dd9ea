/**
 * Who may claim the container of a rollout: two Queries propose, however many policies there are, and what
 * they propose is read consistently. A container's name is shared by few; where thousands share it, each
 * has a fleet of its own, and the Query leaves those of other fleets out.
 */
import type { Beside } from '#core/judge-plan.ts';
import { containerFor, type Policy } from '#core/policy.ts';
import { rivalKeys } from '#core/policy-claims.ts';
import type { Rollout } from '#core/rollout.ts';
import type { Settings } from '#core/settings.ts';
import { parseStoredPolicy } from './policy-store.ts';
import { queryItems, readItems, type Store } from './store.ts';

/** BatchGetItem takes 100 keys. */
const POLICIES_PER_READ = 100;

export interface Rivals extends Beside {
  unusable: { policy: string; problem: string }[];
}

/** The policies beside a rollout's own that may claim its container, and whether its own is still there. */
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
  const proposals = await Promise.all(keys.map((key) => propose(store, key, frozen.fleet_id)));
  const ids = [...new Set([own, ...proposals.flat()])];
  const rivals: Policy[] = [];
  const unusable: Rivals['unusable'] = [];
  let isStored = false;
  for (let from = 0; from < ids.length; from += POLICIES_PER_READ) {
    const some = ids.slice(from, from + POLICIES_PER_READ);
    const wanted = some.map((policy) => ({ policy, item: 'spec' }));
    for (const item of (await readItems(store, { [store.policies]: wanted }))[store.policies] ??
      []) {
      const id = String(item['policy']);
      if (id === own) isStored = true;
      const { policy, problem } = parseStoredPolicy(item, settings);
      if (policy === undefined) unusable.push({ policy: id, problem });
      else rivals.push(policy);
    }
  }
  return {
    isStored,
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
