import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  batchOf,
  chunkFromPlan,
  chunksNotBegun,
  firstChunkOf,
  mapConcurrency,
  planHosts,
  planItems,
  planKey,
  planKeys,
} from '#core/plan-hosts.ts';
import { aChunk, aPolicy, aRollout, PLAN } from './fixtures.ts';

function hostsNamed(count: number): string[] {
  return Array.from({ length: count }, (_, index) => `i-${String(index).padStart(5, '0')}`);
}

const fleets = fc.uniqueArray(fc.stringMatching(/^m?i-[0-9a-f]{1,6}$/), {
  minLength: 1,
  maxLength: 260,
});
const policies = fc.record({
  staged_batches: fc.constantFrom([0.1, 0.5, 1], [1], ['1 host', '25%', 1], ['3 hosts', 1]),
  max_unavailable: fc.option(fc.integer({ min: 1, max: 200 }), { nil: undefined }),
});

describe('a plan', () => {
  it('gives 120 hosts in batches and chunks', () => {
    const hosts = hostsNamed(120);

    const { plan, chunks, canonical } = planHosts(aPolicy(), hosts.toReversed());

    expect(plan).toEqual({
      hosts: 120,
      chunk_size: 50,
      batches: [
        { hosts: 12, first_chunk: 0, chunks: 1 },
        { hosts: 48, first_chunk: 1, chunks: 1 },
        { hosts: 60, first_chunk: 2, chunks: 2 },
      ],
    });
    expect(chunks.map((chunk) => chunk.length)).toEqual([12, 48, 50, 10]);
    expect(chunks.flat()).toEqual(hosts);
    expect(canonical).toBe(JSON.stringify(chunks));
  });

  it('has the hosts that the policy names as its first batch', () => {
    const policy = { ...aPolicy(), first_batch: ['i-00119', 'i-00007'] };

    const { plan, chunks } = planHosts(policy, hostsNamed(120));

    expect(plan.batches.map(({ hosts }) => hosts)).toEqual([2, 10, 48, 60]);
    expect(chunks[0]).toEqual(['i-00007', 'i-00119']);
    expect(chunks.flat().toSorted()).toEqual(hostsNamed(120));
  });

  it('parts the hosts: each is in one chunk, none is empty, none crosses a batch', () => {
    const law = fc.property(fleets, policies, (hosts, { max_unavailable, ...fields }) => {
      const limit = max_unavailable === undefined ? {} : { max_unavailable };
      const policy = aPolicy({ ...fields, ...limit });

      const { plan, chunks } = planHosts(policy, hosts);

      expect(chunks.flat().toSorted()).toEqual(hosts.toSorted());
      expect(plan.hosts).toBe(hosts.length);
      expect(Math.min(...chunks.map((chunk) => chunk.length))).toBeGreaterThan(0);
      expect(Math.max(...chunks.map((chunk) => chunk.length))).toBeLessThanOrEqual(
        Math.min(50, max_unavailable ?? 50),
      );
      let next = 0;
      for (const [index, batch] of plan.batches.entries()) {
        expect(batch.first_chunk).toBe(next);
        next += batch.chunks;
        const own = chunks.slice(batch.first_chunk, next);
        expect(own.flat()).toHaveLength(batch.hosts);
        expect(own.map((_, place) => batchOf(plan, batch.first_chunk + place))).toEqual(
          own.map(() => index),
        );
      }
      expect(next).toBe(chunks.length);
    });

    fc.assert(law);
  });

  it('is the same whatever the order in which hosts are found, and however often', () => {
    const shuffled = fleets.chain((hosts) =>
      fc.tuple(
        fc.constant(hosts),
        fc.shuffledSubarray(hosts, { minLength: hosts.length }),
        fc.subarray(hosts),
      ),
    );
    const law = fc.property(shuffled, ([hosts, other, twice]) => {
      const policy = aPolicy();

      expect(planHosts(policy, [...twice, ...other])).toEqual(planHosts(policy, hosts));
    });

    fc.assert(law);
  });

  it('of no host has no batch', () => {
    expect(planHosts(aPolicy(), [])).toMatchObject({
      plan: { hosts: 0, batches: [] },
      chunks: [],
      canonical: '[]',
    });
  });
});

describe('the items of a plan', () => {
  it('hold ten chunks each, and every chunk is in the item that its number names', () => {
    const law = fc.property(fc.integer({ min: 1, max: 45 }), (count) => {
      const chunks = hostsNamed(count).map((host) => [host]);

      const items = planItems('r', 'p', chunks);

      expect(items.flatMap((item) => item.chunks)).toEqual(chunks);
      for (const [number, chunk] of chunks.entries()) {
        const home = items.find((item) => item.rollout === planKey('r', number).rollout);
        expect(home?.chunks[number - home.first_chunk]).toEqual(chunk);
      }
      const sizes = items.map((item) => item.chunks.length);
      expect(Math.max(...sizes)).toBeLessThanOrEqual(10);
      expect(Math.min(...sizes)).toBeGreaterThan(0);
    });

    fc.assert(law);
  });

  it('are each under a partition key of their own, which begins with the id of the rollout', () => {
    expect([0, 9, 10, 1_234].map((chunk) => planKey('shop-web-1a2b3c-g17', chunk))).toEqual([
      { rollout: 'shop-web-1a2b3c-g17#plan#00000', item: 'plan#00000' },
      { rollout: 'shop-web-1a2b3c-g17#plan#00000', item: 'plan#00000' },
      { rollout: 'shop-web-1a2b3c-g17#plan#00001', item: 'plan#00001' },
      { rollout: 'shop-web-1a2b3c-g17#plan#00123', item: 'plan#00123' },
    ]);
  });

  it('are found by the numbers of the plan alone', () => {
    const law = fc.property(fc.integer({ min: 0, max: 2_000 }), (count) => {
      const { plan, chunks } = planHosts(aPolicy({ max_unavailable: 7 }), hostsNamed(count));

      const keys = planKeys({ rollout: 'r', plan });

      expect(keys).toEqual(
        planItems('r', 'p', chunks).map(({ rollout, item }) => ({ rollout, item })),
      );
    });

    fc.assert(law);
  });

  it('are none of a rollout that has no plan', () => {
    expect(planKeys({ rollout: 'r', plan: undefined })).toEqual([]);
  });
});

