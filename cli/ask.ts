/** `longshore pause` and its kind: what a person asks of a rollout that there is. */
import type { ControlAction } from '#core/control-request.ts';
import type { Rollout } from '#core/rollout.ts';
import type { Around, ExitCode } from './around.ts';
import { openStack } from './get.ts';
import { readNamed } from './name-rollout.ts';
import { reasonOf } from './reason.ts';
import { type RequestOptions, sendRequest } from './send-request.ts';

export interface AskOptions extends RequestOptions {
  /** Of the plan that is answered for. */
  plan?: string;
  fresh?: boolean;
  /** An earlier rollout, whose image is to run instead; by any of its names. */
  to?: string;
}

export async function ask(
  action: ControlAction,
  name: string,
  options: AskOptions,
  around: Around,
): Promise<ExitCode> {
  const operations = openStack(options, around);
  const rollout = await readNamed(operations, name);
  const to = options.to === undefined ? undefined : await readNamed(operations, options.to);
  const plan = planFor(action, rollout, options, around);
  const asked = {
    rollout: rollout.rollout,
    action,
    ...(to !== undefined && { to: to.rollout }),
    ...(plan !== undefined && { plan }),
    ...(options.fresh && { fresh: true }),
  };
  return sendRequest(operations, asked, options, around);
}

/** What was looked at is what is answered for: another plan that came meanwhile is not. */
function planFor(
  action: ControlAction,
  rollout: Rollout,
  { plan, json }: AskOptions,
  { err }: Around,
): string | undefined {
  if (action !== 'approve' && action !== 'reject') return undefined;
  if (plan !== undefined) return plan;
  if (!json && rollout.status === 'awaiting_approval')
    err.write(`${reasonOf(rollout)}; plan ${rollout.plan_hash}\n`);
  return rollout.plan_hash;
}
