/**
 * Lambda: functions by name, invoked at once or by way of the asynchronous queue.
 *
 * A sandbox runs one invocation at a time, as in the service: what a handler keeps between
 * invocations (clients, the logger's context) is never shared by two that run at once. A sandbox
 * that died is not used again. Payloads and answers pass through JSON.
 */
import type { VirtualClock } from '../clock.ts';
import { drawUuid, type Random } from '../seeded-random.ts';
import { callers } from '../wire.ts';
import { Invocation, type InvocationFault } from './invocation.ts';
import { LambdaError, thrownError } from './lambda-error.ts';
import type { LogLine } from './log-console.ts';

/** Lambda's waits before it tries an asynchronous event for the second and the third time. */
const ASYNC_RETRY_MS = [60_000, 120_000];

export interface LambdaContext {
  awsRequestId: string;
  functionName: string;
  functionVersion: string;
  invokedFunctionArn: string;
  memoryLimitInMB: string;
  logGroupName: string;
  logStreamName: string;
  callbackWaitsForEmptyEventLoop: boolean;
  getRemainingTimeInMillis(): number;
}

export type BoundHandler = (event: unknown, context: LambdaContext) => Promise<unknown>;

export interface FunctionDefinition {
  name: string;
  arn: string;
  timeoutMs: number;
  /** Makes a new sandbox: its own clients, its own logger. */
  bind: () => BoundHandler;
  /** Attempts after the first one of an asynchronous event: 0 to 2, default 2. */
  asyncRetries?: number;
  /** Takes an asynchronous event that failed for good. */
  onAsyncFailure?: (event: unknown) => void;
}

export interface InvocationRequest {
  readonly functionName: string;
  readonly payload: unknown;
  /** How many invocations this function had before, those that Lambda refused included. */
  readonly earlier: number;
}

interface Registered extends FunctionDefinition {
  idle: BoundHandler[];
  invocations: number;
}

export interface FunctionsOptions {
  clock: VirtualClock;
  random: Random;
  log: (line: LogLine) => void;
}

export class Functions {
  /** Asked before each invocation; what it returns happens to it. */
  fault: ((request: InvocationRequest) => InvocationFault | undefined) | undefined;
  readonly #options: FunctionsOptions;
  readonly #byName = new Map<string, Registered>();

  constructor(options: FunctionsOptions) {
    this.#options = options;
  }

  register(definition: FunctionDefinition): void {
    if (this.#byName.has(definition.name)) {
      throw new Error(`two functions are named ${definition.name}`);
    }
    this.#byName.set(definition.name, { ...definition, idle: [], invocations: 0 });
  }

  has(nameOrArn: string): boolean {
    return this.#byName.has(nameOf(nameOrArn));
  }

  names(): string[] {
    return [...this.#byName.keys()];
  }

  /** How often the function was invoked so far. */
  invocations(nameOrArn: string): number {
    return this.#find(nameOrArn).invocations;
  }

  /** Waits for the answer. Throws LambdaError. To be called in a fiber, or where no time has to pass. */
  async invoke(nameOrArn: string, payload: unknown): Promise<unknown> {
    const target = this.#find(nameOrArn);
    const { clock } = this.#options;
    const { promise, resolve, reject } = Promise.withResolvers<unknown>();
    clock.spawn(() => this.#run(target, payload, resolve, reject));
    return clock.suspend(promise);
  }

  /** Hands the event to the asynchronous queue: retries after one and two minutes, then the failure sink. */
  invokeAsync(nameOrArn: string, payload: unknown): void {
    const target = this.#find(nameOrArn);
    this.#attempt(target, payload, 0, this.#options.clock.nowMs());
  }

  #attempt(target: Registered, payload: unknown, retries: number, atMs: number): void {
    const { clock } = this.#options;
    clock.schedule(atMs, async () => {
      try {
        await this.invoke(target.name, payload);
      } catch (error) {
        if (!(error instanceof LambdaError)) throw error;
        const waitMs = ASYNC_RETRY_MS[retries];
        if (waitMs === undefined || retries >= (target.asyncRetries ?? 2)) {
          target.onAsyncFailure?.(payload);
          return;
        }
        this.#attempt(target, payload, retries + 1, clock.nowMs() + waitMs);
      }
    });
  }

  async #run(
    target: Registered,
    payload: unknown,
    succeed: (value: unknown) => void,
    fail: (error: LambdaError) => void,
  ): Promise<void> {
    const { clock, random } = this.#options;
    const requestId = drawUuid(random);
    const earlier = target.invocations++;
    const fault = this.fault?.({ functionName: target.name, payload, earlier });
    if (fault?.kind === 'refused') {
      fail(new LambdaError(fault.errorName, 'Rate exceeded or service unavailable'));
      return;
    }
    const invocation = new Invocation({
      clock,
      requestId,
      functionName: target.name,
      payload,
      timeoutMs: target.timeoutMs,
      fault,
      fail: (error) => {
        this.#note(target.name, requestId, error);
        fail(error);
      },
    });
    const sandbox = target.idle.pop() ?? target.bind();
    const endsAtMs = clock.nowMs() + target.timeoutMs;
    const context = contextOf(target, requestId, () => Math.max(0, endsAtMs - clock.nowMs()));
    const ended = callers
      .run(invocation, async () => sandbox(cloneJson(payload), context))
      .then(
        (value) => succeed(cloneJson(value)),
        (error: unknown) => fail(thrownError(error)),
      );
    // Not suspended: a handler that works holds time still, one that waits does so on the clock.
    await Promise.race([ended, invocation.gone]);
    invocation.end();
    if (!invocation.isGone) target.idle.push(sandbox);
  }

  /** What the platform itself says about an invocation that did not end by itself. */
  #note(functionName: string, requestId: string, error: LambdaError): void {
    const message = `${error.errorName} ${error.errorCause}`;
    const atMs = this.#options.clock.nowMs();
    this.#options.log({ atMs, functionName, requestId, line: { level: 'PLATFORM', message } });
  }

  #find(nameOrArn: string): Registered {
    const found = this.#byName.get(nameOf(nameOrArn));
    if (found === undefined) throw new Error(`there is no function ${nameOrArn}`);
    return found;
  }
}

/** `arn:aws:lambda:region:account:function:NAME[:qualifier]`, or the name itself. */
function nameOf(nameOrArn: string): string {
  const parts = nameOrArn.split(':');
  return parts[0] === 'arn' ? (parts[6] ?? '') : nameOrArn;
}

function cloneJson(value: unknown): unknown {
  return value === undefined ? null : JSON.parse(JSON.stringify(value));
}

function contextOf(
  target: FunctionDefinition,
  requestId: string,
  getRemainingTimeInMillis: () => number,
): LambdaContext {
  return {
    awsRequestId: requestId,
    functionName: target.name,
    functionVersion: '$LATEST',
    invokedFunctionArn: target.arn,
    memoryLimitInMB: '256',
    logGroupName: `/aws/lambda/${target.name}`,
    logStreamName: requestId,
    callbackWaitsForEmptyEventLoop: true,
    getRemainingTimeInMillis,
  };
}
