/** A new container in the old one's place, and the old one back in its own (`hosts/script/60-recreate.sh`). */
import { findById, findNamed, holdsImage, isSameImage, make, remove, start } from './containers.ts';
import type { Container, Slot, StartReason } from './host-state.ts';
import { after, type Steps, wait } from './point.ts';
import { digestOf, draw, type Work, withDigest } from './work.ts';

/** How much of a swap's time goes by before the new container is there; the rest, until the old one is stopped. */
const CREATE_SHARE = 0.2;

/** The new container, made and not started. */
export function* prepare(work: Work): Steps<void> {
  const { ground, ref } = work;
  const old = findById(ground.slot, work.id);
  yield wait(draw(ground, ground.timings.swapMs, CREATE_SHARE));
  remove(ground.slot, findNamed(ground.slot, 'new'));
  const fresh = make(ground, {
    digest: digestOf(ref),
    ref,
    putBy: work.putBy,
    trait: old?.trait,
    name: 'new',
    restart: old?.restart ?? 'unless-stopped',
    isRunning: false,
    startedAtMs: undefined,
  });
  work.fresh = fresh.id;
  if (old) work.policy = old.restart;
}

export function forget(slot: Slot): void {
  remove(slot, findNamed(slot, 'new'));
}

/** The old container out, the new one in; answers whether it came to that, and `why` not. */
export function* swap(work: Work): Steps<boolean> {
  const { slot } = work.ground;
  work.why = 'the old container cannot be stopped or renamed';
  const old = findById(slot, work.id);
  if (!(yield* spend(work, 1 - CREATE_SHARE))) return false;
  if (old) {
    old.isRunning = false;
    yield after('stopped');
    old.name = 'kept';
    yield after('kept');
  }
  work.why = 'the new container cannot be renamed';
  const fresh = findById(slot, work.fresh);
  if (!fresh || findNamed(slot, 'own')) return false;
  fresh.name = 'own';
  yield after('named');
  if (old) old.restart = 'no';
  yield after('disarmed');
  start(work.ground, fresh, 'update');
  yield after('started');
  work.why = '';
  return true;
}

/** Whether what was started before a kill is there still, so that its check goes on. */
export function resume(work: Work): boolean {
  const fresh = findById(work.ground.slot, work.fresh);
  if (fresh?.name !== 'own') return false;
  start(work.ground, fresh, 'update');
  return true;
}

/** From any point of a swap, or of a way back that was cut off: `id` runs again, in the place of `fresh`. */
export function* goBack(work: Work, because: StartReason): Steps<boolean> {
  const { ground } = work;
  const { slot } = ground;
  work.why = 'no time is left';
  if (!(yield* spend(work, 1))) return false;
  if (work.id === undefined) {
    remove(slot, findById(slot, work.fresh));
    forget(slot);
    yield after('removed');
    work.why = '';
    return true;
  }
  const old = findById(slot, work.id) ?? remake(work);
  if (old === undefined) return false;
  work.id = old.id;
  remove(slot, findById(slot, work.fresh));
  forget(slot);
  yield after('removed');
  work.why = 'another container bears the name';
  const named = findNamed(slot, 'own');
  if (named && named !== old) return false;
  old.name = 'own';
  yield after('returned');
  old.restart = work.policy;
  yield after('rearmed');
  work.why = 'the old container cannot be started';
  if (ground.faults().undoFails) return false;
  start(ground, old, because);
  yield after('back');
  work.why = '';
  return true;
}

/** The kept container is gone: it is made again, from the settings of the one that took its place. */
function remake(work: Work): Container | undefined {
  const { ground, kept } = work;
  const { slot } = ground;
  const earlier = [findNamed(slot, 'back'), findNamed(slot, 'own')].find(
    (made) => made && made.id !== work.fresh && isSameImage(ground, made.digest, kept),
  );
  if (earlier) return earlier;
  const fresh = findById(slot, work.fresh);
  work.why = 'neither the kept container nor the one in its place is there';
  if (fresh === undefined) return undefined;
  const ref = withDigest(work.ref, kept);
  work.why = 'the earlier image is neither here nor in the registry';
  if (!holdsImage(ground, kept) && !ground.images.isInRegistry(ref)) return undefined;
  ground.pulled.add(kept);
  const { owner, gen } = work.command;
  return make(ground, {
    digest: kept,
    ref,
    putBy: { owner, gen },
    trait: fresh.trait,
    name: 'back',
    restart: fresh.restart,
    isRunning: false,
    startedAtMs: undefined,
  });
}

/** The time that Docker takes; false where the limit comes first. */
function* spend(work: Work, share: number): Steps<boolean> {
  const { ground } = work;
  const needMs = draw(ground, ground.timings.swapMs, share);
  const leftMs = Math.max(0, work.limitMs - ground.nowMs());
  yield wait(Math.min(needMs, leftMs));
  return needMs <= leftMs;
}
