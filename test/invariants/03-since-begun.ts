/**
 * The gate is asked by the invocation that sends, and not by an earlier one: since it began there was an instant at
 * which its rollout was its target's active one, and one at which it let such a command out. The same for the intent,
 * and for the batch that it opens.
 */
import type { Rollout } from '#core/rollout.ts';
import type { ApiCall } from '#local/wire.ts';
import { gateOf } from './03-gate.ts';
import type { Check, Context } from './check.ts';

export const askedSinceBegun: Check = {
  name: '3, 1',
  begin: (context) => ({
    onSend: ({ command, call }) => {
      const gate = gateOf(command);
      if (gate === undefined) return;
      const rollout = context.mirror.rollout(command.rollout);
      if (rollout !== undefined) judge(context, rollout, call, `sent ${command.op}`, gate);
    },
    onWrite: ({ kind, before, after, call }) => {
      if (kind !== 'meta' || before === undefined || after === undefined) return;
      if (after.batch > before.batch) judge(context, after, call, 'opened a batch');
    },
  }),
};

function judge(
  { mirror, report }: Context,
  rollout: Rollout,
  call: ApiCall,
  what: string,
  gate?: (rollout: Rollout) => boolean,
): void {
  const { rollout: id } = rollout;
  const beganAtMs = mirror.beganAtMs(call);
  const targets = mirror.targetsSince(rollout, beganAtMs);
  if (!targets.some((target) => target?.active?.rollout === id)) {
    report(`${id} ${what}, and another had taken over before it asked`);
  }
  if (gate === undefined) return;
  const rollouts = mirror.rolloutsSince(id, beganAtMs);
  if (!rollouts.some((one) => one !== undefined && gate(one))) {
    report(`${id} ${what}, and its gate was closed before it asked`);
  }
}
