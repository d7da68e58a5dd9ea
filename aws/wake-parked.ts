/**
 * A rollout that waits for its window sleeps until an instant that was right when it fell asleep. When a
 * freeze is lifted, a window widened, or a person decides meanwhile, a fresh run goes on at once; the
 * sleeper wakes at its own time, finds itself replaced, and ends.
 */
import { isAsleep } from '#core/await-window.ts';
import { planOpenBatch } from '#core/plan-open-batch.ts';
import type { Rollout } from '#core/rollout.ts';
import { readTallies } from './chunk-store.ts';
import { startNextRun } from './ensure-rollout.ts';
import { readSchedule } from './read-gate.ts';
import type { WalkServices } from './walk.ts';

/** Whether the rollout waited for a window that it need not wait for any more. */
export async function wakeParked(
  services: WalkServices,
  rollout: Rollout,
  nowMs: number,
): Promise<boolean> {
  if (rollout.status !== 'awaiting_window' || !isAsleep(rollout, nowMs)) return false;
  const { store } = services;
  const tallies =
    rollout.batch === -1 ? [] : await readTallies(store, rollout.rollout, rollout.batch);
  // The very question that its door will ask.
  const plan = planOpenBatch(rollout, tallies, await readSchedule(store, rollout), nowMs);
  if (plan.verdict === 'await_window') return false;
  await startNextRun(services, rollout);
  return true;
}
