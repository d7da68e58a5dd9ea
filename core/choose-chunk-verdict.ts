/**
 * The verdicts of the chunk's and the way back's read steps, and what the way back sends: words for the
 * machines, made of what `planChunkStep` and `planWayBackStep` say that a chunk needs.
 */

import type { Chunk } from './chunk.ts';
import { workSeconds } from './chunk-command.ts';
import { judgeRollbackGate } from './gate.ts';
import { type ChunkStep, LOCKED, planWayBackStep } from './plan-chunk-step.ts';
import type { Rollout } from './rollout.ts';

export interface StepVerdict {
  verdict: string;
  reason: string;
  /** For a Wait state: an instant. A wait that is over is over, also after a Redrive. */
  untilMs?: number;
}

/** A lost answer is asked for after this long; one of a host that another command holds, when that must have ended. */
const ASK_AFTER_MS = 5_000;

/** When whatever command holds a host now must have ended. */
function unlockedAtMs(rollout: Rollout, nowMs: number): number {
  return nowMs + workSeconds(rollout, 'update') * 1000;
}

function lookAtMs(chunk: Chunk, rollout: Rollout, nowMs: number): number {
  const asking = chunk.hosts.filter((host) => host.phase === 'asking');
  const held = asking.filter((host) => host.code === LOCKED);
  if (held.length > 0) {
    // A copy of the host's own command, which SSM took and did not list, may hold it, and an agent that comes back
    // from a reboot may begin that anew, up to its deadline.
    const own = chunk.commands.filter(({ step }) => held.some((host) => host.step === step));
    return Math.max(unlockedAtMs(rollout, nowMs), ...own.map((one) => one.deadline_at_ms));
  }
  if (asking.length > 0) return nowMs + ASK_AFTER_MS;
  const finished = chunk.hosts
    .filter((host) => host.phase === 'soaking')
    .map((host) => host.checked_at_ms ?? nowMs);
  return Math.max(nowMs, ...finished.map((atMs) => atMs + rollout.settings.soak_seconds * 1000));
}

/** "Read results": again (Update hosts), probe (Soak, Check health), restore, record. */
export function chooseResultsVerdict(
  chunk: Chunk,
  next: ChunkStep,
  rollout: Rollout,
  nowMs: number,
): StepVerdict {
  switch (next.step) {
    case 'update':
      return { verdict: 'again', reason: `${next.hosts.length} hosts are to be updated` };
    case 'restore':
      return { verdict: 'restore', reason: `${next.hosts.length} hosts failed their second look` };
    case 'wait':
      return next.action === 'restore'
        ? { verdict: 'restore', reason: 'the restore is at work' }
        : next.action === 'update'
          ? { verdict: 'again', reason: 'the update is at work' }
          : { verdict: 'probe', reason: 'a look is at work', untilMs: nowMs };
    case 'look':
      return {
        verdict: 'probe',
        reason: `${next.hosts.length} hosts are to be looked at (${next.action})`,
        untilMs: lookAtMs(chunk, rollout, nowMs),
      };
    case 'record':
      return { verdict: 'record', reason: next.reason };
  }
}

/** "Read health": again (after a wait, Check health), restore, record. */
export function chooseHealthVerdict(
  chunk: Chunk,
  next: ChunkStep,
  rollout: Rollout,
  nowMs: number,
): StepVerdict {
  switch (next.step) {
    case 'restore':
      return { verdict: 'restore', reason: `${next.hosts.length} hosts failed their second look` };
    case 'look':
      return {
        verdict: 'again',
        reason: `${next.hosts.length} hosts are to be looked at (${next.action})`,
        untilMs: lookAtMs(chunk, rollout, nowMs),
      };
    case 'wait':
      return { verdict: 'again', reason: 'the look is at work', untilMs: nowMs + ASK_AFTER_MS };
    case 'update':
      return { verdict: 'record', reason: 'hosts wait for the batch to open again' };
    case 'record':
      return { verdict: 'record', reason: next.reason };
  }
}

/** What "Restore hosts" sends next on the way back, if anything. */
export function chooseWayBack(
  chunk: Chunk,
  rollout: Rollout,
  nowMs: number,
): { action: 'restore' | 'status'; hosts: string[]; generation: number } | { reason: string } {
  const gate = judgeRollbackGate(rollout);
  if (rollout.rollback === undefined || !gate.isOpen) return { reason: gate.reason };
  const { generation } = rollout.rollback;
  const next = planWayBackStep(chunk, generation, nowMs);
  switch (next.step) {
    case 'restore':
      return { action: 'restore', hosts: next.hosts, generation };
    case 'look':
      return { action: 'status', hosts: next.hosts, generation };
    default:
      return { reason: next.step };
  }
}

/** "Read restores": again (after a wait, Restore hosts) or record. */
export function chooseRestoresVerdict(chunk: Chunk, rollout: Rollout, nowMs: number): StepVerdict {
  const gate = judgeRollbackGate(rollout);
  if (rollout.rollback === undefined || !gate.isOpen) {
    return { verdict: 'record', reason: gate.reason };
  }
  const next = planWayBackStep(chunk, rollout.rollback.generation, nowMs);
  switch (next.step) {
    case 'later':
      return {
        verdict: 'again',
        reason: 'a command may still change a host',
        untilMs: next.untilMs,
      };
    case 'record':
      return { verdict: 'record', reason: 'every host has answered or is named' };
    default: {
      const isHeld = chunk.hosts.some((host) => host.code === LOCKED && host.phase === 'done');
      const untilMs = isHeld ? unlockedAtMs(rollout, nowMs) : nowMs + ASK_AFTER_MS;
      return { verdict: 'again', reason: next.step, untilMs };
    }
  }
}
