/** Instants as policies write them, in UTC. */
import { secondsOfDay } from './policy-window.ts';
import { DAY_MS } from './zone-clock.ts';

/** Days of a year that begins in March, before January, February, March … December. */
const DAYS_BEFORE = [306, 337, 0, 31, 61, 92, 122, 153, 184, 214, 245, 275];
/** From 1 March of the year 0 to 1 January 1970. */
const DAYS_TO_1970 = 719_468;

/** `2026-12-20T00:00:00Z` in milliseconds since 1970. A year that begins in March has its leap day at its end. */
export function utcMs(instant: string): number {
  const [year, month, day] = instant.slice(0, 10).split('-').map(Number);
  const years = Number(year) - (Number(month) < 3 ? 1 : 0);
  const leapDays = Math.floor(years / 4) - Math.floor(years / 100) + Math.floor(years / 400);
  const days = 365 * years + leapDays + Number(DAYS_BEFORE[Number(month) - 1]) + Number(day) - 1;
  return (days - DAYS_TO_1970) * DAY_MS + secondsOfDay(instant.slice(11, 19)) * 1000;
}
