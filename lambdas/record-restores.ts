/** "Record restores": notes that a chunk is through on the way back. */
import { writeChunk } from '#aws/chunk-store.ts';
import { ChunkInput, openChunkServices, readChunkWalk } from '#aws/chunk-walk.ts';
import { defineHandler } from '#aws/define-handler.ts';
import { isThrough } from '#core/plan-way-back.ts';

export const handler = defineHandler({
  Input: ChunkInput,
  services: openChunkServices,
  run: async (input, { services, nowMs }) => {
    const { walked, chunk } = await readChunkWalk(services, input, nowMs());
    if (walked.kind === 'walks' && isThrough(chunk) && !chunk.rolled_back) {
      await writeChunk(services.store, { ...chunk, rolled_back: true });
    }
    return {};
  },
});
