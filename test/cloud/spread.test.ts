/** `spread: zones`, through the public way: what is planned is read from the store, what is asked from the wire. */
import { describe, expect, it } from 'vitest';
import { readPlannedHosts } from '#aws/chunk-store.ts';
import { queryRollout } from '#aws/store.ts';
import type { Item } from '#local/dynamodb/attribute-value.ts';
import { sizeItem } from '#local/dynamodb/item-size.ts';
import type { HostSpec } from '#local/hosts/fleet.ts';
import { ServiceError } from '#local/service-error.ts';
import { POLICY, type Start, startCloud, type TestCloud } from './start-cloud.ts';

const SPREAD = { ...POLICY, spread: 'zones', staged_batches: [0.1, 0.5, 1] };

/** Half of the hosts are in zone a, three tenths in b, the rest in c: as they register, not in turn. */
function uneven(count: number) {
  return (index: number): HostSpec => {
    const place = index / count;
    return { zone: place < 0.5 ? 'a' : place < 0.8 ? 'b' : 'c' };
  };
}

function start(hosts: number, options: Start = {}, policy: Record<string, unknown> = {}) {
  const host = options.host ?? uneven(hosts);
  return startCloud({ hosts, policies: [{ ...SPREAD, ...policy }], ...options, host });
}

/** How many hosts of each zone every batch and every chunk has; `-` for those without. */
async function composition({ cloud, store, newest }: TestCloud) {
  const rollout = await newest();
  const chunks = await readPlannedHosts(store, rollout);
  const count = (hosts: string[]) => {
    const counts: Record<string, number> = {};
    for (const host of hosts) {
      const zone = cloud.fleet.zoneOf(host) ?? '-';
      counts[zone] = (counts[zone] ?? 0) + 1;
    }
    return counts;
  };
  const batches = (rollout.plan?.batches ?? []).map(({ first_chunk, chunks: length }) =>
    count(chunks.slice(first_chunk, first_chunk + length).flat()),
  );
  return { batches, chunks: chunks.map(count) };
}

const asked = ({ cloud }: TestCloud) => cloud.apiCalls.get('ec2:DescribeInstances') ?? 0;

describe('batches', () => {
  it.each([
    [
      20,
      1,
      [
        { a: 1, b: 1 },
        { a: 4, b: 2, c: 2 },
        { a: 5, b: 3, c: 2 },
      ],
    ],
    [
      200,
      1,
      [
        { a: 10, b: 6, c: 4 },
        { a: 40, b: 24, c: 16 },
        { a: 50, b: 30, c: 20 },
      ],
    ],
  ])('of %d hosts have each zone’s share, after %d question', async (hosts, questions, shares) => {
    const test = await start(hosts);
    const { roll, newest, running, watch } = test;

    const v2 = await roll('v2');

    const { batches } = await composition(test);
    expect(batches).toEqual(shares);
    expect((await newest()).status).toBe('completed');
    expect(running()).toEqual({ [v2]: hosts });
    expect(asked(test)).toBe(questions);
    expect(await watch.violations()).toEqual([]);
  });

  it('have chunks that have it too', async () => {
    const test = await start(200, {}, { max_unavailable: 10 });

    await test.roll('v2');

    const { chunks } = await composition(test);
    expect(chunks).toEqual(chunks.map(() => ({ a: 5, b: 3, c: 2 })));
  });

  it('count hybrid hosts, and hosts that EC2 does not know, as groups of their own', async () => {
    const host = (index: number): HostSpec =>
      [{ zone: 'a' }, { zone: 'b' }, { kind: 'hybrid' as const }, { zone: 'none' }][index % 4] ??
      {};
    const test = await start(40, { host });
    const { store, roll, newest, running, watch } = test;

    const v2 = await roll('v2');

    const { batches } = await composition(test);
    expect(batches).toEqual([
      { a: 1, b: 1, '-': 2 },
      { a: 4, b: 4, '-': 8 },
      { a: 5, b: 5, '-': 10 },
    ]);
    const chunks = await readPlannedHosts(store, await newest());
    const hybrid = chunks.flat().flatMap((id, place) => (id.startsWith('mi-') ? [place] : []));
    expect(hybrid.map((place) => Math.floor(place / 4))).toEqual([...hybrid.keys()]);
    expect(running()).toEqual({ [v2]: 40 });
    expect(asked(test)).toBe(1);
    expect(await watch.violations()).toEqual([]);
  });

  it('begin with the hosts that the policy names, whatever their zone', async () => {
    const ids = ['i-00000000000000001', 'i-00000000000000002'];
    const host = (index: number): HostSpec =>
      index < 2 ? { id: ids[index] ?? '', zone: 'c' } : uneven(20)(index);
    const test = await start(20, { host }, { first_batch: ids });
    const { store, newest, roll } = test;

    await roll('v2');

    const [first] = await readPlannedHosts(store, await newest());
    expect(first).toEqual(ids);
    expect((await newest()).status).toBe('completed');
  });
});

