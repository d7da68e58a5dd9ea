/** Executions of the rollout machine: started by name, described, their task tokens completed. */
import {
  DescribeExecutionCommand,
  ExecutionAlreadyExists,
  ExecutionDoesNotExist,
  InvalidToken,
  SendTaskSuccessCommand,
  SFNClient,
  StartExecutionCommand,
  TaskDoesNotExist,
  TaskTimedOut,
} from '@aws-sdk/client-sfn';
import { executionName } from '#core/rollout-id.ts';
import { readEnvironment } from './environment.ts';
import type { Runtime } from './runtime.ts';

export interface Machine {
  client: SFNClient;
  rolloutMachineArn: string;
}

export function openMachine(runtime: Runtime): Machine {
  return {
    client: new SFNClient(runtime.clientConfig),
    rolloutMachineArn: readEnvironment(runtime).ROLLOUT_MACHINE_ARN,
  };
}

/** `…:stateMachine:name` → `…:execution:name:<rollout>-r<run>`. */
export function executionArn(machine: Machine, rollout: string, run: number): string {
  const base = machine.rolloutMachineArn.replace(':stateMachine:', ':execution:');
  return `${base}:${executionName(rollout, run)}`;
}

/** `exists`: an execution of that name has been, and may have ended. */
export async function startExecution(
  machine: Machine,
  rollout: string,
  run: number,
): Promise<'started' | 'exists'> {
  try {
    await machine.client.send(
      new StartExecutionCommand({
        stateMachineArn: machine.rolloutMachineArn,
        name: executionName(rollout, run),
        input: JSON.stringify({ rolloutId: rollout, run }),
      }),
    );
    return 'started';
  } catch (error) {
    if (error instanceof ExecutionAlreadyExists) return 'exists';
    throw error;
  }
}

export interface ExecutionState {
  status: string;
  redriveCount: number;
  error: string;
  cause: string;
}

/** Eventually consistent; undefined for an execution that never was, or was forgotten after 90 days. */
export async function readExecution(
  machine: Machine,
  arn: string,
): Promise<ExecutionState | undefined> {
  try {
    const answer = await machine.client.send(new DescribeExecutionCommand({ executionArn: arn }));
    return {
      status: answer.status ?? '',
      redriveCount: answer.redriveCount ?? 0,
      error: answer.error ?? '',
      cause: answer.cause ?? '',
    };
  } catch (error) {
    if (error instanceof ExecutionDoesNotExist) return undefined;
    throw error;
  }
}

/** A token is only "look": a dead one is no error, for whoever waits now has another. */
export async function completeToken(
  machine: Machine,
  token: string | undefined,
  output: { verdict: string; reason: string },
): Promise<void> {
  if (token === undefined) return;
  try {
    await machine.client.send(
      new SendTaskSuccessCommand({ taskToken: token, output: JSON.stringify(output) }),
    );
  } catch (error) {
    const isDead =
      error instanceof TaskTimedOut ||
      error instanceof TaskDoesNotExist ||
      error instanceof InvalidToken;
    if (!isDead) throw error;
  }
}
