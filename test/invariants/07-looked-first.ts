/**
 * A step that finds its command sent looks first: nothing is sent a second time by an invocation that could have seen
 * the first in SSM's list when it began.
 */
import type { Check } from './check.ts';

/** SSM lists a command a moment after it took it. */
const SETTLED_MS = 5_000;

export const looksFirst: Check = {
  name: '7, I9',
  begin: ({ report }) => {
    const beganAtMs = new Map<string, number>();
    const sent = new Map<string, number>();
    return {
      onCall: ({ caller, atMs }) => {
        if (caller !== undefined && !beganAtMs.has(caller.requestId)) {
          beganAtMs.set(caller.requestId, atMs);
        }
      },
      onSend: ({ command, call, commandId, atMs }) => {
        const { rollout, chunk, gen, step, op } = command;
        const name = `${op} (${gen}, ${step}) of ${rollout} to chunk ${chunk}`;
        const first = sent.get(name);
        const began = beganAtMs.get(call.caller?.requestId ?? '') ?? atMs;
        if (first !== undefined && began > first + SETTLED_MS) report(`${name} was sent again`);
        if (first === undefined && commandId !== undefined) sent.set(name, atMs);
      },
    };
  },
};
