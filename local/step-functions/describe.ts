/** How machines, executions and Map Runs look in the answers of the API. */
import type { Execution, MapRun, StateMachine } from './model.ts';
import { redriveStatusOf } from './redrive.ts';

type Answer = Record<string, unknown>;

export function describeMachine(machine: StateMachine): Answer {
  return {
    ...listedMachine(machine),
    status: 'ACTIVE',
    definition: machine.text,
    roleArn: machine.roleArn,
    loggingConfiguration: { level: 'OFF', includeExecutionData: false },
    tracingConfiguration: { enabled: false },
  };
}

export function listedMachine({ arn, name, createdMs }: StateMachine): Answer {
  return { stateMachineArn: arn, name, type: 'STANDARD', creationDate: createdMs / 1_000 };
}

export function describeExecution(execution: Execution, nowMs: number): Answer {
  const { input, output, error, cause, mapRun } = execution;
  return {
    ...listedExecution(execution),
    ...(mapRun === undefined ? {} : { mapRunArn: mapRun.arn }),
    input: input.text,
    inputDetails: { included: true },
    ...(output === undefined ? {} : { output, outputDetails: { included: true } }),
    ...(error === undefined ? {} : { error }),
    ...(cause === undefined ? {} : { cause }),
    ...redriveStatusOf(execution, nowMs),
  };
}

export function listedExecution(execution: Execution): Answer {
  const { stopMs, redriveMs, mapRun } = execution;
  return {
    executionArn: execution.arn,
    stateMachineArn: execution.machine.arn,
    name: execution.name,
    status: execution.status,
    startDate: execution.startMs / 1_000,
    ...(stopMs === undefined ? {} : { stopDate: stopMs / 1_000 }),
    ...(mapRun === undefined ? {} : { mapRunArn: mapRun.arn }),
    redriveCount: execution.redriveCount,
    ...(redriveMs === undefined ? {} : { redriveDate: redriveMs / 1_000 }),
  };
}

export function listedMapRun(mapRun: MapRun): Answer {
  return {
    executionArn: mapRun.execution.arn,
    mapRunArn: mapRun.arn,
    stateMachineArn: mapRun.machine.arn,
    startDate: mapRun.startMs / 1_000,
    ...(mapRun.stopMs === undefined ? {} : { stopDate: mapRun.stopMs / 1_000 }),
  };
}
