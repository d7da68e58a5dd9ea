/**
 * What a host remembers about one container, in the words of the host's protocol.
 *
 * Invariant: the fence (owner, generation, step) only grows, and is written before any effect of the
 * command that moves it.
 */
import type { Random, RangeMs } from '../seeded-random.ts';
import type { ImageCatalogue } from './image-catalogue.ts';

export interface Mark {
  readonly owner: string;
  readonly gen: number;
  readonly step: number;
}

export interface Container {
  readonly digest: string;
  readonly ref: string;
  readonly startedAtMs: number;
  /** The command that made it; undefined for one that was there before Longshore. */
  readonly putBy: Mark | undefined;
}

export interface StoredResult {
  readonly line: string;
  readonly op: string;
  readonly outcome: string;
  readonly code: number;
}

export interface Slot {
  readonly name: string;
  current: Container | undefined;
  isRunning: boolean;
  /** Kept stopped beside the current one, so that going back needs no registry. */
  previous: Container | undefined;
  /** What the host itself wrote down as current; another running digest is drift. */
  recordedDigest: string | undefined;
  fence: Mark | undefined;
  /** The answer of the fence's command; undefined while it works, and after it was cut off. */
  last: StoredResult | undefined;
  /** The journal: a change that has begun and has not ended. */
  open: 'pulling' | 'swapping' | 'verifying' | 'undoing' | undefined;
  isLocked: boolean;
}

export function emptySlot(name: string): Slot {
  return {
    name,
    current: undefined,
    isRunning: false,
    previous: undefined,
    recordedDigest: undefined,
    fence: undefined,
    last: undefined,
    open: undefined,
    isLocked: false,
  };
}

/** How long the work on a host takes; each drawn anew, then multiplied by the host's `slowFactor`. */
export interface HostTimings {
  /** Reading the payload, asking Docker. Default 200 to 800 ms. */
  prepareMs: RangeMs;
  /** Default 3 to 15 s; an image that is there already takes no time. */
  pullMs: RangeMs;
  /** Stop, rename, start. Default 0.8 to 2.5 s. */
  swapMs: RangeMs;
}

export const HOST_TIMINGS: HostTimings = {
  prepareMs: [200, 800],
  pullMs: [3_000, 15_000],
  swapMs: [800, 2_500],
};

/** What is wrong with a host. May change at any time; a script sees it when it gets there. */
export interface HostFaults {
  /** Refuses or fails before it touches the container. */
  work?:
    | 'docker_down'
    | 'state_write'
    | 'pull_failed'
    | 'image_not_found'
    | 'auth'
    | 'disk_full'
    | 'create_failed';
  /** Digests that are unhealthy on this host, whatever they are elsewhere. */
  unhealthyDigests?: ReadonlySet<string>;
  /** The health check fails for every container: the check is wrong. */
  failsEveryCheck?: boolean;
  /** The way back does not work either. */
  undoFails?: boolean;
  /** The agent takes a command and never reports: without doing the work, or after it. */
  silent?: 'before_work' | 'after_work';
  /** The report comes without its line, or with a part of it. */
  reply?: 'lost' | 'cut';
  slowFactor?: number;
}

export type StartReason = 'update' | 'undo' | 'restore' | 'by_hand' | 'boot';

/** A line of a host's own log, in the order of things: what tests and the simulator judge by. */
export type HostEvent = {
  readonly atMs: number;
  readonly host: string;
  readonly container: string;
} & (
  | { readonly kind: 'accepted' | 'replayed'; readonly mark: Mark; readonly commandId: string }
  | {
      readonly kind: 'answered';
      readonly op: string;
      readonly outcome: string;
      readonly code: number;
      readonly commandId: string;
    }
  /** A container of this digest began to run under the name. */
  | { readonly kind: 'started'; readonly digest: string; readonly because: StartReason }
  | { readonly kind: 'killed' | 'stopped' }
);

type DistributiveOmit<Union, Key extends PropertyKey> = Union extends unknown
  ? Omit<Union, Key>
  : never;
export type HostNote = DistributiveOmit<HostEvent, 'atMs' | 'host' | 'container'>;

/** What a script works with: one container of one host. */
export interface Ground {
  readonly hostId: string;
  readonly platform: string;
  readonly slot: Slot;
  readonly random: Random;
  readonly timings: HostTimings;
  readonly images: ImageCatalogue;
  /** Digests that the host holds. */
  readonly pulled: Set<string>;
  readonly faults: () => HostFaults;
  nowMs(): number;
  note(event: HostNote): void;
}
