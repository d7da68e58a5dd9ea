/** `probe` and `status`, which only look: no lock, no fence, no deadline. */
import { findById, isAlive } from './containers.ts';
import { damaged, type Ending, failed, isPrevReady } from './ending.ts';
import { find, isEnding } from './inspect.ts';
import type { Steps } from './point.ts';
import { checkHealth, proofOf, toTheEnd, type Work } from './work.ts';

export function* probe(work: Work): Steps<Ending> {
  toTheEnd(work);
  work.phase = 'inspect';
  if (work.ground.faults().work === 'docker_down') return failed(30, 'docker_down');
  const found = find(work);
  if (isEnding(found)) return found;
  if (found === undefined) return failed(33, 'missing: no such container');
  work.phase = 'verify';
  if (!(yield* checkHealth(work, work.id, proofOf(work)))) {
    return { outcome: 'unhealthy', code: 4, detail: work.why };
  }
  work.healthy = true;
  work.phase = 'done';
  return { outcome: 'healthy', code: 0 };
}

/** What the host remembers: finds a lost answer, and says where the work of another command stands. */
export function status(work: Work): Ending {
  const { ground, command } = work;
  const { slot } = ground;
  work.phase = slot.journal?.phase ?? 'idle';
  for (const file of ['journal', 'fence'] as const) {
    if (slot.damaged.has(file)) return damaged(file);
  }
  if (ground.faults().work === 'docker_down')
    return { outcome: 'status', code: 0, detail: 'docker_down' };
  const isForeign = slot.fence !== undefined && slot.fence.owner !== command.owner;
  work.prevReady = isPrevReady(work);
  const found = find(work);
  if (isEnding(found)) return found;
  if (found === undefined) return { outcome: 'status', code: 0, detail: 'missing' };
  work.healthy =
    work.mode === 'command' || isAlive(ground, findById(slot, work.id), ground.nowMs());
  const detail = isForeign ? `foreign_owner: ${slot.fence?.owner}` : '';
  return { outcome: 'status', code: 0, detail };
}
