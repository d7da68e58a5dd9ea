/**
 * Every command has a stored intent, made before it (I21). Which gate it goes through is said here: the rollout's status,
 * its hold, the gate of its batch, a decision that nobody has taken up yet; whether that was open, 03-since-begun.ts says.
 */
import type { Chunk } from '#core/chunk.ts';
import type { HostCommand } from '#core/host-command.ts';
import type { Rollout } from '#core/rollout.ts';
import type { Check } from './check.ts';
import { readSend, type Send } from './send.ts';

/** By what an intent is for: the hosts for which it was ever stored. */
type Intents = Map<string, Set<string>>;

export const sentWithinGate: Check = {
  name: '3, I21',
  begin: (context) => {
    const intents: Intents = new Map();
    return {
      onCall: (call, outcome) => {
        if (call.operation === 'SendCommand' && readSend(call, outcome) === undefined) {
          context.report('a payload does not parse');
        }
      },
      onWrite: ({ kind, after }) => {
        if (kind === 'chunk' && after !== undefined) noteIntents(after, intents);
      },
      onSend: (send) => {
        const intended = intents.get(
          intentOf(send.command.rollout, send.command.chunk, send.command),
        );
        // Or fewer hosts: SSM refuses all for one id that it does not know.
        if (!send.hosts.every((host) => intended?.has(host))) {
          context.report(`${titleOf(send)} was sent without a stored intent`);
        }
      },
    };
  },
};

/** An intent that was never sent may be made anew, with the same step; a zombie may still send the first. */
function noteIntents({ rollout, chunk, commands }: Chunk, intents: Intents): void {
  for (const { action, generation, step, deadline_at_ms, hosts, ended } of commands) {
    if (ended) continue;
    const deadline = Math.floor(deadline_at_ms / 1000);
    const intent = intentOf(rollout, chunk, { op: action, gen: generation, step, deadline });
    if (!intents.has(intent)) intents.set(intent, new Set(hosts));
  }
}

function intentOf(
  rollout: string,
  chunk: number,
  of: Pick<HostCommand, 'op' | 'gen' | 'step' | 'deadline'>,
): string {
  return `${rollout} ${chunk} ${of.op} ${of.gen} ${of.step} ${of.deadline}`;
}

function titleOf({ command }: Send): string {
  const { op, rollout, chunk, gen, step } = command;
  return `${op} (${gen}, ${step}) of ${rollout} to chunk ${chunk}`;
}

/** Which rollouts let such a command out; a look changes nothing and needs no gate. */
export function gateOf({
  op,
  batch,
  gen,
}: Send['command']): ((rollout: Rollout) => boolean) | undefined {
  if (op === 'update') return (rollout) => letsUpdate(rollout, batch);
  if (op !== 'restore') return undefined;
  return (rollout) =>
    rollout.hold === undefined &&
    (rollout.generation === gen
      ? rollout.status === 'in_progress'
      : rollout.status === 'rolling_back' && rollout.rollback?.generation === gen);
}

function letsUpdate(rollout: Rollout, batch: number): boolean {
  return (
    rollout.status === 'in_progress' &&
    rollout.hold === undefined &&
    rollout.gate === 'open' &&
    rollout.batch === batch &&
    rollout.decision === undefined
  );
}
