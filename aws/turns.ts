/**
 * Turns at sending: taken in one conditional write, waited for by the machine, and given back where SSM
 * refused the call. A step that dies after it took one has lost some time and nothing else.
 */
import { NotYetError, type ThrottledError } from '#core/errors.ts';
import {
  judgeTurn,
  planTurns,
  type Sender,
  slowDown,
  type Turns,
  type TurnsAsked,
} from '#core/sender.ts';
import { instantOf, spreadTurns, turnAt } from '#core/sender-clock.ts';
import { readSender, writeSender } from './sender-store.ts';
import { type Store, withRaces } from './store.ts';

/** Whoever takes turns at the same instant as many others tries again at once. */
const RACES = 8;

/** `read` is the sender as it was read a moment ago. */
function takeTurns(
  store: Store,
  read: Sender | undefined,
  asked: TurnsAsked,
  nowMs: number,
): Promise<Turns> {
  let isFirst = true;
  return withRaces(RACES, async () => {
    const turns = planTurns(isFirst ? read : await readSender(store), asked, nowMs);
    isFirst = false;
    return turns.isNew ? { ...turns, sender: await writeSender(store, turns.sender) } : turns;
  });
}

export interface ChunkTurns {
  /** When the first of the chunks is to begin, and how far apart they are. */
  openedAtMs: number;
  spacingMs: number;
  /** The first chunk's turn, and how many of the chunks have one. */
  turn: number;
  turns: number;
}

/**
 * Turns for the chunks of a batch, or of a way back, that opens: for as many as may be at work at once, so that
 * nobody waits long behind it. The others begin when one of those has ended. A single chunk takes its own.
 */
export async function openTurns(
  store: Store,
  asked: Omit<TurnsAsked, 'count'> & { chunks: number; concurrency: number },
  nowMs: number,
): Promise<ChunkTurns> {
  const { chunks, concurrency, ...rest } = asked;
  const count = Math.min(chunks, concurrency);
  if (count < 2) {
    return { openedAtMs: nowMs, spacingMs: 1000 / asked.perSecond, turn: -1, turns: 0 };
  }
  const read = await readSender(store);
  const { sender, first } = await takeTurns(store, read, { ...rest, count }, nowMs);
  return { ...spreadTurns(sender, first, count), turn: first, turns: count };
}

/** A send that wants to go. `turn`: what its machine has for it, -1 for none; a machine of before knows of no turns. */
export interface Send extends Omit<TurnsAsked, 'count'> {
  turn: number | undefined;
}

/** The turn in which a call is made. */
export interface Turn {
  turn: number;
  seen: Sender | undefined;
  perSecond: number;
  /** Whether its machine can wait until an instant that it is told. */
  isAwaited: boolean;
}

/** The turn that has come for this send; throws NotYetError where it comes later. */
export async function awaitTurn(
  store: Store,
  sender: Sender | undefined,
  send: Send,
  nowMs: number,
): Promise<Turn> {
  const { by, turn: own, perSecond } = send;
  if (own === undefined) {
    const turn = sender === undefined ? 0 : turnAt(sender, nowMs);
    return { turn, seen: sender, perSecond, isAwaited: false };
  }
  const judged = judgeTurn(sender, { by, turn: own }, nowMs);
  if (judged.verdict === 'wait') throw new NotYetError(judged);
  if (judged.verdict === 'send') {
    return { turn: judged.turn, seen: sender, perSecond, isAwaited: true };
  }
  const asked = { by, what: send.what, perSecond, count: 1 };
  const { sender: seen, first: turn } = await takeTurns(store, sender, asked, nowMs);
  const untilMs = instantOf(seen, turn);
  if (untilMs > nowMs) throw new NotYetError({ turn, untilMs });
  return { turn, seen, perSecond, isAwaited: true };
}

/** SSM refused the call: everybody goes slower. Throws NotYetError where the machine can wait for the turn. */
export async function noteRefused(
  store: Store,
  call: Turn,
  nowMs: number,
  cause: ThrottledError,
): Promise<void> {
  const sender = await withRaces(RACES, async () => {
    const read = await readSender(store);
    const slower = slowDown(read, call, nowMs);
    return slower === read ? slower : writeSender(store, slower);
  });
  if (call.isAwaited) {
    const { turn } = call;
    throw new NotYetError({ turn, untilMs: instantOf(sender, turn) }, { cause });
  }
}
