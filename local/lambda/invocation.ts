/**
 * One run of a function, and what may befall it around its API calls.
 *
 * Invariant: once an invocation is over for its sandbox (death, timeout), none of its calls returns
 * any more, so nothing of it goes on. A zombie is the opposite: over for its caller, which sees a
 * timeout and may try again, while the run itself goes on later.
 */
import type { VirtualClock } from '../clock.ts';
import type { Caller } from '../wire.ts';
import { type LambdaError, sandboxDied, timedOut } from './lambda-error.ts';

/** `call` counts the API calls of one invocation from 1; every retry of the SDK is a call. */
export type InvocationFault =
  /** The call is never made. */
  | { readonly kind: 'die_before'; readonly call: number }
  /** The call takes effect; its answer comes too late. */
  | { readonly kind: 'die_after'; readonly call: number }
  /**
   * The caller sees a timeout at once; the call is made `resumeAfterMs` later and the run goes on. With
   * `isMortal` its sandbox goes at the function's timeout all the same.
   */
  | {
      readonly kind: 'zombie';
      readonly call: number;
      readonly resumeAfterMs: number;
      readonly isMortal?: boolean;
    }
  /** Lambda itself refuses: nothing runs. `errorName` as in `Lambda.TooManyRequestsException`. */
  | { readonly kind: 'refused'; readonly errorName: string };

export interface InvocationOptions {
  clock: VirtualClock;
  requestId: string;
  functionName: string;
  payload: unknown;
  timeoutMs: number;
  fault: InvocationFault | undefined;
  /** Ends the invocation for its caller; later calls of it change nothing. */
  fail: (error: LambdaError) => void;
}

export class Invocation implements Caller {
  readonly functionName: string;
  readonly requestId: string;
  readonly payload: unknown;
  /** Settles when the sandbox has ended before the handler did. */
  readonly gone: Promise<void>;
  isGone = false;
  readonly #options: InvocationOptions;
  readonly #markGone: () => void;
  readonly #stopTimeout: () => void;
  #calls = 0;
  #isZombie = false;

  constructor(options: InvocationOptions) {
    this.#options = options;
    this.functionName = options.functionName;
    this.requestId = options.requestId;
    this.payload = options.payload;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.gone = promise;
    this.#markGone = resolve;
    const { clock, timeoutMs } = options;
    this.#stopTimeout = clock.schedule(clock.nowMs() + timeoutMs, () => this.#timeOut());
  }

  /** The handler has returned: the timeout is off. */
  end(): void {
    this.#stopTimeout();
  }

  async beforeCall(): Promise<number> {
    if (this.isGone) return never();
    const call = ++this.#calls;
    const { clock, fault, requestId, timeoutMs, fail } = this.#options;
    if (fault?.kind === 'die_before' && fault.call === call) return this.#die();
    if (fault?.kind === 'zombie' && fault.call === call) {
      if (fault.isMortal) this.#isZombie = true;
      else this.#stopTimeout();
      fail(timedOut(requestId, timeoutMs));
      await clock.sleep(fault.resumeAfterMs);
      if (this.isGone) return never();
    }
    return call;
  }

  async afterCall(call: number): Promise<void> {
    const { fault } = this.#options;
    if (this.isGone) return never();
    if (fault?.kind === 'die_after' && fault.call === call) return this.#die();
  }

  #die(): Promise<never> {
    this.#end(sandboxDied());
    return never();
  }

  #timeOut(): void {
    if (this.#isZombie) this.#leave();
    else this.#end(timedOut(this.requestId, this.#options.timeoutMs));
  }

  #end(error: LambdaError): void {
    this.#options.fail(error);
    this.#leave();
  }

  #leave(): void {
    this.isGone = true;
    this.#markGone();
  }
}

function never(): Promise<never> {
  return new Promise(() => {});
}
