/** `longshore pause` and its kind: one execution of the control machine, and its answer. */
import { controlMachineArn, readAnswer, startControl } from '#aws/ask-control.ts';
import type { Operations } from '#aws/operations.ts';
import { type ControlAction, parseControlRequest } from '#core/control-request.ts';
import { isMapping } from '#core/problem.ts';
import type { Rollout } from '#core/rollout.ts';
import { type Around, BadInputError, type ExitCode } from './around.ts';
import { line, wrap } from './format.ts';
import { openStack, type StackOptions, showJson } from './get.ts';
import { readNamed } from './name-rollout.ts';
import { reasonOf } from './reason.ts';

export interface AskOptions extends StackOptions {
  reason?: string;
  by?: string;
  /** Of the plan that is answered for. */
  plan?: string;
  fresh?: boolean;
  /** The request's own name: asked for again, it is done once. */
  request?: string;
}

const LOOK_MS = 1_000;
/** The control machine answers within seconds; it tries for some minutes where others write at the same time. */
const MOST_LOOKS = 300;

export async function ask(
  action: ControlAction,
  name: string,
  options: AskOptions,
  around: Around,
): Promise<ExitCode> {
  const operations = openStack(options, around);
  const rollout = await readNamed(operations, name);
  const input = makeInput(action, rollout, options, around);
  const request = options.request ?? `${action}-${around.makeId()}`;
  const machineArn = controlMachineArn(rollout.execution_arn);
  const started = await startControl(operations.states, { machineArn, name: request, input });
  const answer = await awaitAnswer(operations, started, input, around);
  const { verdict, reason } = answer;
  if (options.json) {
    const status = 'status' in answer ? (answer.status ?? null) : null;
    const json = { ok: verdict === 'done', verdict, reason, rollout_id: rollout.rollout, status };
    showJson({ ...json, request: started }, around);
  } else if (verdict === 'failed') around.err.write(`${reason}\n`);
  else around.out.write(`${wrap(line(reason), 0).join('\n')}\n`);
  return verdict === 'done' ? 0 : 1;
}

function makeInput(
  action: ControlAction,
  rollout: Rollout,
  { reason, by, plan, fresh, json }: AskOptions,
  { user, err }: Around,
): string {
  const isAnswer = action === 'approve' || action === 'reject';
  // What was looked at is what is answered for: another plan that came meanwhile is not.
  const hash = isAnswer ? (plan ?? rollout.plan_hash) : undefined;
  if (isAnswer && plan === undefined && !json && rollout.status === 'awaiting_approval')
    err.write(`${reasonOf(rollout)}; plan ${hash}\n`);
  const asked = {
    rollout: rollout.rollout,
    action,
    ...(reason !== undefined && { reason }),
    by: by ?? user,
    ...(hash !== undefined && { plan: hash }),
    ...(fresh && { fresh }),
  };
  const parsed = parseControlRequest(asked, '');
  if (parsed.ok) return JSON.stringify(asked);
  throw new BadInputError(parsed.problems.map(({ message }) => message).join('; '));
}

type Said = { verdict: 'done' | 'refused' | 'failed'; reason: string; status?: string | undefined };

async function awaitAnswer(
  { states }: Operations,
  executionArn: string,
  asked: string,
  around: Around,
): Promise<Said> {
  for (let looks = 0; looks < MOST_LOOKS; looks += 1) {
    const { input, answer } = await readAnswer(states, executionArn);
    if (!isSame(input, asked)) {
      throw new BadInputError(
        `a request of this name was made before and asked for something else (${input}); give another --request`,
      );
    }
    if (answer.verdict === 'failed') {
      const reason = `it was not carried out, or not wholly (${answer.reason}); docs/runbook.md says under control-failed what to do about ${executionArn}`;
      return { verdict: 'failed', reason };
    }
    if (answer.verdict !== 'open') return answer;
    await around.sleep(LOOK_MS);
  }
  const reason = `nobody has answered yet; look at ${executionArn}, or ask for the same again`;
  return { verdict: 'failed', reason };
}

/** Whether two inputs ask for the same of the same rollout, whoever asks and why. */
function isSame(one: string, other: string): boolean {
  const [left, right] = [one, other].map((input): unknown => JSON.parse(input));
  if (!isMapping(left) || !isMapping(right)) return false;
  return ['rollout', 'action', 'plan', 'fresh'].every((field) => left[field] === right[field]);
}
