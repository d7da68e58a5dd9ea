/**
 * `update`: another image in the container's place, checked, and taken back where it fails and the
 * command says so (`auto=1`).
 *
 * Invariants: the old container is touched only after the new image is there and everything was
 * checked; nothing changes after the command's own time, of which a part is kept for the way back.
 */
import { findById } from './containers.ts';
import { type Ending, failed, refused } from './ending.ts';
import { fetch, runsTarget } from './fetch.ts';
import { NOBODY } from './host-state.ts';
import { find, isEnding, refuse, wasLeftUnhealthy } from './inspect.ts';
import { after, type Steps } from './point.ts';
import { recover } from './recover.ts';
import { answerCommitted, answerUndone, takeBack, verify } from './settle.ts';
import { forget, prepare, swap } from './swap.ts';
import {
  checkHealth,
  digestOf,
  forward,
  isCurrent,
  proofOf,
  type Work,
  writeJournal,
} from './work.ts';

export function* update(work: Work): Steps<Ending> {
  forward(work);
  const { ending, resumed } = yield* recover(work);
  if (ending) return ending;
  if (resumed === 'verifying') return yield* verify(work);
  if (resumed === 'committed') return yield* lookAgain(work);
  if (resumed === 'undone') return yield* answerUndone(work, work.why);
  return (yield* inspect(work)) ?? (yield* fetchAndChange(work));
}

/** A power cut may have come after the verification. */
function* lookAgain(work: Work): Steps<Ending> {
  const { grace } = proofOf(work);
  if (work.healthy) {
    work.healthy = yield* checkHealth(work, work.fresh, { success: 1, grace, stable: 0 });
  }
  return answerCommitted(work);
}

function* inspect(work: Work): Steps<Ending | undefined> {
  const { ground } = work;
  work.phase = 'inspect';
  const found = find(work);
  if (isEnding(found)) return found;
  if (found === undefined) {
    const mayInstall = work.mode === 'command' || work.command.install !== undefined;
    return mayInstall ? undefined : failed(33, 'missing: no such container');
  }
  work.kept = work.old;
  const refusal = refuse(work);
  if (refusal || wasLeftUnhealthy(work)) return refusal;
  if (work.mode !== 'command' && !found.isRunning) {
    return failed(33, 'not_running: somebody stopped the container');
  }
  if (knowsTarget(work) && runsTarget(work)) return yield* stay(work);
  work.phase = 'baseline';
  if (work.command.check?.health === 'custom' && ground.faults().custom === 'missing') {
    return refused(51, 'no_command: the file of the host’s owner is not there');
  }
  const isWell = yield* checkHealth(work, work.id, { success: 1, grace: 0, stable: 0 });
  if (isWell) return undefined;
  return refused(45, 'baseline_unhealthy: the old container fails the same check');
}

/** An image that has never been here is known for another digest of the one that runs when it is pulled. */
function knowsTarget({ ground, mode, ref }: Work): boolean {
  return mode === 'command' || ground.pulled.has(digestOf(ref));
}

/** The image that is asked for runs already: it is only checked. */
function* stay(work: Work): Steps<Ending> {
  work.phase = 'verify';
  const digest = digestOf(work.ref);
  work.old = digest;
  work.new = digest;
  // By this update; what a killed command had begun may have been undone first.
  work.changed = false;
  const { success } = proofOf(work);
  if (!(yield* checkHealth(work, work.id, { success, grace: 0, stable: 0 }))) {
    return { outcome: 'unhealthy', code: 4, detail: `it runs already, unhealthy: ${work.why}` };
  }
  work.healthy = true;
  const { slot } = work.ground;
  const container = findById(slot, work.id);
  const by = isCurrent(work, container) ? slot.recorded : container?.putBy;
  const { owner, gen } = by ?? NOBODY;
  slot.recorded = { id: work.id, digest, ref: work.ref, owner, gen, healthy: true };
  yield after('recorded');
  return { outcome: 'unchanged', code: 0, detail: 'this image runs already' };
}

function* fetchAndChange(work: Work): Steps<Ending> {
  const failure = yield* fetch(work);
  if (failure) return failure;
  if (work.mode !== 'command' && runsTarget(work)) return yield* stay(work);
  const { ground } = work;
  const { grace, stable } = proofOf(work);
  if (work.limitMs - ground.nowMs() <= (grace + stable) * 1000) {
    return failed(36, 'pull_failed: no time is left for the swap');
  }
  work.phase = 'create';
  writeJournal(work, 'prepared');
  // Until something is swapped, every answer is the end of it.
  work.closes = true;
  yield after('prepared');
  yield* prepare(work);
  if (ground.faults().work === 'create_failed') {
    forget(ground.slot);
    return failed(39, 'create_failed');
  }
  yield after('created');
  writeJournal(work, 'swapping');
  yield after('swapping');
  work.phase = 'swap';
  work.changed = true;
  work.closes = false;
  if (!(yield* swap(work))) return yield* takeBack(work);
  writeJournal(work, 'verifying');
  yield after('verifying');
  return yield* verify(work);
}
