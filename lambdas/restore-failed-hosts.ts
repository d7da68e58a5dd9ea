/** "Restore failed hosts": those that failed their second look go back at once, to what they recorded. */
import { ChunkTokenInput, expectedOf, openChunkServices } from '#aws/chunk-walk.ts';
import { defineHandler } from '#aws/define-handler.ts';
import { runTokenStep } from '#aws/token-step.ts';
import { judgeRestoreGate } from '#core/gate.ts';
import { planChunkStep } from '#core/plan-chunk-step.ts';

export const handler = defineHandler({
  Input: ChunkTokenInput,
  services: openChunkServices,
  run: (input, { services, nowMs }) =>
    runTokenStep(services, input, nowMs(), {
      prepare: (chunk) => chunk,
      maySend: ({ action }, _chunk, rollout) =>
        action === 'restore' && judgeRestoreGate(rollout).isOpen,
      choose: (chunk, rollout) => {
        const gate = judgeRestoreGate(rollout);
        const sends = { mayUpdate: false, mayRestore: gate.isOpen };
        const next = planChunkStep(chunk, expectedOf(rollout), rollout.settings, sends);
        return next.step === 'restore'
          ? { action: 'restore', hosts: next.hosts, generation: rollout.generation }
          : { reason: gate.reason };
      },
    }),
});
