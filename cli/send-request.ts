/** What a person asks: one execution of the control machine, by their own credentials, and its answer. */
import { type Answer, controlMachineArn, readAnswer, startControl } from '#aws/ask-control.ts';
import type { Operations } from '#aws/operations.ts';
import { readRollout } from '#aws/rollout-store.ts';
import { readPrincipal } from '#aws/who-asks.ts';
import { parseControlRequest } from '#core/control-request.ts';
import { writeAsker } from '#core/principal.ts';
import { isMapping } from '#core/problem.ts';
import { type Around, BadInputError, type ExitCode } from './around.ts';
import { line, wrap } from './format.ts';
import { type StackOptions, showJson } from './get.ts';
import { shortName } from './name-rollout.ts';

export interface RequestOptions extends StackOptions {
  reason?: string;
  /** Stands beside the principal. */
  by?: string;
  /** The request's own name: asked for again, it is done once. */
  request?: string;
}

/** The fields of a request, but for who asks and why. */
export interface Asked {
  action: string;
  /** Of what is asked about; absent where there is none yet. */
  rollout?: string;
  policy?: string;
  image?: string;
  to?: string;
  plan?: string;
  fresh?: boolean;
}

/** By which a second request of one name is known to ask for something else, whoever asks and why. */
const SAME = ['action', 'rollout', 'policy', 'image', 'to', 'plan', 'fresh'] as const;

const LOOK_MS = 1_000;
/** The control machine answers within seconds; it tries for some minutes where others write at the same time. */
const MOST_LOOKS = 300;
const MOST_NAME = 100;

type Said = Exclude<Answer, { verdict: 'open' }>;

export async function sendRequest(
  operations: Operations,
  asked: Asked,
  options: RequestOptions,
  around: Around,
): Promise<ExitCode> {
  const { identity, states, stack } = operations;
  const principal = await readPrincipal(identity);
  const input = makeInput(asked, principal, options);
  const machineArn = controlMachineArn(principal, await operations.region(), stack);
  const name = options.request ?? `${asked.action}-${around.makeId()}`;
  const started = await startControl(states, { machineArn, name, input });
  const said = await awaitAnswer(operations, started, input, around);
  if (options.json) showJson(answerJson(asked, said, started), around);
  else await tell(operations, asked, said, around);
  return said.verdict === 'done' ? 0 : 1;
}

/** Throws BadInputError for what the control machine could not read. */
function makeInput(asked: Asked, principal: string, { reason, by: name }: RequestOptions): string {
  if (name !== undefined && (name === '' || name.length > MOST_NAME)) {
    throw new BadInputError(`--by: give one line of 1 to ${MOST_NAME} characters`);
  }
  const by = writeAsker(principal, name);
  const input = JSON.stringify({ ...asked, ...(reason !== undefined && { reason }), by });
  const parsed = parseControlRequest(JSON.parse(input), '');
  if (parsed.ok) return input;
  throw new BadInputError(parsed.problems.map(({ message }) => message).join('; '));
}

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

function isSame(one: string, other: string): boolean {
  const [left, right] = [one, other].map((input): unknown => JSON.parse(input));
  if (!isMapping(left) || !isMapping(right)) return false;
  return SAME.every((field) => left[field] === right[field]);
}

function answerJson({ rollout }: Asked, said: Said, request: string): Record<string, unknown> {
  const { verdict, reason } = said;
  const isAnswer = said.verdict !== 'failed';
  return {
    ok: verdict === 'done',
    verdict,
    reason,
    rollout_id: (isAnswer ? said.rollout : undefined) ?? rollout ?? null,
    status: (isAnswer ? said.status : undefined) ?? null,
    request,
  };
}

async function tell(
  { store }: Operations,
  { rollout: own }: Asked,
  said: Said,
  { out, err }: Around,
): Promise<void> {
  if (said.verdict === 'failed') {
    err.write(`${said.reason}\n`);
    return;
  }
  out.write(`${wrap(line(said.reason), 0).join('\n')}\n`);
  if (said.rollout === undefined || said.rollout === own) return;
  // Another one has begun: the sentence names it, and the person may not know how it is followed.
  const begun = await readRollout(store, said.rollout);
  if (begun !== undefined) out.write(`longshore watch ${shortName(begun)} follows it\n`);
}
