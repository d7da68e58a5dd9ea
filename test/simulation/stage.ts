/** What a seed is played on: the cloud of its world, and who takes note of what happens there. */
import type { StackOptions } from '#local/cloud.ts';
import type { LocalCloud } from '#local/local-cloud.ts';
import type { Watch } from '#test/invariants/watch-invariants.ts';
import type { Counters } from './counters.ts';
import { type Draw, drawOf } from './draw.ts';
import type { Ledger } from './ledger.ts';
import type { Document, Outage, World } from './world.ts';

export const STACK = 'Longshore';
/** How its lambdas' names begin: what befalls those of a second stack has names of its own. */
export const OWN = new RegExp(`^${STACK}-`);
/** Deployed beside it in some seeds. */
export const SECOND = 'Annex';

/** A stack with the policies that it has, and whoever watches over it. */
export interface SecondStack {
  readonly ledger: Ledger;
  readonly watch: Watch;
}

/** While faults hit, a sweep may be one of several that come to nothing; afterwards, what waits is ended. */
export const OVERDUE_MS = 3 * 3_600_000;

/** Each sandbox has a clock of its own. */
export function clocksOf({ seed, skewMs }: World): NonNullable<StackOptions['lambdaAheadMs']> {
  const draw = drawOf(seed, 'clocks');
  return (name, sandbox) => (skewMs === 0 ? 0 : draw.int(`${name} ${sandbox}`, -skewMs, skewMs));
}

export interface Stage {
  readonly cloud: LocalCloud;
  readonly world: World;
  /** As it is synthesized: without what this world puts in. */
  readonly template: unknown;
  readonly draw: Draw;
  readonly ledger: Ledger;
  readonly counters: Counters;
  /** The policies as the stack's files would say them now, by their ids at the start. */
  readonly documents: Map<string, Document>;
  /** What lasts for a while: undone when its time is over, or when all faults stop. */
  readonly undo: Set<() => void>;
  /** What is out of order now. */
  readonly outages: Set<Outage>;
  /** What befalls a host when it has begun its next command, by its id. */
  readonly working: Map<string, () => void>;
  /** Undefined as long as there is none. */
  second: SecondStack | undefined;
  /** Whether faults hit still. */
  isRough: boolean;
  tell(text: string): void;
}

/** The stacks that are there, by their names. */
export function ledgersOf({ ledger, second }: Stage): (readonly [string, Ledger])[] {
  return [[STACK, ledger], ...(second ? ([[SECOND, second.ledger]] as const) : [])];
}

export function watchesOf({ second }: Stage, first: Watch): Watch[] {
  return second ? [first, second.watch] : [first];
}

/** For so long, and then no more. */
export function lasting(stage: Stage, forMs: number, end: () => void): void {
  const { clock } = stage.cloud;
  const once = () => {
    if (stage.undo.delete(once)) end();
  };
  stage.undo.add(once);
  clock.schedule(clock.nowMs() + forMs, once);
}

/** One of a list, by a share of it. */
export function oneOf<T>(list: readonly T[], share: number): T | undefined {
  return list[Math.floor(share * list.length)];
}
