/**
 * BatchGetItem and BatchWriteItem. The whole request is checked before anything is read or
 * written. They may leave work undone: BatchGetItem once its answer would exceed 16 MB, both where
 * a test asks for it (the service does so whenever it is short of capacity).
 */
import { acceptItem } from './accept-value.ts';
import { type Item, isRecord } from './attribute-value.ts';
import { type Consumption, NO_INDEXES } from './capacity.ts';
import type { Path } from './expression-tree.ts';
import { placePut, readItem, readItemToPut } from './item-actions.ts';
import type { SizedItem } from './item-size.ts';
import { type Position, placeKey } from './key.ts';
import { invalid } from './refusal.ts';
import { constraint, type Input, readFlag, refuseUnknownMembers } from './request.ts';
import { readExpressions } from './request-expressions.ts';
import { refuseKeyPaths, type Table } from './table.ts';

const MAX_GETS = 100;
const MAX_WRITES = 25;
const ANSWER_BYTES = 16 * 1024 * 1024;
const KEYS_AND_ATTRIBUTES = new Set([
  'Keys',
  'ConsistentRead',
  'ProjectionExpression',
  'ExpressionAttributeNames',
]);
const AMBIGUOUS =
  'Supplied AttributeValue has more than one datatypes set, must contain exactly one of the supported datatypes';

/** One get or write of a batch, as a hook sees it that decides whether it stays undone. */
export interface BatchedRequest {
  readonly action: 'BatchGetItem' | 'BatchWriteItem';
  readonly tableName: string;
  /** Its number in the batch, from 0. */
  readonly position: number;
}

export interface BatchContext {
  readonly findTable: (name: string) => Table;
  readonly isLeftUndone: (request: BatchedRequest) => boolean;
}

export interface BatchAnswer {
  readonly consumptions: readonly Consumption[];
  readonly output: Record<string, unknown>;
}

interface Get {
  readonly table: Table;
  readonly request: Input;
  readonly key: Item;
  readonly position: Position;
  readonly isConsistent: boolean;
  readonly projection: readonly Path[] | undefined;
}

export function batchGetItem(input: Input, context: BatchContext): BatchAnswer {
  const gets = planGets(readRequests(input), context);
  const responses: Record<string, Item[]> = {};
  const unprocessed: Record<string, { Keys: Item[] }> = {};
  const consumptions: Consumption[] = [];
  let bytes = 0;
  for (const [number, get] of gets.entries()) {
    const { table, position } = get;
    const { name: tableName } = table;
    responses[tableName] ??= [];
    const size = table.rows.find(position)?.bytes ?? 0;
    const isUndone = context.isLeftUndone({ action: 'BatchGetItem', tableName, position: number });
    if (isUndone || bytes + size > ANSWER_BYTES) {
      unprocessed[tableName] ??= { ...get.request, Keys: [] };
      unprocessed[tableName].Keys.push(get.key);
      continue;
    }
    bytes += size;
    const answer = readItem(table, position, get.isConsistent, get.projection);
    consumptions.push(answer.consumption);
    if (answer.attributes) responses[tableName].push(answer.attributes);
  }
  return { consumptions, output: { Responses: responses, UnprocessedKeys: unprocessed } };
}

function planGets(requests: readonly [string, unknown][], { findTable }: BatchContext): Get[] {
  const gets: Get[] = [];
  for (const [tableName, request] of requests) {
    if (!isRecord(request)) throw constraint('requestItems', request, 'Member must not be null');
    refuseUnknownMembers(request, KEYS_AND_ATTRIBUTES);
    const keys = readList(request['Keys'], `requestItems.${tableName}.member.keys`).map((key) =>
      acceptItem(key),
    );
    if (gets.length + keys.length > MAX_GETS) {
      throw invalid('Too many items requested for the BatchGetItem call');
    }
    const { projection, paths } = readExpressions(request, ['ProjectionExpression']);
    const isConsistent = readFlag(request, 'ConsistentRead');
    const table = findTable(tableName);
    refuseKeyPaths(paths, table.definition);
    const positions = keys.map((key) => placeKey(key, table.definition.key));
    refuseDuplicates(positions);
    for (const [index, key] of keys.entries()) {
      const position = positions[index];
      if (position) gets.push({ table, request, key, position, isConsistent, projection });
    }
  }
  return gets;
}

