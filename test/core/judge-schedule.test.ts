import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { judgeSchedule, SPARE_MS } from '#core/judge-schedule.ts';
import type { Freeze } from '#core/policy-window.ts';
import { type Schedule, scheduleOf } from '#core/schedule.ts';
import { aPolicy } from './fixtures.ts';
import { openingsFrom } from './temporal-openings.ts';

const MINUTE_MS = 60_000;

function schedule(hours: string, zone: string, fields: Record<string, unknown> = {}): Schedule {
  const [start, end] = hours.split('–');
  return scheduleOf(
    aPolicy({
      maintenance_window_start: start,
      maintenance_window_end: end,
      maintenance_window_zone: zone,
      health_check_enabled: false,
      ...fields,
    }),
  );
}

function on(...maintenance_window_days: string[]) {
  return { maintenance_window_days };
}

function frozen(from: string, to: string, words: Partial<Freeze> = {}): Freeze {
  return { from, to, why: 'holidays', ...words };
}

/** When what takes so many minutes may begin, asked at an instant. */
function opens(of: Schedule, asked: string, minutes = 1): string {
  const nowMs = Date.parse(asked);
  const access = judgeSchedule(of, minutes * MINUTE_MS, nowMs);
  if (access.isOpen) return 'now';
  const { opensAtMs } = access;
  return opensAtMs === undefined
    ? 'never'
    : new Date(opensAtMs).toISOString().replace(':00.000Z', 'Z');
}

function reasonOf(of: Schedule, asked: string, minutes = 1): string {
  const access = judgeSchedule(of, minutes * MINUTE_MS, Date.parse(asked));
  return access.isOpen ? 'open' : access.reason;
}

describe('a daily window', () => {
  const day = schedule('02:00–04:00', 'UTC');
  const windows = { day, night: schedule('22:00–02:00', 'UTC') };

  it.each<[keyof typeof windows, string, string, string]>([
    ['day', 'before it', '2026-07-01T01:59:59.999Z', '2026-07-01T02:00Z'],
    ['day', 'at its start', '2026-07-01T02:00:00Z', 'now'],
    ['day', 'in it', '2026-07-01T03:58:00Z', 'now'],
    ['day', 'at the last start', '2026-07-01T03:59:00Z', 'now'],
    ['day', 'after the last start', '2026-07-01T03:59:00.001Z', '2026-07-02T02:00Z'],
    ['day', 'at its end', '2026-07-01T04:00:00Z', '2026-07-02T02:00Z'],
    ['night', 'in the afternoon', '2026-07-01T12:00:00Z', '2026-07-01T22:00Z'],
    ['night', 'before midnight', '2026-07-01T23:59:59Z', 'now'],
    ['night', 'at midnight', '2026-07-02T00:00:00Z', 'now'],
    ['night', 'after midnight', '2026-07-02T01:59:00Z', 'now'],
    ['night', 'at its end', '2026-07-02T02:00:00Z', '2026-07-02T22:00Z'],
  ])('by %s, %s: asked at %s, opens %s', (name, _, asked, answer) => {
    expect(opens(windows[name], asked)).toBe(answer);
  });

  it.each([
    [119, 'now', '2026-07-01T02:00:00Z'],
    [120, 'now', '2026-07-01T02:00:00Z'],
    [121, 'never', '2026-07-01T02:00:00Z'],
    [119, '2026-07-02T02:00Z', '2026-07-01T02:01:01Z'],
    [120, 'never', '2026-07-01T02:00:01Z'],
  ])('lets what takes %d minutes begin %s, asked at %s', (minutes, answer, asked) => {
    // One that is waited for has a minute to spare: else a wait that ends late misses it every day.
    expect(opens(day, asked, minutes)).toBe(answer);
  });
});

