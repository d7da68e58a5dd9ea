/**
 * What a host holds of one container name: the containers themselves, and the files in which the script
 * remembers (`hosts/script/30-state.sh` says what each is for), in the words of the host's protocol.
 *
 * Invariant: the fence (owner, generation, step) only grows, and is written before any effect of the
 * command that moves it.
 */
import type { HostCommand } from '#core/host-command.ts';
import type { Random, RangeMs } from '../seeded-random.ts';
import type { ImageCatalogue } from './image-catalogue.ts';
import type { Point } from './point.ts';

export interface Mark {
  readonly owner: string;
  readonly gen: number;
  readonly step: number;
}

/** Who put a container there: on its labels, and in the files. Of generation -1: nobody of ours. */
export type PutBy = Pick<Mark, 'owner' | 'gen'>;
export const NOBODY: PutBy = { owner: '', gen: -1 };

/** `on-failure` comes back from a boot no more than `no` does. */
export type RestartPolicy = 'no' | 'unless-stopped' | 'always';
/** Why mode `recreate` does not make a container again: `--rm`, Compose's label, another one that hangs on it. */
type Trait = 'removes_itself' | 'managed' | 'depended_on';

export interface Container {
  readonly id: number;
  readonly digest: string;
  readonly ref: string;
  readonly putBy: PutBy;
  readonly trait: Trait | undefined;
  /** `own` bears the slot's name, the others the name and a suffix of ours. */
  name: 'own' | 'new' | 'kept' | 'back';
  restart: RestartPolicy;
  isRunning: boolean;
  /** Undefined for one that was made and never started. */
  startedAtMs: number | undefined;
}

/** The file `current`: what the host was left with. */
interface Recorded extends PutBy {
  readonly id: number | undefined;
  readonly digest: string;
  readonly ref: string;
  readonly healthy: boolean;
}

/** The file `prev`: what to go back to; without an id and a digest, to nothing. */
export interface Earlier extends Recorded {
  readonly policy: RestartPolicy;
}

export type JournalPhase =
  | 'prepared'
  | 'swapping'
  | 'verifying'
  | 'committing'
  | 'undoing'
  | 'restoring';

/** The file `journal`: a change that has begun and has not ended. */
export interface Journal extends Mark {
  readonly op: HostCommand['op'];
  readonly mode: HostCommand['mode'];
  readonly phase: JournalPhase;
  readonly ref: string;
  /** What ran before, and its digest. */
  readonly id: number | undefined;
  readonly kept: string;
  readonly policy: RestartPolicy;
  /** What takes its place. */
  readonly fresh: number | undefined;
  readonly healthy: boolean;
  readonly why: string;
}

export interface StoredResult {
  /** The line and its end: one text for the host's memory and for SSM's, as a fleet has many of them. */
  readonly stdout: string;
  readonly op: string;
  readonly outcome: string;
  readonly code: number;
}

export type StateFile = 'fence' | 'current' | 'journal';

export interface Slot {
  readonly name: string;
  containers: Container[];
  fence: Mark | undefined;
  /** The answer to the last command that was accepted and came to its end. */
  last: (StoredResult & { readonly mark: Mark }) | undefined;
  /** What a script printed last, whether it was accepted or not. */
  printed: string | undefined;
  recorded: Recorded | undefined;
  prev: Earlier | undefined;
  journal: Journal | undefined;
  /** Files that are not as they were written. */
  damaged: ReadonlySet<StateFile>;
  isLocked: boolean;
}

/** One for all: a fleet has many hosts, and hardly one of them a damaged file. */
const NOTHING_DAMAGED: ReadonlySet<StateFile> = new Set();

export function emptySlot(name: string): Slot {
  return {
    name,
    containers: [],
    fence: undefined,
    last: undefined,
    printed: undefined,
    recorded: undefined,
    prev: undefined,
    journal: undefined,
    damaged: NOTHING_DAMAGED,
    isLocked: false,
  };
}

/** How long the work on a host takes; each drawn anew, then multiplied by the host's `slowFactor`. */
export interface HostTimings {
  /** Reading the payload, asking Docker. Default 200 to 800 ms. */
  prepareMs: RangeMs;
  /** Default 3 to 15 s; an image that is there already takes no time. */
  pullMs: RangeMs;
  /** Create, stop, rename, start. Default 0.8 to 2.5 s. */
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
    | 'unfit'
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
  /** The old container cannot be started again: its port is taken. */
  undoFails?: boolean;
  /** The commands of the host's owner: their file is not there, or `current=` prints no digest. */
  custom?: 'missing' | 'no_digest';
  /** The script is killed when it has got so far. */
  diesAt?: Point;
  /** The agent takes a command and never reports: without doing the work, or after it. */
  silent?: 'before_work' | 'after_work';
  /** The report comes without its line, with a part of it, with the one before, or with another's exit code. */
  reply?: 'lost' | 'cut' | 'earlier' | 'other_exit';
  slowFactor?: number;
  /**
   * Its clock is ahead by so much: what is still in time seems to come too late. Behind, where it is negative: what
   * comes too late seems to be in time.
   */
  clockAheadMs?: number;
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
  /** A container of this digest began to run. */
  | { readonly kind: 'started'; readonly digest: string; readonly because: StartReason }
  /** By hand: `lost`: the files are gone, the fence with them; `pruned`: what had stopped is gone. */
  | { readonly kind: 'killed' | 'stopped' | 'lost' | 'pruned' }
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
  nextId(): number;
  nowMs(): number;
  note(event: HostNote): void;
}
