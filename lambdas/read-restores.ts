/** "Read restores", on the way back: takes the answers to a restore, by name where one did not go back. */
import { ChunkInput, openChunkServices, readChunkWalk } from '#aws/chunk-walk.ts';
import { defineHandler } from '#aws/define-handler.ts';
import { takeAnswers } from '#aws/take-answers.ts';
import { chooseRestoresVerdict } from '#core/choose-chunk-verdict.ts';

export const handler = defineHandler({
  Input: ChunkInput,
  services: openChunkServices,
  run: async (input, { services, nowMs }) => {
    const { walked, chunk } = await readChunkWalk(services, input, nowMs());
    if (walked.kind !== 'walks') return { verdict: walked.kind, reason: walked.reason };
    const judged = await takeAnswers(services, walked.rollout, chunk, nowMs());
    return chooseRestoresVerdict(judged, walked.rollout, nowMs());
  },
});
