/**
 * "Record chunk": puts the chunk's tally, and past a threshold closes the gate of its batch, so that chunks
 * whose turn is still to come send nothing. A chunk with a host that has no outcome yet is not recorded;
 * "Judge batch" sees that, and opens it again.
 */
import { putTally, readTallies } from '#aws/chunk-store.ts';
import { ChunkInput, expectedOf, openChunkServices, readChunkWalk } from '#aws/chunk-walk.ts';
import { defineHandler } from '#aws/define-handler.ts';
import { saveRollout } from '#aws/publish.ts';
import { planRecord, planThreshold } from '#core/plan-record.ts';

export const handler = defineHandler({
  Input: ChunkInput,
  services: openChunkServices,
  run: async (input, { services, log, nowMs }) => {
    const { walked, chunk } = await readChunkWalk(services, input, nowMs());
    if (walked.kind !== 'walks') return { verdict: walked.kind, reason: walked.reason };
    const { rollout } = walked;
    const record = planRecord(chunk, rollout, expectedOf(rollout));
    if (record.tally === undefined) {
      log.info('the chunk is not recorded', { chunk: chunk.chunk, reason: record.reason });
      return {};
    }
    await putTally(services.store, record.tally);
    if (!record.isTroubled) return {};
    const tallies = await readTallies(services.store, rollout.rollout, chunk.batch);
    const closed = planThreshold(rollout, chunk.batch, tallies);
    if (closed !== undefined) {
      log.warn('the gate of the batch closes', { rollout: rollout.rollout, reason: closed.reason });
      await saveRollout(services.store, services.bus, closed.rollout);
    }
    return {};
  },
});
