/**
 * Entries by partition, sorted within it; the body of a table and of an index.
 *
 * A scan visits partitions in the order of a hash of their keys, as DynamoDB does, so that nobody
 * comes to rely on the order of keys. That order is made when a scan asks for it: new partitions
 * wait in a list, which the next scan sorts and merges.
 */
import type { Position } from './key.ts';
import { compareTexts } from './value-order.ts';

interface Partition<E> {
  readonly key: string;
  readonly hash: number;
  readonly entries: E[];
}

export class OrderedEntries<P extends Position, E extends P> {
  readonly #compare: (left: P, right: P) => number;
  readonly #partitions = new Map<string, Partition<E>>();
  #scanOrder: Partition<E>[] = [];
  #unordered: Partition<E>[] = [];

  /** `compare` orders two positions of one partition; no two entries there are equal by it. */
  constructor(compare: (left: P, right: P) => number) {
    this.#compare = compare;
  }

  find(position: P): E | undefined {
    const entries = this.partition(position.partition);
    const entry = entries[this.firstFrom(entries, position)];
    return entry && this.#compare(entry, position) === 0 ? entry : undefined;
  }

  put(entry: E): void {
    const entries = this.#partitions.get(entry.partition)?.entries;
    if (entries === undefined) {
      this.#begin(entry);
      return;
    }
    const index = this.firstFrom(entries, entry);
    const present = entries[index];
    const isReplaced = present !== undefined && this.#compare(present, entry) === 0;
    entries.splice(index, isReplaced ? 1 : 0, entry);
  }

  /** An empty partition stays: its key is likely to come again. */
  remove(position: P): void {
    const entries = this.#partitions.get(position.partition)?.entries ?? [];
    const index = this.firstFrom(entries, position);
    const present = entries[index];
    if (present && this.#compare(present, position) === 0) entries.splice(index, 1);
  }

  partition(key: string): readonly E[] {
    return this.#partitions.get(key)?.entries ?? [];
  }

  /** The index of the first entry that does not come before the position. */
  firstFrom(entries: readonly E[], position: P): number {
    return firstWhere(entries, (entry) => this.#compare(entry, position) >= 0);
  }

  /** The index of the first entry that comes after the position. */
  firstAfter(entries: readonly E[], position: P): number {
    return firstWhere(entries, (entry) => this.#compare(entry, position) > 0);
  }

  *scan(after?: P): Generator<E, void> {
    const order = this.#ordered();
    const first = after && { key: after.partition, hash: hashText(after.partition) };
    let next = first ? firstWhere(order, (each) => comparePartitions(each, first) >= 0) : 0;
    for (; next < order.length; next += 1) {
      const entries = order[next]?.entries ?? [];
      const isCut = after !== undefined && order[next]?.key === after.partition;
      const from = isCut ? this.firstAfter(entries, after) : 0;
      for (let index = from; index < entries.length; index += 1) {
        const entry = entries[index];
        if (entry) yield entry;
      }
    }
  }

  /** Its list is made with the entry in it, as most have no other: one that grows has room for 17 at once. */
  #begin(entry: E): void {
    const key = entry.partition;
    const partition = { key, hash: hashText(key), entries: [entry] };
    this.#partitions.set(key, partition);
    this.#unordered.push(partition);
  }

  #ordered(): readonly Partition<E>[] {
    if (this.#unordered.length === 0) return this.#scanOrder;
    // The sort of the engine merges runs, so that one that is nearly in order costs little.
    this.#unordered.sort(comparePartitions);
    this.#scanOrder = [...this.#scanOrder, ...this.#unordered].sort(comparePartitions);
    this.#unordered = [];
    return this.#scanOrder;
  }
}

/** Binary search; `isReached` must hold for a tail of the list. */
export function firstWhere<T>(sorted: readonly T[], isReached: (entry: T) => boolean): number {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    const entry = sorted[middle];
    if (entry !== undefined && isReached(entry)) high = middle;
    else low = middle + 1;
  }
  return low;
}

type Hashed = { readonly key: string; readonly hash: number };

function comparePartitions(left: Hashed, right: Hashed): number {
  return left.hash - right.hash || compareTexts(left.key, right.key);
}

/** FNV-1a, 32 bits. */
function hashText(text: string): number {
  let hash = 0x811c9dc5;
  for (let index = 0; index < text.length; index += 1) {
    hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193);
  }
  return hash >>> 0;
}
