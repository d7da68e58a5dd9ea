/** How a script ends, and the line that tells it. The exit code is the outcome's code. */
import type { HostCommand } from '#core/host-command.ts';
import { formatResultLine, type HostResult } from '#core/result-line.ts';
import type { Ground, StoredResult } from './host-state.ts';

export interface Ending {
  readonly outcome: HostResult['outcome'];
  readonly code: number;
  readonly phase: string;
  readonly changed?: boolean;
  readonly healthy?: boolean;
  readonly detail?: string;
}

/** A script yields milliseconds of work; it may be killed at each of them, and nowhere else. */
export type Script = Generator<number, Ending, void>;

export function refused(code: number, detail: string): Ending {
  return { outcome: 'refused', code, phase: 'fence', detail };
}

export function failed(code: number, phase: string, detail: string): Ending {
  return { outcome: 'failed', code, phase, detail };
}

export function answer(
  ground: Ground,
  of: { command: HostCommand; commandId: string; before: string; startedAtMs: number },
  ending: Ending,
): StoredResult {
  const { command, commandId, before, startedAtMs } = of;
  const { slot } = ground;
  const line = formatResultLine({
    v: 1,
    op: command.op,
    rollout: command.rollout,
    gen: command.gen,
    step: command.step,
    cmd: commandId,
    outcome: ending.outcome,
    code: ending.code,
    changed: ending.changed ?? false,
    old: before,
    new: slot.current?.digest ?? '',
    ref: command.ref ?? slot.current?.ref ?? '',
    prev_ready: slot.previous !== undefined,
    healthy: ending.healthy ?? false,
    sec: Math.round((ground.nowMs() - startedAtMs) / 1000),
    phase: ending.phase,
    detail: (ending.detail ?? '').replaceAll(/[^ -~]/g, '?').slice(0, 240),
    ...(command.op === 'status' && remembered(ground)),
  });
  return { line, op: command.op, outcome: ending.outcome, code: ending.code };
}

function remembered({ slot }: Ground) {
  return {
    ...(slot.fence && { fence_gen: slot.fence.gen, fence_step: slot.fence.step }),
    ...(slot.last && {
      last_op: slot.last.op,
      last_outcome: slot.last.outcome,
      last_code: slot.last.code,
    }),
  };
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
  return { line, op: 'status', outcome: 'refused', code: 20 };
}
