/**
 * "Check health": the second look after a soak (`probe`), and the question for an answer that was lost
 * (`status`). Neither changes a host or moves its fence, so no gate is asked.
 */
import { ChunkTokenInput, expectedOf, openChunkServices } from '#aws/chunk-walk.ts';
import { defineHandler } from '#aws/define-handler.ts';
import { runTokenStep } from '#aws/token-step.ts';
import { planChunkStep } from '#core/plan-chunk-step.ts';

const NO_SENDS = { mayUpdate: false, mayRestore: false };

export const handler = defineHandler({
  Input: ChunkTokenInput,
  services: openChunkServices,
  run: (input, { services, nowMs }) =>
    runTokenStep(services, input, nowMs(), {
      prepare: (chunk) => chunk,
      maySend: ({ action }) => action === 'probe' || action === 'status',
      choose: (chunk, rollout) => {
        const next = planChunkStep(chunk, expectedOf(rollout), rollout.settings, NO_SENDS);
        return next.step === 'look'
          ? { action: next.action, hosts: next.hosts, generation: rollout.generation }
          : { reason: 'there is nothing to ask' };
      },
    }),
});
