/**
 * Rollouts by policy, by number and by status. An index only proposes ids, newest first; a consistent read
 * says what each is now.
 */

import { Rollout } from '#core/rollout.ts';
import { parseExecutionName } from '#core/rollout-id.ts';
import type { RolloutStatus } from '#core/status.ts';
import { parseItem, queryItems, readItems, type Store } from './store.ts';

/** A rollout's item grows to 150 KB, and one answer of BatchGetItem holds 16 MB. */
const ROLLOUTS_PER_READ = 25;
/** A number is looked for among so many rollouts of its policy. */
const MOST_PROPOSED = 500;

/** The newest of a policy, newest first. */
export async function findByPolicy(store: Store, policy: string, most: number): Promise<Rollout[]> {
  return readRollouts(store, await propose(store, 'policy', policy, most));
}

/** The newest in these statuses, so many of each, newest first. */
export async function findByStatus(
  store: Store,
  statuses: readonly RolloutStatus[],
  most: number,
): Promise<Rollout[]> {
  const proposed = await Promise.all(
    statuses.map((status) => propose(store, 'status', status, most)),
  );
  const rollouts = await readRollouts(store, [...new Set(proposed.flat())]);
  return rollouts.toSorted((one, other) => other.started_at_ms - one.started_at_ms);
}

/** One for each repository of the policy that has had so many rollouts: each target counts for itself. */
export async function findNumbered(
  store: Store,
  policy: string,
  number: number,
): Promise<Rollout[]> {
  const ids = await propose(store, 'policy', policy, MOST_PROPOSED);
  const targets = Map.groupBy(ids, (id) => id.replace(/-g[0-9]+$/, ''));
  const found: Rollout[] = [];
  for (const own of targets.values()) found.push(...(await findIn(store, own, number)));
  return found;
}

/** Numbers fall from the newest on: what is passed is not there. */
async function findIn(store: Store, ids: readonly string[], number: number): Promise<Rollout[]> {
  for (let from = 0; from < ids.length; from += ROLLOUTS_PER_READ) {
    const read = await readRollouts(store, ids.slice(from, from + ROLLOUTS_PER_READ));
    const found = read.filter((rollout) => rollout.number === number);
    if (found.length > 0 || read.some((rollout) => rollout.number < number)) return found;
  }
  return [];
}

/** `shop-web-1a2b3c-g1767571200`, also with the `-r1` of its execution; undefined for another name. */
export function parseRolloutId(name: string): string | undefined {
  return (parseExecutionName(name) ?? parseExecutionName(`${name}-r1`))?.rollout;
}

async function propose(
  store: Store,
  key: 'policy' | 'status',
  value: string,
  most: number,
): Promise<string[]> {
  const ids: string[] = [];
  const items = queryItems(store, {
    TableName: store.rollouts,
    IndexName: key === 'policy' ? 'byPolicy' : 'byStatus',
    KeyConditionExpression: '#key = :value',
    ExpressionAttributeNames: { '#key': key },
    ExpressionAttributeValues: { ':value': value },
    ScanIndexForward: false,
    Limit: most,
  });
  for await (const item of items) {
    ids.push(String(item['rollout']));
    if (ids.length === most) break;
  }
  return ids;
}

/** In the order of the ids; one that is gone by now is left out. */
async function readRollouts(store: Store, ids: readonly string[]): Promise<Rollout[]> {
  const read = new Map<string, Rollout>();
  for (let from = 0; from < ids.length; from += ROLLOUTS_PER_READ) {
    const keys = ids.slice(from, from + ROLLOUTS_PER_READ);
    const answers = await readItems(store, {
      [store.rollouts]: keys.map((rollout) => ({ rollout, item: 'meta' })),
    });
    for (const item of Object.values(answers).flat()) {
      const rollout = parseItem(Rollout, item, `rollout ${String(item['rollout'])}`);
      read.set(rollout.rollout, rollout);
    }
  }
  return ids.flatMap((id) => read.get(id) ?? []);
}
