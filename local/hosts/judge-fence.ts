/**
 * Whether a host takes a command: the fence and the deadline, before any effect.
 *
 * Lower than the fence is refused, equal is answered with what is stored, higher is accepted; another
 * owner is refused and told whose container it is. What looks only (`probe`, `status`) meets the
 * deadline alone and never moves the fence.
 */
import type { HostCommand } from '#core/host-command.ts';
import { type Ending, refused } from './ending.ts';
import type { Slot, StoredResult } from './host-state.ts';

export type FenceVerdict =
  | { verdict: 'accept' }
  | { verdict: 'replay'; stored: StoredResult }
  | { verdict: 'refuse'; ending: Ending };

export function judgeFence(command: HostCommand, slot: Slot, nowMs: number): FenceVerdict {
  const { fence, last } = slot;
  const isChange = command.op === 'update' || command.op === 'restore';
  if (isChange && fence !== undefined) {
    if (fence.owner !== command.owner) {
      return { verdict: 'refuse', ending: refused(14, `foreign_owner: ${fence.owner}`) };
    }
    const order = command.gen - fence.gen || command.step - fence.step;
    if (order < 0) {
      return {
        verdict: 'refuse',
        ending: refused(12, `stale: the fence is ${fence.gen}.${fence.step}`),
      };
    }
    if (order === 0 && last !== undefined) return { verdict: 'replay', stored: last };
  }
  if (nowMs + command.timeout * 1000 > command.deadline * 1000) {
    return {
      verdict: 'refuse',
      ending: refused(13, 'expired: no time is left before the deadline'),
    };
  }
  return { verdict: 'accept' };
}
