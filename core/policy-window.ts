/** When a policy may act: daily windows and freezes. */
import * as z from 'zod';
import { addFlaw } from './problem.ts';

/** `HH:MM` or `HH:MM:SS`. */
export const TimeOfDay = z.string().regex(/^(?:[01]\d|2[0-3]):[0-5]\d(?::[0-5]\d)?$/);

export const Zone = z.string().superRefine((text, context) => {
  if (!isZone(text)) addFlaw(context, { code: 'unknown_zone', what: 'is no time zone' });
});

export const Day = z.enum(['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun']);

/** An instant in UTC, to the second: two of them compare as texts. */
const Instant = z.iso.datetime({ precision: 0 });

export const Freeze = z
  .strictObject({ from: Instant, to: Instant, why: z.string().min(1).max(200) })
  .superRefine(({ from, to }, context) => {
    if (from >= to) {
      addFlaw(context, {
        code: 'freeze_backwards',
        what: 'is not after its beginning',
        path: ['to'],
      });
    }
  });

/** A name of the IANA list; offsets such as +01:00, which know no summer time, are none. */
function isZone(name: string): boolean {
  if (!/^[A-Za-z][A-Za-z0-9_+/-]{0,63}$/.test(name)) return false;
  try {
    return new Intl.DateTimeFormat('en', { timeZone: name }) !== undefined;
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
