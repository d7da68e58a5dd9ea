/**
 * The pace of a cloud that takes calls from outside: time goes with the wall clock, whoever calls finds the
 * time that it is then and is answered at once, and what the call brings may be due before what time was
 * waiting for. While nothing is due and nobody calls there is one timer of the real world and no more.
 */
import type { Pacer, Pass } from '../view/pacer.ts';

export class LivePace {
  /** Undefined: time leaps. */
  pacer: Pacer | undefined;
  #end: AbortSignal | undefined;
  #isPassing = false;
  /** Callers that wait until the clock has been set. */
  #callers: PromiseWithResolvers<void> | undefined;

  constructor(pacer: Pacer | undefined) {
    this.pacer = pacer;
  }

  /** From then on the clock's run is broken off: it throws the signal's reason. */
  endBy(signal: AbortSignal): void {
    this.#end = signal;
    signal.addEventListener('abort', () => this.pacer?.interrupt());
  }

  get hasEnded(): boolean {
    return this.#end?.aborted ?? false;
  }

  /** For the clock's run. */
  readonly pass: Pass = async (fromMs, toMs, tick) => {
    this.#callers?.resolve();
    this.#callers = undefined;
    this.#end?.throwIfAborted();
    this.#isPassing = true;
    try {
      return await this.pacer?.pass(fromMs, toMs, tick);
    } finally {
      this.#isPassing = false;
    }
  };

  /** Returns when the clock shows the time that it is; at once where it is on its way there. */
  async arrive(): Promise<void> {
    if (!this.#isPassing || this.pacer === undefined) return;
    this.#callers ??= Promise.withResolvers();
    this.pacer.interrupt();
    await this.#callers.promise;
  }

  /** What a call has begun may be due now. */
  leave(): void {
    this.pacer?.interrupt();
  }
}
