/** When a policy may act. */
import { type Boundary, MALFORMED, row } from './boundary.ts';

const window = (start?: string, end?: string, zone?: string) => ({
  maintenance_window_start: start,
  maintenance_window_end: end,
  maintenance_window_zone: zone,
});
const onDays = (...maintenance_window_days: string[]) => ({
  ...window('22:00', '02:00', 'UTC'),
  maintenance_window_days,
});
const freeze = (from: string, to: string, words: Record<string, string> = {}) => ({
  freezes: [{ from, to, why: 'holidays', ...words }],
});
const holidays = (words: Record<string, string>) =>
  freeze('2026-12-20T00:00:00Z', '2027-01-01T00:00:00Z', words);

const INSTANT = 'give an instant in UTC, such as 2026-12-20T00:00:00Z';
const TIME = 'give a time of day as HH:MM or HH:MM:SS, in quotes';
const ZONE = 'give a zone of the IANA list, such as Europe/Berlin or UTC';
const WHOLE = 'a maintenance window needs its start, its end and its zone';
const WHY = 'say why in 1 to 200 characters';
const BY = 'name a person or a team in 1 to 100 characters';

export const WINDOWS_AND_FREEZES: readonly Boundary[] = [
  row(
    'malformed',
    'maintenance_window_start',
    window('23:59:59', '00:30', 'UTC'),
    window('24:00', '00:30', 'UTC'),
    `"24:00" ${MALFORMED}; ${TIME}`,
  ),
  row(
    'malformed',
    'maintenance_window_end',
    window('02:00', '04:59', 'UTC'),
    window('02:00', '04:60', 'UTC'),
    `"04:60" ${MALFORMED}; ${TIME}`,
  ),
  row(
    'wrong_type',
    'maintenance_window_end',
    window('02:00', '22:00', 'UTC'),
    // What YAML 1.1 makes of 22:00 without quotes.
    { ...window('02:00', '22:00', 'UTC'), maintenance_window_end: 1320 },
    `1320 is not text; ${TIME}`,
  ),
  ...[
    ['Europe/Berlin', 'Europe/Bärlin'],
    ['Etc/GMT+1', '+01:00'],
    ['UTC', 'Mars/Olympus'],
    ['Australia/Lord_Howe', 'Australia/Lord Howe'],
  ].map(([inside, outside]) =>
    row(
      'unknown_zone',
      'maintenance_window_zone',
      window('02:00', '04:00', inside),
      window('02:00', '04:00', outside),
      `"${outside}" is no time zone; ${ZONE}`,
    ),
  ),
  row(
    'window_empty',
    'maintenance_window_end',
    window('02:00', '01:59:59', 'UTC'),
    window('02:00', '02:00:00', 'UTC'),
    '"02:00:00" is also the start of the window, which so has no length; give another time, or leave the window out',
  ),
  row(
    // A minute to begin, 120 s to be delivered, 600 s of work, 300 s of its health check.
    'window_short',
    'maintenance_window_end',
    window('23:50', '00:08', 'UTC'),
    window('23:50', '00:07:59', 'UTC'),
    '"00:07:59" leaves 1079 seconds, less than the 1080 that the update of a host may take; widen the window, or lower health_check_timeout_seconds',
  ),
  row(
    'window_short',
    'maintenance_window_end',
    { ...window('02:00', '02:13', 'UTC'), health_check_enabled: false },
    { ...window('02:00', '02:12:59', 'UTC'), health_check_enabled: false },
    '"02:12:59" leaves 779 seconds, less than the 780 that the update of a host may take; widen the window, or lower health_check_timeout_seconds',
  ),
  row(
    'window_incomplete',
    'maintenance_window_zone',
    window('22:00', '02:00', 'UTC'),
    window('22:00', '02:00'),
    `is missing; ${WHOLE}`,
  ),
  row(
    'window_incomplete',
    'maintenance_window_start',
    window(),
    { maintenance_window_days: ['mon'] },
    `is missing; ${WHOLE}`,
  ),
  row(
    'scheduled_without_window',
    'update_strategy',
    { ...window('22:00', '02:00', 'UTC'), update_strategy: 'scheduled' },
    { update_strategy: 'scheduled' },
    '"scheduled" has no maintenance window to begin with; give maintenance_window_start, maintenance_window_end and maintenance_window_zone, or take update_strategy staged',
  ),
  row(
    // In part there is one: that is what is said, and nothing else.
    'window_incomplete',
    'maintenance_window_zone',
    { ...window('22:00', '02:00', 'UTC'), update_strategy: 'scheduled' },
    { ...window('22:00', '02:00'), update_strategy: 'scheduled' },
    `is missing; ${WHOLE}`,
  ),
  row(
    'too_few',
    'maintenance_window_days',
    onDays('sun'),
    onDays(),
    'a list of 0 has fewer than 1 entries; give a list of 1 to 7 days, or leave it out for every day',
  ),
  row(
    'not_one_of',
    'maintenance_window_days.0',
    onDays('fri'),
    onDays('Fri'),
    '"Fri" is not one of mon, tue, wed, thu, fri, sat, sun; give each day once, in lower case',
  ),
  row(
    'duplicate',
    'maintenance_window_days.1',
    onDays('mon', 'tue'),
    onDays('mon', 'mon'),
    '"mon" stands there twice; give each day once, in lower case',
  ),
  row(
    'freeze_backwards',
    'freezes.0.to',
    freeze('2026-12-20T00:00:00Z', '2026-12-20T00:00:01Z'),
    freeze('2026-12-20T00:00:00Z', '2026-12-20T00:00:00Z'),
    `"2026-12-20T00:00:00Z" is not after its beginning; ${INSTANT}`,
  ),
  row(
    'malformed',
    'freezes.0.from',
    freeze('2028-02-29T00:00:00Z', '2029-01-01T00:00:00Z'),
    freeze('2027-02-29T00:00:00Z', '2029-01-01T00:00:00Z'),
    `"2027-02-29T00:00:00Z" ${MALFORMED}; ${INSTANT}`,
  ),
  row(
    // In UTC alone: two instants are compared as texts.
    'malformed',
    'freezes.0.to',
    freeze('2026-12-20T00:00:00Z', '2027-01-01T00:00:00Z'),
    freeze('2026-12-20T00:00:00Z', '2027-01-01T00:00:00+01:00'),
    `"2027-01-01T00:00:00+01:00" ${MALFORMED}; ${INSTANT}`,
  ),
  row(
    'too_short',
    'freezes.0.why',
    holidays({ why: 'x' }),
    holidays({ why: '' }),
    `"" has fewer than 1 characters; ${WHY}`,
  ),
  row(
    'too_long',
    'freezes.0.why',
    holidays({ why: 'x'.repeat(200) }),
    holidays({ why: 'x'.repeat(201) }),
    `"${'x'.repeat(80)}…" has more than 200 characters; ${WHY}`,
  ),
  row(
    'too_short',
    'freezes.0.by',
    holidays({ by: 'x' }),
    holidays({ by: '' }),
    `"" has fewer than 1 characters; ${BY}`,
  ),
  row(
    'too_long',
    'freezes.0.by',
    holidays({ by: 'x'.repeat(100) }),
    holidays({ by: 'x'.repeat(101) }),
    `"${'x'.repeat(80)}…" has more than 100 characters; ${BY}`,
  ),
  row(
    'too_many',
    'freezes',
    { freezes: Array.from({ length: 50 }, () => holidays({}).freezes[0]) },
    { freezes: Array.from({ length: 51 }, () => holidays({}).freezes[0]) },
    'a list of 51 has more than 50 entries; give a list of at most 50 freezes',
  ),
];
