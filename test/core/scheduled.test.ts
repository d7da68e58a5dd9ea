/** `update_strategy: scheduled`: the first batch waits for a window that begins after the rollout was made. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { awaitWindow } from '#core/await-window.ts';
import { findBeginning, judgeSchedule, SPARE_MS } from '#core/judge-schedule.ts';
import type { Policy } from '#core/policy.ts';
import { type Schedule, scheduleOf } from '#core/schedule.ts';
import { ALWAYS, aNewRollout, aPolicy, aRollout, PLAN } from './fixtures.ts';
import { openingsFrom } from './temporal-openings.ts';

const HOUR_MS = 3_600_000;

function aScheduled(hours = '22:00–02:00', fields: Record<string, unknown> = {}): Policy {
  const [start, end] = hours.split('–');
  return aPolicy({
    update_strategy: 'scheduled',
    maintenance_window_start: start,
    maintenance_window_end: end,
    maintenance_window_zone: 'UTC',
    ...fields,
  });
}

const nightly = aScheduled();
const at = (time: string) => Date.parse(`2026-11-${time}Z`);
const instantOf = (ms: number | undefined) =>
  ms === undefined ? 'never' : new Date(ms).toISOString().slice(5, 19);

describe('the first window that begins at an instant or after it', () => {
  const weekly = { maintenance_window_days: ['fri'] };

  // 14 November 2026 is a Saturday.
  it.each([
    ['before it', nightly, '14T12:00:00', '11-14T22:00:00'],
    ['at the very beginning', nightly, '14T22:00:00', '11-14T22:00:00'],
    ['a millisecond later', nightly, '14T22:00:00.001', '11-15T22:00:00'],
    ['in the middle', nightly, '14T23:59:00', '11-15T22:00:00'],
    ['after midnight', nightly, '15T01:59:59', '11-15T22:00:00'],
    ['at its end', nightly, '15T02:00:00', '11-15T22:00:00'],
    ['a week later', aScheduled('22:00–02:00', weekly), '14T00:30:00', '11-20T22:00:00'],
    ['whatever is frozen', aScheduled('22:00–02:00', xmas()), '14T12:00:00', '11-14T22:00:00'],
    ['without a window', aPolicy(), '14T12:00:00', 'never'],
  ])('%s', (_, policy, asked, begins) => {
    expect(instantOf(findBeginning(scheduleOf(policy), at(asked)))).toBe(begins);
  });

  it('is none where no day is named', () => {
    const of = scheduleOf(nightly);
    const never = of.window === undefined ? of : { ...of, window: { ...of.window, days: [] } };

    expect(findBeginning(never, at('14T12:00:00'))).toBeUndefined();
  });
});

function xmas(from = '2026-11-14T20:00:00Z', to = '2026-11-14T23:00:00Z') {
  return { freezes: [{ from, to, why: 'the fair' }] };
}

/** What awaits a scheduled rollout of one chunk, made at an instant. */
function verdictOf(made: string, now: string, policy = nightly, batch = -1) {
  const rollout = { ...aNewRollout({ plan: PLAN, plan_hash: 'plan-1' }), settings: policy, batch };
  const schedule = scheduleOf(policy);
  const verdict = awaitWindow({ ...rollout, created_at_ms: at(made) }, 1, schedule, at(now));
  return verdict.verdict === 'await_window'
    ? instantOf(verdict.untilMs)
    : `${verdict.verdict}${verdict.reason}`;
}

describe('a scheduled rollout', () => {
  it.each([
    ['made at noon, waits for the night', '14T12:00:00', '14T12:05:00', '11-14T22:00:00'],
    ['made at noon, begins at the night’s', '14T12:00:00', '14T22:00:00', 'open'],
    ['made at noon, may begin in the middle', '14T12:00:00', '14T23:30:00', 'open'],
    ['made at noon, may begin nights later', '14T12:00:00', '18T23:30:00', 'open'],
    ['made a minute before, goes in that', '14T21:59:00', '14T22:04:00', 'open'],
    ['made at the very beginning, goes in that', '14T22:00:00', '14T22:00:05', 'open'],
    ['made in the middle, waits for the next', '14T22:00:01', '14T22:00:05', '11-15T22:00:00'],
    ['made in the middle, goes in the next', '14T22:00:01', '15T22:00:05', 'open'],
  ])('%s', (_, made, now, verdict) => {
    expect(verdictOf(made, now)).toBe(verdict);
  });

  it('has batches after the first that go by the window alone', () => {
    expect(verdictOf('14T22:00:01', '14T22:30:00', nightly, 0)).toBe('open');
  });

  it('that is staged is asked for no beginning', () => {
    const staged = aScheduled('22:00–02:00', { update_strategy: 'staged' });

    expect(verdictOf('14T22:00:01', '14T22:00:05', staged)).toBe('open');
  });

  it.each([
    ['cut off its beginning', xmas(), '11-14T23:00:00'],
    ['covers it', xmas('2026-11-14T20:00:00Z', '2026-11-15T12:00:00Z'), '11-15T22:00:00'],
    [
      'leaves too little of it',
      xmas('2026-11-14T20:00:00Z', '2026-11-15T01:50:00Z'),
      '11-15T22:00:00',
    ],
    ['cuts off its end', xmas('2026-11-14T22:18:00Z', '2026-11-15T12:00:00Z'), '11-14T22:00:00'],
    [
      'leaves too little at its end',
      xmas('2026-11-14T22:17:59Z', '2026-11-15T12:00:00Z'),
      '11-15T22:00:00',
    ],
  ])('whose window a freeze %s begins at the first opening after', (_, freezes, opens) => {
    const policy = aScheduled('22:00–02:00', freezes);

    expect(verdictOf('14T12:00:00', '14T12:05:00', policy)).toBe(opens);
  });

  it('begins where it has come to have no window', () => {
    const rollout = aNewRollout({ plan: PLAN, settings: nightly });

    expect(awaitWindow(rollout, 1, ALWAYS, at('14T12:00:00')).verdict).toBe('open');
  });

  it('of batches longer than any window begins with one all the same', () => {
    const rollout = aRollout({ batch: -1, settings: nightly, created_at_ms: at('14T22:00:01') });
    const schedule = scheduleOf(nightly);

    const early = awaitWindow(rollout, 10_000, schedule, at('14T22:30:00'));
    const night = awaitWindow(rollout, 10_000, schedule, at('15T22:00:00'));

    expect(early).toMatchObject({ verdict: 'await_window', untilMs: at('15T22:00:00') });
    expect(night.verdict).toBe('open');
  });

  it('for which no window is long enough is held', () => {
    const tight = scheduleOf({ ...nightly, maintenance_window_end: '22:17' });
    const rollout = aRollout({ batch: -1, settings: nightly, created_at_ms: at('14T12:00:00') });

    const verdict = awaitWindow(rollout, 1, tight, at('14T12:05:00'));

    expect(verdict).toMatchObject({
      verdict: 'hold',
      reason:
        'scheduled: waits for the window that begins at 2026-11-14 22:00 UTC; up to 17 minutes are needed, and the maintenance window 22:00–22:17 UTC ends at 2026-11-14 22:17 UTC; no maintenance window is long enough for 17 minutes',
    });
  });
});

