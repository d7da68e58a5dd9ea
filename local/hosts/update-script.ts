/**
 * `update`: another image in the container's place, checked, and taken back where it fails and the
 * command says so (`auto=1`).
 *
 * Invariants: the old container is touched only after the new image is there and everything was
 * checked; nothing changes after `limitMs` (the command's deadline, or the time that its work may
 * take), so a verification that would run into it ends early, with time left to go back.
 */
import type { HostCommand } from '#core/host-command.ts';
import { drawMs } from '../seeded-random.ts';
import { type Ending, failed, type Script } from './ending.ts';
import { isHealthyAt, longestVerificationMs, planVerification } from './health.ts';
import type { Container, Ground, StartReason } from './host-state.ts';

export function* update(ground: Ground, command: HostCommand, limitMs: number): Script {
  const { slot } = ground;
  const ref = command.ref ?? '';
  const digest = ref.slice(ref.indexOf('@') + 1);
  if (slot.current === undefined) return failed(33, 'inspect', 'missing: no such container');
  if (!slot.isRunning) return failed(33, 'inspect', 'missing: the container does not run');

  if (slot.open === 'verifying' || slot.open === 'undoing') {
    // A change of an earlier command was cut off after its swap.
    const isSame = slot.current.digest === digest && slot.current.putBy?.gen === command.gen;
    if (isSame) return yield* verify(ground, command, slot.previous, limitMs);
    if (slot.previous === undefined) slot.recordedDigest = slot.current.digest;
    else if (!(yield* goBack(ground, slot.previous, 'undo', limitMs))) return noTimeToGoBack();
  }
  slot.open = undefined;
  if (slot.recordedDigest !== undefined && slot.recordedDigest !== slot.current.digest) {
    return { ...failed(44, 'inspect', 'drift: changed by another hand'), outcome: 'refused' };
  }
  if (slot.current.digest === digest) return yield* look(ground, command);
  if (yield* isBaselineBroken(ground, command)) {
    const detail = 'baseline_unhealthy: the old container fails the same check';
    return { ...failed(45, 'baseline', detail), outcome: 'refused' };
  }
  slot.open = 'pulling';
  const unpulled = yield* pull(ground, ref, digest);
  if (unpulled) return unpulled;
  const needMs = slowly(ground, ground.timings.swapMs[1]) * 2;
  if (ground.nowMs() + needMs + shortestCheckMs(command) > limitMs) {
    return failed(36, 'pull', 'pull_failed: no time is left for the swap');
  }
  slot.open = 'swapping';
  yield draw(ground, ground.timings.swapMs);
  const old = slot.current;
  startContainer(
    ground,
    {
      digest,
      ref,
      startedAtMs: ground.nowMs(),
      putBy: { owner: command.owner, gen: command.gen, step: command.step },
    },
    'update',
  );
  slot.previous = old;
  return yield* verify(ground, command, old, limitMs);
}

/** The image that is asked for runs already: it is only checked. */
function* look(ground: Ground, command: HostCommand): Script {
  const verification = planCheck(ground, command, ground.nowMs());
  yield verification.endsAtMs - ground.nowMs();
  if (verification.isHealthy) {
    return { outcome: 'unchanged', code: 0, phase: 'done', healthy: true };
  }
  return { outcome: 'unhealthy', code: 4, phase: 'verify', detail: 'unhealthy, as before' };
}

function* isBaselineBroken(ground: Ground, command: HostCommand): Generator<number, boolean, void> {
  const timing = command.timing ?? NO_TIMING;
  const quick = { ...timing, grace: 0, stable: 0, success: 1 };
  const { current } = ground.slot;
  const verification = planVerification(quick, ground.nowMs(), (atMs) =>
    isHealthyAt(ground, current, command.check, atMs),
  );
  yield verification.endsAtMs - ground.nowMs();
  return !verification.isHealthy;
}

function* pull(
  ground: Ground,
  ref: string,
  digest: string,
): Generator<number, Ending | undefined, void> {
  if (!ground.images.runsOn(digest, ground.platform)) {
    return failed(46, 'pull', `wrong_platform: no manifest for ${ground.platform}`);
  }
  if (!ground.pulled.has(digest)) {
    yield draw(ground, ground.timings.pullMs);
    const { work } = ground.faults();
    if (work === 'disk_full') return failed(32, 'pull', 'disk_full');
    if (work === 'auth') return failed(38, 'pull', 'auth: the registry refuses the host');
    if (work === 'image_not_found' || !ground.images.isInRegistry(ref)) {
      return failed(37, 'pull', 'image_not_found');
    }
    if (work === 'pull_failed' || !ground.images.isPullable(digest, ground.hostId)) {
      return failed(36, 'pull', 'pull_failed: the registry does not answer');
    }
    ground.pulled.add(digest);
  }
  if (ground.faults().work === 'create_failed') return failed(39, 'create', 'create_failed');
  return undefined;
}

