/**
 * How many hosts each batch adds, and how a batch falls into chunks.
 *
 * Batches are cumulative: `[0.1, 0.5, 1.0]` of 20 hosts reaches 2, 10 and 20. Each entry is rounded up
 * and at most all hosts; one that adds no host is dropped, so that no batch is empty.
 *
 *   [0.1, 0.5, 1.0]            of 20 → 2, 8, 10
 *   [0.1, 0.5, 1.0]            of 3  → 1, 1, 1
 *   [0.1, 0.5, 1.0]            of 1  → 1
 *   [0.07, 1]                  of 100 → 7, 93      (7.000000000000001 in floating point is still 7)
 *   ["1 host", "10%", 1]       of 50 → 1, 4, 45
 *   ["10 hosts", 0.5, "100%"]  of 12 → 10, 2       (half is 6: it adds nothing and is dropped)
 *   any                        of 0  → none
 *
 * Hosts that the policy names for a first batch are one before all others, and count as reached:
 *   2 named, [0.1, 0.5, 1.0]   of 20 → 2, 8, 10
 *   3 named, [0.1, 0.5, 1.0]   of 20 → 3, 7, 10
 */

/** A fraction in (0, 1], a percentage ("10%") or a count ("1 host", "10 hosts"). */
export type BatchEntry = number | string;

export const DEFAULT_BATCHES: readonly BatchEntry[] = [0.1, 0.5, 1];
/** Every batch is some 20 events in the rollout's history, whose limit is 25,000. */
export const MAX_BATCHES = 50;
/** SendCommand takes at most 50 instance ids. */
export const MAX_CHUNK_SIZE = 50;

const PERCENTAGE = /^(\d{1,3}(?:\.\d{1,4})?)%$/;
const COUNT = /^([1-9]\d{0,5}) hosts?$/;

export interface Share {
  kind: 'fraction' | 'count';
  amount: number;
}

/** What an entry means; undefined if it means nothing. */
export function parseBatchEntry(entry: BatchEntry): Share | undefined {
  if (typeof entry === 'number') return fraction(entry);
  const percentage = PERCENTAGE.exec(entry)?.[1];
  if (percentage !== undefined) return fraction(Number(percentage) / 100);
  const count = COUNT.exec(entry)?.[1];
  return count === undefined ? undefined : { kind: 'count', amount: Number(count) };
}

function fraction(value: number): Share | undefined {
  return value > 0 && value <= 1 ? { kind: 'fraction', amount: value } : undefined;
}

/**
 * The entries for a bare number of batches: 0.1 first, then equal steps to everything.
 *   1 → 1 · 2 → 0.1, 1 · 3 → the default 0.1, 0.5, 1 · 4 → 0.1, 0.4, 0.7, 1
 */
export function batchesOf(count: number): BatchEntry[] {
  if (count === 1) return [1];
  if (count === 3) return [...DEFAULT_BATCHES];
  const steps = count - 1;
  return Array.from({ length: count }, (_, index) => (steps + 9 * index) / (10 * steps));
}

/** Hosts added by each batch: positive numbers whose sum is `hostCount`. `named` of them are a batch of their own. */
export function planBatches(
  batches: readonly BatchEntry[],
  hostCount: number,
  named = 0,
): number[] {
  const added = named > 0 ? [named] : [];
  let reached = named;
  for (const entry of batches) {
    const goal = Math.min(hostCount, hostsOf(entry, hostCount));
    if (goal <= reached) continue;
    added.push(goal - reached);
    reached = goal;
  }
  if (reached < hostCount) added.push(hostCount - reached);
  return added;
}

function hostsOf(entry: BatchEntry, hostCount: number): number {
  const share = parseBatchEntry(entry);
  if (share === undefined) return 0;
  if (share.kind === 'count') return share.amount;
  // 0.07 * 100 is 7.000000000000001: twelve digits are exact for any fleet and any written fraction.
  return Math.ceil(Number((share.amount * hostCount).toPrecision(12)));
}

/** Hosts in one chunk: as many as one command addresses, and never more than may be unavailable. */
export function chunkSizeFor(maxUnavailable?: number): number {
  return Math.min(MAX_CHUNK_SIZE, maxUnavailable ?? MAX_CHUNK_SIZE);
}

/** Sizes of a batch's chunks: 120 by 50 → 50, 50, 20. */
export function chunkSizes(batchSize: number, chunkSize: number): number[] {
  const whole = Math.floor(batchSize / chunkSize);
  const rest = batchSize - whole * chunkSize;
  return [...Array.from({ length: whole }, () => chunkSize), ...(rest > 0 ? [rest] : [])];
}
