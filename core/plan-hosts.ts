/**
 * Batches and chunks as a pure function of the stored hosts and their zones: the same hosts give the same
 * plan, whoever computes it and however often. Chunks are numbered through the whole rollout; a chunk never
 * crosses a batch.
 */
import * as z from 'zod';
import { chunkSizeFor, chunkSizes, MAX_CHUNK_SIZE, planBatches } from './batches.ts';
import type { Chunk } from './chunk.ts';
import { makeChunk, pad } from './chunk.ts';
import type { Policy } from './policy.ts';
import type { Rollout } from './rollout.ts';
import { spreadHosts } from './spread-hosts.ts';

/** Chunks of one plan item: 500 hosts, about 11 KB, so that a gate's read stays small. */
const CHUNKS_PER_ITEM = 10;

export interface HostPlan {
  plan: NonNullable<Rollout['plan']>;
  /** The hosts of every chunk, by the chunk's number in the rollout. */
  chunks: string[][];
  /** What the plan's hash is taken over. */
  canonical: string;
}

/** `zoneOf` is asked where the policy spreads over zones. */
export function planHosts(
  policy: Policy,
  found: Iterable<string>,
  zoneOf: ReadonlyMap<string, string> = new Map(),
): HostPlan {
  const sorted = [...new Set(found)].toSorted();
  const first = new Set(policy.first_batch);
  const named = sorted.filter((host) => first.has(host));
  const rest = sorted.filter((host) => !first.has(host));
  const inOrder = (part: string[]) =>
    policy.spread === 'zones' ? spreadHosts(part, zoneOf) : part;
  const hosts = [...inOrder(named), ...inOrder(rest)];
  const chunkSize = chunkSizeFor(policy.max_unavailable);
  const batches: HostPlan['plan']['batches'] = [];
  const chunks: string[][] = [];
  let from = 0;
  for (const size of planBatches(policy.staged_batches, hosts.length, named.length)) {
    const sizes = chunkSizes(size, chunkSize);
    batches.push({ hosts: size, first_chunk: chunks.length, chunks: sizes.length });
    for (const chunk of sizes) {
      chunks.push(hosts.slice(from, from + chunk));
      from += chunk;
    }
  }
  return {
    plan: { hosts: hosts.length, chunk_size: chunkSize, batches },
    chunks,
    canonical: JSON.stringify(chunks),
  };
}

/**
 * The item that holds a chunk's hosts before the chunk has an item of its own. Each is under a partition key of its
 * own, which begins with the rollout's id: the plan of 100,000 hosts is 2,200 write units at once, and DynamoDB has
 * 1,000 for a key in a second.
 */
export function planKey(rollout: string, chunk: number): { rollout: string; item: string } {
  const item = `plan#${pad(Math.floor(chunk / CHUNKS_PER_ITEM), 5)}`;
  return { rollout: `${rollout}#${item}`, item };
}

/** Those of all items of a plan; none of a rollout that has no plan. */
export function planKeys({ rollout, plan }: Pick<Rollout, 'rollout' | 'plan'>) {
  const chunks = (plan?.batches ?? []).reduce((sum, batch) => sum + batch.chunks, 0);
  const parts = Array.from({ length: Math.ceil(chunks / CHUNKS_PER_ITEM) }, (_, part) => part);
  return parts.map((part) => planKey(rollout, part * CHUNKS_PER_ITEM));
}

export const PlanItem = z.object({
  rollout: z.string(),
  item: z.string(),
  /** Of the plan that the item is of; 0.1.0 wrote none. */
  plan_hash: z.string().optional(),
  first_chunk: z.int(),
  chunks: z.array(z.array(z.string())),
});
export type PlanItem = z.infer<typeof PlanItem>;

export function planItems(
  rollout: string,
  planHash: string,
  chunks: readonly string[][],
): PlanItem[] {
  const items: PlanItem[] = [];
  for (let first = 0; first < chunks.length; first += CHUNKS_PER_ITEM) {
    items.push({
      ...planKey(rollout, first),
      plan_hash: planHash,
      first_chunk: first,
      chunks: chunks.slice(first, first + CHUNKS_PER_ITEM),
    });
  }
  return items;
}

/** The batch of a chunk; -1 for a number that the plan does not hold. */
export function batchOf(plan: NonNullable<Rollout['plan']>, chunk: number): number {
  return plan.batches.findIndex(
    (batch) => chunk >= batch.first_chunk && chunk < batch.first_chunk + batch.chunks,
  );
}

/** The chunk that begins what the rollout has open: its batch, or its way back. */
export function firstChunkOf({ status, plan, batch }: Rollout): number {
  return status === 'rolling_back' ? 0 : (plan?.batches[batch]?.first_chunk ?? 0);
}

/** A chunk from its plan item, before its first intent; undefined where the plan holds no such chunk. */
export function chunkFromPlan(
  rollout: Rollout,
  planned: PlanItem | undefined,
  chunk: number,
): Chunk | undefined {
  // Who planned by a list of hosts that was given up, and was very late, has written over it.
  const isOther = planned?.plan_hash !== undefined && planned.plan_hash !== rollout.plan_hash;
  const hosts = isOther ? undefined : planned?.chunks[chunk - planned.first_chunk];
  if (hosts === undefined || rollout.plan === undefined || rollout.plan_hash === undefined) {
    return undefined;
  }
  return makeChunk({
    rollout: rollout.rollout,
    planHash: rollout.plan_hash,
    batch: batchOf(rollout.plan, chunk),
    chunk,
    hosts,
  });
}

/**
 * Of the batch that is open, the chunks that nothing was intended for. Who ends the rollout stores them, so that
 * a step that has read its gate before, and would store its intent now, loses.
 */
export function chunksNotBegun(
  rollout: Rollout,
  planned: readonly (readonly string[])[],
  stored: readonly Chunk[],
): Chunk[] {
  const { plan, plan_hash: planHash, batch } = rollout;
  const open = plan?.batches[batch];
  if (open === undefined || planHash === undefined || rollout.batch_judged) return [];
  const begun = new Set(stored.map(({ item }) => item));
  return planned
    .slice(open.first_chunk, open.first_chunk + open.chunks)
    .map((hosts, index) => {
      const chunk = open.first_chunk + index;
      return makeChunk({ rollout: rollout.rollout, planHash, batch, chunk, hosts });
    })
    .filter(({ item }) => !begun.has(item));
}

/** How many chunks of a batch may be at work at once: as many as `max_unavailable` hosts allow. */
export function mapConcurrency(policy: Policy, concurrency: number): number {
  if (policy.max_unavailable === undefined) return concurrency;
  return Math.max(1, Math.min(concurrency, Math.floor(policy.max_unavailable / MAX_CHUNK_SIZE)));
}