function* verify(
  ground: Ground,
  command: HostCommand,
  old: Container | undefined,
  limitMs: number,
): Script {
  const { slot } = ground;
  slot.open = 'verifying';
  const planned = planCheck(ground, command, ground.nowMs());
  const undoMs = slowly(ground, ground.timings.swapMs[1]);
  const endsAtMs = Math.max(Math.min(planned.endsAtMs, limitMs - undoMs), ground.nowMs());
  const isInTime = endsAtMs === planned.endsAtMs;
  yield endsAtMs - ground.nowMs();
  const isHealthy = isHealthyAt(ground, slot.current, command.check, ground.nowMs());
  if (isInTime && planned.isHealthy && isHealthy) {
    slot.open = undefined;
    slot.recordedDigest = slot.current?.digest;
    return { outcome: 'updated', code: 0, phase: 'done', changed: true, healthy: true };
  }
  const why = isInTime ? 'the health check fails' : 'not healthy within its time';
  if (command.auto !== 1 || old === undefined) {
    slot.open = undefined;
    slot.recordedDigest = slot.current?.digest;
    return { outcome: 'unhealthy', code: 4, phase: 'verify', changed: true, detail: why };
  }
  slot.open = 'undoing';
  if (ground.faults().undoFails) {
    return { ...failed(41, 'undo', `rollback_failed: ${why}`), changed: true };
  }
  if (!(yield* goBack(ground, old, 'undo', limitMs))) return { ...noTimeToGoBack(), changed: true };
  const isOldHealthy = isHealthyAt(ground, slot.current, command.check, ground.nowMs());
  return isOldHealthy
    ? { outcome: 'rolled_back', code: 2, phase: 'undo', changed: true, healthy: true, detail: why }
    : { outcome: 'rolled_back_unhealthy', code: 5, phase: 'undo', changed: true, detail: why };
}

/** The kept container takes its name again; the one that ran is removed. False: there was no time. */
export function* goBack(
  ground: Ground,
  old: Container,
  because: StartReason,
  limitMs: number,
): Generator<number, boolean, void> {
  const { slot } = ground;
  const workMs = draw(ground, ground.timings.swapMs);
  const leftMs = Math.max(0, limitMs - ground.nowMs());
  yield Math.min(workMs, leftMs);
  if (workMs > leftMs) return false;
  startContainer(ground, { ...old, startedAtMs: ground.nowMs() }, because);
  slot.previous = undefined;
  slot.open = undefined;
  slot.recordedDigest = old.digest;
  return true;
}

export function noTimeToGoBack(): Ending {
  return failed(41, 'undo', 'rollback_failed: no time is left');
}

export function startContainer(ground: Ground, container: Container, because: StartReason): void {
  ground.slot.current = container;
  ground.slot.isRunning = true;
  ground.note({ kind: 'started', digest: container.digest, because });
}

/** The whole check of the slot's container from now on. */
export function planCheck(ground: Ground, command: HostCommand, nowMs: number) {
  const { current } = ground.slot;
  const timing = command.check?.health === 'none' ? NO_TIMING : (command.timing ?? NO_TIMING);
  return planVerification(timing, nowMs, (atMs) =>
    isHealthyAt(ground, current, command.check, atMs),
  );
}

const NO_TIMING = { retries: 1, interval: 0, htimeout: 0, grace: 0, success: 1, stable: 0 };

function shortestCheckMs({ timing = NO_TIMING, check }: HostCommand): number {
  if (check?.health === 'none') return 0;
  const fewest = { ...timing, retries: timing.success };
  return longestVerificationMs(fewest) - timing.interval * 1000;
}

export function draw(ground: Ground, rangeMs: readonly [number, number]): number {
  return slowly(ground, drawMs(ground.random, rangeMs));
}

function slowly(ground: Ground, ms: number): number {
  return ms * (ground.faults().slowFactor ?? 1);
}