describe('EC2', () => {
  it('is not asked, and nothing of zones is stored, where the policy does not spread', async () => {
    const test = await start(20, {}, { spread: 'none' });
    const { store, newest, roll } = test;

    await roll('v2');

    expect(asked(test)).toBe(0);
    for await (const item of queryRollout(store, (await newest()).rollout, 'hosts#')) {
      expect(Object.keys(item).sort()).toEqual(['hosts', 'item', 'offline', 'rollout']);
    }
  });

  it('is asked for 200 hosts at once', async () => {
    const test = await start(450);

    await test.roll('v2');

    expect((await test.newest()).status).toBe('completed');
    expect(asked(test)).toBe(3);
  });

  it('is asked again later while it throttles, and no host is planned without its zone', async () => {
    const test = await start(450);
    const { cloud, roll, newest, watch } = test;
    let refused = 0;
    cloud.wire.fault = ({ service }) => {
      if (service !== 'ec2' || refused === 8) return undefined;
      refused += 1;
      return {
        kind: 'refused',
        error: new ServiceError('RequestLimitExceeded', 'slow down', { statusCode: 503 }),
      };
    };

    await roll('v2');

    const { batches } = await composition(test);
    expect(batches[0]).toEqual({ a: 23, b: 13, c: 9 });
    expect(refused).toBe(8);
    expect((await newest()).status).toBe('completed');
    expect(await watch.violations()).toEqual([]);
  });

  it('throttles in the middle of a turn: what was read before is kept', async () => {
    const test = await start(450);
    const { cloud, store, roll, newest, watch } = test;
    let calls = 0;
    cloud.wire.fault = ({ service }) => {
      if (service !== 'ec2') return undefined;
      calls += 1;
      if (calls < 2 || calls > 4) return undefined;
      const error = new ServiceError('RequestLimitExceeded', 'slow down', { statusCode: 503 });
      return { kind: 'refused', error };
    };

    await roll('v2');

    const turns: number[] = [];
    for await (const item of queryRollout(store, (await newest()).rollout, 'hosts#')) {
      const { hosts } = item;
      turns.push(Array.isArray(hosts) ? hosts.length : 0);
    }
    expect(turns).toEqual([200, 250]);
    expect((await composition(test)).batches[0]).toEqual({ a: 23, b: 13, c: 9 });
    expect((await newest()).status).toBe('completed');
    expect(await watch.violations()).toEqual([]);
  });

  it('refuses: the rollout is held, and no host is touched', async () => {
    const test = await start(20);
    const { cloud, roll, newest } = test;
    cloud.wire.fault = ({ service }) =>
      service === 'ec2'
        ? { kind: 'refused', error: new ServiceError('UnauthorizedOperation', 'not you') }
        : undefined;

    await roll('v2');

    expect((await newest()).status).toBe('held');
    expect((await newest()).hold?.reason).toContain('UnauthorizedOperation');
    expect(cloud.ssm.commands).toEqual([]);
  });
});

it('a turn of 5,000 hosts with their zones is an item of less than 150 KB', async () => {
  const test = await start(5_001);
  const { cloud, push } = test;
  const bytes: number[] = [];
  cloud.wire.onCall = ({ operation, input: { Item } }) => {
    const isTurn = operation === 'PutItem' && JSON.stringify(Item).includes('"S":"hosts#');
    if (isTurn) bytes.push(sizeItem(Item as Item, 'Item size').bytes);
  };

  push('v2');
  await cloud.run({ until: () => bytes.length === 2 });

  expect(bytes[0]).toBeGreaterThan(100_000);
  expect(bytes[0]).toBeLessThan(150_000);
  expect(asked(test)).toBe(26);
});
