/** "Read health": takes the answers to a probe or a status, and says what the chunk needs next; records it if nothing. */
import { ChunkInput, expectedOf, openChunkServices, readChunkWalk } from '#aws/chunk-walk.ts';
import { defineHandler } from '#aws/define-handler.ts';
import { recordUntroubled } from '#aws/record-chunk.ts';
import { takeAnswers } from '#aws/take-answers.ts';
import { chooseHealthVerdict } from '#core/choose-chunk-verdict.ts';
import { judgeRestoreGate } from '#core/gate.ts';
import { planChunkStep } from '#core/plan-chunk-step.ts';

export const handler = defineHandler({
  Input: ChunkInput,
  services: openChunkServices,
  run: async (input, { services, log, nowMs }) => {
    const { walked, chunk } = await readChunkWalk(services, input, nowMs());
    if (walked.kind === 'replaced') return { verdict: walked.kind, reason: walked.reason };
    const { rollout } = walked;
    const judged = await takeAnswers(services, rollout, chunk, nowMs());
    if (walked.kind === 'superseded') return { verdict: walked.kind, reason: walked.reason };
    const sends = { mayUpdate: false, mayRestore: judgeRestoreGate(rollout).isOpen };
    const next = planChunkStep(judged, expectedOf(rollout), rollout.settings, sends);
    const verdict = chooseHealthVerdict(judged, next, rollout, nowMs());
    return recordUntroubled(services.store, log, rollout, judged, verdict);
  },
});
