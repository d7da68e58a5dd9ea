/**
 * Task: a lambda by its ARN, `arn:aws:states:::lambda:invoke`, or the same with
 * `.waitForTaskToken`. What ends the task first counts: its answer, its token, its timeout, a
 * missed heartbeat, a stop. What the code behind it does later is ignored, but not undone: a
 * lambda whose task has timed out goes on as a zombie.
 *
 * The code runs in a fiber of its own, so that time stands still while it works and a timeout
 * fires only while it sleeps or is suspended on the clock.
 */
import { functionArn } from './arns.ts';
import type { TaskState } from './definition.ts';
import { evaluateNumber, evaluatePayload, record } from './evaluation.ts';
import { CUT, dataLimitExceeded, StateFailure, TaskError } from './failures.ts';
import { inputDetails, outputDetails } from './history.ts';
import type { TaskCallContext, Visit } from './model.ts';
import { isTooLarge, type Payload, payloadOf } from './payload.ts';

const INTEGRATION = 'arn:aws:states:::';
const TOKEN_SUFFIX = '.waitForTaskToken';

/** How a kind of task is called, and how its events read. */
interface TaskKind {
  readonly isIntegration: boolean;
  readonly prefix: 'Task' | 'LambdaFunction';
  /** What every event of an integration carries. */
  readonly labels: Record<string, unknown>;
  readonly waitsForToken: boolean;
}

interface Limits {
  readonly timeoutSeconds: number | undefined;
  readonly heartbeatSeconds: number | undefined;
}

export function isSupportedResource(resource: string): boolean {
  return !resource.startsWith(INTEGRATION) || kindOf(resource).labels['resourceType'] === 'lambda';
}

function kindOf(resource: string): TaskKind {
  if (!resource.startsWith(INTEGRATION)) {
    return { isIntegration: false, prefix: 'LambdaFunction', labels: {}, waitsForToken: false };
  }
  const [resourceType = '', action = ''] = resource.slice(INTEGRATION.length).split(':');
  const isInvoke = action === 'invoke' || action === `invoke${TOKEN_SUFFIX}`;
  return {
    isIntegration: true,
    prefix: 'Task',
    labels: { resource: action, resourceType: isInvoke ? resourceType : 'unsupported' },
    waitsForToken: action.endsWith(TOKEN_SUFFIX),
  };
}

export async function runTask(visit: Visit<TaskState>): Promise<Payload> {
  const { engine, scope, state } = visit;
  const kind = kindOf(state.Resource);
  delete visit.token;
  if (kind.waitsForToken) visit.token = engine.tokens.issue();
  const input =
    state.Arguments === undefined
      ? scope.input
      : await evaluatePayload(visit, state.Arguments, 'Arguments');
  const limits = {
    timeoutSeconds: await evaluateNumber(visit, state.TimeoutSeconds, 'TimeoutSeconds'),
    heartbeatSeconds: await evaluateNumber(visit, state.HeartbeatSeconds, 'HeartbeatSeconds'),
  };
  const call = callOf(visit, kind, input);
  record(visit, `${kind.prefix}Scheduled`, await scheduledDetails(visit, kind, input, limits));
  record(visit, `${kind.prefix}Started`, kind.isIntegration ? kind.labels : undefined);
  try {
    const output = await answerOf(visit, kind, call, limits);
    const details = { ...outputDetails(output.text), ...kind.labels };
    record(visit, `${kind.prefix}Succeeded`, details);
    return output;
  } catch (error) {
    if (!(error instanceof StateFailure)) throw error;
    const type = error.errorName === 'States.Timeout' ? 'TimedOut' : 'Failed';
    record(visit, `${kind.prefix}${type}`, { ...error.details(), ...kind.labels });
    throw error;
  }
}

