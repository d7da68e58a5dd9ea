/**
 * "Restore hosts", on the way back: every host of the chunk for which an update was ever intended goes to
 * what it recorded itself; not before the last command that may still change one has passed its deadline.
 */
import { ChunkTokenInput, openChunkServices } from '#aws/chunk-walk.ts';
import { defineHandler } from '#aws/define-handler.ts';
import { runTokenStep } from '#aws/token-step.ts';
import { chooseWayBack } from '#core/choose-chunk-verdict.ts';
import { judgeRollbackGate } from '#core/gate.ts';

export const handler = defineHandler({
  Input: ChunkTokenInput,
  services: openChunkServices,
  run: (input, { services, nowMs }) =>
    runTokenStep(services, input, nowMs(), {
      prepare: (chunk) => chunk,
      maySend: ({ generation }, _chunk, rollout) =>
        generation === rollout.rollback?.generation && judgeRollbackGate(rollout).isOpen,
      choose: (chunk, rollout) => chooseWayBack(chunk, rollout, nowMs()),
    }),
});
