/**
 * When a policy may act, as it is written: daily windows and freezes. What they mean stands in
 * schedule.ts.
 */
import * as z from 'zod';
import { uniqueList } from './policy-hosts.ts';
import { addFlaw } from './problem.ts';

/** `HH:MM` or `HH:MM:SS`. */
const TimeOfDay = z.string().regex(/^(?:[01]\d|2[0-3]):[0-5]\d(?::[0-5]\d)?$/);

const Zone = z.string().superRefine((text, context) => {
  if (!isZone(text)) addFlaw(context, { code: 'unknown_zone', what: 'is no time zone' });
});

const Day = z.enum(['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun']);
export type Day = z.infer<typeof Day>;
export const DAYS: readonly Day[] = Day.options;

/** An instant in UTC, to the second: two of them compare as texts. */
const Instant = z.iso.datetime({ precision: 0 });

const Freeze = z
  .strictObject({
    from: Instant,
    to: Instant,
    why: z.string().min(1).max(200),
    /** A person or a team: whom to ask. */
    by: z.string().min(1).max(100).optional(),
  })
  .superRefine(({ from, to }, context) => {
    if (from >= to) {
      addFlaw(context, {
        code: 'freeze_backwards',
        what: 'is not after its beginning',
        path: ['to'],
      });
    }
  });
export type Freeze = z.infer<typeof Freeze>;

export const scheduleFields = {
  maintenance_window_start: TimeOfDay.optional(),
  maintenance_window_end: TimeOfDay.optional(),
  maintenance_window_zone: Zone.optional(),
  maintenance_window_days: uniqueList(Day, 7).min(1).optional(),
  freezes: z.array(Freeze).max(50).default([]),
};
const Fields = z.object(scheduleFields);
export type ScheduleFields = z.infer<typeof Fields>;

/** A window has a start, an end and a zone, or there is none. */
export const WINDOW_FIELDS = [
  'maintenance_window_start',
  'maintenance_window_end',
  'maintenance_window_zone',
] as const satisfies (keyof ScheduleFields)[];

/** What a stored document says of its schedule, whatever else is in it. */
export const StoredSchedule = z.object({
  document: Fields.superRefine((fields, context) => {
    const missing = WINDOW_FIELDS.filter((name) => fields[name] === undefined);
    if (missing.length === WINDOW_FIELDS.length) return;
    for (const name of missing) context.addIssue({ code: 'custom', path: [name] });
  }),
});

/** Zones that were found to be some: the constructor that knows is slow, and every read of a policy asks. */
const KNOWN_ZONES = new Set<string>();

/** A name of the IANA list; offsets such as +01:00, which know no summer time, are none. */
function isZone(name: string): boolean {
  if (!/^[A-Za-z][A-Za-z0-9_+/-]{0,63}$/.test(name)) return false;
  if (KNOWN_ZONES.has(name)) return true;
  try {
    new Intl.DateTimeFormat('en', { timeZone: name });
    KNOWN_ZONES.add(name);
    return true;
  } catch {
    // The constructor is the only way to ask, and RangeError its only way to say no.
    return false;
  }
}

/** Seconds since midnight of a time of day. */
export function secondsOfDay(time: string): number {
  const [hours, minutes, seconds] = time.split(':').map(Number);
  return 3600 * Number(hours) + 60 * Number(minutes) + Number(seconds ?? 0);
}

/** How long a window lasts by the clock on the wall: 22:00 to 02:00 are four hours. Never 0 in a policy. */
export function windowSeconds(start: string, end: string): number {
  const seconds = secondsOfDay(end) - secondsOfDay(start);
  return seconds < 0 ? seconds + 86_400 : seconds;
}
