import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { judgeBatch } from '#core/judge-batch.ts';
import type { Tally } from '#core/tally.ts';
import { aTally, aTallyOf, NOW_MS } from './fixtures.ts';

const LIMITS = {
  max_failure_rate: 0.2,
  max_consecutive_failures: 3,
  max_unknown_rate: 0.2,
  on_threshold: 'hold' as const,
};
/** No row of failures is too long. */
const RATE = { ...LIMITS, max_consecutive_failures: 1_000 };

const OPEN = { hosts: 50, hasEnded: false };

describe('the rate of failures', () => {
  it.each([
    { marks: 'f...', verdict: 'within', why: '1 of 4: too few to tell while hosts are out' },
    { marks: 'f....', verdict: 'within', why: '1 of 5 is 0.2, not more' },
    { marks: 'ff...', verdict: 'hold', why: '2 of 5 is more' },
    { marks: 'ffff', verdict: 'within', why: '4 of 4: too few to tell' },
    { marks: 'f....f....', verdict: 'within', why: '2 of 10 is 0.2' },
    { marks: 'f....f...f', verdict: 'hold', why: '3 of 10 is more' },
    { marks: 'ff..?', verdict: 'within', why: '2 of 4: one that is silent has not finished' },
    { marks: 'f....????', verdict: 'within', why: 'silence is no failure' },
  ])('of $marks, while hosts are out: $verdict ($why)', ({ marks, verdict }) => {
    expect(judgeBatch([aTallyOf(marks)], RATE, OPEN).verdict).toBe(verdict);
  });

  it.each([
    { marks: 'f...', verdict: 'hold', why: '1 of 4 is more' },
    { marks: 'f....', verdict: 'within', why: '1 of 5 is not' },
    { marks: 'f', verdict: 'hold', why: 'the only one' },
    { marks: 'ff...??', verdict: 'hold', why: 'silence is no success: 2 of 5' },
    { marks: '.', verdict: 'within', why: 'the only one' },
  ])('of $marks, at the end: $verdict ($why)', ({ marks, verdict }) => {
    const ended = { hosts: marks.length, hasEnded: true };
    const limits = { ...RATE, max_unknown_rate: 1 };

    expect(judgeBatch([aTallyOf(marks)], limits, ended).verdict).toBe(verdict);
  });

  it.each([
    { rate: 0, failed: 1, finished: 100, verdict: 'hold' },
    { rate: 0, failed: 0, finished: 100, verdict: 'within' },
    { rate: 1, failed: 100, finished: 100, verdict: 'within' },
    { rate: 0.3, failed: 3, finished: 10, verdict: 'within' },
    { rate: 0.07, failed: 7, finished: 100, verdict: 'within' },
    { rate: 0.07, failed: 8, finished: 100, verdict: 'hold' },
  ])('against $rate, of $failed in $finished: $verdict', ({ rate, failed, finished, verdict }) => {
    const tally = aTally({ failed, completed: finished - failed });
    const limits = { ...RATE, max_failure_rate: rate };

    expect(judgeBatch([tally], limits, OPEN).verdict).toBe(verdict);
  });

  it('counts a host that ran the image already as finished', () => {
    const verdicts = [2, 3].map(
      (failed) => judgeBatch([aTally({ failed, skipped: 10 - failed })], RATE, OPEN).verdict,
    );

    expect(verdicts).toEqual(['within', 'hold']);
  });

  it('says how many of how many', () => {
    expect(judgeBatch([aTallyOf('ff...')], RATE, OPEN).reason).toBe(
      'High failure rate detected: 2 of 5 finished hosts failed, more than 20 %',
    );
  });

  it('rolls back where the policy says so', () => {
    const verdict = judgeBatch([aTallyOf('ff...')], { ...RATE, on_threshold: 'rollback' }, OPEN);

    expect(verdict.verdict).toBe('roll_back');
  });
});

/** Finishes in the order of their instants; each chunk has its own. */
function chunkWith(...finishes: [afterMs: number, host: string, mark: 'f' | '.'][]): Tally {
  return aTally({
    completed: 90 + finishes.filter(([, , mark]) => mark === '.').length,
    failed: finishes.filter(([, , mark]) => mark === 'f').length,
    finishes: finishes.map(([afterMs, host, mark]) => [NOW_MS + afterMs, host, mark]),
  });
}