async function scheduledDetails(
  visit: Visit<TaskState>,
  kind: TaskKind,
  input: Payload,
  { timeoutSeconds, heartbeatSeconds }: Limits,
): Promise<Record<string, unknown>> {
  const timeout = timeoutSeconds === undefined ? {} : { timeoutInSeconds: timeoutSeconds };
  if (!kind.isIntegration) {
    return { ...inputDetails(input.text), resource: visit.state.Resource, ...timeout };
  }
  const { Credentials } = visit.state;
  const role =
    Credentials && (await evaluatePayload(visit, Credentials.RoleArn, 'Credentials/RoleArn'));
  return {
    ...(heartbeatSeconds === undefined ? {} : { heartbeatInSeconds: heartbeatSeconds }),
    parameters: input.text,
    region: visit.engine.place.region,
    ...kind.labels,
    ...(role === undefined ? {} : { taskCredentials: { roleArn: role.value } }),
    ...timeout,
  };
}

/** The function to call and its event, parsed anew so that a lambda cannot change the machine's. */
function callOf(
  { engine, state }: Visit<TaskState>,
  kind: TaskKind,
  input: Payload,
): { functionArn: string; event: unknown } {
  const parsed: unknown = JSON.parse(input.text);
  if (!kind.isIntegration) return { functionArn: state.Resource, event: parsed };
  const isObject = typeof parsed === 'object' && parsed !== null;
  const name = isObject && 'FunctionName' in parsed ? parsed.FunctionName : undefined;
  if (typeof name !== 'string') {
    throw new StateFailure(
      'States.Runtime',
      'The Arguments of lambda:invoke name no FunctionName.',
    );
  }
  const event = isObject && 'Payload' in parsed ? parsed.Payload : {};
  return { functionArn: functionArn(engine.place, name), event };
}

function answerOf(
  visit: Visit<TaskState>,
  kind: TaskKind,
  { functionArn, event }: { functionArn: string; event: unknown },
  { timeoutSeconds, heartbeatSeconds }: Limits,
): Promise<Payload> {
  const { engine, scope, strand, token } = visit;
  const { clock } = engine;
  return strand.wait<Payload>((resolve, reject) => {
    let isWaiting = true;
    const endings: (() => void)[] = [() => (isWaiting = false)];
    const timer = (seconds: number | undefined, isHeartbeat: boolean) => {
      if (seconds === undefined) return () => {};
      return clock.schedule(clock.nowMs() + seconds * 1_000, () =>
        reject(new StateFailure('States.Timeout', undefined, { isHeartbeat })),
      );
    };
    endings.push(timer(timeoutSeconds, false));
    if (token !== undefined) {
      let stopHeartbeat = timer(heartbeatSeconds, true);
      const heartbeat = () => {
        stopHeartbeat();
        stopHeartbeat = timer(heartbeatSeconds, true);
      };
      const release = engine.tokens.hold(token, { succeed: resolve, fail: reject, heartbeat });
      endings.push(release, () => stopHeartbeat());
    }
    const answered = (result: unknown) => {
      const answer = kind.isIntegration ? invokeResponse(result) : payloadOf(result);
      if (isTooLarge(answer.text)) reject(dataLimitExceeded(visit.state.Resource));
      else if (token === undefined) resolve(answer);
      else if (isWaiting)
        engine.record(scope, 'TaskSubmitted', { ...outputDetails(answer.text), ...kind.labels });
    };
    const context: TaskCallContext = {
      executionArn: scope.execution.arn,
      stateName: scope.stateName,
      ...(token === undefined ? {} : { token }),
      ...(timeoutSeconds === undefined ? {} : { timeoutMs: timeoutSeconds * 1_000 }),
      ...(heartbeatSeconds === undefined ? {} : { heartbeatMs: heartbeatSeconds * 1_000 }),
    };
    clock.spawn(async () => {
      try {
        answered(await engine.invokeLambda(functionArn, event, context));
      } catch (error) {
        if (error instanceof TaskError) reject(new StateFailure(error.errorName, error.cause));
        else if (error !== CUT) throw error;
      }
    });
    return () => {
      for (const end of endings) end();
    };
  });
}

/** What the Invoke API answers, without the metadata of the call. */
function invokeResponse(result: unknown): Payload {
  return payloadOf({ ExecutedVersion: '$LATEST', Payload: result ?? null, StatusCode: 200 });
}
