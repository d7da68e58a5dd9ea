/**
 * When a policy lets hosts be changed, by an independent library of dates (Temporal), in the slow and plain
 * way: every day's window from date to date, then every freeze taken out of it.
 */
import { Temporal } from 'temporal-polyfill';
import type { ScheduleFields } from '#core/policy-window.ts';

export interface Stretch {
  fromMs: number;
  untilMs: number;
}

const DAY_NAMES = ['', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'];

/** The first instant at which the zone's clock shows this time of this date, or has skipped it. */
export function instantOf(zone: string, wall: Temporal.PlainDateTime): number {
  const first = wall.toZonedDateTime(zone, { disambiguation: 'earlier' });
  const isSkipped = !first.toPlainDateTime().equals(wall);
  const change = isSkipped ? first.getTimeZoneTransition('next') : null;
  return (change ?? first).epochMilliseconds;
}

/** Every stretch in which hosts may be changed and which ends after an instant, over so many days. */
export function openingsFrom(policy: ScheduleFields, atMs: number, days: number): Stretch[] {
  let stretches = windows(policy, atMs, days);
  for (const freeze of policy.freezes) {
    const fromMs = Temporal.Instant.from(freeze.from).epochMilliseconds;
    const untilMs = Temporal.Instant.from(freeze.to).epochMilliseconds;
    stretches = stretches.flatMap((one) => without(one, { fromMs, untilMs }));
  }
  return stretches
    .map((one) => ({ ...one, fromMs: Math.max(one.fromMs, atMs) }))
    .filter(({ fromMs, untilMs }) => untilMs > fromMs);
}

function windows(policy: ScheduleFields, atMs: number, days: number): Stretch[] {
  const { maintenance_window_start: start, maintenance_window_end: end } = policy;
  const { maintenance_window_zone: zone, maintenance_window_days: on } = policy;
  if (start === undefined || end === undefined || zone === undefined) {
    return [{ fromMs: atMs, untilMs: Number.POSITIVE_INFINITY }];
  }
  const today = Temporal.Instant.fromEpochMilliseconds(atMs).toZonedDateTimeISO(zone).toPlainDate();
  const [startTime, endTime] = [start, end].map((time) => Temporal.PlainTime.from(time));
  return Array.from({ length: days + 2 }, (_, index) => today.add({ days: index - 2 }))
    .filter((date) => on?.some((day) => day === DAY_NAMES[date.dayOfWeek]) ?? true)
    .map((date) => ({
      fromMs: instantOf(zone, date.toPlainDateTime(startTime)),
      untilMs: instantOf(
        zone,
        (end.padEnd(8, ':00') > start.padEnd(8, ':00')
          ? date
          : date.add({ days: 1 })
        ).toPlainDateTime(endTime),
      ),
    }));
}

function without(stretch: Stretch, hole: Stretch): Stretch[] {
  const before = { ...stretch, untilMs: Math.min(stretch.untilMs, hole.fromMs) };
  const after = { ...stretch, fromMs: Math.max(stretch.fromMs, hole.untilMs) };
  return [before, after].filter(({ fromMs, untilMs }) => untilMs > fromMs);
}
