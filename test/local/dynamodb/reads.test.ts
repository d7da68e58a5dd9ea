import fc from 'fast-check';
import { beforeEach, describe, expect, it } from 'vitest';
import type { DynamoStore } from '#local/dynamodb/dynamo-store.ts';
import { KEY, N, S } from './edges/edge.ts';
import { storeEmulator, type Wire } from './emulator.ts';
import { at, makeStore } from './made-store.ts';
import { allItems, MAIN } from './tables.ts';

let store: DynamoStore;
const put = (Item: Wire) => store.apply('PutItem', { TableName: MAIN, Item: { ...KEY, ...Item } });

beforeEach(async () => {
  store = await makeStore();
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
    const { Item } = await store.apply('GetItem', { TableName: MAIN, Key: KEY });
    expect(Item).toMatchObject({ n: N('2') });
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
