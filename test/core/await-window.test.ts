import { describe, expect, it } from 'vitest';
import { awaitWindow, isAsleep, leaveWindow, type WindowVerdict } from '#core/await-window.ts';
import { foldLog } from '#core/change-status.ts';
import { Rollout } from '#core/rollout.ts';
import { scheduleOf } from '#core/schedule.ts';
import { ALWAYS, aNewRollout, aPolicy, aRollout, PLAN } from './fixtures.ts';

/** Two hours, of which one chunk needs 17 minutes. */
const NIGHTLY = scheduleOf(
  aPolicy({
    maintenance_window_start: '02:00',
    maintenance_window_end: '04:00',
    maintenance_window_zone: 'UTC',
  }),
);
/** As somebody may have stored it by hand. */
const TOO_SHORT = scheduleOf({
  maintenance_window_start: '02:00',
  maintenance_window_end: '02:10',
  maintenance_window_zone: 'UTC',
  freezes: [],
});
const at = (time: string) => Date.parse(`2026-11-14T${time}Z`);

function stored(verdict: WindowVerdict): Rollout {
  if (verdict.verdict === 'open') throw new Error('nothing is to be written');
  expect(Rollout.safeParse(verdict.rollout).success).toBe(true);
  expect(foldLog(verdict.rollout.log)).toBe(verdict.rollout.status);
  return verdict.rollout;
}

describe('a batch that fits into a window', () => {
  it.each([
    ['at its start', '02:00:00', 'open'],
    ['at the last start, the end less its longest time', '03:43:00', 'open'],
    ['a second later', '03:43:01', 'await_window'],
    ['at noon', '12:00:00', 'await_window'],
  ])('%s, at %s: %s', (_, time, verdict) => {
    expect(awaitWindow(aRollout(), 1, NIGHTLY, at(time)).verdict).toBe(verdict);
  });

  it('waits, says why and until when, and is found there by the sweep', () => {
    const verdict = awaitWindow(aRollout(), 1, NIGHTLY, at('12:00:00'));

    const untilMs = at('02:00:00') + 86_400_000;
    const reason =
      'the maintenance window 02:00–04:00 UTC is closed; the next begins at 2026-11-15 02:00 UTC';
    expect(verdict).toMatchObject({ verdict: 'await_window', untilMs, reason });
    expect(stored(verdict)).toMatchObject({ status: 'awaiting_window', waits_until_ms: untilMs });
    expect(stored(verdict).log.at(-1)).toMatchObject({
      event: 'image.rollout_awaiting_window',
      who: 'longshore',
      why: reason,
    });
  });

  it('that waits already is written again only where it has to wait for another instant', () => {
    const parked = stored(awaitWindow(aRollout(), 1, NIGHTLY, at('12:00:00')));

    const same = awaitWindow(parked, 1, NIGHTLY, at('13:00:00'));
    const missed = awaitWindow(parked, 1, NIGHTLY, at('03:50:00') + 86_400_000);

    expect(stored(same)).toBe(parked);
    expect(stored(missed).log).toHaveLength(parked.log.length + 1);
    expect(stored(missed).waits_until_ms).toBe(at('02:00:00') + 2 * 86_400_000);
  });

  it('waits also before anything has begun', () => {
    const rollout = aNewRollout({ plan: PLAN, plan_hash: 'plan-1' });

    expect(stored(awaitWindow(rollout, 1, NIGHTLY, at('12:00:00'))).status).toBe('awaiting_window');
  });

  it('begins at once where there is no window and no freeze', () => {
    expect(awaitWindow(aRollout(), 1000, ALWAYS, at('12:00:00'))).toEqual({
      verdict: 'open',
      reason: '',
    });
  });
});

describe('a batch that is longer than any window', () => {
  const LONG = 1000;

  it.each([
    ['begins where one of its chunks can end', '03:43:00', 'open'],
    ['waits where none can', '03:43:01', 'await_window'],
  ])('%s, at %s: %s', (_, time, verdict) => {
    expect(awaitWindow(aRollout(), LONG, NIGHTLY, at(time)).verdict).toBe(verdict);
  });

  it('says that it will take several', () => {
    expect(awaitWindow(aRollout(), LONG, NIGHTLY, at('02:00:00')).reason).toBe(
      '; what one window is too short for goes on in the next',
    );
  });
});

describe('what no window is long enough for', () => {
  it.each([aRollout(), aNewRollout({ plan: PLAN }), aRollout({ status: 'awaiting_window' })])(
    'is held, and says so: $status',
    (rollout) => {
      const verdict = awaitWindow({ ...rollout, waits_until_ms: 5 }, 1, TOO_SHORT, at('02:00:00'));

      const reason =
        'up to 17 minutes are needed, and the maintenance window 02:00–02:10 UTC ends at 2026-11-14 02:10 UTC; no maintenance window is long enough for 17 minutes';
      expect(verdict).toMatchObject({ verdict: 'hold', reason });
      expect(stored(verdict)).toMatchObject({
        status: 'held',
        held_from: rollout.status,
        gate: 'closed',
        hold: { reason, batch: rollout.batch, since_ms: at('02:00:00') },
      });
      expect(stored(verdict)).not.toHaveProperty('waits_until_ms');
    },
  );

  it('is held too where the stored policy cannot be read', () => {
    const unreadable = { freezes: [], problem: 'freezes.0.to' };

    expect(awaitWindow(aRollout(), 1, unreadable, at('02:00:00')).reason).toBe('freezes.0.to');
  });
});

describe('a window that opens', () => {
  it('has the rollout in progress again', () => {
    const parked = stored(awaitWindow(aRollout(), 1, NIGHTLY, at('12:00:00')));

    const rollout = leaveWindow(parked, at('02:00:00') + 86_400_000);

    expect(rollout).toMatchObject({ status: 'in_progress' });
    expect(rollout).not.toHaveProperty('waits_until_ms');
    expect(rollout.log.at(-1)).toMatchObject({
      event: 'image.rollout_resumed',
      why: 'hosts may be changed again',
    });
  });

  it('changes nothing of one that did not wait for it', () => {
    const rollout = aRollout();

    expect(leaveWindow(rollout, at('12:00:00'))).toBe(rollout);
  });
});

describe('a rollout', () => {
  const nowMs = at('01:00:00');

  it.each([
    ['that waits for nothing', undefined, false],
    ['whose wait is over', nowMs - 1, false],
    ['that wakes in a minute', nowMs + 60_000, false],
    ['that wakes later', nowMs + 60_001, true],
  ])('%s: is it asleep?', (_, untilMs, asleep) => {
    const waits = untilMs === undefined ? {} : { waits_until_ms: untilMs };

    expect(isAsleep({ ...aRollout(), ...waits }, nowMs)).toBe(asleep);
  });
});
