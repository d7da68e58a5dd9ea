/** One table: its rows, its indexes, and the one place where a write changes them. */
import type { Item } from './attribute-value.ts';
import { readMember, typeOf } from './attribute-value.ts';
import { type Consumption, NO_INDEXES, writeUnits } from './capacity.ts';
import type { SizedItem } from './item-size.ts';
import { comparePositions, emptyType, isOversized, keyAttributes, type Position } from './key.ts';
import { OrderedEntries } from './ordered-entries.ts';
import { invalid } from './refusal.ts';
import type { LiveItems, Row } from './row.ts';
import { type IndexDefinition, namesOf, type TableDefinition } from './table-definition.ts';
import { TableIndex } from './table-index.ts';
import { compareTexts } from './value-order.ts';

export class Table {
  readonly definition: TableDefinition;
  readonly createdAtMs: number;
  readonly indexes: readonly TableIndex[];
  readonly rows = new OrderedEntries<Position, Row>(comparePositions);
  readonly #live: LiveItems;
  itemCount = 0;
  itemBytes = 0;

  constructor(
    definition: TableDefinition,
    live: LiveItems,
    options: { createdAtMs: number; isIndexLagging: boolean },
  ) {
    this.definition = definition;
    this.#live = live;
    this.createdAtMs = options.createdAtMs;
    this.indexes = definition.indexes.map(
      (index) => new TableIndex(index, live, options.isIndexLagging),
    );
  }

  get name(): string {
    return this.definition.name;
  }

  read(row: Row): Item {
    return this.#live.read(row);
  }

  index(name: string): TableIndex {
    const index = this.indexes.find((each) => each.definition.name === name);
    if (index) return index;
    throw invalid(`The table does not have the specified index: ${name}`);
  }

  /** Puts the item, which belongs to the position, or takes it out; gives what that costs. */
  write(position: Position, sized: SizedItem | undefined): Consumption {
    const old = this.rows.find(position);
    const next = sized && this.#live.admit(position, sized);
    if (next) this.rows.put(next);
    else this.rows.remove(position);
    const indexes = this.#writeIndexes(old, next);
    if (old) this.#live.retire(old);
    this.itemCount += (next ? 1 : 0) - (old ? 1 : 0);
    this.itemBytes += (next?.bytes ?? 0) - (old?.bytes ?? 0);
    return { tableName: this.name, kind: 'write', table: writeUnits(old, next), indexes };
  }

  #writeIndexes(old: Row | undefined, next: Row | undefined): Readonly<Record<string, number>> {
    if (this.indexes.length === 0) return NO_INDEXES;
    const units: Record<string, number> = {};
    for (const index of this.indexes) {
      const used = index.write(old, next);
      if (used > 0) units[index.definition.name] = used;
    }
    return units;
  }

  /** All items, by key; not in the order of a scan. */
  items(): Item[] {
    const rows = [...this.rows.scan()].sort(
      (left, right) =>
        compareTexts(left.partition, right.partition) || comparePositions(left, right),
    );
    return rows.map((row) => this.read(row));
  }
}

/** An attribute that an index has as its key must be of the key's type, or missing. */
export function refuseIndexKeys(item: Item, definition: TableDefinition, isUpdate: boolean): void {
  for (const index of definition.indexes) {
    for (const attribute of keyAttributes(index.key)) {
      refuseIndexKey(item, attribute, index, isUpdate);
    }
  }
}

function refuseIndexKey(
  item: Item,
  { name, type }: { name: string; type: string },
  index: IndexDefinition,
  isUpdate: boolean,
): void {
  const value = readMember(item, name);
  if (!value) return;
  const actual = typeOf(value);
  if (actual !== type) {
    throw invalid(
      `One or more parameter values were invalid: Type mismatch for Index Key ${name} Expected: ${type} Actual: ${actual} IndexName: ${index.name}`,
    );
  }
  if (value.S === '' || value.B === '') {
    const fault = isUpdate
      ? 'The update expression attempted to update a secondary index key to a value that is not supported. '
      : 'A value specified for a secondary index key is not supported. ';
    const place = isUpdate ? '' : ` IndexName: ${index.name}, IndexKey: ${name}`;
    throw invalid(
      `One or more parameter values are not valid. ${fault}The AttributeValue for a key attribute cannot contain an empty ${emptyType(value)} value.${place}`,
    );
  }
  if (isOversized(value, name === index.key.hash.name)) {
    throw invalid('One or more parameter values were invalid: Size limit exceeded');
  }
}

/** Key attributes are scalars: no path of an expression may look into one. */
export function refuseKeyPaths(
  paths: readonly (readonly (string | number)[])[],
  { key, indexes }: TableDefinition,
): void {
  for (const path of paths) {
    const [head] = path;
    if (path.length === 1 || typeof head !== 'string') continue;
    const isKey = namesOf(key).includes(head);
    if (!isKey && !indexes.some((index) => namesOf(index.key).includes(head))) continue;
    throw invalid(
      `Key attributes must be scalars; list random access '[]' and map lookup '.' are not allowed: ${isKey ? 'Key' : 'IndexKey'}: ${head}`,
    );
  }
}
