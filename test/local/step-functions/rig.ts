/** One machine on a virtual clock, with code behind its tasks that a test writes. */
import { VirtualClock } from '#local/clock.ts';
import type { HistoryEvent } from '#local/step-functions/history.ts';
import type { StatusChange, TaskCallContext, Transition } from '#local/step-functions/model.ts';
import { StepFunctions } from '#local/step-functions/service.ts';

export const START_MS = Date.UTC(2026, 0, 1);
export const LAMBDA = 'arn:aws:lambda:eu-west-1:111111111111:function:work';
export const MACHINE = 'arn:aws:states:eu-west-1:111111111111:stateMachine:machine';

export interface Call {
  functionArn: string;
  payload: unknown;
  context: TaskCallContext;
}

export type Answer = (call: Call, clock: VirtualClock) => unknown;

export class Rig {
  readonly clock = new VirtualClock(START_MS);
  readonly calls: Call[] = [];
  readonly changes: StatusChange[] = [];
  readonly transitions: Transition[] = [];
  readonly sfn: StepFunctions;
  readonly arn: string;
  answer: Answer;
  onChange: (change: StatusChange) => void = () => {};

  constructor(definition: object, options: { answer?: Answer; random?: () => number } = {}) {
    this.answer = options.answer ?? (() => ({}));
    this.sfn = new StepFunctions({
      clock: this.clock,
      random: options.random ?? seededRandom(1),
      region: 'eu-west-1',
      accountId: '111111111111',
      invokeLambda: async (functionArn, payload, context) => {
        const call = { functionArn, payload, context };
        this.calls.push(call);
        return this.answer(call, this.clock);
      },
      onStatusChange: (change) => {
        this.changes.push(change);
        this.onChange(change);
      },
      onTransition: (transition) => this.transitions.push(transition),
    });
    this.arn = this.sfn.createStateMachine({
      name: 'machine',
      definition: JSON.stringify({ QueryLanguage: 'JSONata', ...definition }),
      roleArn: 'arn:aws:iam::111111111111:role/machine',
    });
  }

  /** Starts and runs until nothing is scheduled any more, or for so long. Returns the ARN. */
  async run(input: unknown = {}, forMs?: number): Promise<string> {
    const executionArn = await this.start(input);
    await this.pass(forMs);
    return executionArn;
  }

  async start(input: unknown = {}, name = 'run'): Promise<string> {
    await this.sfn.apply('StartExecution', {
      stateMachineArn: this.arn,
      name,
      input: JSON.stringify(input),
    });
    return `arn:aws:states:eu-west-1:111111111111:execution:machine:${name}`;
  }

  async pass(forMs?: number): Promise<void> {
    await this.clock.run(forMs === undefined ? {} : { untilMs: this.clock.nowMs() + forMs });
  }

  async stop(executionArn: string, ending: { error?: string; cause?: string } = {}) {
    return this.sfn.apply('StopExecution', { executionArn, ...ending });
  }

  /** Redrives and runs until nothing is scheduled any more. */
  async redrive(executionArn: string): Promise<void> {
    await this.sfn.apply('RedriveExecution', { executionArn });
    await this.pass();
  }

  async describe(executionArn: string): Promise<Record<string, unknown>> {
    return this.sfn.apply('DescribeExecution', { executionArn });
  }

  /** Status and output, or status, error and cause. */
  async ending(executionArn: string): Promise<unknown[]> {
    const { status, output, error, cause } = await this.describe(executionArn);
    if (status === 'SUCCEEDED') return [status, JSON.parse(String(output))];
    return [status, error, cause].filter((part) => part !== undefined);
  }

  history(executionArn: string): readonly HistoryEvent[] {
    return this.sfn.history(executionArn);
  }

  types(executionArn: string): string[] {
    return this.history(executionArn).map(({ type }) => type);
  }

  /** The events' types after the last one of the given type. */
  typesAfter(executionArn: string, type: string): string[] {
    const types = this.types(executionArn);
    return types.slice(types.lastIndexOf(type) + 1);
  }
}

/** mulberry32 */
export function seededRandom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