describe('failures in a row', () => {
  it.each([
    { marks: 'ff', verdict: 'within' },
    { marks: 'ff.ff', verdict: 'within' },
    { marks: 'fff', verdict: 'hold' },
    { marks: '.fff.', verdict: 'hold' },
    { marks: 'ff?f', verdict: 'hold', why: 'a silent host has no place in the row' },
  ])('of $marks, whatever the rate: $verdict', ({ marks, verdict }) => {
    const tally = aTallyOf(marks, { completed: 95 });

    expect(judgeBatch([tally], LIMITS, OPEN).verdict).toBe(verdict);
  });

  it('go across chunks by the time of finishing', () => {
    const one = chunkWith([1, 'a', 'f'], [3, 'b', 'f']);

    const broken = chunkWith([2, 'c', '.'], [4, 'd', 'f']);
    const unbroken = chunkWith([2, 'c', 'f'], [4, 'd', '.']);

    expect(judgeBatch([one, broken], LIMITS, OPEN).verdict).toBe('within');
    expect(judgeBatch([one, unbroken], LIMITS, OPEN)).toEqual({
      verdict: 'hold',
      reason: 'High failure rate detected: 3 hosts in a row failed, the limit is 3',
    });
  });

  it.each([
    {
      marks: 'fff.f.f.f.f',
      why: '3 hosts in a row failed, the limit is 3; 7 of 11 finished hosts failed, more than 20 %',
    },
    { marks: 'fff............', why: '3 hosts in a row failed, the limit is 3' },
    { marks: 'ff.f.f.f', why: '5 of 8 finished hosts failed, more than 20 %' },
    { marks: 'ffff', why: '4 hosts in a row failed, the limit is 3' },
  ])('of $marks are named beside the rate, each where it is crossed', ({ marks, why }) => {
    expect(judgeBatch([aTallyOf(marks)], LIMITS, OPEN).reason).toBe(
      `High failure rate detected: ${why}`,
    );
  });

  it('that finish at once go by host id', () => {
    const one = chunkWith([1, 'a', 'f'], [1, 'd', 'f']);

    expect(judgeBatch([one, chunkWith([1, 'b', 'f'])], LIMITS, OPEN).verdict).toBe('hold');
    expect(judgeBatch([one, chunkWith([1, 'b', 'f'], [1, 'c', '.'])], LIMITS, OPEN).verdict).toBe(
      'within',
    );
  });
});

describe('silent hosts', () => {
  it.each([
    { unknown: 2, hosts: 10, hasEnded: true, verdict: 'within', why: '0.2 is not more' },
    { unknown: 3, hosts: 10, hasEnded: true, verdict: 'hold', why: '0.3 is' },
    { unknown: 9, hosts: 10, hasEnded: false, verdict: 'within', why: 'judged at the end' },
    { unknown: 1, hosts: 1, hasEnded: true, verdict: 'hold', why: 'the only one' },
  ])('$unknown of $hosts (ended: $hasEnded): $verdict ($why)', ({ unknown, verdict, ...batch }) => {
    const tally = aTally({ unknown, completed: batch.hosts - unknown });

    expect(judgeBatch([tally], LIMITS, batch).verdict).toBe(verdict);
  });

  it('hold also where a threshold rolls back: nobody knows that the image is bad', () => {
    const limits = { ...LIMITS, on_threshold: 'rollback' as const };

    const verdict = judgeBatch([aTally({ unknown: 3 })], limits, { hosts: 10, hasEnded: true });

    expect(verdict).toEqual({
      verdict: 'hold',
      reason: '3 of 10 hosts gave no answer, more than 20 %',
    });
  });
});

describe('hosts whose old container fails the same check', () => {
  it('are bad luck where it is one', () => {
    expect(judgeBatch([aTallyOf('b........')], LIMITS, OPEN).verdict).toBe('within');
  });

  it.each(['hold', 'rollback'] as const)(
    'hold the batch where they are two, under %s',
    (on_threshold) => {
      const tallies = [aTallyOf('b........'), aTallyOf('b........')];

      expect(judgeBatch(tallies, { ...LIMITS, on_threshold }, OPEN)).toEqual({
        verdict: 'hold',
        reason: 'the health check itself looks wrong: on 2 hosts the old container fails it too',
      });
    },
  );
});

describe('a batch within its limits', () => {
  it.each([
    { marks: '....', reason: '4 of 4 hosts are healthy' },
    { marks: '....f', reason: '4 of 5 hosts are healthy, 1 failed' },
    { marks: '.....?', reason: '5 of 6 hosts are healthy, 1 unknown' },
    { marks: '........f?', reason: '8 of 10 hosts are healthy, 1 failed, 1 unknown' },
  ])('says how it went: $reason', ({ marks, reason }) => {
    const batch = { hosts: marks.length, hasEnded: true };

    expect(judgeBatch([aTallyOf(marks)], LIMITS, batch)).toEqual({ verdict: 'within', reason });
  });

  it('counts skipped hosts as healthy', () => {
    const tally = aTally({ completed: 1, skipped: 2 });

    expect(judgeBatch([tally], LIMITS, { hosts: 3, hasEnded: true }).reason).toBe(
      '3 of 3 hosts are healthy',
    );
  });
});

describe('a verdict', () => {
  it('does not depend on the order in which the tallies are read', () => {
    const finish = fc.tuple(
      fc.integer({ min: 0, max: 8 }),
      fc.stringMatching(/^[a-z]{1,2}$/),
      fc.constantFrom('f' as const, '.' as const),
    );
    const tallies = fc.array(
      fc.record({
        finishes: fc.array(finish, { maxLength: 6 }),
        unknown: fc.integer({ min: 0, max: 2 }),
        baseline: fc.integer({ min: 0, max: 1 }),
      }),
      { minLength: 1, maxLength: 6 },
    );
    const law = fc.property(
      tallies,
      fc.boolean(),
      fc.infiniteStream(fc.nat()),
      (rows, hasEnded, keys) => {
        const given = rows.map((row, index) => ({
          ...chunkWith(
            ...row.finishes.map(([at, host, mark]): [number, string, 'f' | '.'] => [
              at,
              `${host}${index}`,
              mark,
            ]),
          ),
          unknown: row.unknown,
          baseline: row.baseline,
        }));
        const shuffled = given
          .map((tally) => ({ tally, key: keys.next().value }))
          .toSorted((one, other) => one.key - other.key)
          .map(({ tally }) => tally);
        const batch = { hosts: 1_000, hasEnded };

        expect(judgeBatch(shuffled, LIMITS, batch)).toEqual(judgeBatch(given, LIMITS, batch));
      },
    );

    fc.assert(law);
  });
});
