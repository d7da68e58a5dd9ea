/**
 * A strand is one attempt at walking one chain of states: an execution, a branch of a Parallel, an
 * iteration of an inline Map. It knows what its chain waits for, so that a stop reaches all of it at
 * once: cutting a strand ends its waits, and clearing up a wait for branches cuts their strands.
 * Whatever comes later (a late lambda, a timer, an evaluation in flight) finds the strand cut and
 * changes nothing. A redrive walks the same chain with a new strand.
 */
import { CUT } from './failures.ts';

export class Strand {
  #isCut = false;
  readonly #waits = new Set<() => void>();

  get isCut(): boolean {
    return this.#isCut;
  }

  /** To be called after every await on anything but `wait`. */
  check(): void {
    if (this.#isCut) throw CUT;
  }

  cut(): void {
    if (this.#isCut) return;
    this.#isCut = true;
    for (const cutWait of this.#waits) cutWait();
  }

  /**
   * Waits for whichever comes first. `begin` starts what is awaited and returns how to clear up
   * (cancel timers, forget tokens), which happens once: on the first answer or on the cut.
   */
  wait<T>(
    begin: (resolve: (value: T) => void, reject: (error: unknown) => void) => () => void,
  ): Promise<T> {
    this.check();
    return new Promise((resolve, reject) => {
      let clearUp: (() => void) | undefined;
      const cutWait = () => finish(() => reject(CUT));
      const finish = (settle: () => void) => {
        if (!this.#waits.delete(cutWait)) return;
        settle();
        clearUp?.();
      };
      this.#waits.add(cutWait);
      clearUp = begin(
        (value) => finish(() => resolve(value)),
        (error) => finish(() => reject(error)),
      );
      if (!this.#waits.has(cutWait)) clearUp();
    });
  }
}
