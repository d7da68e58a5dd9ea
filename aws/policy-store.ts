/** Policies as they are stored: found by repository through an index that only proposes, then read consistently. */
import { ScanCommand, type ScanCommandInput, type ScanCommandOutput } from '@aws-sdk/lib-dynamodb';
import * as z from 'zod';
import { UnreadableItemError } from '#core/errors.ts';
import { matchesRepository, parseImagePattern } from '#core/image-pattern.ts';
import { type Policy, parsePolicy } from '#core/policy.ts';
import { lookupKeys } from '#core/repository-key.ts';
import type { Settings } from '#core/settings.ts';
import { StoredPolicy } from '#core/stored-policy.ts';
import { makeTarget, type Target, targetItem } from '#core/target.ts';
import { parseTarget } from './rollout-store.ts';
import { type Item, parseItem, queryItems, readAll, readItem, type Store } from './store.ts';

const Proposal = z.object({
  policy: z.string(),
  document: z.object({ image_pattern: z.string() }).optional(),
});

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
  const keys = ids.flatMap((policy) => [
    { policy, item: 'spec' },
    { policy, item: targetItem(repository) },
  ]);
  const items = await readAll(store, store.policies, keys);
  const byPolicy = Map.groupBy(items, (item) => item['policy']);
  return ids.flatMap((id) => {
    const own = byPolicy.get(id) ?? [];
    const spec = own.find((item) => item['item'] === 'spec');
    // Deleted since the index was written.
    return spec === undefined ? [] : toWanted(id, spec, own, repository, settings);
  });
}

function toWanted(
  id: string,
  spec: Item,
  own: readonly Item[],
  repository: string,
  settings: Settings,
): Wanted {
  const stored = own.find((item) => item['item'] === targetItem(repository));
  const nothing = makeTarget(id, repository);
  try {
    const target = stored === undefined ? nothing : parseTarget(stored);
    const { policy, problem } = parseStoredPolicy(spec, settings);
    return { id, policy, problem, target: policy === undefined ? nothing : target };
  } catch (error) {
    return { id, policy: undefined, problem: unreadableOf(error), target: nothing };
  }
}

type UsablePolicy = { policy: Policy; problem: undefined } | { policy: undefined; problem: string };

/** The policy that an item holds, or why it cannot be used. */
export function parseStoredPolicy(spec: Item, settings: Settings): UsablePolicy {
  const unusable = (problem: string) => ({ policy: undefined, problem });
  try {
    const { document } = parseItem(StoredPolicy, spec, `policy ${String(spec['policy'])}`);
    const parsed = parsePolicy(document, settings);
    if (parsed.ok) return { policy: parsed.policy, problem: undefined };
    return unusable(parsed.problems.map(({ message }) => message).join('; '));
  } catch (error) {
    return unusable(unreadableOf(error));
  }
}

/** One poison item must not stop the others: it is named, and left as it is. */
export function unreadableOf(error: unknown): string {
  if (error instanceof UnreadableItemError) return error.message;
  throw error;
}

export async function readPolicy(store: Store, id: string): Promise<StoredPolicy | undefined> {
  const item = await readItem(store, store.policies, { policy: id, item: 'spec' });
  return item === undefined ? undefined : parseItem(StoredPolicy, item, `policy ${id}`);
}

/** Every item of the policies table, page by page: for the sweep alone. */
export function scanPolicies(store: Store): AsyncGenerator<Item> {
  return scanItems(store, { TableName: store.policies });
}

/** What is stored of every policy, read consistently: for a deployment alone. */
export function scanSpecs(store: Store): AsyncGenerator<Item> {
  return scanItems(store, {
    TableName: store.policies,
    ConsistentRead: true,
    FilterExpression: '#item = :spec',
    ExpressionAttributeNames: { '#item': 'item' },
    ExpressionAttributeValues: { ':spec': 'spec' },
  });
}

async function* scanItems(store: Store, input: ScanCommandInput): AsyncGenerator<Item> {
  let next: ScanCommandInput['ExclusiveStartKey'];
  do {
    const page: ScanCommandOutput = await store.client.send(
      new ScanCommand({ ...input, ...(next !== undefined && { ExclusiveStartKey: next }) }),
    );
    yield* page.Items ?? [];
    next = page.LastEvaluatedKey;
  } while (next !== undefined);
}

/** The targets of one policy, as they are stored. Consistent. */
export function queryTargets(store: Store, policy: string): AsyncGenerator<Item> {
  return queryItems(store, {
    TableName: store.policies,
    ConsistentRead: true,
    KeyConditionExpression: '#policy = :policy AND begins_with(#item, :prefix)',
    ExpressionAttributeNames: { '#policy': 'policy', '#item': 'item' },
    ExpressionAttributeValues: { ':policy': policy, ':prefix': targetItem('') },
  });
}
