/** "Update hosts": sends the chunk's update through the batch's gate, and waits for its end. */
import { ChunkTokenInput, expectedOf, openChunkServices } from '#aws/chunk-walk.ts';
import { defineHandler } from '#aws/define-handler.ts';
import { readRoom } from '#aws/read-room.ts';
import { runTokenStep } from '#aws/token-step.ts';
import { openRound } from '#core/chunk.ts';
import { judgeUpdateGate } from '#core/gate.ts';
import { planChunkStep } from '#core/plan-chunk-step.ts';

export const handler = defineHandler({
  Input: ChunkTokenInput,
  services: openChunkServices,
  run: (input, { services, nowMs }) =>
    runTokenStep(services, input, nowMs(), {
      makesChunk: true,
      prepare: (chunk, rollout) => openRound(chunk, rollout.round),
      maySend: ({ action }, chunk, rollout, schedule) =>
        action === 'update' && judgeUpdateGate(rollout, chunk.batch, schedule, nowMs()).isOpen,
      choose: async (chunk, rollout, schedule, stored) => {
        const gate = judgeUpdateGate(rollout, chunk.batch, schedule, nowMs());
        const sends = { mayUpdate: gate.isOpen, mayRestore: false };
        const next = planChunkStep(chunk, expectedOf(rollout), rollout.settings, sends);
        if (next.step !== 'update') return { reason: gate.reason };
        // By what is stored: the round that is opened above has not begun.
        const room = await readRoom(services.store, rollout, stored);
        return room.isOpen
          ? { action: 'update', hosts: next.hosts, generation: rollout.generation }
          : { reason: room.reason };
      },
    }),
});
