import fc from 'fast-check';
import { beforeEach, describe, expect, it } from 'vitest';
import { DynamoStore, type DynamoStoreOptions } from '#local/dynamodb/dynamo-store.ts';
import { KEY, L, M, N, NS, S, SS } from './edges/edge.ts';
import { storeEmulator, type Wire } from './emulator.ts';
import { commands } from './random-commands.ts';
import { allItems, createTables, HASHED, MAIN, NUMBERS } from './tables.ts';

const everything = { comparesAll: true, editsLists: true, reportsAll: true };

async function makeStore(options: DynamoStoreOptions = {}): Promise<DynamoStore> {
  const store = new DynamoStore(options);
  await createTables(storeEmulator(store));
  return store;
}

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
const at = (p: string, s: string) => ({ p: S(p), s: S(s) });

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

describe('a page', () => {
  const query = (more: Wire = {}) =>
    store.apply('Query', {
      TableName: MAIN,
      KeyConditionExpression: 'p = :p',
      ExpressionAttributeValues: { ':p': S('big') },
      ...more,
    });
  /** With `p`, `s` and `x` of one letter each, this makes an item of `bytes`. */
  const putSized = (s: string, bytes: number) =>
    put({ ...at('big', s), x: S('x'.repeat(bytes - 'pbigs0x'.length)) });

  it.each([
    { bytes: 262_144, counted: 4 },
    { bytes: 262_143, counted: 5 },
  ])('ends with the item of $bytes bytes that takes it to 1 MB', async ({ bytes, counted }) => {
    for (const s of ['0', '1', '2', '3', '4', '5']) await putSized(s, bytes);

    const page = await query({ ReturnConsumedCapacity: 'TOTAL', ConsistentRead: true });

    expect(page).toMatchObject({
      Count: counted,
      LastEvaluatedKey: at('big', String(counted - 1)),
      ConsumedCapacity: { CapacityUnits: Math.ceil((bytes * counted) / 4096) },
    });
  });

  it('counts 1 MB before its filter and its projection', async () => {
    for (const s of ['0', '1', '2', '3', '4']) await putSized(s, 300_000);

    const page = await query({
      FilterExpression: 'attribute_not_exists(x)',
      ProjectionExpression: 's',
    });

    expect(page).toMatchObject({ Count: 0, ScannedCount: 4, LastEvaluatedKey: at('big', '3') });
  });

  it('says that it was cut, though the limit fell on the last item', async () => {
    await put(at('big', '0'));

    expect(await query({ Limit: 1 })).toHaveProperty('LastEvaluatedKey');
    expect(await query({ Limit: 2 })).not.toHaveProperty('LastEvaluatedKey');
  });

  it('of an index leads through entries with equal keys, each once, in either direction', async () => {
    const items = fc.uniqueArray(fc.tuple(fc.nat(9), fc.nat(9)), {
      selector: String,
      maxLength: 25,
    });
    await fc.assert(
      fc.asyncProperty(
        items,
        fc.integer({ min: 1, max: 4 }),
        fc.boolean(),
        async (list, Limit, isForward) => {
          store = await makeStore();
          for (const [p, s] of list) {
            await put({ ...at(`p${p}`, `s${s}`), g: S('G'), n: N(String((p + s) % 3)) });
          }

          const seen = await walk({ Limit, ScanIndexForward: isForward });

          const order = seen.map(({ n }) => Number(n.N));
          expect(new Set(seen.map(({ p, s }) => `${p.S} ${s.S}`)).size).toBe(list.length);
          expect(seen).toHaveLength(list.length);
          expect(order).toEqual(order.toSorted((a, b) => (isForward ? a - b : b - a)));
        },
      ),
      { seed: 2, numRuns: 50 },
    );
  });

  type IndexItem = Record<'p' | 's', { S: string }> & { n: { N: string } };

  async function walk(more: Wire): Promise<IndexItem[]> {
    const seen: IndexItem[] = [];
    let start: unknown;
    do {
      const page = await store.apply('Query', {
        TableName: MAIN,
        IndexName: 'byG',
        KeyConditionExpression: 'g = :g',
        ExpressionAttributeValues: { ':g': S('G') },
        ...more,
        ...(start !== undefined && { ExclusiveStartKey: start }),
      });
      seen.push(...(page['Items'] as IndexItem[]));
      start = page['LastEvaluatedKey'];
    } while (start !== undefined);
    return seen;
  }

  it('of a scan goes on where the last one stood, though its item is gone', async () => {
    for (let each = 0; each < 20; each += 1) await put(at(`p${each}`, 's'));
    const { LastEvaluatedKey } = await store.apply('Scan', { TableName: MAIN, Limit: 7 });
    await store.apply('DeleteItem', { TableName: MAIN, Key: LastEvaluatedKey });

    const rest = await store.apply('Scan', {
      TableName: MAIN,
      ExclusiveStartKey: LastEvaluatedKey,
    });

    expect(rest['Count']).toBe(13);
  });

  it('of a scan does not come in the order of keys', async () => {
    for (let each = 0; each < 20; each += 1) await put(at(`p${each}`, 's'));

    const items = await allItems(storeEmulator(store), MAIN);

    const keys = items.map((item) => (item as { p: { S: string } }).p.S);
    expect(keys).not.toEqual(keys.toSorted());
  });
});

