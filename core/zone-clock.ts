/**
 * The clock on the wall in a zone of the IANA list, without a calendar: what it shows is counted in
 * milliseconds since 1970 as if the zone were UTC. So a day on the wall always has 86,400,000 of them, and
 * its number gives the weekday. Intl knows the zones; Node 24 has no Temporal yet.
 */
import { secondsOfDay } from './policy-window.ts';

export const DAY_MS = 86_400_000;
/** What a clock shows is UTC less 12 hours at least, UTC and 14 hours at most. */
const EARLIEST_MS = 15 * 3_600_000;
const LATEST_MS = 13 * 3_600_000;

export interface ZoneClock {
  /** What the clock shows at an instant. */
  wallMs(atMs: number): number;
  /**
   * The first instant at which the clock shows this or later. A time that is skipped (spring) is the
   * instant of the change; one that comes twice (autumn) is the first of the two. So a later time is never
   * an earlier instant. Zones do not change their clocks twice in 28 hours.
   */
  firstAtMs(wallMs: number): number;
  /** `2026-03-27 22:00 Europe/Berlin`, for people. */
  show(atMs: number): string;
}

/** By zone, of which there are some hundreds: Intl takes longer to read a zone's rules than to use them. */
const clocks = new Map<string, ZoneClock>();

/** Throws RangeError where there is no such zone. */
export function openZoneClock(zone: string): ZoneClock {
  const clock = clocks.get(zone) ?? makeZoneClock(zone);
  clocks.set(zone, clock);
  return clock;
}

function makeZoneClock(zone: string): ZoneClock {
  const offsets = new Intl.DateTimeFormat('en', { timeZone: zone, timeZoneName: 'longOffset' });
  // The Swedish write dates as ISO 8601 does.
  const shown = new Intl.DateTimeFormat('sv', {
    timeZone: zone,
    dateStyle: 'short',
    timeStyle: 'short',
  });
  const offsetAt = (atMs: number) => parseOffset(offsets.format(atMs));
  return {
    wallMs: (atMs) => atMs + offsetAt(atMs),
    firstAtMs: (wallMs) => {
      const oldMs = offsetAt(wallMs - EARLIEST_MS);
      if (offsetAt(wallMs - oldMs) === oldMs) return wallMs - oldMs;
      const newMs = offsetAt(wallMs + LATEST_MS);
      if (offsetAt(wallMs - newMs) === newMs) return wallMs - newMs;
      return changeAtMs(offsetAt, wallMs - EARLIEST_MS, wallMs + LATEST_MS);
    },
    show: (atMs) => `${shown.format(atMs)} ${zone}`,
  };
}

/** Milliseconds of the end of `10/4/2026, GMT+10:30`. */
function parseOffset(text: string): number {
  const time = text.slice(text.indexOf('GMT') + 'GMT+'.length);
  return (text.includes('GMT-') ? -1000 : 1000) * secondsOfDay(time);
}

/** The first second of the new offset, between two instants with one change between them. */
function changeAtMs(offsetAt: (atMs: number) => number, fromMs: number, toMs: number): number {
  let [before, after] = [Math.floor(fromMs / 1000), Math.ceil(toMs / 1000)];
  const oldMs = offsetAt(before * 1000);
  while (after - before > 1) {
    const middle = Math.floor((before + after) / 2);
    if (offsetAt(middle * 1000) === oldMs) before = middle;
    else after = middle;
  }
  return after * 1000;
}