interface Write {
  readonly table: Table;
  readonly request: unknown;
  readonly position: Position;
  readonly sized: SizedItem | undefined;
}

export function batchWriteItem(input: Input, context: BatchContext): BatchAnswer {
  const requests = readRequests(input);
  const lists = requests.map(
    ([name, list]) => [name, readList(list, `requestItems.${name}`)] as const,
  );
  if (lists.reduce((count, [, list]) => count + list.length, 0) > MAX_WRITES) {
    throw invalid('Too many items requested for the BatchWriteItem call');
  }
  const writes = lists.flatMap(([name, list]) => planWrites(list, () => context.findTable(name)));
  const unprocessed: Record<string, unknown[]> = {};
  const consumptions: Consumption[] = [];
  for (const [number, { table, position, sized, request }] of writes.entries()) {
    const { name: tableName } = table;
    if (context.isLeftUndone({ action: 'BatchWriteItem', tableName, position: number })) {
      unprocessed[tableName] ??= [];
      unprocessed[tableName].push(request);
    } else {
      consumptions.push(table.write(position, sized));
    }
  }
  return { consumptions, output: { UnprocessedItems: unprocessed } };
}

function planWrites(list: readonly unknown[], findTable: () => Table): Write[] {
  const accepted = list.map((request) => {
    const { PutRequest: put, DeleteRequest: removal } = isRecord(request) ? request : {};
    if ((put === undefined) === (removal === undefined)) throw invalid(AMBIGUOUS);
    const sized = isRecord(put) ? readItemToPut(put['Item']) : undefined;
    const key = isRecord(removal) ? acceptItem(removal['Key']) : undefined;
    return { request, sized, key };
  });
  const table = findTable();
  const writes = accepted.map(({ request, sized, key }) => {
    const position = sized
      ? placePut(sized.item, table)
      : placeKey(key ?? acceptItem(undefined), table.definition.key);
    return { table, request, position, sized };
  });
  refuseDuplicates(writes.map(({ position }) => position));
  return writes;
}

function readRequests(input: Input): [string, unknown][] {
  const { RequestItems: requests } = input;
  const entries = isRecord(requests) ? Object.entries(requests) : [];
  if (entries.length > 0) return entries;
  if (requests === undefined) throw constraint('requestItems', requests, 'Member must not be null');
  throw constraint('requestItems', '{}', 'Member must have length greater than or equal to 1');
}

function readList(raw: unknown, member: string): unknown[] {
  if (Array.isArray(raw) && raw.length > 0) return raw;
  throw constraint(member, '[]', 'Member must have length greater than or equal to 1');
}

function refuseDuplicates(positions: readonly Position[]): void {
  const seen = new Set(
    positions.map(({ partition, sort }) =>
      JSON.stringify([partition, typeof sort === 'string' ? sort : sort.text]),
    ),
  );
  if (seen.size === positions.length) return;
  throw invalid('Provided list of item keys contains duplicates');
}

/** Consumption of a batch, one for each table. */
export function sumByTable(consumptions: readonly Consumption[]): Consumption[] {
  const sums = new Map<string, Consumption>();
  for (const each of consumptions) {
    const sum = sums.get(each.tableName);
    sums.set(each.tableName, sum ? add(sum, each) : each);
  }
  return [...sums.values()];
}

function add(left: Consumption, right: Consumption): Consumption {
  const indexes: Record<string, number> = { ...left.indexes };
  for (const [name, units] of Object.entries(right.indexes)) {
    indexes[name] = (indexes[name] ?? 0) + units;
  }
  const hasIndexes = Object.keys(indexes).length > 0;
  return {
    ...left,
    table: left.table + right.table,
    indexes: hasIndexes ? indexes : NO_INDEXES,
  };
}
