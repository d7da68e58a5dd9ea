/** Executions of the rollout machine: started by name, described, their task tokens completed. */
import {
  DescribeExecutionCommand,
  ExecutionAlreadyExists,
  ExecutionDoesNotExist,
  ExecutionLimitExceeded,
  ExecutionNotRedrivable,
  InvalidToken,
  RedriveExecutionCommand,
  SendTaskSuccessCommand,
  SFNClient,
  StartExecutionCommand,
  TaskDoesNotExist,
  TaskTimedOut,
} from '@aws-sdk/client-sfn';
import { LostRaceError, ThrottledError } from '#core/errors.ts';
import type { Rollout } from '#core/rollout.ts';
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

/** Of the run that the rollout names. `exists`: an execution of that name has been, and may have ended. */
export async function startExecution(
  machine: Machine,
  { rollout, run, policy, repository }: Pick<Rollout, 'rollout' | 'run' | 'policy' | 'repository'>,
): Promise<'started' | 'exists'> {
  try {
    await machine.client.send(
      new StartExecutionCommand({
        stateMachineArn: machine.rolloutMachineArn,
        name: executionName(rollout, run),
        // With policy and repository a step finds its target without having read `meta` before.
        input: JSON.stringify({ rolloutId: rollout, run, policy, repository }),
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
  isRedrivable: boolean;
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
      isRedrivable: answer.redriveStatus === 'REDRIVABLE',
    };
  } catch (error) {
    if (error instanceof ExecutionDoesNotExist) return undefined;
    throw error;
  }
}

/** Asked for twice with the same token, an execution is redriven once. One that runs already is as it should be. */
export async function redriveExecution(
  machine: Machine,
  arn: string,
  clientToken: string,
): Promise<void> {
  try {
    await machine.client.send(new RedriveExecutionCommand({ executionArn: arn, clientToken }));
  } catch (error) {
    if (error instanceof ExecutionLimitExceeded) {
      throw new ThrottledError('too many executions are open', { cause: error });
    }
    if (!(error instanceof ExecutionNotRedrivable)) throw error;
    if ((await readExecution(machine, arn))?.status === 'RUNNING') return;
    // It could be redriven a moment ago: what it is now decides what is done instead.
    throw new LostRaceError(`${arn} cannot be redriven any more`, { cause: error });
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
