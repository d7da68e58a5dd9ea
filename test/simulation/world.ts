/** What a seed stands for: everything that is drawn before anything is played. */
import type { HostSpec } from '#local/hosts/fleet.ts';
import type { Container, HostFaults } from '#local/hosts/host-state.ts';
import type { ImageBehaviour } from '#local/hosts/image-catalogue.ts';
import type { Bent } from './bent.ts';
import type { Rates } from './rates.ts';

export type Document = Readonly<Record<string, unknown>>;

export interface Size {
  hosts: number;
  hours: number;
}

export type OwnTrait = Container['trait'];

export interface World {
  seed: number;
  size: Size;
  rates: Rates;
  settings: Document;
  policies: readonly Document[];
  /** With the number of images that each holds at the start. */
  repositories: readonly string[];
  /** `trait`: why the containers that are there before Longshore are not to be made again. */
  hosts: readonly (HostSpec & { id: string; trait: OwnTrait })[];
  /** How far the clocks of lambdas are off at most, to either side. */
  skewMs: number;
  /** Whether somebody waits beside it, and acts within seconds. */
  isEager: boolean;
  bent: Bent | undefined;
  /** By their instants. */
  happenings: readonly Happening[];
}

export type OperatorAction =
  | 'pause'
  | 'resume'
  | 'approve'
  | 'reject'
  | 'cancel'
  | 'rollback'
  | 'retry-failed';

/** Numbers choose among what is there at that time: `of` is a share of the list. */
export type Doing =
  | {
      kind: 'push';
      repository: string;
      what: string;
      behaviour: ImageBehaviour;
      movesLatest: boolean;
    }
  | { kind: 'push_again'; repository: string; back: number }
  | { kind: 'delete_tag' | 'delete_image'; repository: string }
  /** A person sees to all that waits for one. */
  | { kind: 'rounds' }
  | { kind: 'ask'; action: OperatorAction; of: number; times: 1 | 2; isWrongPlan: boolean }
  | { kind: 'trigger'; policy: string; repository: string; back: number }
  | { kind: 'return_to'; of: number }
  | { kind: 'Redrive'; of: number }
  /** `isNext`: not one that is under way, but the next one, as it begins. */
  | { kind: 'Stop'; of: number; isNext: boolean; next: AfterStop | undefined; afterMs: number }
  /** `workMs`: so long after it has begun its next command, and not now. */
  | { kind: 'reboot'; host: number; workMs: number | undefined; downMs: number; runsAgain: boolean }
  /** Of so many commands ago. */
  | { kind: 'repeat'; host: number; ago: number }
  | {
      kind: 'offline';
      host: number;
      workMs: number | undefined;
      forMs: number;
      isKnown: boolean;
    }
  | { kind: 'vanish'; host: number; workMs: number | undefined; isReplaced: boolean }
  | { kind: 'join' }
  | { kind: 'untag'; host: number; forMs: number }
  | {
      kind: 'host_fault';
      what: string;
      hosts: readonly number[];
      workMs: number | undefined;
      faults: HostFaults;
      forMs: number;
    }
  /** Its clock is behind; `silentMs`: so long after its agent has taken a command it begins it. */
  | { kind: 'clock_behind'; host: number; behindMs: number; silentMs: number; forMs: number }
  | { kind: 'by_hand'; host: number; container: string; what: HandMade }
  | { kind: 'edit'; policy: string; changes: Document }
  /** `isNext`: not now, but when the next batch begins. */
  | { kind: 'freeze'; policy: string; isNext: boolean; forMs: number }
  /** `isTaken`: while it is removed, another program takes it over. */
  | { kind: 'remove_policy'; policy: string; forMs: number; isTaken: boolean }
  | { kind: 'rename_policy'; policy: string; forMs: number }
  | { kind: 'poison'; repository: string }
  /** Somebody deploys the product once more, for the same hosts and containers. */
  | { kind: 'second_stack'; settings: Document; policies: readonly Document[] }
  /** `ofNext`: not now, but when a host of this policy is at work, of which one at a time may be from now on. */
  | { kind: 'outage'; what: Outage; forMs: number; ofNext: string | undefined };

/** `start`: the next execution by hand, which nothing has named; then it is resumed in a fresh one. */
export type AfterStop = 'Redrive' | 'resume' | 'cancel' | 'rollback' | 'start';

export type HandMade =
  | 'run'
  | 'stop'
  | 'remove'
  | 'prune'
  | 'prune_images'
  | 'lose_state'
  | 'damage';
export type Outage =
  | 'registry'
  | 'hosts_registry'
  | 'bus'
  | 'machines'
  /** What targets and policies are written to. */
  | 'targets'
  | 'topics'
  /** Events of rollouts, by which people are told. */
  | 'news'
  | 'a_topic_is_gone'
  /** Waits of machines are over late. */
  | 'waits'
  | 'lambda'
  /** A lambda of chunks throws what no machine knows. */
  | 'chunk_steps'
  | 'ssm_throttled'
  | 'command_events'
  | 'push_events';

/** `id` stays the same when others are left out. `atMs` counts from the start. */
export type Happening = { readonly id: number; readonly atMs: number } & Doing;