describe('days name the day on which a window begins', () => {
  const friday = schedule('22:00–02:00', 'Europe/Berlin', on('fri'));

  // 2 October 2026 is a Friday; Berlin is two hours ahead.
  it.each([
    ['Friday after midnight, which is Thursday’s', '2026-10-01T23:00:00Z', '2026-10-02T20:00Z'],
    ['Friday evening', '2026-10-02T20:00:00Z', 'now'],
    ['Saturday after midnight', '2026-10-02T23:59:00Z', 'now'],
    ['Saturday at its end', '2026-10-03T00:00:00Z', '2026-10-09T20:00Z'],
    ['Saturday evening', '2026-10-03T20:30:00Z', '2026-10-09T20:00Z'],
  ])('%s', (_, asked, answer) => {
    expect(opens(friday, asked)).toBe(answer);
  });
});

describe('a night that changes the clock', () => {
  const berlin = 'Europe/Berlin';
  const lordHowe = 'Australia/Lord_Howe';
  const santiago = 'America/Santiago';
  const newYork = 'America/New_York';

  it.each([
    ['spring shortens it', '01:00–03:30', berlin, '2026-03-29T00:00Z', 90],
    ['spring: its start is skipped', '02:30–03:30', berlin, '2026-03-29T01:00Z', 30],
    ['spring: its end is skipped', '01:00–02:30', berlin, '2026-03-29T00:00Z', 60],
    ['autumn lengthens it', '01:00–03:30', berlin, '2026-10-24T23:00Z', 210],
    ['autumn: the first of two starts', '02:30–03:30', berlin, '2026-10-25T00:30Z', 120],
    ['autumn: the first of two ends', '01:00–02:30', berlin, '2026-10-24T23:00Z', 90],
    ['autumn: all of it comes twice', '02:00–02:30', berlin, '2026-10-25T00:00Z', 30],
    ['autumn: and then not again', '02:00–02:30', berlin, '2026-10-26T01:00Z', 30],
    ['half an hour less', '01:00–03:00', lordHowe, '2026-10-03T14:30Z', 90],
    ['half an hour more', '01:00–03:00', lordHowe, '2026-04-04T14:00Z', 150],
    ['midnight is skipped', '23:30–01:30', santiago, '2026-09-06T03:30Z', 60],
    ['the hour before midnight comes twice', '22:30–00:30', santiago, '2026-04-05T01:30Z', 180],
    ['a day of 23 hours', '00:00–23:59', newYork, '2026-03-08T05:00Z', 22 * 60 + 59],
    ['a day of 25 hours', '00:00–23:59', newYork, '2026-11-01T04:00Z', 24 * 60 + 59],
    ['a zone without changes', '01:00–03:30', 'Asia/Kathmandu', '2026-03-28T19:15Z', 150],
    ['the day of its end is left out', '22:00–02:00', 'Pacific/Apia', '2011-12-30T08:00Z', 120],
  ])('%s: %s in %s, from %s for %d minutes', (_, hours, zone, from, minutes) => {
    const of = schedule(hours, zone);
    const before = new Date(Date.parse(from) - MINUTE_MS).toISOString();

    expect(opens(of, before)).toBe(from);
    expect(opens(of, from, minutes)).toBe('now');
    expect(opens(of, from, minutes + 1)).not.toBe('now');
  });

  it('has no window where all of it is skipped: the next is a day, or a week, later', () => {
    const daily = schedule('02:10–02:50', berlin);
    const weekly = schedule('02:10–02:50', berlin, on('sun'));

    expect(opens(daily, '2026-03-28T12:00:00Z')).toBe('2026-03-30T00:10Z');
    expect(opens(weekly, '2026-03-28T12:00:00Z')).toBe('2026-04-05T00:10Z');
  });

  it('is not waited for by what is too long for every other night', () => {
    const of = schedule('01:00–03:30', berlin);

    expect(opens(of, '2026-10-24T12:00:00Z', 200)).toBe('never');
    expect(opens(of, '2026-10-24T23:00:00Z', 200)).toBe('now');
  });

  it('is passed over by what only the next night is long enough for', () => {
    const of = schedule('01:00–03:30', berlin);

    expect(opens(of, '2026-03-28T12:00:00Z', 120)).toBe('2026-03-29T23:00Z');
  });
});

