import fc from 'fast-check';
import { Temporal } from 'temporal-polyfill';
import { describe, expect, it } from 'vitest';
import { openZoneClock } from '#core/zone-clock.ts';
import { instantOf } from './temporal-openings.ts';

const ZONES = Intl.supportedValuesOf('timeZone');
const HOUR_MS = 3_600_000;

function wallOf(text: string): number {
  return Date.parse(`${text}Z`);
}

function firstAt(zone: string, wall: string): string {
  return new Date(openZoneClock(zone).firstAtMs(wallOf(wall))).toISOString().replace('.000Z', 'Z');
}

/** Changes of a zone's clock in these years. */
function changesOf(zone: string): number[] {
  const found: number[] = [];
  const until = Temporal.Instant.from('2031-01-01T00:00:00Z').epochMilliseconds;
  let at: Temporal.ZonedDateTime | null =
    Temporal.Instant.from('2026-01-01T00:00:00Z').toZonedDateTimeISO(zone);
  for (;;) {
    at = at.getTimeZoneTransition('next');
    if (at === null || at.epochMilliseconds > until) return found;
    found.push(at.epochMilliseconds);
  }
}

const CHANGES = ZONES.flatMap((zone) => changesOf(zone).map((atMs) => ({ zone, atMs })));

describe('a time of the clock on the wall', () => {
  it.each([
    ['every day', 'Europe/Berlin', '2026-03-28T02:30:00', '2026-03-28T01:30:00Z'],
    ['before the spring’s change', 'Europe/Berlin', '2026-03-29T01:59:59', '2026-03-29T00:59:59Z'],
    ['the first that is skipped', 'Europe/Berlin', '2026-03-29T02:00:00', '2026-03-29T01:00:00Z'],
    ['one that is skipped', 'Europe/Berlin', '2026-03-29T02:59:59', '2026-03-29T01:00:00Z'],
    ['the first after it', 'Europe/Berlin', '2026-03-29T03:00:00', '2026-03-29T01:00:00Z'],
    ['a second later', 'Europe/Berlin', '2026-03-29T03:00:01', '2026-03-29T01:00:01Z'],
    ['before autumn’s change', 'Europe/Berlin', '2026-10-25T01:59:59', '2026-10-24T23:59:59Z'],
    ['the first that comes twice', 'Europe/Berlin', '2026-10-25T02:00:00', '2026-10-25T00:00:00Z'],
    ['one that comes twice', 'Europe/Berlin', '2026-10-25T02:30:00', '2026-10-25T00:30:00Z'],
    ['the first that comes once', 'Europe/Berlin', '2026-10-25T03:00:00', '2026-10-25T02:00:00Z'],
    ['half an hour skipped', 'Australia/Lord_Howe', '2026-10-04T02:15:00', '2026-10-03T15:30:00Z'],
    ['half an hour doubled', 'Australia/Lord_Howe', '2026-04-05T01:45:00', '2026-04-04T14:45:00Z'],
    [
      'after half an hour more',
      'Australia/Lord_Howe',
      '2026-04-05T02:00:00',
      '2026-04-04T15:30:00Z',
    ],
    ['two hours skipped', 'Antarctica/Troll', '2026-03-29T02:00:00', '2026-03-29T01:00:00Z'],
    ['midnight skipped', 'America/Santiago', '2026-09-06T00:00:00', '2026-09-06T04:00:00Z'],
    [
      'midnight after an hour twice',
      'America/Santiago',
      '2026-04-05T00:00:00',
      '2026-04-05T04:00:00Z',
    ],
    ['a zone without changes', 'Asia/Kathmandu', '2026-03-29T02:30:00', '2026-03-28T20:45:00Z'],
    ['UTC', 'UTC', '2026-03-29T02:30:00', '2026-03-29T02:30:00Z'],
    ['a day left out', 'Pacific/Apia', '2011-12-30T12:00:00', '2011-12-30T10:00:00Z'],
    ['the day after it', 'Pacific/Apia', '2011-12-31T00:00:00', '2011-12-30T10:00:00Z'],
    ['the furthest east', 'Pacific/Kiritimati', '2026-07-01T00:00:00', '2026-06-30T10:00:00Z'],
    ['the furthest west', 'Etc/GMT+12', '2026-07-01T00:00:00', '2026-07-01T12:00:00Z'],
  ])('%s, in %s: %s is %s', (_, zone, wall, instant) => {
    expect(firstAt(zone, wall)).toBe(instant);
  });

  it('around every change of every zone in five years is the instant that Temporal knows', () => {
    const near = fc.integer({ min: -30 * 3600, max: 30 * 3600 });
    fc.assert(
      fc.property(fc.constantFrom(...CHANGES), near, ({ zone, atMs }, seconds) => {
        const clock = openZoneClock(zone);
        const wallMs = clock.wallMs(atMs) + seconds * 1000;
        const wall = Temporal.Instant.fromEpochMilliseconds(wallMs)
          .toZonedDateTimeISO('UTC')
          .toPlainDateTime();

        expect(clock.firstAtMs(wallMs)).toBe(instantOf(zone, wall));
      }),
      { numRuns: 1000 },
    );
  });

  it('that is later is never an earlier instant', () => {
    const near = fc.integer({ min: -3 * 3600, max: 3 * 3600 });
    fc.assert(
      fc.property(fc.constantFrom(...CHANGES), near, near, ({ zone, atMs }, one, other) => {
        const clock = openZoneClock(zone);
        const walls = [one, other].map((seconds) => clock.wallMs(atMs) + seconds * 1000);
        const [first = 0, last = 0] = walls.toSorted((a, b) => a - b);

        expect(clock.firstAtMs(first)).toBeLessThanOrEqual(clock.firstAtMs(last));
      }),
      { numRuns: 500 },
    );
  });

  it('is searched where no zone changes its clock twice', () => {
    const closest = ZONES.map((zone) => {
      const changes = changesOf(zone);
      return Math.min(...changes.slice(1).map((atMs, index) => atMs - (changes[index] ?? 0)));
    });

    expect(Math.min(...closest)).toBeGreaterThan(28 * HOUR_MS);
  });
});

describe('a clock', () => {
  it('shows what Temporal shows, in every zone and at any time', () => {
    const instants = fc.integer({ min: Date.UTC(1970, 0), max: Date.UTC(2200, 0) });
    fc.assert(
      fc.property(fc.constantFrom(...ZONES), instants, (zone, atMs) => {
        const wall = Temporal.Instant.fromEpochMilliseconds(atMs).toZonedDateTimeISO(zone);

        expect(openZoneClock(zone).wallMs(atMs)).toBe(wallOf(wall.toPlainDateTime().toString()));
      }),
      { numRuns: 1000 },
    );
  });

  it('is read out to people with its zone', () => {
    const shown = openZoneClock('Europe/Berlin').show(Date.UTC(2026, 2, 29, 1));

    expect(shown).toBe('2026-03-29 03:00 Europe/Berlin');
  });
});
