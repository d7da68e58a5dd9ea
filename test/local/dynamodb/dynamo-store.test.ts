import fc from 'fast-check';
import { beforeEach, describe, expect, it } from 'vitest';
import type { DynamoStore } from '#local/dynamodb/dynamo-store.ts';
import { KEY, L, M, N, NS, S, SS } from './edges/edge.ts';
import { storeEmulator, type Wire } from './emulator.ts';
import { at, makeStore } from './made-store.ts';
import { commands } from './random-commands.ts';
import { HASHED, MAIN, NUMBERS } from './tables.ts';

const everything = { comparesAll: true, editsLists: true, reportsAll: true };

/** The parts of a value that somebody could change. */
function thawedParts(value: unknown): unknown[] {
  if (typeof value !== 'object' || value === null) return [];
  const parts = Object.values(value).flatMap(thawedParts);
  return Object.isFrozen(value) ? parts : [value, ...parts];
}

let store: DynamoStore;
const put = (Item: Wire, more: Wire = {}) =>
  store.apply('PutItem', { TableName: MAIN, Item: { ...KEY, ...Item }, ...more });
const get = async (Key: Wire = KEY) =>
  (await store.apply('GetItem', { TableName: MAIN, Key }))['Item'];

const onlyNew = {
  ConditionExpression: 'attribute_not_exists(p)',
  ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
};

beforeEach(async () => {
  store = await makeStore();
});

describe('what goes in and comes out', () => {
  it('stays as it was put whatever becomes of the request', async () => {
    const members = { x: S('before') };
    await put({ m: M(members) });

    members.x = S('after');

    expect(await get()).toEqual({ ...KEY, m: M({ x: S('before') }) });
  });

  it('cannot be changed by a reader, at any depth', async () => {
    await put({ m: M({ l: L(S('0'), M({ x: SS('a') })) }), n: N('1'), bytes: { BS: ['AA=='] } });

    const item = await get();

    expect(thawedParts(item)).toEqual([]);
    expect(() => Object.assign(item as object, { more: S('1') })).toThrow(TypeError);
  });

  it.each([
    { kept: 'objects', liveBytes: 1_000_000 },
    { kept: 'text', liveBytes: 0 },
  ])('cannot be changed when items are kept as $kept', async ({ liveBytes }) => {
    store = await makeStore({ liveBytes });
    await put({ l: L(S('0'), L(S('1'))), m: M({}), k: N('1'), tags: SS('a'), gone: SS('a', 'b') });

    const { Attributes } = await store.apply('UpdateItem', {
      TableName: MAIN,
      Key: KEY,
      UpdateExpression:
        'SET a = list_append(l, l), m.x = :v, l[0] = :v, k = k + :n ADD tags :t DELETE gone :t',
      ExpressionAttributeValues: { ':v': M({ x: S('v') }), ':n': N('1'), ':t': SS('b') },
      ReturnValues: 'ALL_NEW',
    });
    await put(at('another', 'item'));
    const whole = await store.apply('Scan', { TableName: MAIN });
    const parts = await store.apply('Scan', { TableName: MAIN, ProjectionExpression: 'l[0], m.x' });
    const refused = put({}, onlyNew);

    expect(thawedParts(Attributes)).toEqual([]);
    expect((whole['Items'] as unknown[]).flatMap(thawedParts)).toEqual([]);
    expect((parts['Items'] as unknown[]).flatMap(thawedParts)).toEqual([]);
    await expect(refused).rejects.toSatisfy(({ fields }) => thawedParts(fields.Item).length === 0);
  });

  it('stays in use while another item is overwritten time and again', async () => {
    store = await makeStore({ liveBytes: 1_000 });
    await put({ x: S('x'.repeat(100)) });
    const before = await get();

    for (let time = 0; time < 50; time += 1) await put({ ...at('b', 'b'), x: S('y'.repeat(100)) });

    expect(await get()).toBe(before);
  });

  it('may be called what objects have by nature', async () => {
    const odd = JSON.parse(
      '{"__proto__": {"S": "x"}, "constructor": {"M": {"__proto__": {"S": "y"}}}}',
    );
    await put(odd);

    const item = (await get()) as Wire;

    expect(Object.keys(item).sort()).toEqual(['__proto__', 'constructor', 'p', 's']);
    expect(JSON.stringify(item)).toContain('"__proto__":{"S":"y"}');
  });

  it('is the same whether items are kept as objects or as text', async () => {
    const sequences = fc.array(commands(everything), { maxLength: 30, size: 'max' });
    await fc.assert(
      fc.asyncProperty(sequences, async (list) => {
        const live = storeEmulator(await makeStore());
        const packed = storeEmulator(await makeStore({ liveBytes: 0 }));

        for (const { action, input } of list) {
          expect(await packed.send(action, input)).toEqual(await live.send(action, input));
        }
      }),
      { seed: 1, numRuns: 60 },
    );
  });
});