describe('the reason', () => {
  const reasonOf = (schedule: Schedule, minutes = 17) => {
    const access = judgeSchedule(schedule, minutes * 60_000, at('14T12:00:00'), at('14T22:00:00'));
    return access.isOpen ? 'open' : access.reason;
  };
  const waits = 'scheduled: waits for the window that begins at 2026-11-14 22:00 UTC';

  it.each([
    ['names the window', scheduleOf(nightly), waits],
    [
      'names a freeze before it',
      scheduleOf(aScheduled('22:00–02:00', xmas())),
      `${waits}; frozen until 2026-11-14T23:00:00Z (the fair); the next begins at 2026-11-14 23:00 UTC`,
    ],
    [
      'names a freeze in it',
      scheduleOf(aScheduled('22:00–02:00', xmas('2026-11-14T22:10:00Z', '2026-11-14T23:00:00Z'))),
      `${waits}; up to 17 minutes are needed, and a freeze begins at 2026-11-14T22:10:00Z (the fair); the next begins at 2026-11-14 23:00 UTC`,
    ],
    ['says what cannot be read', { freezes: [], problem: 'unreadable' }, 'unreadable'],
  ])('%s', (_, schedule, reason) => {
    expect(reasonOf(schedule)).toBe(reason);
  });
});

it('begins when Temporal says that a window does, and no earlier', () => {
  const ZONES = ['Europe/Berlin', 'America/Santiago', 'Australia/Lord_Howe', 'Africa/Cairo', 'UTC'];
  const timeOf = (seconds: number) => new Date(seconds * 1000).toISOString().slice(11, 19);
  const second = fc.integer({ min: 0, max: 86_399 });
  const made = fc.integer({ min: Date.UTC(2026, 0) / 1000, max: Date.UTC(2028, 0) / 1000 });
  const length = fc.integer({ min: 1200, max: 86_399 });
  const zones = fc.constantFrom(...ZONES);
  const days = fc.option(fc.uniqueArray(fc.constantFrom('mon', 'sat', 'sun'), { minLength: 1 }));
  const freeze = fc.tuple(fc.integer({ min: -100, max: 200 }), fc.integer({ min: 1, max: 100 }));
  const need = fc.integer({ min: 60, max: 1000 });

  fc.assert(
    fc.property(zones, second, made, length, days, freeze, need, (zone, start, ...rest) => {
      const [asked, lasts, on, [from, hours], seconds] = rest;
      const nowMs = asked * 1000;
      const fromMs = nowMs + from * HOUR_MS;
      const policy = aScheduled(`${timeOf(start)}–${timeOf((start + lasts) % 86_400)}`, {
        maintenance_window_zone: zone,
        health_check_enabled: false,
        ...(on !== null && { maintenance_window_days: on }),
        ...xmas(
          new Date(fromMs).toISOString().replace('.000', ''),
          new Date(fromMs + hours * HOUR_MS).toISOString().replace('.000', ''),
        ),
      });
      const schedule = scheduleOf(policy);

      const beginning = findBeginning(schedule, nowMs) ?? 0;
      const access = judgeSchedule(schedule, seconds * 1000, nowMs, beginning);

      const sinceMs = nowMs - 3 * 24 * HOUR_MS;
      const windows = openingsFrom({ ...policy, freezes: [] }, sinceMs, 60);
      const first = windows.find((one) => one.fromMs > sinceMs && one.fromMs >= nowMs);
      expect(beginning).toBe(first?.fromMs);
      const opens = openingsFrom(policy, beginning, 60).find(
        (one) => one.untilMs - one.fromMs >= seconds * 1000 + SPARE_MS,
      );
      const isNow = beginning === nowMs && access.isOpen;
      expect(isNow || (!access.isOpen && access.opensAtMs === opens?.fromMs)).toBe(true);
    }),
    { numRuns: 400 },
  );
});
