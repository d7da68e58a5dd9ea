/**
 * What a chunk needs next, read from its item alone: the one place that the chunk machine's verdicts
 * come from. Looks are bounded: a chunk that was looked at too often is recorded as it stands.
 */
import type { Chunk, HostRecord } from './chunk.ts';
import { changingUntilMs, openCommands } from './chunk.ts';
import { needsRestore } from './judge-host.ts';
import type { Expected } from './judge-result.ts';

/** One look a minute over an hour: far more than two deadlines. A loop that is longer is a fault. */
const LOOKS = 60;
/** Restores of one chunk on the way back; who is still held then did not go back in time. */
const WAY_BACK_COMMANDS = 5;
/** The host's answer while another command holds it. */
export const LOCKED = 11;

export type ChunkStep =
  | { step: 'update' | 'restore'; hosts: string[] }
  | { step: 'look'; hosts: string[]; action: 'probe' | 'status' }
  | { step: 'wait'; action: 'update' | 'probe' | 'restore' | 'status' }
  | { step: 'record'; reason: string };

/** What may be sent now: an update through the batch's gate, a restore while nobody has halted the rollout. */
export interface Sends {
  mayUpdate: boolean;
  mayRestore: boolean;
}

export function planChunkStep(
  chunk: Chunk,
  expected: Expected,
  policy: { auto_rollback: boolean },
  sends: Sends,
): ChunkStep {
  if (chunk.looks > LOOKS) return { step: 'record', reason: `looked ${chunk.looks} times` };
  const open = openCommands(chunk).at(0);
  if (open !== undefined) return { step: 'wait', action: open.action };
  const asking = named(chunk, (host) => host.phase === 'asking');
  if (asking.length > 0) return { step: 'look', action: 'status', hosts: asking };
  const soaking = named(chunk, (host) => host.phase === 'soaking');
  if (soaking.length > 0) return { step: 'look', action: 'probe', hosts: soaking };
  const failing = policy.auto_rollback
    ? named(chunk, (host) => needsRestore(chunk, host, expected))
    : [];
  if (failing.length > 0 && sends.mayRestore) return { step: 'restore', hosts: failing };
  const planned = named(chunk, (host) => host.phase === 'planned');
  if (planned.length > 0 && sends.mayUpdate) return { step: 'update', hosts: planned };
  const waiting = planned.length + failing.length;
  return {
    step: 'record',
    reason: waiting > 0 ? `${waiting} hosts wait for the gate` : 'every host has an outcome',
  };
}

function named(chunk: Chunk, wanted: (host: HostRecord) => boolean): string[] {
  return chunk.hosts.filter(wanted).map((host) => host.host);
}

export type WayBackStep =
  | { step: 'restore'; hosts: string[] }
  | { step: 'look'; hosts: string[] }
  | { step: 'wait' }
  | { step: 'later'; untilMs: number }
  | { step: 'record' };

/**
 * What a chunk needs next on the way back. Every host for which an update was ever intended is addressed,
 * the unknown too, once: not before the last command that may still change one of them has passed its
 * deadline.
 */
export function planWayBackStep(chunk: Chunk, generation: number, nowMs: number): WayBackStep {
  const isOurs = (command: { generation: number }) => command.generation === generation;
  const open = openCommands(chunk);
  if (open.some(isOurs)) return chunk.looks > LOOKS ? { step: 'record' } : { step: 'wait' };
  const untilMs = changingUntilMs(chunk);
  if (untilMs > nowMs) return { step: 'later', untilMs };
  const sent = chunk.commands.filter((command) => isOurs(command) && command.command_id !== '');
  // Whom another command held is asked to go back again, once that one must have ended.
  const isHeld = (host: HostRecord) => host.code === LOCKED && host.phase === 'done';
  const mayRepeat = sent.length < WAY_BACK_COMMANDS;
  const addressed = new Set(sent.flatMap((command) => command.hosts));
  // One whose answer to an update was lost is not asked about it any more: it is restored.
  const asking = named(chunk, (host) => host.phase === 'asking' && addressed.has(host.host));
  if (asking.length > 0) return { step: 'look', hosts: asking };
  const rest = named(
    chunk,
    (host) =>
      host.attempts > 0 &&
      host.status !== 'rolled_back' &&
      host.status !== 'rollback_failed' &&
      (!addressed.has(host.host) || (mayRepeat && isHeld(host))),
  );
  return rest.length > 0 ? { step: 'restore', hosts: rest } : { step: 'record' };
}
