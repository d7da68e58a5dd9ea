/**
 * Whether hosts may be changed now, and when next. Every search is bounded: by the days in which a weekly
 * window must come, and by the number of freezes.
 */
import { DAYS } from './policy-window.ts';
import type { Schedule, TimedFreeze, Window } from './schedule.ts';
import { DAY_MS, openZoneClock } from './zone-clock.ts';

/**
 * A wait ends some seconds late. A window that is no longer than the need alone would be missed every
 * time, so one that is waited for has a minute to spare.
 */
export const SPARE_MS = 60_000;
/** A weekly window comes within seven days; within fourteen, where a change of the clock skips one. */
const LOOK_AHEAD_DAYS = 15;

/** A stretch of time in which hosts may be changed. */
interface Opening {
  fromMs: number;
  /** Infinity where no end is in sight. */
  untilMs: number;
  /** What ends it, where that is not the end of the window. */
  freeze?: TimedFreeze;
}

export type Access =
  | { isOpen: true }
  /** `opensAtMs` is undefined where nothing but another schedule opens it. */
  | { isOpen: false; opensAtMs: number | undefined; reason: string };

/**
 * Whether something may begin now that takes up to `needMs`; else why not, and when it may. Where it is to
 * begin with a window, `beginningMs` is that window's: before it nothing opens, after it every window does.
 */
export function judgeSchedule(
  schedule: Schedule,
  needMs: number,
  nowMs: number,
  beginningMs = nowMs,
): Access {
  if (schedule.problem !== undefined) {
    return { isOpen: false, opensAtMs: undefined, reason: schedule.problem };
  }
  if (beginningMs > nowMs) return judgeBeginning(schedule, needMs, beginningMs);
  const now = findOpening(schedule, nowMs);
  const isOpen = now !== undefined && now.fromMs === nowMs;
  if (isOpen && now.untilMs - nowMs >= needMs) return { isOpen };
  return awaitNext(schedule, isOpen ? now : undefined, needMs, nowMs);
}

/** When something may begin that waits for a window's beginning: then, or at the first opening after it. */
function judgeBeginning(schedule: Schedule, needMs: number, beginningMs: number): Access {
  const opening = findOpening(schedule, beginningMs);
  const isOpen = opening !== undefined && opening.fromMs === beginningMs;
  const reason = `scheduled: waits for the window that begins at ${showInstant(schedule, beginningMs)}`;
  if (isOpen && opening.untilMs - beginningMs >= needMs + SPARE_MS) {
    return { isOpen: false, opensAtMs: beginningMs, reason };
  }
  const next = awaitNext(schedule, isOpen ? opening : undefined, needMs, beginningMs);
  return { ...next, reason: `${reason}; ${next.reason}` };
}

/** The next opening that is long enough, and why the present one is not, if there is one. */
function awaitNext(
  schedule: Schedule,
  present: Opening | undefined,
  needMs: number,
  atMs: number,
): Access & { isOpen: false } {
  const next = findLongOpening(schedule, needMs + SPARE_MS, atMs);
  const why =
    present === undefined ? whyShut(schedule, atMs) : whyTooShort(schedule, present, needMs);
  const after =
    next === undefined
      ? `no maintenance window is long enough for ${showMinutes(needMs)}`
      : `the next begins at ${showInstant(schedule, next.fromMs)}`;
  return { isOpen: false, opensAtMs: next?.fromMs, reason: `${why}; ${after}` };
}

/**
 * When the first window begins, freezes aside, that begins at an instant or after it. Undefined where there
 * is no window, or none comes.
 */
export function findBeginning({ window }: Schedule, atMs: number): number | undefined {
  if (window === undefined) return undefined;
  // Whoever asks a millisecond early is told the beginning itself, or is in a window that began before.
  const first = findWindow(window, atMs - 1);
  if (first === undefined || first.fromMs >= atMs) return first?.fromMs;
  return findWindow(window, first.untilMs)?.fromMs;
}

/**
 * The first opening that is so long; each freeze shortens two, the present and a change of the clock one.
 * None for what only autumn's one long night is long enough for.
 */
function findLongOpening(schedule: Schedule, needMs: number, fromMs: number): Opening | undefined {
  if (needMs > (schedule.window?.lengthMs ?? needMs)) return undefined;
  const isShort = ({ fromMs: start, untilMs }: Opening) => untilMs - start < needMs;
  let opening = findOpening(schedule, fromMs);
  let left = 2 * schedule.freezes.length + 3;
  while (left > 0 && opening !== undefined && isShort(opening)) {
    opening = findOpening(schedule, opening.untilMs);
    left -= 1;
  }
  return opening;
}

/** What is left of the opening at this instant, or the first one after it. */
function findOpening({ window, freezes }: Schedule, atMs: number): Opening | undefined {
  let opening = findWindow(window, atMs);
  // They are sorted: what an earlier one has let pass it lets pass for good.
  for (const freeze of freezes) {
    if (opening !== undefined && covers(freeze, opening.fromMs)) {
      opening = findWindow(window, freeze.toMs);
    }
  }
  if (opening === undefined) return undefined;
  const { fromMs, untilMs } = opening;
  const next = freezes.find((freeze) => freeze.fromMs > fromMs);
  return next === undefined || next.fromMs >= untilMs
    ? opening
    : { fromMs, untilMs: next.fromMs, freeze: next };
}

/** What is left of the window at this instant, or the next one. */
function findWindow(window: Window | undefined, atMs: number): Opening | undefined {
  if (window === undefined) return { fromMs: atMs, untilMs: Number.POSITIVE_INFINITY };
  const { clock, days, startMs, lengthMs } = window;
  const today = Math.floor(clock.wallMs(atMs) / DAY_MS);
  for (let day = today - 1; day <= today + LOOK_AHEAD_DAYS; day += 1) {
    if (!days.some((name) => name === weekday(day))) continue;
    const fromMs = Math.max(atMs, clock.firstAtMs(day * DAY_MS + startMs));
    const untilMs = clock.firstAtMs(day * DAY_MS + startMs + lengthMs);
    if (untilMs > fromMs) return { fromMs, untilMs };
  }
  return undefined;
}

/** Day 0 was a Thursday. */
function weekday(day: number): string | undefined {
  return DAYS[(day + 3) % 7];
}

function covers(freeze: TimedFreeze, atMs: number): boolean {
  return freeze.fromMs <= atMs && atMs < freeze.toMs;
}

function whyTooShort(schedule: Schedule, { untilMs, freeze }: Opening, needMs: number): string {
  const end =
    freeze === undefined
      ? `the maintenance window ${schedule.window?.title} ends at ${showInstant(schedule, untilMs)}`
      : `a freeze begins at ${freeze.from}${showFreeze(freeze)}`;
  return `up to ${showMinutes(needMs)} are needed, and ${end}`;
}

function whyShut(schedule: Schedule, nowMs: number): string {
  const freeze = schedule.freezes.find((one) => covers(one, nowMs));
  return freeze === undefined
    ? `the maintenance window ${schedule.window?.title} is closed`
    : `frozen until ${freeze.to}${showFreeze(freeze)}`;
}

function showFreeze({ why, by }: TimedFreeze): string {
  return by === undefined ? ` (${why})` : ` by ${by} (${why})`;
}

function showMinutes(ms: number): string {
  return `${Math.ceil(ms / 60_000)} minutes`;
}

/** In the window's zone, for that is what people there read off their clocks. */
function showInstant({ window }: Schedule, atMs: number): string {
  return (window?.clock ?? openZoneClock('UTC')).show(atMs);
}
