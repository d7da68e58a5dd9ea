import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { instantOf, type SenderClock, shareAt, spreadTurns, turnAt } from '#core/sender-clock.ts';
import { NOW_MS } from './fixtures.ts';

const HOUR_MS = 3_600_000;

/** At the whole rate of 5 a second, and turn 100 comes now. */
function aClock(fields: Partial<SenderClock> = {}): SenderClock {
  return { at_ms: NOW_MS, turn: 100, per_second: 5, share: 1, ...fields };
}

describe('the clock of the sender', () => {
  it.each([
    { share: 1, afterMs: 0, turn: 100 },
    { share: 1, afterMs: 2_000, turn: 110 },
    { share: 1, afterMs: HOUR_MS, turn: 18_100 },
    // The instant before it was wound: it does not run backwards.
    { share: 1, afterMs: -5_000, turn: 100 },
    { share: 0.5, afterMs: 2_000, turn: 105.002 },
    // In half an hour from the half to the whole: 0.5 / ln 2 of the 9,000 turns; then all of them.
    { share: 0.5, afterMs: HOUR_MS / 2, turn: 6_592.13 },
    { share: 0.5, afterMs: HOUR_MS, turn: 15_592.13 },
  ])('at a share of $share comes to turn $turn in $afterMs ms', ({ share, afterMs, turn }) => {
    expect(turnAt(aClock({ share }), NOW_MS + afterMs)).toBeCloseTo(turn, 2);
  });

  it.each([
    { turn: 100, afterMs: 0 },
    { turn: 101, afterMs: 200 },
    { turn: 100.0001, afterMs: 1 },
    { turn: 95, afterMs: -1_000 },
  ])('says when turn $turn comes: after $afterMs ms', ({ turn, afterMs }) => {
    expect(instantOf(aClock(), turn)).toBe(NOW_MS + afterMs);
  });

  it('doubles its share in half an hour at 5 a second, up to the whole', () => {
    const clock = aClock({ share: 0.25 });

    const shares = [-1, 0, 0.5, 1, 2].map((hours) => shareAt(clock, NOW_MS + hours * HOUR_MS));

    expect(shares.map((share) => share.toFixed(3))).toEqual([
      '0.250',
      '0.250',
      '0.500',
      '1.000',
      '1.000',
    ]);
  });

  it('grows as many turns at any rate', () => {
    const slow = aClock({ per_second: 0.5, share: 0.5 });

    expect(shareAt(slow, NOW_MS + 5 * HOUR_MS)).toBeCloseTo(1);
    expect(shareAt(slow, NOW_MS + HOUR_MS)).toBeLessThan(0.6);
  });

  it('comes to a turn at the instant that it says, at every share and rate', () => {
    const share = fc.double({ min: 1 / 16, max: 1, noNaN: true });
    const rate = fc.double({ min: 0.01, max: 100, noNaN: true });
    const turns = fc.double({ min: 0, max: 50_000, noNaN: true });

    fc.assert(
      fc.property(share, rate, turns, (share, per_second, ahead) => {
        const clock = aClock({ share, per_second });
        const atMs = instantOf(clock, 100 + ahead);
        expect(turnAt(clock, atMs)).toBeGreaterThanOrEqual(100 + ahead - 0.01);
        expect(turnAt(clock, atMs - 1)).toBeLessThan(100 + ahead + 0.01);
      }),
    );
  });

  it('says how far apart turns are that were taken together', () => {
    expect(spreadTurns(aClock(), 105, 11)).toEqual({
      openedAtMs: NOW_MS + 1_000,
      spacingMs: 200,
    });
    expect(spreadTurns(aClock(), 105, 1)).toEqual({ openedAtMs: NOW_MS + 1_000, spacingMs: 0 });
    expect(spreadTurns(aClock({ share: 0.5 }), 100, 11).spacingMs).toBeCloseTo(400, 0);
  });
});