describe('the batch of a chunk', () => {
  it.each([
    { chunk: 0, batch: 0 },
    { chunk: 1, batch: 1 },
    { chunk: 2, batch: 1 },
    { chunk: 3, batch: -1 },
    { chunk: -1, batch: -1 },
  ])('of number $chunk is $batch', ({ chunk, batch }) => {
    expect(batchOf(PLAN, chunk)).toBe(batch);
  });
});

describe('a chunk of the plan', () => {
  const planned = {
    ...planKey('r', 0),
    plan_hash: aChunk().plan_hash,
    first_chunk: 0,
    chunks: [['i-01', 'i-02'], ['i-03']],
  };

  it('is made from its item, under the plan’s hash', () => {
    expect(chunkFromPlan(aRollout(), planned, 0)).toEqual(aChunk());
    expect(chunkFromPlan(aRollout(), planned, 1)).toMatchObject({ batch: 1, chunk: 1 });
    const { plan_hash: _none, ...of010 } = planned;
    expect(chunkFromPlan(aRollout(), of010, 0)).toEqual(aChunk());
  });

  it.each([
    { what: 'its item is not there', item: undefined, chunk: 0 },
    { what: 'its item ends before it', item: planned, chunk: 2 },
    { what: 'its item begins after it', item: { ...planned, first_chunk: 1 }, chunk: 0 },
    { what: 'its item is of another plan', item: { ...planned, plan_hash: 'other' }, chunk: 0 },
  ])('is none where $what', ({ item, chunk }) => {
    expect(chunkFromPlan(aRollout(), item, chunk)).toBeUndefined();
  });

  it.each(['plan', 'plan_hash'] as const)('is none where the rollout has no %s', (field) => {
    const { [field]: _none, ...rollout } = aRollout();

    expect(chunkFromPlan(rollout, planned, 0)).toBeUndefined();
  });
});

describe('the first chunk of what is open', () => {
  const { batches } = planHosts(aPolicy({ staged_batches: [0.5, 1] }), hostsNamed(200)).plan;
  const plan = { ...PLAN, batches };

  it.each([
    { what: 'its first batch', rollout: { plan, batch: 0 }, chunk: 0 },
    { what: 'its second batch', rollout: { plan, batch: 1 }, chunk: 2 },
    { what: 'its way back', rollout: { plan, batch: 1, status: 'rolling_back' }, chunk: 0 },
    { what: 'no batch yet', rollout: { plan, batch: -1 }, chunk: 0 },
    { what: 'no plan yet', rollout: { plan: undefined, batch: -1 }, chunk: 0 },
  ] as const)('is $chunk for $what', ({ rollout, chunk }) => {
    expect(firstChunkOf(aRollout(rollout))).toBe(chunk);
  });
});

describe('the chunks at work at once', () => {
  it.each([
    { unavailable: undefined, chunks: 40 },
    { unavailable: 1, chunks: 1 },
    { unavailable: 49, chunks: 1 },
    { unavailable: 50, chunks: 1 },
    { unavailable: 99, chunks: 1 },
    { unavailable: 100, chunks: 2 },
    { unavailable: 1_999, chunks: 39 },
    { unavailable: 100_000, chunks: 40 },
  ])('are $chunks where $unavailable hosts may be unavailable', ({ unavailable, chunks }) => {
    const policy = aPolicy(unavailable === undefined ? {} : { max_unavailable: unavailable });

    expect(mapConcurrency(policy, 40)).toBe(chunks);
  });

  it('never have more hosts than may be unavailable', () => {
    const law = fc.property(fc.integer({ min: 1, max: 3_000 }), (max_unavailable) => {
      const policy = aPolicy({ max_unavailable });
      const { plan } = planHosts(policy, ['i-01']);

      expect(mapConcurrency(policy, 40) * plan.chunk_size).toBeLessThanOrEqual(max_unavailable);
    });

    fc.assert(law);
  });
});

describe('of the open batch, what nothing was intended for', () => {
  const hosts = hostsNamed(120);
  const { plan, chunks } = planHosts(aPolicy(), hosts);
  const rollout = aRollout({ plan, plan_hash: 'plan-1', batch: 2, batch_judged: false });

  it('is its chunks without an item', () => {
    const begun = aChunk({ batch: 2, chunk: 2, item: 'chunk#002#00002' });

    expect(chunksNotBegun(rollout, chunks, [begun])).toMatchObject([
      { item: 'chunk#002#00003', version: 0, plan_hash: 'plan-1', batch: 2, commands: [] },
    ]);
    expect(chunksNotBegun(rollout, chunks, []).flatMap((chunk) => chunk.hosts)).toHaveLength(60);
  });

  const { plan: _plan, ...unplanned } = rollout;
  const { plan_hash: _hash, ...unfinished } = rollout;

  it.each([
    ['the batch is judged', { ...rollout, batch_judged: true }],
    ['no batch has opened', { ...rollout, batch: -1 }],
    ['there is no plan', unplanned],
    ['the plan is not whole', unfinished],
  ])('is nothing where %s', (_, other) => {
    expect(chunksNotBegun(other, chunks, [])).toEqual([]);
  });
});
