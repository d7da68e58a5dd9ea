/** A guard, and how it is switched off. */

import type { Likely } from './likely.ts';

/** A text of the sources that stands there once, and what stands there instead while the guard is off. */
export interface Cut {
  readonly file: string;
  readonly find: string;
  readonly put: string;
}

export type Guard =
  | {
      /** As `list-guards.ts` finds it; with ` / `, a branch of it. */
      readonly guard: string;
      readonly cuts: readonly Cut[];
      /** A second line of defence falls only together with the first: what that one is. */
      readonly behind?: string;
      /** Which seeds are played first. */
      readonly likely?: Likely;
    }
  | {
      readonly guard: string;
      /** Why no rollout's safety rests on it, and which test holds it instead. */
      readonly notOfRollouts: string;
      readonly heldBy: string;
    };

export type Switch = Extract<Guard, { cuts: unknown }>;

export function cut(file: string, find: string, put: string): Cut {
  return { file, find, put };
}

/** The guard itself, of which several entries may be branches. */
export function nameOfGuard({ guard }: Guard): string {
  return guard.split(' / ')[0] ?? guard;
}