describe('a batch', () => {
  it('gives back what a hook leaves undone, as it was asked', async () => {
    store = await makeStore({ isLeftUndone: ({ position }) => position === 1 });
    const requests = ['a', 'b', 'c'].map((p) => ({ PutRequest: { Item: at(p, 's') } }));

    const written = await store.apply('BatchWriteItem', { RequestItems: { [MAIN]: requests } });
    const Keys = ['a', 'c'].map((p) => at(p, 's'));
    const read = await store.apply('BatchGetItem', {
      RequestItems: { [MAIN]: { Keys, ConsistentRead: true } },
    });

    expect(written).toEqual({ UnprocessedItems: { [MAIN]: [requests[1]] } });
    expect(store.dump()[MAIN]).toHaveLength(2);
    expect(read).toEqual({
      Responses: { [MAIN]: [at('a', 's')] },
      UnprocessedKeys: { [MAIN]: { Keys: [at('c', 's')], ConsistentRead: true } },
    });
  });

  it('reads no more than 16 MB', async () => {
    const Keys = Array.from({ length: 50 }, (_, index) => at('big', String(index)));
    for (const Key of Keys) await put({ ...Key, x: S('x'.repeat(399_990)) });

    const answer = await store.apply('BatchGetItem', { RequestItems: { [MAIN]: { Keys } } });

    const { Responses, UnprocessedKeys } = answer as {
      Responses: Record<string, unknown[]>;
      UnprocessedKeys: Record<string, { Keys: unknown[] }>;
    };
    expect(Responses[MAIN]).toHaveLength(41);
    expect(UnprocessedKeys[MAIN]?.Keys).toHaveLength(9);
  });
});

describe('an index that lags', () => {
  let held: number;
  const find = async () => {
    const page = await store.apply('Query', {
      TableName: MAIN,
      IndexName: 'byG',
      KeyConditionExpression: 'g = :g',
      ExpressionAttributeValues: { ':g': S('G') },
    });
    return (page['Items'] as { n: { N: string } }[]).map(({ n }) => n.N);
  };
  const write = (n: string) => put({ g: S('G'), n: N(n) });

  beforeEach(async () => {
    held = 0;
    store = await makeStore({ staleIndexReads: () => held });
  });

  it('shows the item as it was before the newest writes', async () => {
    await write('1');
    await write('2');

    held = 1;

    expect(await find()).toEqual(['1']);
    expect(await get()).toMatchObject({ n: N('2') });
  });

  it('never goes back on what it has shown', async () => {
    await write('1');
    await write('2');
    expect(await find()).toEqual(['2']);

    held = 2;

    expect(await find()).toEqual(['2']);
  });

  it('shows an item that is gone, and then does not', async () => {
    await write('1');
    await find();
    await store.apply('DeleteItem', { TableName: MAIN, Key: KEY });

    held = 1;
    expect(await find()).toEqual(['1']);
    held = 0;
    expect(await find()).toEqual([]);
  });

  it('is asked with the number of writes that a read could miss', async () => {
    const asked: unknown[] = [];
    store = await makeStore({
      staleIndexReads: (read) => {
        asked.push(read);
        return 0;
      },
    });
    await write('1');
    await write('2');

    await find();

    expect(asked).toEqual([{ tableName: MAIN, indexName: 'byG', pending: 2 }]);
  });
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
