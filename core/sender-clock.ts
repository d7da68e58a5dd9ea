/**
 * A clock that counts turns instead of seconds: `per_second` of them come in a second, or a `share` of those
 * where SSM has refused a call.
 *
 * Each turn that comes adds one 12,984th to the share, up to the whole. So it grows by the clock alone, and the
 * instant of a turn is known when it is given out. At 5 a second, with turn 100 now:
 *
 *   share   turn 105 comes   an hour brings
 *   1       after 1 s        18,000 turns
 *   0.5     after 2 s        15,492: 6,492 in the half hour in which the share grows to the whole, then 9,000
 *
 * Below, `whole` counts the turns that the whole share would have brought: time, in turns.
 */
import * as z from 'zod';

export const SenderClock = z.strictObject({
  /** At this instant so many turns had come. */
  at_ms: z.int(),
  turn: z.number(),
  per_second: z.number().positive(),
  /** Of `per_second`, at that instant. */
  share: z.number().positive().max(1),
});
export type SenderClock = z.infer<typeof SenderClock>;

/** The share doubles in the time of 9,000 turns at the whole rate: at 5 a second, in half an hour. */
const GROWTH_PER_TURN = Math.LN2 / 9_000;

/** Until the share has grown to the whole. */
function wholeUntilGrown(share: number): number {
  return Math.log(1 / share) / GROWTH_PER_TURN;
}

/** The turns that have come by now. Before the instant at which it was set the clock stands still. */
export function turnAt({ at_ms, turn, per_second, share }: SenderClock, nowMs: number): number {
  const whole = (Math.max(0, nowMs - at_ms) / 1000) * per_second;
  const growing = Math.min(whole, wholeUntilGrown(share));
  const grown = (share * Math.expm1(growing * GROWTH_PER_TURN)) / GROWTH_PER_TURN;
  return turn + grown + whole - growing;
}

/** The instant at which a turn comes, or came: the other way round. */
export function instantOf(clock: SenderClock, turn: number): number {
  const whole = wholeUntil(turn - clock.turn, clock.share);
  // What is a whole millisecond but for rounding is that one.
  return Math.ceil(clock.at_ms + (whole / clock.per_second) * 1000 - 0.01);
}

/** Until so many turns have come. */
function wholeUntil(ahead: number, share: number): number {
  if (ahead <= 0) return ahead;
  const growing = (1 - share) / GROWTH_PER_TURN;
  return ahead < growing
    ? Math.log1p((ahead * GROWTH_PER_TURN) / share) / GROWTH_PER_TURN
    : wholeUntilGrown(share) + ahead - growing;
}

export function shareAt(clock: SenderClock, nowMs: number): number {
  return Math.min(1, clock.share + (turnAt(clock, nowMs) - clock.turn) * GROWTH_PER_TURN);
}

/**
 * Of turns that were taken together: the first's instant, and how far apart they are on the whole. While the
 * share grows, the first of them are farther apart: who goes by this comes a little early, and waits.
 */
export function spreadTurns(
  clock: SenderClock,
  first: number,
  count: number,
): { openedAtMs: number; spacingMs: number } {
  const openedAtMs = instantOf(clock, first);
  const lastAtMs = instantOf(clock, first + count - 1);
  return { openedAtMs, spacingMs: (lastAtMs - openedAtMs) / Math.max(1, count - 1) };
}
