/**
 * When hosts may be changed, as the policy says it: its daily window, if it has one, less its freezes.
 *
 * A window is named after the day on which it begins: 22:00–02:00 on `fri` runs into Saturday. Its times
 * are those of the clock on the wall (zone-clock.ts says what a skipped or a doubled time is): in a night
 * that changes the clock it is shorter or longer, and where all of it is skipped it does not open.
 */
import {
  DAYS,
  type Day,
  type Freeze,
  type ScheduleFields,
  StoredSchedule,
  secondsOfDay,
  windowSeconds,
} from './policy-window.ts';
import { utcMs } from './utc-instant.ts';
import { openZoneClock, type ZoneClock } from './zone-clock.ts';

export interface Window {
  title: string;
  /** Of the day, by the clock on the wall. */
  startMs: number;
  lengthMs: number;
  days: readonly Day[];
  clock: ZoneClock;
}

export interface TimedFreeze extends Freeze {
  fromMs: number;
  toMs: number;
}

export interface Schedule {
  window?: Window;
  /** By their beginning. */
  freezes: readonly TimedFreeze[];
  /** Why nobody can say when hosts may be changed: none is, until somebody has looked. */
  problem?: string;
}

/** The schedule of a policy whose window is whole, or not there. */
export function scheduleOf(fields: ScheduleFields): Schedule {
  const {
    maintenance_window_start: start,
    maintenance_window_end: end,
    maintenance_window_zone: zone,
    maintenance_window_days: days,
  } = fields;
  const freezes = fields.freezes
    .map((freeze) => ({ ...freeze, fromMs: utcMs(freeze.from), toMs: utcMs(freeze.to) }))
    .toSorted((one, other) => one.fromMs - other.fromMs);
  if (start === undefined || end === undefined || zone === undefined) return { freezes };
  const on = days === undefined ? '' : ` (${days.join(', ')})`;
  const window: Window = {
    title: `${start}–${end} ${zone}${on}`,
    startMs: secondsOfDay(start) * 1000,
    lengthMs: windowSeconds(start, end) * 1000,
    days: days ?? DAYS,
    clock: openZoneClock(zone),
  };
  return { window, freezes };
}

/**
 * The schedule by which a rollout goes: that of its policy as it is stored now, for a freeze that somebody
 * declares at night is meant for what runs; the frozen one where the policy is no longer there.
 */
export function chooseSchedule(frozen: ScheduleFields, stored: unknown): Schedule {
  if (stored === undefined) return scheduleOf(frozen);
  const parsed = StoredSchedule.safeParse(stored);
  if (parsed.success) return scheduleOf(parsed.data.document);
  const fields = new Set(parsed.error.issues.map(({ path }) => path.join('.')));
  return {
    freezes: [],
    problem: `the policy's window and freezes cannot be read: ${[...fields].join(', ')}`,
  };
}
