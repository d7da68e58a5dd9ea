/**
 * How a rollout ends. In a final status every planned host has a final status: what is still open is
 * settled first, and not before its last command's deadline has passed, because until then it may still
 * become something.
 */

import { changeStatus } from './change-status.ts';
import { type Chunk, changingUntilMs, type HostRecord, mayChangeHosts } from './chunk.ts';
import { isThrough } from './plan-way-back.ts';
import type { Rollout } from './rollout.ts';
import { type HostStatus, isFinalHost, isOpen, type RolloutStatus } from './status.ts';

/** Rows of a finished rollout are kept this long. TTL is a broom, never a timer. */
const KEPT_DAYS = 365;

export type ClosePlan =
  | { verdict: 'done'; rollout: Rollout; settled: Chunk[]; chunks: Chunk[]; reason: string }
  | { verdict: 'again'; untilMs: number; reason: string }
  | { verdict: 'hold'; reason: string };

export function planClose(rollout: Rollout, stored: readonly Chunk[], nowMs: number): ClosePlan {
  const end = chooseEnd(rollout, stored);
  if (end === undefined) {
    return {
      verdict: 'hold',
      reason: rollout.hold?.reason ?? 'the rollout has not come to its end',
    };
  }
  const untilMs = Math.max(0, ...stored.map(doubtfulUntilMs));
  if (untilMs > nowMs) {
    return { verdict: 'again', untilMs, reason: 'commands may still change hosts' };
  }
  const isWayBack = rollout.status === 'rolling_back';
  const chunks = stored.map((chunk) =>
    settleChunk(isWayBack ? giveUpWayBack(chunk, nowMs) : chunk, nowMs),
  );
  const settled = chunks.filter(
    (chunk, index) => chunk !== stored[index] || isNotBegun(chunk, rollout),
  );
  const totals = countHosts(rollout, chunks);
  const finished = { ...rollout, settled: true, totals, gate: 'closed' as const };
  const expires_at = rollout.expires_at ?? Math.floor(nowMs / 1000) + KEPT_DAYS * 86_400;
  if (!isOpen(rollout.status)) {
    const kept = { ...finished, expires_at };
    return { verdict: 'done', rollout: kept, settled, chunks, reason: end.why };
  }
  const { decision, hold, held_from, paused, token, token_of, ...rest } = finished;
  const to = end.to === 'completed' && !isEverywhere(totals) ? 'completed_with_failures' : end.to;
  const why = reasonOf(to, end.why, totals, chunks);
  const closed = changeStatus(
    { ...rest, ...(paused !== undefined && { paused }) },
    { to, event: eventOf(to), who: end.who, why, nowMs },
  );
  const { paused: _was, ...last } = closed;
  return {
    verdict: 'done',
    rollout: { ...last, completed_at_ms: nowMs, expires_at },
    settled,
    chunks,
    reason: why,
  };
}

/**
 * Of the batch that is open, what this round has intended nothing for. It is stored as it is, so that a step that has
 * read its gate before, and would store its intent now, loses.
 */
function isNotBegun(chunk: Chunk, { batch, batch_judged: isJudged, round }: Rollout): boolean {
  return chunk.batch === batch && !isJudged && chunk.round < round;
}

/**
 * The instant from which nothing of the chunk can change a host any more. A host that is still to be asked may
 * be at work: its answer was lost, or it was held by an earlier copy of the same command.
 */
function doubtfulUntilMs(chunk: Chunk): number {
  const isAsked = (name: string) =>
    chunk.hosts.some(({ host, phase }) => host === name && phase === 'asking');
  const deadlines = chunk.commands
    .filter(({ action, hosts }) => mayChangeHosts(action) && hosts.some(isAsked))
    .map((command) => command.deadline_at_ms);
  return Math.max(changingUntilMs(chunk), ...deadlines);
}

interface End {
  to: RolloutStatus;
  who: string;
  why: string;
}

