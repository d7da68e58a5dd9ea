/**
 * Where a guard is likely to be needed: what a seed's world must have for it, the more the better. It only says in
 * which order the seeds are played; each of them counts.
 */
import type { Bent } from '../bent.ts';
import type { FaultKind } from '../rates.ts';
import type { Document, Doing, World } from '../world.ts';

export type Likely = (world: World) => number;

/** How often faults of these kinds hit. */
export function often(...kinds: FaultKind[]): Likely {
  return ({ rates }) => kinds.reduce((product, kind) => product * rates[kind], 1);
}

/** How many such things happen. */
export function happens(isSuch: (doing: Doing) => boolean): Likely {
  return ({ happenings }) => happenings.filter(isSuch).length;
}

/** How many policies are such. */
export function policies(isSuch: (document: Document) => boolean): Likely {
  return (world) => world.policies.filter(isSuch).length;
}

/** Which seeds are bent on it. */
export function bentOn(...bents: Bent[]): Likely {
  return ({ bent }) => (bent !== undefined && bents.includes(bent) ? 1 : 0);
}

export function all(...likely: Likely[]): Likely {
  return (world) => likely.reduce((product, one) => product * one(world), 1);
}