describe('freezes', () => {
  const xmas = frozen('2026-12-20T00:00:00Z', '2027-01-02T00:00:00Z');
  const fair = frozen('2026-12-31T12:00:00Z', '2027-01-04T23:30:00Z');
  const schedules = {
    always: scheduleOf(aPolicy({ freezes: [fair, xmas] })),
    nightly: schedule('22:00–02:00', 'UTC', { freezes: [xmas, fair] }),
    single: schedule('22:00–02:00', 'UTC', { freezes: [xmas] }),
  };

  it.each<[keyof typeof schedules, string, string, number, string]>([
    ['always', 'long before', '2026-07-01T00:00:00Z', 60, 'now'],
    [
      'always',
      'right before, for what takes longer',
      '2026-12-19T23:30:00Z',
      31,
      '2027-01-04T23:30Z',
    ],
    ['always', 'right before, for what does not', '2026-12-19T23:30:00Z', 30, 'now'],
    ['always', 'in the first of two that overlap', '2026-12-20T00:00:00Z', 1, '2027-01-04T23:30Z'],
    ['always', 'in the second', '2027-01-03T00:00:00Z', 1, '2027-01-04T23:30Z'],
    ['always', 'at the end', '2027-01-04T23:30:00Z', 6000, 'now'],
    ['nightly', 'cut the window at its beginning', '2027-01-04T22:00:00Z', 1, '2027-01-04T23:30Z'],
    ['nightly', 'and leave too little of it', '2027-01-04T22:00:00Z', 180, '2027-01-05T22:00Z'],
    ['single', 'cut the window at its end', '2026-12-19T22:00:00Z', 120, 'now'],
    ['single', 'and end what is too long', '2026-12-19T22:00:00Z', 121, '2027-01-02T22:00Z'],
    ['single', 'leave the rest of the window', '2027-01-01T23:00:00Z', 60, '2027-01-02T00:00Z'],
  ])('%s, %s: asked at %s, what takes %d minutes begins %s', (name, _, asked, minutes, answer) => {
    expect(opens(schedules[name], asked, minutes)).toBe(answer);
  });
});

describe('the reason', () => {
  const nightly = schedule('22:00–02:00', 'Europe/Berlin', {
    ...on('mon', 'tue'),
    freezes: [
      frozen('2026-10-06T22:00:00Z', '2026-10-20T08:00:00Z', { by: 'team shop' }),
      frozen('2026-12-20T00:00:00Z', '2027-01-02T00:00:00Z'),
    ],
  });
  const schedules = {
    nightly,
    freezes: scheduleOf(
      aPolicy({ freezes: [frozen('2026-10-06T22:00:00Z', '2026-10-20T08:00:00Z')] }),
    ),
    unreadable: { freezes: [], problem: 'it cannot be read' },
  };

  it.each<[keyof typeof schedules, string, number, string]>([
    [
      'nightly',
      '2026-10-05T12:00:00Z',
      1,
      'the maintenance window 22:00–02:00 Europe/Berlin (mon, tue) is closed; the next begins at 2026-10-05 22:00 Europe/Berlin',
    ],
    [
      'nightly',
      '2026-10-05T23:30:00Z',
      31,
      'up to 31 minutes are needed, and the maintenance window 22:00–02:00 Europe/Berlin (mon, tue) ends at 2026-10-06 02:00 Europe/Berlin; the next begins at 2026-10-06 22:00 Europe/Berlin',
    ],
    [
      'nightly',
      '2026-10-06T21:30:00Z',
      31,
      'up to 31 minutes are needed, and a freeze begins at 2026-10-06T22:00:00Z by team shop (holidays); the next begins at 2026-10-20 22:00 Europe/Berlin',
    ],
    [
      'nightly',
      '2026-12-24T12:00:00Z',
      1,
      'frozen until 2027-01-02T00:00:00Z (holidays); the next begins at 2027-01-04 22:00 Europe/Berlin',
    ],
    [
      'nightly',
      '2026-10-20T08:00:00Z',
      1,
      'the maintenance window 22:00–02:00 Europe/Berlin (mon, tue) is closed; the next begins at 2026-10-20 22:00 Europe/Berlin',
    ],
    [
      'freezes',
      '2026-10-07T00:00:00Z',
      1,
      'frozen until 2026-10-20T08:00:00Z (holidays); the next begins at 2026-10-20 08:00 UTC',
    ],
    [
      'nightly',
      '2026-10-05T20:00:00Z',
      241,
      'up to 241 minutes are needed, and the maintenance window 22:00–02:00 Europe/Berlin (mon, tue) ends at 2026-10-06 02:00 Europe/Berlin; no maintenance window is long enough for 241 minutes',
    ],
    ['unreadable', '2026-10-05T20:00:00Z', 1, 'it cannot be read'],
  ])('%s, asked at %s, for %d minutes: %s', (name, asked, minutes, reason) => {
    expect(reasonOf(schedules[name], asked, minutes)).toBe(reason);
  });
});

