/** What a check of one invariant is made of. */
import type { HostEvent } from '#local/hosts/host-state.ts';
import type { LocalCloud } from '#local/local-cloud.ts';
import type { Transition } from '#local/step-functions/model.ts';
import type { ApiCall, ApiOutcome } from '#local/wire.ts';
import type { Write } from './item-kinds.ts';
import type { Mirror } from './mirror.ts';
import type { Send } from './send.ts';
import type { Told } from './told.ts';

export interface Context {
  readonly cloud: LocalCloud;
  /** The tables, with the write that is told of already in them. */
  readonly mirror: Mirror;
  /** Accepted commands by their ids, of whichever stack. */
  readonly commands: ReadonlyMap<string, Send>;
  /** Whether it is of the stack whose tables `mirror` shows: another may have a rollout of the same name. */
  isOwn(send: Send | undefined): boolean;
  /** What hosts have told the product so far. */
  readonly told: Told;
  readonly limits: Limits;
  report(what: string): void;
}

export interface Limits {
  /** How long after its instant a rollout that waits may stand still: a sweep and its work. */
  overdueMs: number;
  /** How far a lambda's clock may be ahead of the services'. */
  skewMs: number;
}

/** What a check hears of. Each is told right after the thing itself, in the order of things. */
export interface Ears {
  onCall?(call: ApiCall, outcome: ApiOutcome): void;
  onWrite?(write: Write): void;
  onSend?(send: Send): void;
  onHostEvent?(event: HostEvent): void;
  /** Right before the move is made. */
  onTransition?(transition: Transition): void;
  /** Faults have stopped, a sweep has run, and nothing moves any more. */
  atRest?(): void | Promise<void>;
}

export interface Check {
  /** Its number among the invariants: of docs/architecture.md, or with an `I`, of the host's protocol. */
  readonly name: string;
  begin(context: Context): Ears;
}
