/** The words of the scenarios that a simulated and a real host play alike, and how both tell what came of them. */
import type { HostResult } from '#core/result-line.ts';
import type { Point } from '#local/hosts/point.ts';
import type { Version } from './image-set.ts';

/** `index`: another digest of v2's image. `foreign`: for another processor alone. `absent`: in no registry. */
export type Image =
  | Extract<Version, 'v1' | 'v2' | 'v3' | 'v4' | 'crash' | 'dies' | 'checked' | 'checkFails'>
  | 'index'
  | 'foreign'
  | 'absent';

/** A command and what it answers, as `formatResult` writes it; or where it is killed, and by what. */
type Sending = {
  /** Default 100 and 1. */
  gen?: number;
  step?: number;
  owner?: 'other';
  mode?: 'command';
  check?: 'none' | 'tcp' | 'container_running' | 'docker_health' | 'custom';
  /** Seconds. Default 0. */
  grace?: number;
  stable?: number;
  /** Its work would end after its deadline. */
  expired?: true;
} & (
  | { gives: string }
  /** The very bytes of the last answer. */
  | { repeats: true }
  | { killedAt: Point; byPowerCut?: true }
  /** It goes on while the next one is sent; `later` is what it gives in the end. */
  | { later: string }
);

export type Command = Sending &
  (
    | { update: Image; auto?: 0; install?: true }
    /** The generation that is to be undone. */
    | { restore: number }
    | { look: 'probe' | 'status' }
  );

/** `removes_itself`: --rm. `managed`: Compose's label. `depended_on`: another container shares its network. */
export type Step =
  | Command
  | {
      run: Image;
      restart?: 'no' | 'always';
      trait?: 'removes_itself' | 'managed' | 'depended_on';
    }
  | { hand: 'stops' | 'removes' | 'prunes' | 'prunes images' | 'loses the state' }
  | { damages: 'journal' | 'fence' | 'current' }
  /** `gone`: it has the images no more. `silent`: it does not answer. `locked`: it asks for a password. */
  | { registry: 'gone' | 'silent' | 'locked' | 'back' }
  | { host: 'full' | 'unwritable' | 'engineless' | 'podman' | 'uncreative' | 'well' }
  /** Another process takes the container's port, or leaves it. */
  | { port: 'taken' | 'free' }
  /** The file of the host's owner: all commands, none of them, or a `current=` that prints no digest. */
  | { file: 'written' | 'removed' | 'wrong' }
  /** What runs under the name meanwhile. */
  | { runs: Image | 'nothing' };

export interface End {
  readonly runs: Image | 'nothing';
  /** The file `current`: what the host was left with. */
  readonly current: Image | 'none' | 'damaged';
  /** The container that is kept stopped. */
  readonly kept: Image | 'none';
  /** The file `prev`; `nothing`: before the install there was nothing. */
  readonly prev: Image | 'none' | 'nothing';
  /** Generation and step. */
  readonly fence: string;
  /** The phase of the journal that is open. Default `none`. */
  readonly journal?: string;
}

export interface Scenario {
  readonly name: string;
  readonly steps: readonly Step[];
  readonly ends: End;
}

/**
 * What a player does for the steps of a scenario. In the end it looks, unasked, whether the container has the
 * restart policy that it began with, and what is kept has none, does not run, and is alone.
 */
export interface Player {
  play(step: Step): Promise<void>;
  end(): Promise<Required<End>>;
}

/**
 * `updated 0 at done: v1 > v2, changed, healthy, prev_ready`; a status says `fence 100.1` and `last updated 0`
 * too. Not told, because the two may differ: seconds, the words of `detail`.
 */
export function formatResult(
  result: HostResult,
  nameOf: (digest: string) => string = (digest) => digest,
): string {
  const named = (digest: string) => (digest === '' ? '-' : nameOf(digest));
  const { changed, healthy, prev_ready } = result;
  const facts = Object.entries({ changed, healthy, prev_ready }).flatMap(([name, is]) =>
    is ? [name] : [],
  );
  if (result.fence_gen !== undefined) {
    facts.push(`fence ${result.fence_gen}.${result.fence_step}`);
  }
  if (result.last_outcome !== undefined) {
    facts.push(`last ${result.last_outcome} ${result.last_code}`);
  }
  const place = `${named(result.old)} > ${named(result.new)}`;
  return [`${result.outcome} ${result.code} at ${result.phase}: ${place}`, ...facts].join(', ');
}