describe('a call', () => {
  it('is one step: of many that race on a condition one wins', async () => {
    const claim = (owner: number) =>
      put({ owner: N(String(owner)) }, { ConditionExpression: 'attribute_not_exists(p)' });

    const outcomes = await Promise.allSettled(
      Array.from({ length: 20 }, (_, owner) => claim(owner)),
    );

    expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
  });

  it('is refused when it asks for what the store does not do', async () => {
    const legacy = store.apply('PutItem', { TableName: MAIN, Item: KEY, Expected: {} });
    const parallel = store.apply('Scan', { TableName: MAIN, Segment: 0, TotalSegments: 2 });

    await expect(legacy).rejects.toThrow('does not support the parameter Expected');
    await expect(parallel).rejects.toThrow('does not support the parameter Segment');
  });

  it('is refused when the store has no such action', async () => {
    const call = store.apply('TransactWriteItems', {});

    await expect(call).rejects.toMatchObject({ code: 'UnknownOperationException' });
  });

  it('leaves nothing behind when it is refused', async () => {
    const requests = [
      { PutRequest: { Item: at('a', 'a') } },
      { PutRequest: { Item: { ...at('b', 'b'), g: N('1') } } },
    ];

    const batch = store.apply('BatchWriteItem', { RequestItems: { [MAIN]: requests } });

    await expect(batch).rejects.toMatchObject({ code: 'ValidationException' });
    expect(store.dump()[MAIN]).toEqual([]);
  });

  it('leaves nothing behind when it asks for an unknown report', async () => {
    const call = put({}, { ReturnConsumedCapacity: 'SOME' });

    await expect(call).rejects.toMatchObject({ code: 'ValidationException' });
    expect(await get()).toBeUndefined();
  });
});

it('appends at once, however far an index lies past the end of a list', async () => {
  await put({ l: L(S('0')) });

  await store.apply('UpdateItem', {
    TableName: MAIN,
    Key: KEY,
    UpdateExpression: 'SET l[2000000000] = :v',
    ExpressionAttributeValues: { ':v': S('1') },
  });

  expect(await get()).toMatchObject({ l: L(S('0'), S('1')) });
});

describe('what the store tells of itself', () => {
  it('dumps every table, in the order of keys, as plain values', async () => {
    await put({ ...at('b', 'b'), n: N('1.50'), big: N('12345678901234567890') });
    await put({ ...at('a', 'b'), m: M({ l: L(S('x'), { BOOL: true }, { NULL: true }) }) });
    await put({ ...at('a', 'a'), set: SS('y', 'x'), numbers: NS('2', '1'), bytes: { B: 'AQI=' } });

    expect(store.dump()).toEqual({
      [MAIN]: [
        {
          p: 'a',
          s: 'a',
          set: new Set(['x', 'y']),
          numbers: new Set([1, 2]),
          bytes: new Uint8Array([1, 2]),
        },
        { p: 'a', s: 'b', m: { l: ['x', true, null] } },
        { p: 'b', s: 'b', n: 1.5, big: '12345678901234567890' },
      ],
      [NUMBERS]: [],
      bytes: [],
      [HASHED]: [],
    });
  });

  it('counts calls, refusals and capacity', async () => {
    await put({ g: S('G'), n: N('1'), x: S('x'.repeat(1500)) });
    await get();
    await store.apply('GetItem', { TableName: MAIN, Key: KEY, ConsistentRead: true });
    const failing = put({}, { ConditionExpression: 'attribute_not_exists(p)' });
    await expect(failing).rejects.toThrow();

    const { calls, refusals, capacity } = store.counters();

    expect(calls).toMatchObject({ PutItem: 2, GetItem: 2 });
    expect(refusals).toEqual({ 'PutItem:ConditionalCheckFailedException': 1 });
    expect(capacity).toEqual({
      [MAIN]: { read: 1.5, write: 4 },
      [`${MAIN}/byG`]: { read: 0, write: 2 },
      [`${MAIN}/keys`]: { read: 0, write: 1 },
      [`${MAIN}/some`]: { read: 0, write: 1 },
    });
  });

  it('describes a table by what is in it', async () => {
    store = await makeStore({ nowMs: () => 5_000, region: 'eu-west-1', accountId: '111122223333' });
    await put({ a: S('é'), n: N('12') });

    const { Table } = await store.apply('DescribeTable', { TableName: MAIN });

    expect(Table).toMatchObject({
      TableArn: 'arn:aws:dynamodb:eu-west-1:111122223333:table/main',
      CreationDateTime: 5,
      TableStatus: 'ACTIVE',
      ItemCount: 1,
      TableSizeBytes: 'pedge'.length + 'sedge'.length + 'a'.length + 2 + 'n'.length + 2,
    });
  });

  it('lists tables in pages', async () => {
    const first = await store.apply('ListTables', { Limit: 3 });
    const rest = await store.apply('ListTables', {
      ExclusiveStartTableName: first['LastEvaluatedTableName'],
    });

    expect(first['TableNames']).toEqual(['bytes', HASHED, MAIN]);
    expect(rest).toEqual({ TableNames: [NUMBERS] });
  });

  it('forgets a table that is deleted', async () => {
    await put({});
    await store.apply('DeleteTable', { TableName: MAIN });

    await expect(put({})).rejects.toMatchObject({ code: 'ResourceNotFoundException' });
    expect(Object.keys(store.dump())).not.toContain(MAIN);
  });
});
