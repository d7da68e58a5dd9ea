/** The bodies that the API takes, and how it words what is wrong with them. */
import * as z from 'zod';
import { ServiceError } from '../service-error.ts';
import { isTooLarge, type Payload, payloadFromText } from './payload.ts';
import { MAX_CAUSE_LENGTH, MAX_ERROR_LENGTH, MAX_NAME_LENGTH } from './quotas.ts';

const maxResults = z.int().min(0).max(1_000).optional();
const error = z.string().max(MAX_ERROR_LENGTH).optional();
const cause = z.string().max(MAX_CAUSE_LENGTH).optional();

export const requests = {
  CreateStateMachine: z.object({
    name: z.string(),
    definition: z.string(),
    roleArn: z.string(),
    type: z.enum(['STANDARD', 'EXPRESS']).optional(),
  }),
  UpdateStateMachine: z.object({
    stateMachineArn: z.string(),
    definition: z.string().optional(),
    roleArn: z.string().optional(),
  }),
  DescribeStateMachine: z.object({ stateMachineArn: z.string() }),
  ListStateMachines: z.object({ maxResults, nextToken: z.string().optional() }),
  StartExecution: z.object({
    stateMachineArn: z.string(),
    name: z.string().optional(),
    input: z.string().optional(),
  }),
  DescribeExecution: z.object({ executionArn: z.string() }),
  ListExecutions: z.object({
    stateMachineArn: z.string().optional(),
    mapRunArn: z.string().optional(),
    statusFilter: z
      .enum(['RUNNING', 'SUCCEEDED', 'FAILED', 'TIMED_OUT', 'ABORTED', 'PENDING_REDRIVE'])
      .optional(),
    maxResults,
    nextToken: z.string().optional(),
  }),
  StopExecution: z.object({ executionArn: z.string(), error, cause }),
  RedriveExecution: z.object({
    executionArn: z.string(),
    clientToken: z.string().min(1).max(64).optional(),
  }),
  GetExecutionHistory: z.object({
    executionArn: z.string(),
    maxResults,
    reverseOrder: z.boolean().optional(),
    nextToken: z.string().optional(),
  }),
  SendTaskSuccess: z.object({ taskToken: z.string(), output: z.string() }),
  SendTaskFailure: z.object({ taskToken: z.string(), error, cause }),
  SendTaskHeartbeat: z.object({ taskToken: z.string() }),
  DescribeMapRun: z.object({ mapRunArn: z.string() }),
  ListMapRuns: z.object({
    executionArn: z.string(),
    maxResults,
    nextToken: z.string().optional(),
  }),
};

export type Action = keyof typeof requests;

export function isAction(action: string): action is Action {
  return Object.hasOwn(requests, action);
}

export function parseRequest<A extends Action>(
  action: A,
  input: Record<string, unknown>,
): z.infer<(typeof requests)[A]>;
export function parseRequest(action: Action, input: Record<string, unknown>): unknown {
  const parsed = requests[action].safeParse(input);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw new ServiceError(
    'ValidationException',
    `1 validation error detected: Value at '${issue?.path.join('.')}' failed to satisfy ` +
      `constraint: ${issue?.message}`,
  );
}

/** No whitespace, no control characters, none of the characters that ARNs and consoles use. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: the service refuses them by range
const FORBIDDEN_IN_NAMES = /[\s<>{}[\]?*"#%\\^|~`$&,;:/\u0000-\u001f\u007f-\u009f]/;

export function checkName(name: string): void {
  if (name.length < 1 || name.length > MAX_NAME_LENGTH || FORBIDDEN_IN_NAMES.test(name)) {
    throw new ServiceError('InvalidName', `Invalid Name: '${name}'`);
  }
}

export function readInput(text: string): Payload {
  const input = parseJson(text, (why) => {
    return new ServiceError(
      'InvalidExecutionInput',
      `Invalid State Machine Execution Input: '${why}'`,
    );
  });
  if (isTooLarge(text)) {
    throw new ServiceError(
      'InvalidExecutionInput',
      "Invalid State Machine Execution Input: 'The input exceeds the maximum number of bytes'",
    );
  }
  return input;
}

export function readOutput(text: string): Payload {
  const refuse = (why: string) => new ServiceError('InvalidOutput', `Invalid Output: '${why}'`);
  const output = parseJson(text, refuse);
  if (isTooLarge(text)) throw refuse('The output exceeds the maximum number of bytes');
  return output;
}

function parseJson(text: string, refuse: (why: string) => ServiceError): Payload {
  try {
    return payloadFromText(text);
  } catch (error) {
    throw refuse(error instanceof Error ? error.message : String(error));
  }
}

export interface Page<T> {
  readonly items: readonly T[];
  readonly next: { nextToken?: string };
}

const DEFAULT_PAGE = 100;

/** Tokens are offsets: a listing that grows at its front while it is paged may repeat an entry. */
export function pageOf<T>(
  all: readonly T[],
  { maxResults, nextToken }: { maxResults?: number | undefined; nextToken?: string | undefined },
): Page<T> {
  const from = nextToken === undefined ? 0 : Number(nextToken.slice(TOKEN_PREFIX.length));
  if (!Number.isInteger(from) || (nextToken !== undefined && !nextToken.startsWith(TOKEN_PREFIX))) {
    throw new ServiceError('InvalidToken', "Invalid Token: 'Invalid token'");
  }
  const to = from + (maxResults || DEFAULT_PAGE);
  return {
    items: all.slice(from, to),
    next: to < all.length ? { nextToken: `${TOKEN_PREFIX}${to}` } : {},
  };
}

const TOKEN_PREFIX = 'page-';
