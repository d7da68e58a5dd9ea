/**
 * One version of one item. A write makes a new row and leaves the old one as it was, so that an
 * index which lags behind can go on showing it.
 *
 * Items are kept as objects while they are in use and as JSON text otherwise: as objects the items
 * of a large run take several times the memory. `LiveItems` packs what was not read for longest
 * (a queue with a second chance) once the live ones exceed its budget.
 */
import type { AttributeValue, Item } from './attribute-value.ts';
import { isRecord } from './attribute-value.ts';
import type { SizedItem } from './item-size.ts';
import type { Position, SortKey } from './key.ts';

export interface Row extends Position {
  readonly partition: string;
  readonly sort: SortKey;
  /** Size as DynamoDB counts it. */
  readonly bytes: number;
  item: Item | undefined;
  text: string | undefined;
  isTouched: boolean;
}

export class LiveItems {
  readonly #budgetBytes: number;
  readonly #rows = new Set<Row>();
  #bytes = 0;

  constructor(budgetBytes: number) {
    this.#budgetBytes = budgetBytes;
  }

  admit({ partition, sort }: Position, { item, bytes }: SizedItem): Row {
    const row = { partition, sort, bytes, item, text: undefined, isTouched: false };
    this.#enlist(row);
    return row;
  }

  read(row: Row): Item {
    if (row.item) {
      row.isTouched = true;
      return row.item;
    }
    const item = unpack(row.text ?? '');
    row.item = item;
    this.#enlist(row);
    return item;
  }

  /** The row was overwritten or deleted: nobody will ask for it, but a lagging index. */
  retire(row: Row): void {
    if (this.#rows.delete(row)) this.#bytes -= row.bytes;
  }

  #enlist(row: Row): void {
    this.#rows.add(row);
    this.#bytes += row.bytes;
    if (this.#bytes > this.#budgetBytes) this.#packOldest(row);
  }

  #packOldest(newest: Row): void {
    for (const row of this.#rows) {
      if (this.#bytes <= this.#budgetBytes) return;
      if (row === newest) continue;
      this.#rows.delete(row);
      if (row.isTouched) {
        row.isTouched = false;
        this.#rows.add(row);
        continue;
      }
      row.text ??= JSON.stringify(row.item);
      row.item = undefined;
      this.#bytes -= row.bytes;
    }
  }
}

function unpack(text: string): Item {
  const item: unknown = JSON.parse(text);
  if (!isItem(item)) throw new TypeError('A packed row is not an item');
  freeze(item);
  return item;
}

/** What was packed here was an item. */
function isItem(value: unknown): value is Record<string, AttributeValue> {
  return isRecord(value);
}

function freeze(value: object): void {
  for (const member of Object.values(value)) {
    if (typeof member === 'object' && member !== null) freeze(member);
  }
  Object.freeze(value);
}
