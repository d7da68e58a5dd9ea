/**
 * One page of a query or scan. It ends at Limit, or once 1 MB was read (the item that crosses the
 * line is still on it), both counted before the filter; `LastEvaluatedKey` stands wherever a page
 * was cut, also where Limit happened to fall on the last item.
 */
import type { Item } from './attribute-value.ts';
import { type Consumption, NO_INDEXES, pageUnits } from './capacity.ts';
import { meets } from './condition.ts';
import { type KeySchema, type Position, pickKey, placeKey } from './key.ts';
import type { KeyRange } from './key-condition.ts';
import { firstWhere, type OrderedEntries } from './ordered-entries.ts';
import { planProjection, project } from './projection.ts';
import { invalid } from './refusal.ts';
import type { Expressions } from './request-expressions.ts';
import type { Row } from './row.ts';
import type { Table } from './table.ts';
import { namesOf } from './table-definition.ts';
import type { IndexEntry, IndexPosition, TableIndex } from './table-index.ts';

const PAGE_BYTES = 1024 * 1024;

/** How many of an index's newest changes a read does not see yet. */
export type HoldBack = (index: TableIndex) => number;

export interface PageRequest {
  readonly table: Table;
  readonly index: TableIndex | undefined;
  readonly expressions: Expressions;
  readonly isConsistent: boolean;
  readonly isCount: boolean;
  readonly limit: number | undefined;
  readonly startKey: Item | undefined;
}

export interface PageAnswer {
  readonly consumption: Consumption;
  readonly page: Record<string, unknown>;
}

/** What a page is read from, the table or an index, and the position after which it begins. */
export interface Source<P extends Position, E extends P> {
  readonly entries: OrderedEntries<P, E>;
  readonly view: (entry: E) => Item;
  readonly start: P | undefined;
}

export type Choose = <P extends Position, E extends P>(source: Source<P, E>) => Iterable<E>;

export function readPage(request: PageRequest, held: HoldBack, choose: Choose): PageAnswer {
  const { table, index, startKey } = request;
  if (!index) {
    const start = startKey && placeStart(startKey, table.definition.key);
    const view = (row: Row) => table.read(row);
    return collect(request, choose({ entries: table.rows, view, start }), view);
  }
  const start = startKey && placeIndexStart(startKey, table.definition.key, index.definition.key);
  const view = (entry: IndexEntry) => index.view(entry);
  return collect(request, choose({ entries: index.entries(held(index)), view, start }), view);
}

function placeStart(startKey: Item, schema: KeySchema): Position {
  if (Object.keys(startKey).length !== namesOf(schema).length) {
    throw invalid('The provided starting key is invalid');
  }
  return placeKey(startKey, schema);
}

function placeIndexStart(startKey: Item, tableKey: KeySchema, indexKey: KeySchema): IndexPosition {
  const names = new Set([...namesOf(tableKey), ...namesOf(indexKey)]);
  const isWhole = [...names].every((name) => Object.hasOwn(startKey, name));
  if (Object.keys(startKey).length !== names.size || !isWhole) {
    throw invalid('The provided starting key is invalid');
  }
  const row = placeKey(pickKey(startKey, namesOf(tableKey)), tableKey);
  const position = placeKey(pickKey(startKey, namesOf(indexKey)), indexKey);
  return { ...position, row };
}

function collect<E extends { readonly bytes: number }>(
  request: PageRequest,
  entries: Iterable<E>,
  view: (entry: E) => Item,
): PageAnswer {
  const { expressions, limit } = request;
  const { filter } = expressions;
  const projection = expressions.projection && planProjection(expressions.projection);
  const items: Item[] = [];
  let count = 0;
  let scanned = 0;
  let bytes = 0;
  let last: E | undefined;
  let isCut = false;
  for (const entry of entries) {
    isCut = bytes >= PAGE_BYTES;
    if (isCut) break;
    last = entry;
    scanned += 1;
    bytes += entry.bytes;
    const item = view(entry);
    if (!filter || meets(filter, item)) {
      count += 1;
      if (!request.isCount) items.push(projection ? project(item, projection) : item);
    }
    isCut = scanned === limit;
    if (isCut) break;
  }
  const page: Record<string, unknown> = { Count: count, ScannedCount: scanned };
  if (!request.isCount) page['Items'] = items;
  if (isCut && last) page['LastEvaluatedKey'] = keyOf(view(last), request);
  return { consumption: consumed(request, bytes), page };
}

function keyOf(item: Item, { table, index }: PageRequest): Item {
  const names = index ? namesOf(index.definition.key) : [];
  return pickKey(item, [...namesOf(table.definition.key), ...names]);
}

function consumed({ table, index, isConsistent }: PageRequest, bytes: number): Consumption {
  const units = pageUnits(bytes, isConsistent);
  const { name: tableName } = table;
  if (!index) return { tableName, kind: 'read', table: units, indexes: NO_INDEXES };
  return { tableName, kind: 'read', table: 0, indexes: { [index.definition.name]: units } };
}

/** The entries of a key range, beyond the start, forward or backward. */
export function* slice<P extends Position, E extends P>(
  { entries, start }: Source<P, E>,
  range: KeyRange,
  isForward: boolean,
): Generator<E, void> {
  const partition = entries.partition(range.partition);
  let from = firstWhere(partition, (entry) => range.side(entry.sort) >= 0);
  let to = firstWhere(partition, (entry) => range.side(entry.sort) > 0);
  if (start && isForward) from = Math.max(from, entries.firstAfter(partition, start));
  if (start && !isForward) to = Math.min(to, entries.firstFrom(partition, start));
  for (let index = 0; index < to - from; index += 1) {
    const entry = partition[isForward ? from + index : to - 1 - index];
    if (entry) yield entry;
  }
}
