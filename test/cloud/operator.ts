/**
 * What a person does to a rollout: Stop and Redrive in the Step Functions console, and a decision that is
 * written first and then completes the token that waits. And the ways to drive time to the moment at which
 * the person does it.
 */
import {
  DescribeExecutionCommand,
  RedriveExecutionCommand,
  SendTaskSuccessCommand,
  SFNClient,
  StartExecutionCommand,
  StopExecutionCommand,
} from '@aws-sdk/client-sfn';
import * as z from 'zod';
import { readRollout, writeRollout } from '#aws/rollout-store.ts';
import type { Decision, Rollout } from '#core/rollout.ts';
import { ServiceError } from '#local/service-error.ts';
import type { HistoryEvent } from '#local/step-functions/history.ts';
import type { ApiCall } from '#local/wire.ts';
import { STACK, type TestCloud } from './start-cloud.ts';

const WHY = 'I looked at it';

const Answer = z.strictObject({
  verdict: z.enum(['done', 'refused']),
  reason: z.string(),
  rollout: z.string().optional(),
  status: z.string().optional(),
});
type Answer = z.infer<typeof Answer>;

interface Operator {
  /** Drives time until an execution of the rollout machine stands in this state, or a child of it does. */
  reach(state: string): Promise<void>;
  /** Drives time until so many commands went out in all. */
  reachCommands(count: number): Promise<void>;
  stop(rollout: Rollout, cause?: string): Promise<void>;
  redrive(rollout: Rollout): Promise<void>;
  /** Starts the control machine with this input, and drives time until it has answered. */
  ask(input: unknown): Promise<Answer>;
  askTogether(inputs: readonly unknown[]): Promise<Answer[]>;
  /** Starts the control machine with this input, and no more. Returns the execution's ARN. */
  begin(input: unknown): Promise<string>;
  /** The same for the newest rollout, by ada. */
  tell(action: string, more?: Record<string, unknown>): Promise<Answer>;
  /** Writes the decision, and gives the token that waits for it. */
  write(decision: Pick<Decision, 'action' | 'plan_hash'>): Promise<string>;
  /** The same, then completes the token, and drives time until nothing happens any more. */
  decide(decision: Pick<Decision, 'action' | 'plan_hash'>): Promise<void>;
  /** SendCommand calls that SSM took. */
  sends(): number;
}

export function operate(test: TestCloud): Operator {
  const { cloud, store } = test;
  const sfn = new SFNClient(cloud.clientConfig());
  const reach = async (isThere: () => boolean, what: string) => {
    await cloud.run({ until: isThere, untilMs: cloud.clock.nowMs() + 86_400_000 });
    if (!isThere()) throw new Error(`never reached: ${what}`);
  };
  const write: Operator['write'] = async (decision) => {
    const { rollout } = await test.newest();
    const read = await readRollout(store, rollout);
    if (read?.token === undefined) throw new Error(`${rollout} waits for nobody`);
    const decided = { ...decision, by: 'ada', why: WHY, at_ms: cloud.clock.nowMs() };
    await writeRollout(store, { ...read, decision: decided });
    return read.token;
  };
  const controlArn = cloud.machines.get(`${STACK}-control`) ?? '';
  const begin = async (input: unknown) => {
    const started = await sfn.send(
      new StartExecutionCommand({ stateMachineArn: controlArn, input: JSON.stringify(input) }),
    );
    return started.executionArn ?? '';
  };
  const answerOf = async (executionArn: string) => {
    const { output, cause } = await sfn.send(new DescribeExecutionCommand({ executionArn }));
    if (output === undefined) throw new Error(`the control execution failed: ${cause}`);
    return Answer.parse(JSON.parse(output));
  };
  const askTogether: Operator['askTogether'] = async (inputs) => {
    const arns = await Promise.all(inputs.map(begin));
    const isOver = () =>
      cloud.stepFunctions.executions(controlArn).every(({ status }) => status !== 'RUNNING');
    await reach(isOver, 'the end of the control executions');
    return Promise.all(arns.map(answerOf));
  };
  const ask: Operator['ask'] = async (input) => {
    const [answer] = await askTogether([input]);
    if (answer === undefined) throw new Error('nobody answered');
    return answer;
  };
  return {
    ask,
    begin,
    askTogether,
    tell: async (action, more = {}) => {
      const { rollout } = await test.newest();
      return ask({ rollout, action, reason: WHY, by: 'ada', ...more });
    },
    reach: (state) => reach(() => standing(test).includes(state), state),
    reachCommands: (count) => reach(() => cloud.ssm.commands.length >= count, `${count} commands`),
    stop: async ({ execution_arn }, cause = 'let me look') => {
      await sfn.send(new StopExecutionCommand({ executionArn: execution_arn, cause }));
    },
    redrive: async ({ execution_arn }) => {
      await sfn.send(new RedriveExecutionCommand({ executionArn: execution_arn }));
    },
    write,
    decide: async (decision) => {
      const taskToken = await write(decision);
      const output = JSON.stringify({ verdict: decision.action, reason: WHY });
      await sfn.send(new SendTaskSuccessCommand({ taskToken, output }));
      await cloud.settle();
    },
    sends: () => cloud.ssm.commands.length,
  };
}

/** How often an image was started by an update, by host; hosts where it never was are left out. */
export function updates({ cloud }: TestCloud): number[] {
  const { fleet } = cloud;
  const counts = fleet.list.map(
    ({ id }) =>
      fleet.log(id).filter((event) => event.kind === 'started' && event.because === 'update')
        .length,
  );
  return counts.filter((count) => count > 0);
}

/** The states in which running executions of the rollout machine and their children stand. */
function standing({ cloud }: TestCloud): string[] {
  const { stepFunctions } = cloud;
  const arn = cloud.machines.get(`${cloud.account.stackName}-rollout`) ?? '';
  const running = stepFunctions.executions(arn).filter(({ status }) => status === 'RUNNING');
  const parents = running.map(({ executionArn }) => String(executionArn));
  const children = parents
    .flatMap((parent) => stepFunctions.mapRuns(parent))
    .flatMap(({ mapRunArn }) => stepFunctions.children(String(mapRunArn)))
    .filter(({ status }) => status === 'RUNNING')
    .map(({ executionArn }) => String(executionArn));
  return [...parents, ...children].flatMap((of) => lastEntered(stepFunctions.history(of)));
}

function lastEntered(history: readonly HistoryEvent[]): string[] {
  const entered = history.map((event) => event['stateEnteredEventDetails']).findLast(Boolean);
  const isNamed = typeof entered === 'object' && entered !== null && 'name' in entered;
  return isNamed ? [String(entered.name)] : [];
}

/** A lambda that is not free for some seconds, so that there is time to do something in its state. */
export function delay({ cloud }: TestCloud, lambda: string): void {
  let refusals = 0;
  cloud.functions.fault = ({ functionName }) =>
    functionName === `${STACK}-${lambda}` && refusals++ < 6
      ? { kind: 'refused', errorName: 'Lambda.TooManyRequestsException' }
      : undefined;
}

/** Refuses every call like that, until it is mended. */
export function refuse({ cloud }: TestCloud, isRefused: (call: ApiCall) => boolean): () => void {
  const error = new ServiceError('InternalServerError', 'try again later');
  cloud.wire.fault = (call) => (isRefused(call) ? { kind: 'refused', error } : undefined);
  return () => {
    cloud.wire.fault = undefined;
  };
}
