/**
 * The sender: one item for the whole stack, by which every lambda that calls SendCommand keeps to one rate. It
 * is a clock that counts turns (sender-clock.ts), and who was given which of them.
 *
 * A batch takes its turns when it opens, in one write, so that no chunk has to; a send that has none (a second
 * look, a restore, a chunk that found no room at first) takes one of its own, unless its rollout is alone and
 * no turn is taken ahead. A refused call puts the clock back to one turn before its own: its turn comes again,
 * every later one moves behind it, and they stay in order and spread. Nobody writes anything for that.
 *
 * At 5 a second, with nothing taken ahead:
 *
 *   0.0 s  web opens a batch of 10 chunks    turns 0 to 9, 200 ms apart
 *   0.5 s  api opens a batch of 4 chunks     turns 10 to 13, from 2.0 s on
 *   1.0 s  SSM refuses the call of turn 5    turn 4 is now, at 0.95 of the rate: turn 5 comes at 1.211 s,
 *                                            turn 10 at 2.263 s
 *
 * A turn that is lost costs time and nothing else: who may send is judged by the gate, not here.
 */
import * as z from 'zod';
import { instantOf, SenderClock, shareAt, turnAt } from './sender-clock.ts';

export const Sender = z.strictObject({
  rollout: z.literal('sender'),
  item: z.literal('sender'),
  version: z.int().min(0),
  ...SenderClock.shape,
  /** This turn and all after it are nobody's. */
  free: z.number(),
  /** Who took turns last: the same asker, asking again, is given the same ones. */
  taken: z
    .strictObject({ by: z.string(), what: z.string(), count: z.int().min(1), at_ms: z.int() })
    .optional(),
  /** Until then more than one rollout is taken to be sending. */
  shared_until_ms: z.int(),
  /** Calls refused in a row, and the turn of the last. */
  refused: z.int().min(0),
  refused_turn: z.number(),
});
export type Sender = z.infer<typeof Sender>;

/**
 * Lambdas take their time to start, and the clock of the service that waited is not theirs: who is ahead of it by more
 * than this would find every turn gone by, and take the next.
 */
const LATE_MS = 10_000;
const EARLY_MS = 5;
/** After the last turns that another rollout took. */
const SHARED_MS = 600_000;
const LEAST_SHARE = 1 / 16;
/** What a refused call leaves of the share: alone it is chance or the edge, soon after another it is neither. */
const KEPT = 0.95;
const KEPT_IN_A_ROW = 0.8;
const ROW_TURNS = 20;
/** So many in a row and SSM takes nothing at all: the next call waits twice as long as the one before. */
const PATIENCE = 12;
const LONGEST_WAIT_SECONDS = 300;

function beginSender(perSecond: number, nowMs: number): Sender {
  return {
    rollout: 'sender',
    item: 'sender',
    version: 0,
    at_ms: nowMs,
    turn: 0,
    per_second: perSecond,
    share: 1,
    free: 0,
    shared_until_ms: 0,
    refused: 0,
    refused_turn: -ROW_TURNS,
  };
}

type TurnVerdict =
  | { verdict: 'send'; turn: number }
  | { verdict: 'wait'; turn: number; untilMs: number }
  | { verdict: 'take' };

/** Whether a send of this rollout may go now, by the turn that it has; -1 where it has none. */
export function judgeTurn(
  sender: Sender | undefined,
  { by, turn }: { by: string; turn: number },
  nowMs: number,
): TurnVerdict {
  if (sender === undefined) return { verdict: 'take' };
  // One that was never given out is of an item that is gone.
  if (turn >= 0 && turn < sender.free) {
    const atMs = instantOf(sender, turn);
    if (atMs > nowMs + EARLY_MS) return { verdict: 'wait', turn, untilMs: atMs };
    if (atMs + LATE_MS >= nowMs) return { verdict: 'send', turn };
  }
  const now = turnAt(sender, nowMs);
  const isAlone = sender.taken?.by === by && nowMs >= sender.shared_until_ms;
  const isQuiet = sender.free <= now && shareAt(sender, nowMs) === 1;
  return isAlone && isQuiet ? { verdict: 'send', turn: now } : { verdict: 'take' };
}