it('a schedule that names no day never opens, and is not searched for ever', () => {
  const of = schedule('22:00–02:00', 'UTC');
  const never = of.window === undefined ? of : { ...of, window: { ...of.window, days: [] } };

  expect(opens(never, '2026-07-01T23:00:00Z')).toBe('never');
});

describe('beside Temporal', () => {
  const ZONES = [
    ...['Europe/Berlin', 'America/New_York', 'Australia/Lord_Howe', 'America/Santiago'],
    ...['Antarctica/Troll', 'Africa/Casablanca', 'Africa/Cairo', 'Asia/Kathmandu', 'UTC'],
    ...['Pacific/Kiritimati', 'Pacific/Chatham', 'Etc/GMT+12'],
  ];
  const HORIZON_DAYS = 60;
  const second = fc.integer({ min: 0, max: 86_399 });
  const instant = fc.integer({ min: Date.UTC(2026, 0) / 1000, max: Date.UTC(2028, 0) / 1000 });
  const days = fc.option(
    fc.uniqueArray(fc.constantFrom('mon', 'thu', 'sat', 'sun'), { minLength: 1 }),
  );
  /** Begin so many seconds after what is asked, and last so long. */
  const breaks = fc.array(
    fc.tuple(fc.integer({ min: -200_000, max: 800_000 }), fc.integer({ min: 1, max: 400_000 })),
    { maxLength: 4 },
  );

  function timeOf(seconds: number): string {
    return new Date(seconds * 1000).toISOString().slice(11, 19);
  }
  function instantOf(seconds: number): string {
    return `${new Date(seconds * 1000).toISOString().slice(0, 19)}Z`;
  }

  it('opens when Temporal says that there is time enough, never earlier and never later', () => {
    const wanted = fc.record({ zone: fc.constantFrom(...ZONES), start: second, asked: instant });
    const shape = fc.record({ length: fc.integer({ min: 1200, max: 86_399 }), days, breaks });
    const need = fc.integer({ min: 60, max: 90_000 });
    fc.assert(
      fc.property(wanted, shape, need, ({ zone, start, asked }, { length, ...rest }, seconds) => {
        const policy = aPolicy({
          maintenance_window_start: timeOf(start),
          maintenance_window_end: timeOf((start + length) % 86_400),
          maintenance_window_zone: zone,
          ...(rest.days !== null && on(...rest.days)),
          freezes: rest.breaks.map(([from, lasts]) =>
            frozen(instantOf(asked + from), instantOf(asked + from + lasts)),
          ),
          health_check_enabled: false,
        });
        const [nowMs, needMs] = [asked * 1000, seconds * 1000];

        const access = judgeSchedule(scheduleOf(policy), needMs, nowMs);

        const openings = openingsFrom(policy, nowMs, HORIZON_DAYS);
        const lasts = ({ fromMs, untilMs }: { fromMs: number; untilMs: number }) =>
          untilMs - fromMs;
        const now = openings.find(({ fromMs }) => fromMs === nowMs);
        const isOpen = now !== undefined && lasts(now) >= needMs;
        const isLongEnough = length * 1000 >= needMs + SPARE_MS;
        const next = openings.find((one) => isLongEnough && lasts(one) >= needMs + SPARE_MS);
        expect(access.isOpen).toBe(isOpen);
        if (!access.isOpen) expect(access.opensAtMs).toBe(next?.fromMs);
      }),
      { numRuns: 400 },
    );
  });
});
