/**
 * A global secondary index: for each item that has its key attributes an entry that points to the
 * row. Where reads may be stale, changes queue up and are taken in order, as a replica that lags.
 */
import { type AttributeValue, type Item, readMember, writeMember } from './attribute-value.ts';
import { indexWriteUnits } from './capacity.ts';
import { attributeBytes } from './item-size.ts';
import { comparePositions, compareSortKeys, type Position, positionOf } from './key.ts';
import { OrderedEntries } from './ordered-entries.ts';
import type { LiveItems, Row } from './row.ts';
import type { IndexDefinition } from './table-definition.ts';
import { compareTexts, equalItems } from './value-order.ts';

/** Items with equal index keys are told apart, and ordered, by their keys in the table. */
export interface IndexPosition extends Position {
  readonly row: Position;
}

export interface IndexEntry extends IndexPosition {
  readonly row: Row;
  /** Size of what the index projects. */
  readonly bytes: number;
}

interface Change {
  readonly removed: IndexEntry | undefined;
  readonly put: IndexEntry | undefined;
}

export class TableIndex {
  readonly definition: IndexDefinition;
  readonly #live: LiveItems;
  readonly #isLagging: boolean;
  readonly #entries = new OrderedEntries<IndexPosition, IndexEntry>(compareEntries);
  #pending: Change[] = [];

  constructor(definition: IndexDefinition, live: LiveItems, isLagging: boolean) {
    this.definition = definition;
    this.#live = live;
    this.#isLagging = isLagging;
  }

  /** Takes in a write to the table; gives the write units that it costs. */
  write(old: Row | undefined, next: Row | undefined): number {
    const removed = old && this.#entryOf(old);
    const put = next && this.#entryOf(next);
    if (!removed && !put) return 0;
    if (this.#isLagging) this.#pending.push({ removed, put });
    else this.#apply({ removed, put });
    return this.#units(removed, put);
  }

  get pending(): number {
    return this.#pending.length;
  }

  /** The entries as a read sees them that does not yet see the newest `held` changes. */
  entries(held = 0): OrderedEntries<IndexPosition, IndexEntry> {
    const due = this.#pending.splice(0, Math.max(0, this.#pending.length - held));
    for (const change of due) this.#apply(change);
    return this.#entries;
  }

  /** What the index projects of an item. */
  view(entry: IndexEntry): Item {
    const item = this.#live.read(entry.row);
    const { projected } = this.definition;
    return projected ? pick(item, projected) : item;
  }

  #apply({ removed, put }: Change): void {
    if (removed && !(put && hasSamePlace(removed, put))) this.#entries.remove(removed);
    if (put) this.#entries.put(put);
  }

  #entryOf(row: Row): IndexEntry | undefined {
    const item = this.#live.read(row);
    const position = positionOf(item, this.definition.key);
    if (!position) return undefined;
    const { projected } = this.definition;
    const bytes = projected ? pickedBytes(item, projected) : row.bytes;
    return { ...position, row, bytes };
  }

  #units(removed: IndexEntry | undefined, put: IndexEntry | undefined): number {
    if (!removed || !put) return indexWriteUnits(removed ?? put);
    if (!hasSamePlace(removed, put)) return indexWriteUnits(removed) + indexWriteUnits(put);
    if (equalItems(this.view(removed), this.view(put))) return 0;
    return Math.max(indexWriteUnits(removed), indexWriteUnits(put));
  }
}

function compareEntries(left: IndexPosition, right: IndexPosition): number {
  return (
    compareSortKeys(left.sort, right.sort) ||
    compareTexts(left.row.partition, right.row.partition) ||
    comparePositions(left.row, right.row)
  );
}

function hasSamePlace(left: IndexEntry, right: IndexEntry): boolean {
  return left.partition === right.partition && compareSortKeys(left.sort, right.sort) === 0;
}

function pick(item: Item, names: ReadonlySet<string>): Item {
  const picked: Record<string, AttributeValue> = {};
  for (const name of names) {
    const value = readMember(item, name);
    if (value) writeMember(picked, name, value);
  }
  return Object.freeze(picked);
}

function pickedBytes(item: Item, names: ReadonlySet<string>): number {
  let bytes = 0;
  for (const name of names) {
    const value = readMember(item, name);
    if (value) bytes += attributeBytes(name, value);
  }
  return bytes;
}
