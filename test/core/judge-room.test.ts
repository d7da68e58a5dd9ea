import { describe, expect, it } from 'vitest';
import { chunksBeside, isRoomAsked, judgeRoom } from '#core/judge-room.ts';
import { aChunk, anUpdatingHost, aPolicy, aRollout, aTallyOf } from './fixtures.ts';

/** Twelve chunks in the second batch, after one in the first; as many at once as the policy lets be away. */
function bounded(max_unavailable: number | undefined, round = 0) {
  const batches = [
    { hosts: 1, first_chunk: 0, chunks: 1 },
    { hosts: 12, first_chunk: 1, chunks: 12 },
  ];
  const settings = aPolicy(max_unavailable === undefined ? {} : { max_unavailable });
  return aRollout({
    plan: { hosts: 13, chunk_size: 1, batches },
    batch: 1,
    round,
    settings,
  });
}

const chunk = (number: number) => aChunk({ batch: 1, chunk: number });
const recorded = (...numbers: number[]) =>
  numbers.map((number) => aTallyOf('.', { batch: 1, chunk: number }));
const begun = (number: number, round = 0) =>
  aChunk({ batch: 1, chunk: number, round, hosts: [anUpdatingHost()] });

describe('whether there is room', () => {
  it.each([
    { asks: true, what: 'a chunk that has not begun', of: chunk(4), bound: 1, round: 0 },
    { asks: false, what: 'a chunk that has begun', of: begun(4), bound: 1, round: 0 },
    { asks: true, what: 'one that begins another round', of: begun(4), bound: 1, round: 1 },
    {
      asks: false,
      what: 'one of a policy without a bound',
      of: chunk(4),
      bound: undefined,
      round: 0,
    },
  ])('is asked ($asks) for $what', ({ asks, of, bound, round }) => {
    expect(isRoomAsked(bounded(bound, round), of)).toBe(asks);
  });
});

describe('the chunks beside one', () => {
  it.each([
    { number: 1, bound: 1, tallies: [], before: [], why: 'it is the first of its batch' },
    { number: 4, bound: 1, tallies: [1, 2, 3], before: [], why: 'all are recorded' },
    { number: 4, bound: 1, tallies: [1, 3], before: [2], why: 'one is not' },
    { number: 4, bound: 1, tallies: [], before: [1, 2, 3], why: 'none is' },
    { number: 4, bound: 149, tallies: [1, 3], before: [], why: 'another may be at work beside it' },
    { number: 4, bound: 149, tallies: [2], before: [1, 3], why: 'two are at work already' },
  ])('number $number of a batch under $bound are $before: $why', (row) => {
    const { number, bound, tallies, before } = row;

    expect(chunksBeside(bounded(bound), chunk(number), recorded(...tallies))).toEqual(before);
  });

  it('are those that failed in an earlier round, too, wherever they stand', () => {
    const of = (number: number) => aTallyOf('f', { batch: 1, chunk: number });
    const tallies = [of(1), ...recorded(2, 4, 5, 6, 7, 8, 9, 10, 11), of(12)];

    expect(chunksBeside(bounded(1, 1), chunk(3), tallies)).toEqual([1, 12]);
    expect(chunksBeside(bounded(1, 0), chunk(3), tallies)).toEqual([]);
  });

  it('are those behind it, too, once the batch is opened again', () => {
    const again = { ...bounded(1), batch_left: 3 };

    expect(chunksBeside(again, chunk(2), recorded(3, 5, 6, 7, 8, 9, 10, 11))).toEqual([1, 4, 12]);
  });

  it('are none where there is no plan', () => {
    const { plan, ...rest } = bounded(1);

    expect(chunksBeside({ ...rest, plan: undefined }, chunk(0), [])).toEqual([]);
  });
});

describe('room', () => {
  it.each([
    { is: true, bound: 1, before: [], tallies: [], why: 'none stands before it' },
    { is: true, bound: 1, before: [chunk(1)], tallies: [], why: 'that one has not begun either' },
    { is: true, bound: 149, before: [begun(1), chunk(3)], tallies: [], why: 'one has not begun' },
    { is: true, bound: 1, before: [begun(1)], tallies: [1], why: 'that one was heard' },
    { is: false, bound: 1, before: [begun(1)], tallies: [], why: 'that one has begun' },
    { is: false, bound: 1, before: [chunk(1), begun(3)], tallies: [], why: 'a later one has' },
    { is: false, bound: 149, before: [begun(1), begun(3)], tallies: [], why: 'both have' },
    { is: true, bound: 149, before: [begun(1), begun(3)], tallies: [1], why: 'one was heard' },
  ])('is $is under $bound: $why', ({ is, bound, before, tallies }) => {
    expect(judgeRoom(bounded(bound), before, recorded(...tallies)).isOpen).toBe(is);
  });

  it('is there in a later round, while the one before is recorded in its own', () => {
    const failed = [aTallyOf('f', { batch: 1, chunk: 1 })];

    expect(judgeRoom(bounded(1, 1), [begun(1)], failed).isOpen).toBe(true);
    expect(judgeRoom(bounded(1, 1), [begun(1, 1)], failed)).toEqual({
      isOpen: false,
      reason: 'chunk 2 has begun, and is not recorded',
    });
  });

  it('is not there where one before was touched in an earlier round, and never heard', () => {
    expect(judgeRoom(bounded(1, 1), [begun(1)], []).isOpen).toBe(false);
  });
});
