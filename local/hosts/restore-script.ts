/**
 * `restore`: the way back that a person or a threshold orders, to what the host itself kept.
 *
 * Goes back only from a container that the named generation of this owner put there; any other host
 * changes nothing and says what runs.
 */
import { findById, findNamed, holdsImage } from './containers.ts';
import { type Ending, failed } from './ending.ts';
import { type Earlier, NOBODY } from './host-state.ts';
import { find, isEnding } from './inspect.ts';
import { after, type Steps } from './point.ts';
import { recover } from './recover.ts';
import { recordRestore } from './settle.ts';
import { goBack } from './swap.ts';
import {
  checkHealth,
  isCurrent,
  lookNow,
  proofOf,
  toTheEnd,
  type Work,
  writeJournal,
} from './work.ts';

export function* restore(work: Work): Steps<Ending> {
  toTheEnd(work);
  const { ending, resumed } = yield* recover(work);
  if (ending) return ending;
  if (resumed === 'restored') return yield* answerRestored(work);
  const { slot } = work.ground;
  work.phase = 'inspect';
  const found = find(work);
  if (isEnding(found)) return found;
  if (!wasPutHere(work)) return answerUntouched(work);
  work.fresh = found?.id ?? slot.recorded?.id;
  work.ref = slot.recorded?.ref ?? '';
  const earlier = slot.prev ?? findKept(work);
  if (earlier === undefined) return failed(34, 'no_previous: no earlier container is kept');
  work.id = earlier.id;
  work.kept = earlier.digest;
  work.policy = earlier.policy;
  if (!isThere(work, earlier)) {
    return failed(34, 'no_previous: the kept container is gone, and its image too');
  }
  writeJournal(work, 'restoring');
  yield after('restoring');
  work.phase = 'undo';
  work.changed = true;
  if (!(yield* goBack(work, 'restore'))) return failed(41, `rollback_failed: ${work.why}`);
  yield* recordRestore(work);
  return yield* answerRestored(work);
}

/** By the file, or else by the label. */
function wasPutHere(work: Work): boolean {
  const { ground, command } = work;
  const container = findById(ground.slot, work.id);
  const by = ground.slot.recorded ?? container?.putBy;
  if (by?.owner !== command.owner || by.gen !== command.undoes) return false;
  return container === undefined || by === container.putBy || isCurrent(work, container);
}

function answerUntouched(work: Work): Ending {
  work.healthy = lookNow(work, work.id, work.ground.nowMs()) === 'healthy';
  work.changed = false;
  const detail = `generation ${work.command.undoes} did not put this container here`;
  return { outcome: 'unchanged', code: 0, detail };
}

/** The files are lost: the kept container says the rest. Its own restart policy was taken off. */
function findKept(work: Work): Earlier | undefined {
  const { slot } = work.ground;
  const kept = work.mode === 'command' ? undefined : findNamed(slot, 'kept');
  if (kept === undefined) return undefined;
  const policy = findById(slot, work.fresh)?.restart ?? 'no';
  return { id: kept.id, digest: kept.digest, ref: kept.ref, policy, ...NOBODY, healthy: true };
}

/** Whether there is something to go back to: nothing at all, the kept container, or what it can be made from. */
function isThere(work: Work, earlier: Earlier): boolean {
  const { ground } = work;
  if (earlier.id === undefined || work.mode === 'command') return true;
  if (findById(ground.slot, earlier.id)) return true;
  if (!findById(ground.slot, work.fresh)) return false;
  if (holdsImage(ground, earlier.digest)) return true;
  const repository = work.ref.slice(0, work.ref.indexOf('@'));
  const isBack = ground.images.isInRegistry(`${repository}@${earlier.digest}`);
  if (isBack) ground.pulled.add(earlier.digest);
  return isBack;
}

function* answerRestored(work: Work): Steps<Ending> {
  work.changed = true;
  work.new = work.kept;
  work.phase = 'verify';
  if (work.id === undefined && work.kept === '') {
    return { outcome: 'restored', code: 0, detail: 'there was no such container before' };
  }
  if (!(yield* checkHealth(work, work.id, proofOf(work)))) {
    return { outcome: 'rolled_back_unhealthy', code: 5, detail: work.why };
  }
  work.healthy = true;
  work.phase = 'done';
  return { outcome: 'restored', code: 0 };
}
