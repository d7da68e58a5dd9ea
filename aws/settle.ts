/**
 * The settling of a rollout that was superseded: hosts of it still without a result are `unknown`. Its own
 * execution does this when it closes; the rollout that took over does it where that one never comes.
 */

import type { Chunk } from '#core/chunk.ts';
import { LostRaceError } from '#core/errors.ts';
import { planClose } from '#core/plan-close.ts';
import { chunksNotBegun } from '#core/plan-hosts.ts';
import type { Rollout } from '#core/rollout.ts';
import { readChunks, readPlannedHosts, writeChunk } from './chunk-store.ts';
import { saveRollout } from './publish.ts';
import { readRollout } from './rollout-store.ts';
import type { Store } from './store.ts';
import type { WalkServices } from './walk.ts';

/** How often a rollout that waits for another's commands looks again. */
const LOOK_MS = 60_000;

/** Every chunk for which an update was intended, and those of the open batch for which none may be any more. */
export async function readChunksToSettle(store: Store, rollout: Rollout): Promise<Chunk[]> {
  const stored = await readChunks(store, rollout.rollout);
  if (rollout.batch === -1 || rollout.batch_judged) return stored;
  const planned = await readPlannedHosts(store, rollout);
  return [...stored, ...chunksNotBegun(rollout, planned, stored)];
}

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
  const chunks = await readChunksToSettle(services.store, old);
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
