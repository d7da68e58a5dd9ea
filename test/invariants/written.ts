/** The successful writes of a call, item by item: what was asked for, in plain values. */
import type { ApiCall, ApiOutcome } from '#local/wire.ts';
import { asList, isRecord, plainValue, readWireItem } from './wire-item.ts';

export interface WrittenItem {
  table: string;
  key: Record<string, unknown>;
  /** Undefined for one that was deleted. */
  item: Record<string, unknown> | undefined;
  bytes: number;
}

/** The item that a key names, as it is before the call. */
export type Find = (table: string, key: Record<string, unknown>) => WrittenItem['item'];

export function readWrites(call: ApiCall, outcome: ApiOutcome, find: Find): WrittenItem[] {
  if (call.service !== 'dynamodb' || 'error' in outcome) return [];
  const { input } = call;
  const table = String(input['TableName']);
  switch (call.operation) {
    case 'PutItem':
      return [put(table, input['Item'])];
    case 'DeleteItem': {
      const key = readWireItem(input['Key']).value;
      return [{ table, key, item: undefined, bytes: 0 }];
    }
    case 'UpdateItem': {
      const { value: key } = readWireItem(input['Key']);
      const item = applySets({ ...key, ...find(table, key) }, input);
      return [{ table, key, item, bytes: JSON.stringify(item).length }];
    }
    case 'BatchWriteItem':
      return readBatch(input, outcome.output);
    default:
      return [];
  }
}

function put(table: string, wire: unknown): WrittenItem {
  const { value: item, bytes } = readWireItem(wire);
  return { table, key: item, item, bytes };
}

function readBatch(
  input: ApiCall['input'],
  output: Readonly<Record<string, unknown>>,
): WrittenItem[] {
  const left = output['UnprocessedItems'];
  const undone = new Set(
    isRecord(left)
      ? Object.values(left)
          .flatMap(asList)
          .map((one) => JSON.stringify(one))
      : [],
  );
  const requests = input['RequestItems'];
  const isUndone = (request: unknown) => undone.size > 0 && undone.has(JSON.stringify(request));
  return Object.entries(isRecord(requests) ? requests : {}).flatMap(([table, list]) =>
    asList(list)
      .filter((request) => !isUndone(request))
      .map((request) => readRequest(table, request)),
  );
}

function readRequest(table: string, request: unknown): WrittenItem {
  const { PutRequest, DeleteRequest } = isRecord(request) ? request : {};
  if (isRecord(PutRequest)) return put(table, PutRequest['Item']);
  const { value: key } = readWireItem(isRecord(DeleteRequest) ? DeleteRequest['Key'] : {});
  return { table, key, item: undefined, bytes: 0 };
}

/**
 * `SET path = :value, …`: the one form of update that the product and the tests use. The item is the caller's own; the
 * maps inside it are those of the version before, which stays as it is: each is copied on the way to what is set.
 */
function applySets(item: Record<string, unknown>, input: ApiCall['input']): WrittenItem['item'] {
  const expression = String(input['UpdateExpression']);
  if (!expression.startsWith('SET ')) throw new Error(`the mirror cannot follow "${expression}"`);
  const names = input['ExpressionAttributeNames'];
  const values = input['ExpressionAttributeValues'];
  for (const set of expression.slice('SET '.length).split(',')) {
    const [path = '', value = ''] = set.split('=').map((side) => side.trim());
    if (!value.startsWith(':')) throw new Error(`the mirror cannot follow "${expression}"`);
    const steps = path
      .split('.')
      .map((step) => String(isRecord(names) ? (names[step] ?? step) : step));
    const last = steps.pop() ?? '';
    let place = item;
    for (const step of steps) {
      const inner = place[step];
      if (!isRecord(inner)) throw new Error(`the mirror finds no ${step} for "${expression}"`);
      const copy = { ...inner };
      place[step] = copy;
      place = copy;
    }
    place[last] = isRecord(values) ? plainValue(values[value]) : undefined;
  }
  return item;
}
