/**
 * A rollout that waits for its window sleeps until an instant that was right when it fell asleep. When a
 * freeze is lifted, a window widened, or a person decides meanwhile, a fresh run goes on at once; the
 * sleeper wakes at its own time, finds itself replaced, and ends.
 */
import { planOpenBatch } from '#core/plan-open-batch.ts';
import type { Rollout } from '#core/rollout.ts';
import { startNextRun } from './ensure-rollout.ts';
import { readSchedule, readTallies } from './rollout-store.ts';
import type { WalkServices } from './walk.ts';

/** Who wakes so soon is not worth another run. */
const SOON_MS = 60_000;

/** Whether the rollout waited for a window that it need not wait for any more. */
export async function wakeParked(
  services: WalkServices,
  rollout: Rollout,
  nowMs: number,
): Promise<boolean> {
  const isAsleep = (rollout.waits_until_ms ?? nowMs) - nowMs > SOON_MS;
  if (rollout.status !== 'awaiting_window' || !isAsleep) return false;
  const { store } = services;
  const tallies =
    rollout.batch === -1 ? [] : await readTallies(store, rollout.rollout, rollout.batch);
  // The very question that its door will ask.
  const plan = planOpenBatch(rollout, tallies, await readSchedule(store, rollout), nowMs);
  if (plan.verdict === 'await_window') return false;
  await startNextRun(services, rollout);
  return true;
}
