/** Policies as they are stored: found by repository through an index that only proposes, then read consistently. */
import { ScanCommand } from '@aws-sdk/lib-dynamodb';
import * as z from 'zod';
import { matchesRepository, parseImagePattern } from '#core/image-pattern.ts';
import { type Policy, parsePolicy } from '#core/policy.ts';
import { lookupKeys, policyKeys } from '#core/repository-key.ts';
import type { Settings } from '#core/settings.ts';
import { makeTarget, type Target, targetItem } from '#core/target.ts';
import { parseTarget } from './rollout-store.ts';
import { type Item, parseItem, queryItems, readItem, readItems, type Store } from './store.ts';

export const StoredPolicy = z.strictObject({
  policy: z.string(),
  item: z.literal('spec'),
  version: z.int().min(0),
  repository_key: z.string(),
  repository_prefix: z.string(),
  document: z.record(z.string(), z.unknown()),
  source: z.enum(['stack', 'api']),
  updated_at_ms: z.int(),
});
export type StoredPolicy = z.infer<typeof StoredPolicy>;

const Proposal = z.object({
  policy: z.string(),
  document: z.object({ image_pattern: z.string() }).optional(),
});

/** BatchGetItem takes 100 keys; a policy needs two. */
const POLICIES_PER_READ = 50;

/** Ids of the policies that concern a repository: at most three Queries, however many policies there are. */
export async function findPolicies(store: Store, repository: string): Promise<string[]> {
  const lookups = lookupKeys(repository).map(async (lookup) => {
    const found: string[] = [];
    const items = queryItems(store, {
      TableName: store.policies,
      IndexName: 'byRepository',
      KeyConditionExpression: '#key = :key AND #prefix BETWEEN :from AND :to',
      ExpressionAttributeNames: { '#key': 'repository_key', '#prefix': 'repository_prefix' },
      ExpressionAttributeValues: {
        ':key': lookup.repository_key,
        ':from': lookup.prefix_from,
        ':to': lookup.prefix_to,
      },
    });
    for await (const item of items) {
      const proposal = Proposal.safeParse(item);
      if (!proposal.success) continue; // An item that is no policy at all; the sweep names it.
      const pattern = parseImagePattern(proposal.data.document?.image_pattern ?? '');
      // A pattern that does not parse is kept: its consistent read says why, in the log.
      if (pattern === undefined || matchesRepository(pattern, repository)) {
        found.push(proposal.data.policy);
      }
    }
    return found;
  });
  return [...new Set((await Promise.all(lookups)).flat())].toSorted();
}

export interface Wanted {
  id: string;
  /** Why the policy cannot be used; its target is left as it is. */
  problem: string | undefined;
  policy: Policy | undefined;
  target: Target;
}

/** These policies and their targets for one repository, read consistently. */
export async function readWanted(
  store: Store,
  ids: readonly string[],
  repository: string,
  settings: Settings,
): Promise<Wanted[]> {
  const wanted: Wanted[] = [];
  for (let from = 0; from < ids.length; from += POLICIES_PER_READ) {
    const some = ids.slice(from, from + POLICIES_PER_READ);
    const keys = some.flatMap((policy) => [
      { policy, item: 'spec' },
      { policy, item: targetItem(repository) },
    ]);
    const items = (await readItems(store, { [store.policies]: keys }))[store.policies] ?? [];
    for (const id of some) {
      const own = items.filter((item) => item['policy'] === id);
      const spec = own.find((item) => item['item'] === 'spec');
      if (spec === undefined) continue; // Deleted since the index was written.
      wanted.push(toWanted(id, spec, own, repository, settings));
    }
  }
  return wanted;
}

function toWanted(
  id: string,
  spec: Item,
  own: readonly Item[],
  repository: string,
  settings: Settings,
): Wanted {
  const stored = own.find((item) => item['item'] === targetItem(repository));
  const unusable = (problem: string): Wanted => ({
    id,
    problem,
    policy: undefined,
    target: makeTarget(id, repository),
  });
  try {
    const target = stored === undefined ? makeTarget(id, repository) : parseTarget(stored);
    const document = parseItem(StoredPolicy, spec, `policy ${id}`).document;
    const parsed = parsePolicy(document, settings);
    if (!parsed.ok) return unusable(parsed.problems.map(({ message }) => message).join('; '));
    return { id, problem: undefined, policy: parsed.policy, target };
  } catch (error) {
    // One poison item must not stop the others: it is named, and left as it is.
    if (error instanceof Error && error.name === 'UnreadableItemError')
      return unusable(error.message);
    throw error;
  }
}

export async function readPolicy(store: Store, id: string): Promise<StoredPolicy | undefined> {
  const item = await readItem(store, store.policies, { policy: id, item: 'spec' });
  return item === undefined ? undefined : parseItem(StoredPolicy, item, `policy ${id}`);
}

/** What is stored for a policy document as it was written; it has been checked. */
export function storedPolicy(
  policy: Policy,
  document: Record<string, unknown>,
  before: StoredPolicy | undefined,
  nowMs: number,
): StoredPolicy {
  const pattern = parseImagePattern(policy.image_pattern);
  if (pattern === undefined) throw new TypeError('a checked policy has a pattern');
  return {
    policy: policy.id,
    item: 'spec',
    version: before?.version ?? 0,
    ...policyKeys(pattern),
    document,
    source: 'stack',
    updated_at_ms: nowMs,
  };
}

/** Every item of the policies table, page by page: for the sweep alone. */
export async function* scanPolicies(store: Store): AsyncGenerator<Item> {
  let next: Item | undefined;
  do {
    const page: { Items?: Item[] | undefined; LastEvaluatedKey?: Item | undefined } =
      await store.client.send(
        new ScanCommand({
          TableName: store.policies,
          ...(next !== undefined && { ExclusiveStartKey: next }),
        }),
      );
    yield* page.Items ?? [];
    next = page.LastEvaluatedKey;
  } while (next !== undefined);
}
