import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type BatchEntry,
  batchesOf,
  chunkSizeFor,
  chunkSizes,
  parseBatchEntry,
  planBatches,
} from '#core/batches.ts';

describe('planBatches', () => {
  it.each<[BatchEntry[], number, number[]]>([
    [[0.1, 0.5, 1], 20, [2, 8, 10]],
    [[0.1, 0.5, 1], 200, [20, 80, 100]],
    [[0.1, 0.5, 1], 3, [1, 1, 1]],
    [[0.1, 0.5, 1], 2, [1, 1]],
    [[0.1, 0.5, 1], 1, [1]],
    [[0.1, 0.5, 1], 0, []],
    [[0.1, 0.5, 1], 11, [2, 4, 5]],
    [[0.07, 1], 100, [7, 93]],
    [['1 host', '10%', 1], 50, [1, 4, 45]],
    [['10 hosts', 0.5, '100%'], 12, [10, 2]],
    [['10 hosts', 1], 4, [4]],
    [['12.5%', '100%'], 16, [2, 14]],
    [[1], 7, [7]],
    [[0.1, 0.1, 1], 10, [1, 9]],
    [[0.000001, 1], 100_000, [1, 99_999]],
    [['nonsense', 1], 5, [5]],
    [[0.5], 4, [2, 2]],
  ])('%j of %i hosts adds %j', (batches, hosts, added) => {
    expect(planBatches(batches, hosts)).toEqual(added);
  });

  it.each<[number, BatchEntry[], number, number[]]>([
    [2, [0.1, 0.5, 1], 20, [2, 8, 10]],
    [3, [0.1, 0.5, 1], 20, [3, 7, 10]],
    [1, [0.1, 0.5, 1], 20, [1, 1, 8, 10]],
    [1, [1], 7, [1, 6]],
    [4, ['1 host', 1], 4, [4]],
  ])('%i named hosts are a batch before %j of %i: %j', (named, batches, hosts, added) => {
    expect(planBatches(batches, hosts, named)).toEqual(added);
  });

  it('gives every host to one batch, and no batch none', () => {
    const entry = fc.oneof(
      fc.double({ min: 0.0001, max: 1, noNaN: true }),
      fc.integer({ min: 1, max: 100 }).map((percent) => `${percent}%`),
      fc.integer({ min: 1, max: 5000 }).map((count) => `${count} hosts`),
    );

    fc.assert(
      fc.property(fc.array(entry, { maxLength: 8 }), fc.nat({ max: 100_000 }), (entries, hosts) => {
        const added = planBatches([...entries, 1], hosts);

        expect(added.reduce((sum, size) => sum + size, 0)).toBe(hosts);
        expect(added.every((size) => Number.isInteger(size) && size > 0)).toBe(true);
      }),
    );
  });

  it('rounds every share up exactly, as whole-number arithmetic does', () => {
    const share = fc.integer({ min: 1, max: 1000 });

    fc.assert(
      fc.property(share, fc.integer({ min: 1, max: 100_000 }), (thousandths, hosts) => {
        const [first] = planBatches([thousandths / 1000, 1], hosts);

        expect(first).toBe(Math.floor((thousandths * hosts + 999) / 1000));
      }),
    );
  });
});

describe('batchesOf', () => {
  it.each([
    [1, [1]],
    [2, [0.1, 1]],
    [3, [0.1, 0.5, 1]],
    [4, [0.1, 0.4, 0.7, 1]],
    [5, [0.1, 0.325, 0.55, 0.775, 1]],
  ])('%i is %j', (count, batches) => {
    expect(batchesOf(count)).toEqual(batches);
  });

  it.each([4, 7, 23, 50])('%i rises in equal steps from 0.1 to 1', (count) => {
    const batches = batchesOf(count);
    const shares = batches.map((entry) => parseBatchEntry(entry)?.amount ?? 0);

    expect(batches).toHaveLength(count);
    expect(shares.at(0)).toBe(0.1);
    expect(shares.at(-1)).toBe(1);
    for (const [index, share] of shares.slice(1).entries()) {
      expect(share - shares[index]!).toBeCloseTo(0.9 / (count - 1), 12);
    }
  });
});

describe('parseBatchEntry', () => {
  it.each<[BatchEntry, ReturnType<typeof parseBatchEntry>]>([
    [1, { kind: 'fraction', amount: 1 }],
    [0.25, { kind: 'fraction', amount: 0.25 }],
    ['10%', { kind: 'fraction', amount: 0.1 }],
    ['12.5%', { kind: 'fraction', amount: 0.125 }],
    ['100%', { kind: 'fraction', amount: 1 }],
    ['1 host', { kind: 'count', amount: 1 }],
    ['10 hosts', { kind: 'count', amount: 10 }],
    [0, undefined],
    [-0.1, undefined],
    [1.01, undefined],
    [Number.NaN, undefined],
    ['0%', undefined],
    ['101%', undefined],
    ['0 hosts', undefined],
    ['10', undefined],
    ['10 Hosts', undefined],
    ['1e1%', undefined],
  ])('%j means %j', (entry, share) => {
    expect(parseBatchEntry(entry)).toEqual(share);
  });
});

describe('chunkSizes', () => {
  it.each([
    [120, 50, [50, 50, 20]],
    [100, 50, [50, 50]],
    [50, 50, [50]],
    [51, 50, [50, 1]],
    [1, 50, [1]],
    [0, 50, []],
    [5, 2, [2, 2, 1]],
  ])('%i hosts by %i are %j', (batch, chunk, sizes) => {
    expect(chunkSizes(batch, chunk)).toEqual(sizes);
  });
});

describe('chunkSizeFor', () => {
  it.each([
    [undefined, 50],
    [1, 1],
    [49, 49],
    [50, 50],
    [51, 50],
  ])('max_unavailable %s makes chunks of %i', (maxUnavailable, size) => {
    expect(chunkSizeFor(maxUnavailable)).toBe(size);
  });
});
