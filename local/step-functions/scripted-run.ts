/**
 * Runs one machine by itself: its tasks answer what a script says, in the order in which they are
 * called, and time is virtual. Whatever a task's Resource reads, it is taken for a lambda.
 */
import { VirtualClock } from '../clock.ts';
import { ServiceError } from '../service-error.ts';
import { TaskError } from './failures.ts';
import type { TaskCallContext } from './model.ts';
import { StepFunctions } from './service.ts';

export type ScriptedResult =
  | { ok: unknown }
  | { error: string; cause?: string }
  | { timeout: true };

interface ExecutionReport {
  readonly executionArn: unknown;
  readonly status: unknown;
  readonly output?: unknown;
  readonly error?: unknown;
  readonly cause?: unknown;
  /** With instants as `aws stepfunctions get-execution-history` prints them. */
  readonly history: readonly unknown[];
}

export interface RunReport extends ExecutionReport {
  /** The executions that Distributed Maps started. */
  readonly children: readonly ExecutionReport[];
}

export interface ScriptedCall {
  readonly stateName: string;
  readonly functionName: string;
  readonly payload: unknown;
  /** Present for `.waitForTaskToken`. */
  readonly token?: string | undefined;
}

/** A task was called for which the script has no answer. */
export class ResultsExhausted extends Error {
  override readonly name = 'ResultsExhausted';
  readonly stateName: string;

  constructor(stateName: string) {
    super(`no result is left for the state '${stateName}'`);
    this.stateName = stateName;
  }
}

/**
 * @param script.lists further lists of results, by name
 * @param script.listOf which of `lists` answers a call; where that names none of them, `results` does
 */
export async function runScripted(script: {
  definition: string;
  input: string;
  results: readonly ScriptedResult[];
  lists?: Readonly<Record<string, readonly ScriptedResult[]>>;
  listOf?: (payload: unknown) => string | undefined;
  random: () => number;
  startMs: number;
}): Promise<{
  report: RunReport;
  calls: ScriptedCall[];
  /** As DescribeMapRun has them. */
  mapRuns: Record<string, unknown>[];
  unused: number;
}> {
  const clock = new VirtualClock(script.startMs);
  const results = [...script.results];
  const lists = new Map<string, ScriptedResult[]>();
  for (const [name, list] of Object.entries(script.lists ?? {})) lists.set(name, [...list]);
  const calls: ScriptedCall[] = [];
  const sfn = new StepFunctions({
    clock,
    random: script.random,
    region: 'eu-west-1',
    accountId: '111111111111',
    invokeLambda: async (functionName, payload, call) => {
      const { stateName, token } = call;
      calls.push({ stateName, functionName, payload, token });
      const result = (lists.get(script.listOf?.(payload) ?? '') ?? results).shift();
      if (result === undefined) throw new ResultsExhausted(call.stateName);
      return answer(clock, sfn, call, result);
    },
  });
  const stateMachineArn = sfn.createStateMachine({
    name: 'machine',
    definition: script.definition,
  });
  const { executionArn } = await sfn.apply('StartExecution', {
    stateMachineArn,
    name: 'run',
    input: script.input,
  });
  await clock.run();
  const mapRuns = sfn.mapRuns(String(executionArn));
  const children = mapRuns.flatMap((mapRun) => sfn.children(String(mapRun['mapRunArn'])));
  const [execution = {}] = sfn.executions(stateMachineArn);
  const report = {
    ...reportOf(sfn, execution),
    children: children.map((child) => reportOf(sfn, child)),
  };
  const unused = [results, ...lists.values()].flat().length;
  return { report, calls, mapRuns, unused };
}

/** A result for a task with a token completes the token, once its lambda has answered. */
async function answer(
  clock: VirtualClock,
  sfn: StepFunctions,
  { token: taskToken, timeoutMs, heartbeatMs }: TaskCallContext,
  result: ScriptedResult,
): Promise<unknown> {
  if ('timeout' in result) {
    const hasLimit = timeoutMs !== undefined || heartbeatMs !== undefined;
    if (!hasLimit) throw new TaskError('States.Timeout');
    // The lambda has done its part, and nobody ever completes the token.
    if (taskToken !== undefined) return null;
    return clock.suspend(new Promise<never>(() => {}));
  }
  if (taskToken === undefined) {
    if ('ok' in result) return result.ok;
    throw new TaskError(result.error, result.cause);
  }
  const [action, answered] =
    'ok' in result
      ? ['SendTaskSuccess', { output: JSON.stringify(result.ok) }]
      : ['SendTaskFailure', result];
  clock.schedule(clock.nowMs(), async () => {
    try {
      await sfn.apply(action, { taskToken, ...answered });
    } catch (error) {
      // Another branch has failed in the same instant, and the task with it.
      if (!(error instanceof ServiceError && error.code === 'TaskTimedOut')) throw error;
    }
  });
  return null;
}

function reportOf(sfn: StepFunctions, execution: Record<string, unknown>): ExecutionReport {
  const { executionArn, status, output, error, cause } = execution;
  return {
    executionArn,
    status,
    ...(output === undefined ? {} : { output: JSON.parse(String(output)) }),
    ...(error === undefined ? {} : { error }),
    ...(cause === undefined ? {} : { cause }),
    history: sfn.history(String(executionArn)).map((event) => ({
      ...event,
      timestamp: new Date(event.timestamp * 1_000).toISOString(),
    })),
  };
}
