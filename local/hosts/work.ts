/**
 * What a script knows while it works: the variables of `hosts/script/90-main.sh`, and its two limits.
 *
 * `id`, `kept`, `policy`: what ran before and its digest; none where there was nothing. `fresh`: what takes its
 * place. `ref`: the image that is wanted. `why`: what went wrong last.
 */
import type { HostCommand } from '#core/host-command.ts';
import { cached } from '../parse-cache.ts';
import { drawMs, type RangeMs } from '../seeded-random.ts';
import { findById, isSameImage } from './containers.ts';
import { type Look, look, planVerification } from './health.ts';
import type {
  Container,
  Ground,
  Journal,
  JournalPhase,
  PutBy,
  RestartPolicy,
} from './host-state.ts';
import { type Steps, wait } from './point.ts';

export interface Work {
  readonly ground: Ground;
  readonly command: HostCommand;
  readonly commandId: string;
  readonly beganAtMs: number;
  /** Whether the answer is the end of what the journal says: it goes when the answer is stored. */
  closes: boolean;
  /** Nothing changes after it. */
  limitMs: number;
  mode: HostCommand['mode'];
  phase: string;
  changed: boolean;
  healthy: boolean;
  prevReady: boolean;
  old: string;
  new: string;
  ref: string;
  why: string;
  id: number | undefined;
  kept: string;
  policy: RestartPolicy;
  fresh: number | undefined;
  /** Who put `fresh` there: this command, or the killed one that it finishes. */
  putBy: PutBy;
}

/** A script ends its work by itself, with time to answer before the agent kills it. */
const TAIL_S = 3;
/** Of a command's time, this part is kept for the way back. */
const RESERVE_SHARE = 4;
const RESERVE_MOST_S = 60;

export function beginWork(
  ground: Ground,
  command: HostCommand,
  of: { commandId: string; beganAtMs: number },
): Work {
  return {
    ground,
    command,
    ...of,
    closes: false,
    limitMs: 0,
    phase: 'preflight',
    changed: false,
    healthy: false,
    prevReady: false,
    old: '',
    new: '',
    mode: command.mode,
    ref: command.ref ?? '',
    why: '',
    id: undefined,
    kept: '',
    policy: 'no',
    fresh: undefined,
    putBy: { owner: command.owner, gen: command.gen },
  };
}

/** One text of each, which all hosts of a fleet hold. */
export const digestOf = cached((ref) => ref.slice(ref.indexOf('@') + 1));
const oneText = cached((ref) => ref);

/** The same repository, another digest. */
export function withDigest(ref: string, digest: string): string {
  return oneText(`${ref.slice(0, ref.indexOf('@'))}@${digest}`);
}

export function forward(work: Work): void {
  const { timeout } = work.command;
  const reserve = Math.min(Math.floor(timeout / RESERVE_SHARE), RESERVE_MOST_S);
  work.limitMs = work.beganAtMs + (timeout - TAIL_S - reserve) * 1000;
}

export function toTheEnd(work: Work): void {
  work.limitMs = work.beganAtMs + (work.command.timeout - TAIL_S) * 1000;
}

export function writeJournal(work: Work, phase: JournalPhase): void {
  const { ground, command, mode, ref, id, kept, policy, fresh, healthy, why } = work;
  const { owner, gen, step, op } = command;
  const journal: Journal = {
    owner,
    gen,
    step,
    op,
    mode,
    phase,
    ref,
    id,
    kept,
    policy,
    fresh,
    healthy,
    why,
  };
  ground.slot.journal = journal;
}

/** Whether the file `current` is about the container `id`. */
export function isCurrent({ ground, command }: Work, container: Container | undefined): boolean {
  const { recorded } = ground.slot;
  if (recorded === undefined || container === undefined) return false;
  const isOurs = recorded.owner === command.owner || recorded.owner === '';
  return isOurs && isSameImage(ground, recorded.digest, container.digest);
}

/** How often it has to pass in a row, how long to wait before, and for how long it is watched after. */
export interface Proof {
  readonly success: number;
  readonly grace: number;
  readonly stable: number;
}

/** The whole proof that the command asks for. */
export function proofOf({ command }: Work): Proof {
  const { success = 1, grace = 0, stable = 0 } = command.timing ?? {};
  return { success, grace, stable };
}

const NO_TIMING = { retries: 0, interval: 0, htimeout: 0 };

/** Of a container without a check: that it runs. */
const BARE = { success: 1, stable: 0 };

/** One check. Its result stands in `why`: empty where the container is healthy. */
export function* checkHealth(work: Work, id: number | undefined, proof: Proof): Steps<boolean> {
  const { ground, command } = work;
  const { retries, interval, htimeout } = command.timing ?? NO_TIMING;
  const { grace, success, stable } =
    command.check?.health === 'none' ? { ...proof, ...BARE } : proof;
  const timing = { retries, interval, htimeout, grace, success, stable };
  const born = findById(ground.slot, id)?.startedAtMs;
  const at = { nowMs: ground.nowMs(), limitMs: work.limitMs };
  const planned = planVerification(timing, at, (atMs) => lookNow(work, id, atMs));
  yield wait(planned.endsAtMs - at.nowMs);
  work.why = planned.why;
  if (!planned.isHealthy) return false;
  // Between two looks another hand, or a boot, may have come.
  if (lookNow(work, id, ground.nowMs()) !== 'healthy') work.why = 'the health check fails';
  else if (findById(ground.slot, id)?.startedAtMs !== born) work.why = 'started again meanwhile';
  return work.why === '';
}

export function lookNow({ ground, command }: Work, id: number | undefined, atMs: number): Look {
  return look(ground, findById(ground.slot, id), command.check, atMs);
}

/** Whole milliseconds: a share of a time out of the range, on a host as slow as it is. */
export function draw(ground: Ground, rangeMs: RangeMs, share = 1): number {
  return Math.round(drawMs(ground.random, rangeMs) * share * (ground.faults().slowFactor ?? 1));
}
