/**
 * A command has ended: its own parameters name the chunk that waits for it. The token is completed as a
 * "look"; what the hosts said is read by the step that follows. An event that never comes is covered by
 * the waiting state's own time-out.
 */

import * as z from 'zod';
import { readWaitingChunk } from '#aws/chunk-store.ts';
import { parsePayload } from '#aws/commands.ts';
import { defineHandler } from '#aws/define-handler.ts';
import { completeToken, openMachine } from '#aws/executions.ts';
import { openStore } from '#aws/store.ts';
import { openCommands } from '#core/chunk.ts';

const CommandEvent = z.object({
  detail: z.object({
    'command-id': z.string(),
    status: z.string(),
    parameters: z.object({ payload: z.array(z.string()).min(1) }),
  }),
});

export const handler = defineHandler({
  Input: CommandEvent,
  services: (runtime) => ({ store: openStore(runtime), machine: openMachine(runtime) }),
  run: async ({ detail }, { services, log }) => {
    const command = parsePayload(detail.parameters.payload[0] ?? '');
    if (command === undefined) {
      log.warn('a command with a foreign payload has ended', { command: detail['command-id'] });
      return { reason: 'the payload is not ours' };
    }
    const chunk = await readWaitingChunk(
      services.store,
      command.rollout,
      command.batch,
      command.chunk,
    );
    const isOpen = chunk !== undefined && openCommands(chunk).some((c) => c.step === command.step);
    if (!isOpen) return { reason: 'nobody waits for this command' };
    const reason = `command ${detail['command-id']} is ${detail.status}`;
    await completeToken(services.machine, chunk.token, { verdict: 'look', reason });
    return { reason };
  },
});