/** Which end a rollout has come to, from what is stored; undefined where it has not. */
function chooseEnd(rollout: Rollout, chunks: readonly Chunk[]): End | undefined {
  const { status, decision } = rollout;
  if (!isOpen(status)) return { to: status, who: 'longshore', why: `the rollout is ${status}` };
  if (status === 'rolling_back') {
    const isBack = chunks
      .flatMap((chunk) => chunk.hosts)
      .every((host) => host.attempts === 0 || host.status === 'rolled_back');
    const why = rollout.rollback?.reason ?? '';
    return { to: isBack ? 'rolled_back' : 'rollback_failed', who: 'longshore', why };
  }
  if (decision?.action === 'cancel')
    return { to: 'cancelled', who: decision.by, why: decision.why };
  if (decision?.action === 'reject') return { to: 'rejected', who: decision.by, why: decision.why };
  if (decision?.action === 'expire') return { to: 'expired', who: decision.by, why: decision.why };
  if (rollout.hold !== undefined || rollout.paused !== undefined) return undefined;
  // Decided when the last batch was judged already: it is not too late.
  if (decision?.action === 'roll_back') return undefined;
  if (rollout.plan === undefined && rollout.error_message !== undefined) {
    return { to: 'failed', who: 'longshore', why: rollout.error_message };
  }
  const isLast = rollout.batch + 1 === rollout.plan?.batches.length;
  if (!isLast || !rollout.batch_judged) return undefined;
  return {
    to: 'completed',
    who: 'longshore',
    why: `${rollout.image.tag} went through every batch`,
  };
}

function reasonOf(
  to: RolloutStatus,
  why: string,
  totals: Readonly<Record<string, number>>,
  chunks: readonly Chunk[],
): string {
  switch (to) {
    case 'rollback_failed':
      return `${why}: ${notBack(chunks)}`;
    case 'completed_with_failures': {
      const counts = Object.entries(totals).map(([name, count]) => `${count} ${name}`);
      return `${why}: ${counts.join(', ')}`;
    }
    default:
      return why;
  }
}

function eventOf(to: RolloutStatus): string {
  switch (to) {
    case 'completed':
    case 'completed_with_failures':
      return 'image.rollout_completed';
    case 'rolled_back':
    case 'rollback_failed':
      return 'image.rollback_completed';
    case 'cancelled':
      return 'image.rollout_cancelled';
    case 'rejected':
    case 'expired':
      return 'image.rollout_rejected';
    default:
      return 'image.rollout_failed';
  }
}

/** The chunk with an end for every host and command; the very same object where there is nothing to settle. */
export function settleChunk(chunk: Chunk, nowMs: number): Chunk {
  const isSettled =
    chunk.hosts.every((host) => isFinalHost(host.status) && host.phase === 'done') &&
    chunk.commands.every((command) => command.ended);
  if (isSettled) return chunk;
  return {
    ...chunk,
    hosts: chunk.hosts.map((host) => settleHost(host, nowMs)),
    commands: chunk.commands.map((command) => ({ ...command, ended: true })),
  };
}

/** On the way back a touched host is back, or says by name that it is not. */
function giveUpWayBack(chunk: Chunk, nowMs: number): Chunk {
  if (isThrough(chunk)) return chunk;
  return {
    ...chunk,
    hosts: chunk.hosts.map((host) =>
      host.attempts === 0 || host.status === 'rolled_back' || host.status === 'rollback_failed'
        ? host
        : {
            ...host,
            status: 'rollback_failed',
            phase: 'done',
            error: 'it did not go back in time',
            completed_at_ms: nowMs,
          },
    ),
  };
}

function settleHost(host: HostRecord, nowMs: number): HostRecord {
  if (isFinalHost(host.status)) return { ...host, phase: 'done' };
  const status = host.attempts === 0 ? 'skipped' : 'unknown';
  const error = host.attempts === 0 ? 'nothing was sent to it' : 'no answer when the rollout ended';
  return { ...host, status, phase: 'done', error, completed_at_ms: nowMs };
}

const UNTOUCHED = 'untouched';

/** Hosts by final status. A planned host without an item was never touched: it is `skipped`. */
function countHosts(rollout: Rollout, chunks: readonly Chunk[]): Record<string, number> {
  const totals: Record<string, number> = {};
  let counted = 0;
  for (const { status, attempts } of chunks.flatMap((chunk) => chunk.hosts)) {
    const name: HostStatus | typeof UNTOUCHED = attempts === 0 ? UNTOUCHED : status;
    totals[name] = (totals[name] ?? 0) + 1;
    counted += 1;
  }
  const rest = (rollout.plan?.hosts ?? 0) - counted;
  if (rest > 0) totals[UNTOUCHED] = (totals[UNTOUCHED] ?? 0) + rest;
  return totals;
}

/** Whether each host itself reported the digest: completed, or skipped because it ran it already. */
function isEverywhere(totals: Record<string, number>): boolean {
  return Object.keys(totals).every((name) => name === 'completed' || name === 'skipped');
}

function notBack(chunks: readonly Chunk[]): string {
  const failed = chunks
    .flatMap((chunk) => chunk.hosts)
    .filter((host) => host.attempts > 0 && host.status !== 'rolled_back')
    .map((host) => host.host);
  const more = failed.length > 10 ? ` and ${failed.length - 10} more` : '';
  return `${failed.slice(0, 10).join(', ')}${more} did not go back`;
}
