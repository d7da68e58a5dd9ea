/**
 * Whether a host takes a changing command: the fence and the deadline, before any effect.
 *
 * Lower than the fence is refused, equal is answered with what is stored unless a journal is open, higher is
 * accepted; another owner is refused and told whose container it is. A fence that is lost stands on the
 * container's labels too, without its step.
 */
import type { HostCommand } from '#core/host-command.ts';
import { findNamed } from './containers.ts';
import { damaged, type Ending, refused } from './ending.ts';
import type { Mark, Slot, StoredResult } from './host-state.ts';

export type FenceVerdict =
  | { verdict: 'accept' }
  | { verdict: 'replay'; stored: StoredResult }
  | { verdict: 'refuse'; ending: Ending };

export function judgeFence(command: HostCommand, slot: Slot, beganAtMs: number): FenceVerdict {
  if (slot.damaged.has('fence')) return { verdict: 'refuse', ending: damaged('fence') };
  const fence = slot.fence ?? readLabels(slot);
  if (fence !== undefined) {
    if (fence.owner !== command.owner) {
      return { verdict: 'refuse', ending: refused(14, `foreign_owner: ${fence.owner}`) };
    }
    const order = command.gen - fence.gen || command.step - fence.step;
    if (order < 0) {
      const seen = `generation ${fence.gen} step ${fence.step}`;
      return { verdict: 'refuse', ending: refused(12, `stale: the host has seen ${seen}`) };
    }
    const { last } = slot;
    const isAnswered = last?.mark.gen === command.gen && last.mark.step === command.step;
    if (order === 0 && slot.journal === undefined && isAnswered) {
      return last.op === command.op
        ? { verdict: 'replay', stored: last }
        : { verdict: 'refuse', ending: refused(20, `bad_payload: it was ${last.op}`) };
    }
  }
  if (beganAtMs + command.timeout * 1000 > command.deadline * 1000) {
    return { verdict: 'refuse', ending: refused(13, 'expired: the work would end too late') };
  }
  return { verdict: 'accept' };
}

function readLabels(slot: Slot): Mark | undefined {
  const { owner = '', gen = -1 } = findNamed(slot, 'own')?.putBy ?? {};
  return owner === '' ? undefined : { owner, gen, step: -1 };
}
