/** In which order the seeds are played for a guard: the table's own first, then those where it is likely needed. */
import { drawWorld } from '../draw-world.ts';
import type { Size, World } from '../world.ts';
import type { Switch } from './guard.ts';

export interface Range {
  first: number;
  seeds: number;
}

export class Seeds {
  readonly #range: Range;
  readonly #size: Size;
  #worlds: readonly World[] | undefined;

  constructor(range: Range, size: Size) {
    this.#range = range;
    this.#size = size;
  }

  *inOrder({ likely }: Switch, known: number | undefined): Generator<number> {
    if (known !== undefined) yield known;
    const scored = this.#draw().map((world) => ({ world, score: likely?.(world) ?? 0 }));
    for (const { world } of scored.toSorted((one, other) => other.score - one.score)) {
      if (world.seed !== known) yield world.seed;
    }
  }

  /** Once, and only where the table is not enough. */
  #draw(): readonly World[] {
    const { first, seeds } = this.#range;
    this.#worlds ??= Array.from({ length: seeds }, (_, index) =>
      drawWorld(first + index, this.#size),
    );
    return this.#worlds;
  }
}
