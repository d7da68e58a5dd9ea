import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { HostRecord } from '#core/chunk.ts';
import { HostStatus } from '#core/status.ts';
import { byFinish, sumTallies, Tally, tallyChunk } from '#core/tally.ts';
import {
  aChunk,
  aCompletedHost,
  aFailedHost,
  aHost,
  aTally,
  aTallyOf,
  NOW_MS,
} from './fixtures.ts';

function chunkOf(...hosts: HostRecord[]) {
  return aChunk({
    batch: 2,
    chunk: 31,
    round: 1,
    hosts: hosts.map((host, index) => ({ ...host, host: `i-${index}` })),
  });
}

describe('the tally of a chunk', () => {
  it('counts its hosts by outcome', () => {
    const chunk = chunkOf(
      aCompletedHost(),
      aCompletedHost({ status: 'skipped' }),
      aFailedHost(),
      aFailedHost({ code: 45 }),
      aFailedHost({ code: 45 }),
      aCompletedHost({ status: 'unknown' }),
      aCompletedHost({ code: 45 }),
    );

    const tally = tallyChunk(chunk);

    expect(tally).toMatchObject({
      rollout: chunk.rollout,
      item: 'tally#002#00031',
      batch: 2,
      chunk: 31,
      round: 1,
      completed: 2,
      skipped: 1,
      failed: 3,
      unknown: 1,
      baseline: 2,
    });
    expect(Tally.parse(tally)).toEqual(tally);
  });

  it('tells the order of finishing: by time, then host id; silent hosts do not finish', () => {
    const at = (ms: number) => ({ completed_at_ms: NOW_MS + ms });
    const chunk = chunkOf(
      aCompletedHost(at(9)),
      aFailedHost(at(3)),
      aCompletedHost({ ...at(3), status: 'skipped' }),
      aCompletedHost({ ...at(1), status: 'unknown' }),
    );

    expect(tallyChunk(chunk)?.finishes).toEqual([
      [NOW_MS + 3, 'i-1', 'f'],
      [NOW_MS + 3, 'i-2', '.'],
      [NOW_MS + 9, 'i-0', '.'],
    ]);
  });

  it('leaves a host out of the order that has no instant', () => {
    const { completed_at_ms: _none, ...host } = aFailedHost();

    expect(tallyChunk(chunkOf(host))).toMatchObject({ failed: 1, finishes: [] });
  });

  it.each(HostStatus.options)('is there only when every host has an outcome: %s', (status) => {
    const tally = tallyChunk(chunkOf(aCompletedHost(), aHost({ status })));

    const hasOutcome = ['completed', 'skipped', 'failed', 'unknown'].includes(status);
    expect(tally !== undefined).toBe(hasOutcome);
  });
});

describe('the order of finishing', () => {
  it('is one order, whatever it began from', () => {
    const finish = fc.tuple(fc.integer({ min: 0, max: 3 }), fc.constantFrom('a', 'b', 'c'));
    const law = fc.property(fc.array(finish), (finishes) => {
      const forward = finishes.toSorted(byFinish);

      expect(finishes.toReversed().toSorted(byFinish)).toEqual(forward);
    });

    fc.assert(law);
  });

  it('takes equal finishes as equal', () => {
    expect(byFinish([1, 'a'], [1, 'a'])).toBe(0);
  });
});

describe('tallies', () => {
  it('add up', () => {
    const counts = { completed: 1, skipped: 2, failed: 3, unknown: 4, baseline: 5 };

    expect(sumTallies([aTally(counts), aTally(counts), aTallyOf('..fb?')])).toEqual({
      completed: 4,
      skipped: 4,
      failed: 8,
      unknown: 9,
      baseline: 11,
    });
  });

  it('that are not there are nothing', () => {
    expect(sumTallies([])).toEqual({
      completed: 0,
      skipped: 0,
      failed: 0,
      unknown: 0,
      baseline: 0,
    });
  });
});
