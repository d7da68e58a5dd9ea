import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { changeStatus, foldLog, logEvent, supersede } from '#core/change-status.ts';
import type { LogEntry } from '#core/rollout.ts';
import { isLegalChange, isOpen, OPEN_STATUSES, RolloutStatus } from '#core/status.ts';
import {
  aDecision,
  aHeldRollout,
  aNewRollout,
  aPausedRollout,
  aRollout,
  NOW_MS,
} from './fixtures.ts';

const change = { event: 'a.test', who: 'anna', why: 'to see', nowMs: NOW_MS };

describe('a change of status', () => {
  it('is one with its log entry', () => {
    const rollout = aNewRollout();

    const changed = changeStatus(rollout, { ...change, to: 'in_progress' });

    expect(changed.status).toBe('in_progress');
    expect(changed.log).toEqual([
      ...rollout.log,
      { seq: 2, at_ms: NOW_MS, event: 'a.test', status: 'in_progress', who: 'anna', why: 'to see' },
    ]);
    expect(changed.version).toBe(rollout.version);
  });

  it('leaves the rollout that it was made of alone', () => {
    const rollout = aNewRollout();
    const before = structuredClone(rollout);

    changeStatus(rollout, { ...change, to: 'in_progress' });

    expect(rollout).toEqual(before);
  });

  it.each([
    { rollout: aRollout({ status: 'completed' }), to: 'in_progress' as const },
    { rollout: aRollout({ status: 'rolling_back' }), to: 'superseded' as const },
    { rollout: aPausedRollout('rolling_back'), to: 'in_progress' as const },
    { rollout: aPausedRollout('in_progress'), to: 'rolling_back' as const },
  ])('that no table allows is a fault: $rollout.status to $to', ({ rollout, to }) => {
    expect(() => changeStatus(rollout, { ...change, to })).toThrow(
      `${rollout.rollout}: ${rollout.status} does not become ${to}`,
    );
  });

  it('out of a pause goes back to where it was', () => {
    const rollout = aPausedRollout('rolling_back');

    expect(changeStatus(rollout, { ...change, to: 'rolling_back' }).status).toBe('rolling_back');
  });
});

describe('the log', () => {
  it('gives the status after any legal row of changes', () => {
    const law = fc.property(fc.array(fc.nat(15), { maxLength: 40 }), (choices) => {
      let rollout = aNewRollout();
      for (const choice of choices) {
        const from = rollout.status;
        const next = RolloutStatus.options.filter((to) =>
          isLegalChange(from, to, rollout.paused?.from),
        );
        const to = next[choice % Math.max(1, next.length)];
        if (to === undefined) break;
        const changed = changeStatus(rollout, { ...change, to });
        const { paused, ...rest } = changed;
        rollout =
          to === 'paused'
            ? { ...rest, paused: { from, cause: '', since_ms: NOW_MS, by: 'anna' } }
            : rest;

        expect(foldLog(rollout.log)).toBe(rollout.status);
      }
    });

    fc.assert(law);
  });

  it('of nothing is that of a pending rollout', () => {
    expect(foldLog([])).toBe('pending');
  });

  it('takes an entry that changes no status, and one after an empty log', () => {
    const rollout = logEvent({ ...aNewRollout(), log: [] }, { ...change, to: 'pending' });

    expect(rollout.log.map(({ seq }) => seq)).toEqual([1]);
    expect(rollout.status).toBe('pending');
  });

  it.each([
    { seqs: [1, 1], what: 'a doubled entry' },
    { seqs: [2, 1], what: 'an entry out of order' },
    { seqs: [0], what: 'an entry before the first' },
  ])('with $what is refused', ({ seqs }) => {
    const log = seqs.map((seq): LogEntry => {
      return { seq, at_ms: NOW_MS, event: 'a.test', status: 'pending', who: 'anna', why: '' };
    });

    expect(() => foldLog(log)).toThrow(RangeError);
  });
});

describe('a rollout that was taken over', () => {
  it.each(OPEN_STATUSES.filter((status) => status !== 'rolling_back'))(
    'ends where it was %s',
    (status) => {
      const rollout = status === 'paused' ? aPausedRollout('held') : aRollout({ status });

      const ended = supersede(rollout, 'shop-web #43 has taken over', NOW_MS);

      expect(isOpen(ended.status)).toBe(false);
      expect(ended).toMatchObject({
        status: 'superseded',
        gate: 'closed',
        completed_at_ms: NOW_MS,
      });
      expect(ended.log.at(-1)).toMatchObject({
        event: 'image.rollout_superseded',
        who: 'longshore',
        why: 'shop-web #43 has taken over',
      });
    },
  );

  it('waits for nobody any more', () => {
    const held = aHeldRollout({ token: 'a-token', decision: aDecision('go_on') });

    const ended = supersede(held, 'newer', NOW_MS);

    for (const gone of ['hold', 'held_from', 'decision', 'token', 'paused']) {
      expect(ended).not.toHaveProperty(gone);
    }
  });

  it.each([
    aRollout({ status: 'rolling_back' }),
    aPausedRollout('rolling_back'),
    aRollout({ status: 'completed' }),
  ])('is never one that goes back or has ended: $status', (rollout) => {
    expect(() => supersede(rollout, 'newer', NOW_MS)).toThrow(RangeError);
  });
});
