/**
 * "Record chunk", of one with a failed host: puts its tally, and past a threshold closes the gate of its batch,
 * so that chunks whose turn is still to come send nothing. A chunk with a host that has no outcome yet is not recorded;
 * "Judge batch" sees that, and opens it again.
 */
import { readTallies } from '#aws/chunk-store.ts';
import { ChunkInput, expectedOf, openChunkServices, readChunkWalk } from '#aws/chunk-walk.ts';
import { defineHandler } from '#aws/define-handler.ts';
import { saveRollout } from '#aws/publish.ts';
import { putRecord } from '#aws/record-chunk.ts';
import { planRecord, planThreshold } from '#core/plan-record.ts';

export const handler = defineHandler({
  Input: ChunkInput,
  services: openChunkServices,
  run: async (input, { services, log, nowMs }) => {
    const { walked, chunk } = await readChunkWalk(services, input, nowMs());
    if (walked.kind !== 'walks') return { verdict: walked.kind, reason: walked.reason };
    const { rollout } = walked;
    const record = planRecord(chunk, rollout, expectedOf(rollout));
    await putRecord(services.store, log, record, chunk);
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
