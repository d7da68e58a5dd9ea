/** What becomes of a swap: it is checked and committed, or taken back (`hosts/script/90-main.sh`). */
import { isSameImage, remove } from './containers.ts';
import { type Ending, failed } from './ending.ts';
import { NOBODY } from './host-state.ts';
import { after, type Steps } from './point.ts';
import { goBack } from './swap.ts';
import {
  checkHealth,
  digestOf,
  forward,
  proofOf,
  toTheEnd,
  type Work,
  withDigest,
  writeJournal,
} from './work.ts';

export function* verify(work: Work): Steps<Ending> {
  forward(work);
  work.phase = 'verify';
  work.healthy = yield* checkHealth(work, work.fresh, proofOf(work));
  if (!work.healthy && work.command.auto === 1) return yield* takeBack(work);
  writeJournal(work, 'committing');
  yield after('committing');
  yield* commit(work);
  return answerCommitted(work);
}

/** Every pause may be the last one before a kill: done again, it comes to the same. */
export function* commit(work: Work): Steps<void> {
  const { ground, putBy, ref, id, kept, policy } = work;
  const { slot } = ground;
  const before = slot.recorded;
  const digest = digestOf(ref);
  const isDone = before?.id === work.fresh && before?.digest === digest && before.gen === putBy.gen;
  if (!isDone) {
    const isKnown = before !== undefined && kept !== '' && isSameImage(ground, before.digest, kept);
    const by = isKnown ? before : { ...NOBODY, healthy: true };
    const { owner, gen, healthy } = by;
    slot.prev = { id, digest: kept, ref: withDigest(ref, kept), policy, owner, gen, healthy };
    yield after('remembered');
    slot.recorded = { id: work.fresh, digest, ref, ...putBy, healthy: work.healthy };
    yield after('recorded');
  }
  for (const other of slot.containers) {
    if (other.name === 'kept' && other.id !== id && !other.isRunning) remove(slot, other);
  }
  yield after('tidied');
  work.closes = true;
}

export function answerCommitted(work: Work): Ending {
  work.phase = 'done';
  work.changed = true;
  work.old = work.kept;
  work.new = digestOf(work.ref);
  work.prevReady = true;
  return work.healthy
    ? { outcome: 'updated', code: 0 }
    : { outcome: 'unhealthy', code: 4, detail: work.why };
}

/** What a swap or its verification came to; `why` says it. */
export function* takeBack(work: Work): Steps<Ending> {
  toTheEnd(work);
  work.phase = 'undo';
  const reason = work.why;
  writeJournal(work, 'undoing');
  yield after('undoing');
  const failure = yield* undo(work, reason);
  return failure ?? (yield* answerUndone(work, reason));
}

/** The way back of an update. The journal stays open where there is none. */
export function* undo(work: Work, reason: string): Steps<Ending | undefined> {
  if (!(yield* goBack(work, 'undo'))) {
    return failed(41, `rollback_failed: ${work.why}; before that: ${reason}`);
  }
  const { slot } = work.ground;
  const { recorded } = slot;
  // Made again, it is another container; what `current` says of it holds all the same.
  if (recorded && work.id !== undefined && recorded.id !== work.id) {
    if (isSameImage(work.ground, recorded.digest, work.kept)) {
      slot.recorded = { ...recorded, id: work.id };
    }
  }
  work.closes = true;
  return undefined;
}

/** After a `restore`: `current` is what it was before the generation that was undone. */
export function* recordRestore(work: Work): Steps<void> {
  const { slot } = work.ground;
  const { prev } = slot;
  if (work.id === undefined && work.kept === '') {
    slot.recorded = undefined;
    slot.prev = undefined;
  } else if (prev) {
    const { ref, owner, gen, healthy } = prev;
    slot.recorded = { id: work.id, digest: work.kept, ref, owner, gen, healthy };
    yield after('recorded');
    slot.prev = undefined;
  } else if (slot.recorded?.id === work.fresh) {
    // The container itself said what to go back to; of what it was to us nothing is known.
    slot.recorded = undefined;
  }
  yield after('remembered');
  work.closes = true;
}

export function* answerUndone(work: Work, reason: string): Steps<Ending> {
  work.phase = 'undo';
  work.changed = true;
  work.old = work.kept;
  work.new = work.kept;
  if (work.id === undefined && work.kept === '') {
    return { outcome: 'rolled_back', code: 2, detail: reason };
  }
  toTheEnd(work);
  const proof = { success: 1, grace: proofOf(work).grace, stable: 0 };
  work.healthy = yield* checkHealth(work, work.id, proof);
  if (work.healthy) return { outcome: 'rolled_back', code: 2, detail: reason };
  const detail = `back, but unhealthy: ${work.why}; the new one: ${reason}`;
  return { outcome: 'rolled_back_unhealthy', code: 5, detail };
}