export interface TurnsAsked {
  /** The rollout, and for what: asked again for the same, the same turns are given. */
  by: string;
  what: string;
  count: number;
  /** As the stack is set now. */
  perSecond: number;
}

/** Turns one after the other, from `first` on; `isNew` where the sender is to be written. */
export interface Turns {
  sender: Sender;
  first: number;
  isNew: boolean;
}

export function planTurns(
  sender: Sender | undefined,
  { by, what, count, perSecond }: TurnsAsked,
  nowMs: number,
): Turns {
  const current = sender ?? beginSender(perSecond, nowMs);
  const { taken } = current;
  const last = rounded(current.free - count);
  const isSame = taken?.by === by && taken.what === what && taken.count === count;
  if (isSame && instantOf(current, last) + LATE_MS >= nowMs) {
    return { sender: current, first: last, isNew: false };
  }
  const paced = setPace(current, perSecond, nowMs);
  const first = rounded(Math.max(paced.free, turnAt(paced, nowMs)));
  const isShared = taken !== undefined && taken.by !== by && nowMs < taken.at_ms + SHARED_MS;
  return {
    sender: {
      ...paced,
      free: rounded(first + count),
      taken: { by, what, count, at_ms: nowMs },
      ...(isShared && { shared_until_ms: nowMs + SHARED_MS }),
    },
    first,
    isNew: true,
  };
}

/** The stack may have been set to another rate: what was taken comes at the new one. */
function setPace(sender: Sender, perSecond: number, nowMs: number): Sender {
  if (sender.per_second === perSecond) return sender;
  const share = shareAt(sender, nowMs);
  const turn = rounded(turnAt(sender, nowMs));
  return { ...sender, at_ms: nowMs, turn, share, per_second: perSecond };
}

/**
 * The sender after SSM refused the call of this turn; itself where somebody has put the clock back already.
 * `seen` is what the call was made with: calls that were under way together slow it once.
 */
export function slowDown(
  sender: Sender | undefined,
  call: { turn: number; seen: Sender | undefined; perSecond: number },
  nowMs: number,
): Sender {
  const current = sender ?? beginSender(call.perSecond, nowMs);
  const { turn, seen } = call;
  if (instantOf(current, turn) > nowMs) return current;
  const isSlowed = seen !== undefined && current.refused_turn !== seen.refused_turn;
  const { refused, kept } = isSlowed
    ? { refused: current.refused, kept: 1 }
    : countRefusal(current, turn);
  const share = Math.max(LEAST_SHARE, shareAt(current, nowMs) * kept);
  return {
    ...current,
    at_ms: nowMs,
    turn: rounded(turn - turnsBack(refused, share * current.per_second)),
    share,
    refused,
    refused_turn: turn,
  };
}

/** Which refused call in a row this one is, and what of the share is kept after it. */
function countRefusal(sender: Sender, turn: number): { refused: number; kept: number } {
  const isInARow = turn - sender.refused_turn < ROW_TURNS;
  return isInARow
    ? { refused: sender.refused + 1, kept: KEPT_IN_A_ROW }
    : { refused: 1, kept: KEPT };
}

/** The wait until the same turn comes again, in turns: 1 up to 12 refused calls in a row, then 2, 4, 8 … */
function turnsBack(refused: number, turnsPerSecond: number): number {
  const longest = LONGEST_WAIT_SECONDS * turnsPerSecond;
  return Math.max(1, Math.min(2 ** (refused - PATIENCE), longest));
}

/** The item holds numbers for people, too. */
function rounded(turn: number): number {
  return Math.round(turn * 10_000) / 10_000;
}
