/**
 * A person's request, by their own credentials: an execution of the control machine is started, and its
 * output is the answer. Needs states:StartExecution on `<stack>-control` and states:DescribeExecution on its
 * executions.
 */
import {
  DescribeExecutionCommand,
  ExecutionAlreadyExists,
  SFNClient,
  StartExecutionCommand,
} from '@aws-sdk/client-sfn';
import * as z from 'zod';
import type { Runtime } from './runtime.ts';

const Output = z.object({
  verdict: z.enum(['done', 'refused']),
  reason: z.string(),
  status: z.string().optional(),
  /** The one that was asked about, or that has begun. */
  rollout: z.string().optional(),
});

export type Answer =
  | z.infer<typeof Output>
  /** Nobody has answered yet. */
  | { verdict: 'open' }
  /** It was not carried out, or not wholly. */
  | { verdict: 'failed'; reason: string };

export function openStates(runtime: Runtime): SFNClient {
  return new SFNClient(runtime.clientConfig);
}

/** The tables are read in the account of whoever asks; the machine stands beside them. */
export function controlMachineArn(principal: string, region: string, stack: string): string {
  const [, partition, , , accountId] = principal.split(':');
  return `arn:${partition}:states:${region}:${accountId}:stateMachine:${stack}-control`;
}

/** Asked for twice by the same name, one execution answers both. Returns its ARN. */
export async function startControl(
  client: SFNClient,
  { machineArn, name, input }: { machineArn: string; name: string; input: string },
): Promise<string> {
  const arn = `${machineArn.replace(':stateMachine:', ':execution:')}:${name}`;
  try {
    const start = { stateMachineArn: machineArn, name, input };
    const answer = await client.send(new StartExecutionCommand(start));
    return answer.executionArn ?? arn;
  } catch (error) {
    if (error instanceof ExecutionAlreadyExists) return arn;
    throw error;
  }
}

/** `input`: as the execution was started with, which may have been somebody else's. */
export async function readAnswer(
  client: SFNClient,
  executionArn: string,
): Promise<{ input: string; answer: Answer }> {
  const told = await client.send(new DescribeExecutionCommand({ executionArn }));
  return { input: told.input ?? '', answer: answerOf(told) };
}

function answerOf(told: {
  status?: string | undefined;
  output?: string | undefined;
  error?: string | undefined;
  cause?: string | undefined;
}): Answer {
  if (told.status === 'RUNNING') return { verdict: 'open' };
  if (told.status === 'SUCCEEDED') return Output.parse(JSON.parse(told.output ?? 'null'));
  const why = [told.error, told.cause].filter((part) => part !== undefined && part !== '');
  return {
    verdict: 'failed',
    reason: `${told.status}${why.length > 0 ? `: ${why.join(': ')}` : ''}`,
  };
}
