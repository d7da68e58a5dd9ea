/** "Read results": takes the answers to an update or a restore, and says what the chunk needs next; records it if nothing. */
import { ChunkInput, expectedOf, openChunkServices, readChunkWalk } from '#aws/chunk-walk.ts';
import { defineHandler } from '#aws/define-handler.ts';
import { readRoom } from '#aws/read-room.ts';
import { recordUntroubled } from '#aws/record-chunk.ts';
import { takeAnswers } from '#aws/take-answers.ts';
import { chooseResultsVerdict } from '#core/choose-chunk-verdict.ts';
import { judgeRestoreGate, judgeUpdateGate } from '#core/gate.ts';
import { planChunkStep } from '#core/plan-chunk-step.ts';

export const handler = defineHandler({
  Input: ChunkInput,
  services: openChunkServices,
  run: async (input, { services, log, nowMs }) => {
    const { walked, chunk, schedule } = await readChunkWalk(services, input, nowMs());
    if (walked.kind === 'replaced') return { verdict: walked.kind, reason: walked.reason };
    const { rollout } = walked;
    const judged = await takeAnswers(services, rollout, chunk, nowMs());
    const gate = judgeUpdateGate(rollout, chunk.batch, schedule, nowMs());
    // As "Update hosts" asked: who found no room there ends here, and does not ask for ever.
    const mayUpdate =
      walked.kind === 'walks' &&
      gate.isOpen &&
      (await readRoom(services.store, rollout, judged)).isOpen;
    const sends = {
      mayUpdate,
      mayRestore: walked.kind === 'walks' && judgeRestoreGate(rollout).isOpen,
    };
    const next = planChunkStep(judged, expectedOf(rollout), rollout.settings, sends);
    if (walked.kind === 'superseded' && next.step !== 'wait') {
      return { verdict: walked.kind, reason: walked.reason };
    }
    const verdict = chooseResultsVerdict(judged, next, rollout, nowMs());
    return recordUntroubled(services.store, log, rollout, judged, verdict);
  },
});
