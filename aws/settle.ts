/**
 * The settling of a rollout that was superseded: hosts of it still without a result are `unknown`. Its own
 * execution does this when it closes; the rollout that took over does it where that one never comes.
 */

import { LostRaceError } from '#core/errors.ts';
import { planClose } from '#core/plan-close.ts';
import { saveRollout } from './publish.ts';
import { readChunks, readRollout, writeChunk } from './rollout-store.ts';
import type { WalkServices } from './walk.ts';

/** How often a rollout that waits for another's commands looks again. */
const LOOK_MS = 60_000;

/** When to look again, while commands of the old rollout may still change hosts; undefined when settled. */
export async function settleSuperseded(
  services: WalkServices,
  superseded: string,
  nowMs: number,
): Promise<{ untilMs: number; reason: string } | undefined> {
  const old = await readRollout(services.store, superseded);
  if (old === undefined) return undefined;
  if (old.batch === -1 && old.supersedes !== undefined) {
    // It was superseded itself while it waited: what it waited for is still to be waited for.
    const waits = await settleSuperseded(services, old.supersedes, nowMs);
    if (waits !== undefined) return waits;
  }
  if (old.settled) return undefined;
  const chunks = await readChunks(services.store, superseded);
  const plan = planClose(old, chunks, nowMs);
  if (plan.verdict === 'again') {
    const untilMs = Math.min(plan.untilMs, nowMs + LOOK_MS);
    return { untilMs, reason: `waits for the commands of ${superseded}` };
  }
  if (plan.verdict === 'hold') {
    return { untilMs: nowMs + LOOK_MS, reason: `waits for the end of ${superseded}` };
  }
  for (const chunk of plan.settled) await writeChunk(services.store, chunk);
  try {
    await saveRollout(services.store, services.bus, plan.rollout);
  } catch (error) {
    if (!(error instanceof LostRaceError)) throw error; // Its own execution settled it meanwhile.
  }
  return undefined;
}
