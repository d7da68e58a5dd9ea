/** `restore`, `probe` and `status`: the way back that a person or a threshold orders, and two looks. */
import type { HostCommand } from '#core/host-command.ts';
import { type Ending, failed, type Script } from './ending.ts';
import { isHealthyAt } from './health.ts';
import type { Ground } from './host-state.ts';
import { goBack, noTimeToGoBack, planCheck } from './update-script.ts';

/**
 * Goes back only from a container that the named generation of this owner put there; any other host
 * changes nothing and says what runs. Needs no registry: the kept container is started again.
 */
export function* restore(ground: Ground, command: HostCommand, limitMs: number): Script {
  const { slot } = ground;
  // The fence has let this command pass, and it knows one owner: the generation says whose work it is.
  if (slot.current?.putBy?.gen !== command.undoes) {
    const healthy = isHealthyAt(ground, slot.current, command.check, ground.nowMs());
    const detail = `generation ${command.undoes} did not put this container here`;
    return { outcome: 'unchanged', code: 0, phase: 'done', healthy, detail };
  }
  if (slot.previous === undefined) return failed(34, 'inspect', 'no_previous: nothing is kept');
  if (ground.faults().undoFails) return failed(41, 'undo', 'rollback_failed');
  if (!(yield* goBack(ground, slot.previous, 'restore', limitMs))) return noTimeToGoBack();
  const verification = planCheck(ground, command, ground.nowMs());
  const endsAtMs = Math.min(verification.endsAtMs, Math.max(limitMs, ground.nowMs()));
  yield endsAtMs - ground.nowMs();
  return verification.isHealthy
    ? { outcome: 'restored', code: 0, phase: 'done', changed: true, healthy: true }
    : { outcome: 'rolled_back_unhealthy', code: 5, phase: 'verify', changed: true };
}

export function* probe(ground: Ground, command: HostCommand): Script {
  const { slot } = ground;
  if (slot.current === undefined) return failed(33, 'inspect', 'missing: no such container');
  const verification = planCheck(ground, command, ground.nowMs());
  yield verification.endsAtMs - ground.nowMs();
  return verification.isHealthy
    ? { outcome: 'healthy', code: 0, phase: 'done', healthy: true }
    : { outcome: 'unhealthy', code: 4, phase: 'verify', detail: 'the health check fails' };
}

/** What the host remembers: finds a lost answer, and says where the work stands. */
export function status(ground: Ground): Ending {
  const { slot } = ground;
  const healthy = isHealthyAt(ground, slot.current, undefined, ground.nowMs());
  return { outcome: 'status', code: 0, phase: slot.open ?? 'idle', healthy };
}
