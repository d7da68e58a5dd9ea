/** How a script ends, and the line that tells it. The exit code is the outcome's code. */
import { formatResultLine, type HostResult } from '#core/result-line.ts';
import { findNamed, holdsImage } from './containers.ts';
import type { StateFile, StoredResult } from './host-state.ts';
import type { Work } from './work.ts';

/** Everything else that an answer tells stands in the work. */
export interface Ending {
  readonly outcome: HostResult['outcome'];
  readonly code: number;
  readonly detail?: string;
}

export function refused(code: number, detail: string): Ending {
  return { outcome: 'refused', code, detail };
}

export function failed(code: number, detail: string): Ending {
  return { outcome: 'failed', code, detail };
}

export function damaged(file: StateFile): Ending {
  return failed(40, `recover_failed: ${file} is damaged; nothing was touched`);
}

export function answer(work: Work, ending: Ending): StoredResult {
  const { ground, command } = work;
  const line = formatResultLine({
    v: 1,
    op: command.op,
    rollout: command.rollout,
    gen: command.gen,
    step: command.step,
    cmd: work.commandId,
    outcome: ending.outcome,
    code: ending.code,
    changed: work.changed,
    old: work.old,
    new: work.new,
    ref: work.ref,
    prev_ready: work.prevReady,
    healthy: work.healthy,
    sec: Math.round((ground.nowMs() - work.beganAtMs) / 1000),
    phase: work.phase,
    detail: (ending.detail ?? '').replaceAll(/[^ -~]/g, '').slice(0, 240),
    ...(command.op === 'status' && remembered(work)),
  });
  return { stdout: `${line}\n`, op: command.op, outcome: ending.outcome, code: ending.code };
}

/** What the files say to their owner alone. */
function remembered({ ground, command }: Work) {
  const { fence, last } = ground.slot;
  if (fence?.owner !== command.owner) return {};
  const isOfFence = last?.mark.gen === fence.gen && last.mark.step === fence.step;
  return {
    fence_gen: fence.gen,
    fence_step: fence.step,
    // Else the last one accepted has no result.
    ...(isOfFence && { last_op: last.op, last_outcome: last.outcome, last_code: last.code }),
  };
}

/** Whether there is something to go back to, and going back needs no registry. */
export function isPrevReady({ ground }: Work): boolean {
  const { slot } = ground;
  if (slot.prev?.id === undefined) return false;
  return findNamed(slot, 'kept') !== undefined || holdsImage(ground, slot.prev.digest);
}

/** The answer to a payload that cannot be read: there is nothing to echo. */
export function badPayload(commandId: string): StoredResult {
  const line = formatResultLine({
    v: 1,
    op: 'status',
    rollout: '',
    gen: 0,
    step: 0,
    cmd: commandId,
    outcome: 'refused',
    code: 20,
    changed: false,
    old: '',
    new: '',
    ref: '',
    prev_ready: false,
    healthy: false,
    sec: 0,
    phase: 'payload',
    detail: 'bad_payload',
  });
  return { stdout: `${line}\n`, op: 'status', outcome: 'refused', code: 20 };
}
