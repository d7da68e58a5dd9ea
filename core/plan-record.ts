/** What "Record chunk" writes: the tally of a chunk that needs nothing more, and a gate that is to close. */
import type { Chunk } from './chunk.ts';
import { judgeBatch } from './judge-batch.ts';
import type { Expected } from './judge-result.ts';
import { planChunkStep } from './plan-chunk-step.ts';
import { isRecorded } from './plan-open-batch.ts';
import type { Rollout } from './rollout.ts';
import { type Tally, tallyChunk } from './tally.ts';

const EVERY_SEND = { mayUpdate: true, mayRestore: true };

export interface ChunkRecord {
  tally: Tally | undefined;
  /** Some host failed: the thresholds are to be looked at. */
  isTroubled: boolean;
  reason: string;
}

/** No tally while the chunk, were every gate open, would have something to do. */
export function planRecord(chunk: Chunk, rollout: Rollout, expected: Expected): ChunkRecord {
  const next = planChunkStep(chunk, expected, rollout.settings, EVERY_SEND);
  const tally = next.step === 'record' ? tallyChunk(chunk) : undefined;
  return {
    tally,
    isTroubled: (tally?.failed ?? 0) > 0,
    reason: tally === undefined ? `it still needs: ${next.step}` : 'every host has an outcome',
  };
}

/** The rollout with its gate closed, where the tallies of its open batch cross a threshold. */
export function planThreshold(
  rollout: Rollout,
  batch: number,
  tallies: readonly Tally[],
): { rollout: Rollout; reason: string } | undefined {
  const planned = rollout.plan?.batches[batch];
  const isOpenBatch = rollout.batch === batch && rollout.gate === 'open' && !rollout.batch_waived;
  if (planned === undefined || !isOpenBatch) return undefined;
  const counted = tallies.filter((tally) => isRecorded(tally, rollout));
  const judged = judgeBatch(counted, rollout.settings, { hosts: planned.hosts, hasEnded: false });
  if (judged.verdict === 'within') return undefined;
  const { verdict, reason } = judged;
  return { rollout: { ...rollout, gate: 'closed', crossed: { verdict, reason } }, reason };
}
