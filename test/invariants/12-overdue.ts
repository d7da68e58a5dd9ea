/**
 * Every rollout that is not final names an instant, a command with a deadline, or a person, and none is overdue by more
 * than a sweep (I20): a sweep that began a quarter of an hour after its last instant has set it going, within the
 * limit that the watch is given. Where no sweep runs, nothing is said.
 */
import type { Chunk } from '#core/chunk.ts';
import type { Rollout } from '#core/rollout.ts';
import { isOpen } from '#core/status.ts';
import type { Check, Context } from './check.ts';
import type { Write } from './item-kinds.ts';

/** What is later than this is the sweep's affair. */
const SWEPT_AFTER_MS = 15 * 60_000;
/** As long as a sweep may take. */
const SWEEP_MS = 5 * 60_000;
/** The guard poll of a command, and the retries of what reads it. */
const GUARD_MS = 5 * 60_000;

interface Wait {
  /** The last instant that it names. */
  untilMs: number;
  /** The first sweep that found it overdue, and the next one: the first may die. */
  sweptAtMs: number | undefined;
  sweptAgainAtMs: number | undefined;
  isTold: boolean;
}

export const noneOverdue: Check = {
  name: '12, I20',
  begin: (context) => {
    const waits = new Map<string, Wait>();
    return {
      onCall: ({ caller, atMs }) => {
        if (caller?.functionName.endsWith('-sweep')) noteSweep(waits, atMs);
        judgeAll(context, waits, atMs);
      },
      onTransition: () => judgeAll(context, waits, context.cloud.clock.nowMs()),
      onWrite: (write) => noteWrite(context, waits, write),
      atRest: () => {
        for (const wait of waits.values()) wait.isTold = false;
        judgeAll(context, waits, context.cloud.clock.nowMs());
      },
    };
  },
};

function noteSweep(waits: ReadonlyMap<string, Wait>, atMs: number): void {
  for (const wait of waits.values()) {
    if (atMs < wait.untilMs + SWEPT_AFTER_MS) continue;
    wait.sweptAtMs ??= atMs;
    if (atMs >= wait.sweptAtMs + SWEPT_AFTER_MS) wait.sweptAgainAtMs ??= atMs;
  }
}

function judgeAll(
  { limits, report }: Context,
  waits: ReadonlyMap<string, Wait>,
  nowMs: number,
): void {
  for (const [rollout, wait] of waits) {
    if (wait.sweptAtMs === undefined || wait.sweptAgainAtMs === undefined || wait.isTold) continue;
    if (nowMs - wait.sweptAtMs < limits.overdueMs - SWEPT_AFTER_MS) continue;
    if (nowMs - wait.sweptAgainAtMs < SWEEP_MS) continue;
    wait.isTold = true;
    report(`${rollout} is overdue since ${new Date(wait.untilMs).toISOString()}`);
  }
}

function noteWrite(
  { mirror, report }: Context,
  waits: Map<string, Wait>,
  { kind, after, atMs }: Write,
): void {
  if (kind === 'meta' && after !== undefined) {
    const missing = missingPerson(after);
    if (missing !== undefined) report(`${after.rollout} is ${after.status}, and ${missing}`);
  }
  if ((kind !== 'meta' && kind !== 'chunk') || after === undefined) return;
  const rollout = mirror.rollout(after.rollout);
  if (rollout === undefined) return;
  const untilMs = waitsUntilMs(rollout, atMs);
  if (untilMs === undefined) {
    waits.delete(rollout.rollout);
    return;
  }
  const since = kind === 'chunk' ? changesUntilMs(rollout, after) : 0;
  const held = waits.get(rollout.rollout)?.untilMs ?? 0;
  // What a rollout said before may still hold: its old commands, and those of the one that it takes over from.
  waits.set(rollout.rollout, {
    untilMs: Math.max(untilMs, since, held, ...supersededUntil(waits, rollout)),
    sweptAtMs: undefined,
    sweptAgainAtMs: undefined,
    isTold: false,
  });
}

function supersededUntil(waits: ReadonlyMap<string, Wait>, { supersedes }: Rollout): number[] {
  const wait = waits.get(supersedes ?? '');
  return wait === undefined ? [] : [wait.untilMs];
}

function missingPerson({ status, hold, paused }: Rollout): string | undefined {
  if (status === 'held' && (hold?.reason ?? '') === '') return 'says no reason';
  if (status === 'paused' && (paused?.cause ?? '') === '') return 'says no cause';
  return undefined;
}

/** Undefined where it has ended, or a person is to act. */
function waitsUntilMs(rollout: Rollout, atMs: number): number | undefined {
  const { status, hold, waits_until_ms = 0, approval_expires_at_ms, decision } = rollout;
  const isDecided = decision !== undefined;
  // One that was superseded is settled when the one that took over opens its first batch: a night later, maybe.
  if (!isOpen(status)) return undefined;
  // A pause stands before what was decided; what an execution's end has closed, its Redrive opens.
  if (status === 'paused') return undefined;
  if (status === 'held') return isDecided && hold?.ended === undefined ? atMs : undefined;
  // Who asks the person says until when: that is the next step, and it may not come.
  if (status === 'awaiting_approval' && !isDecided) return approval_expires_at_ms ?? atMs;
  const { settings, pace, plan, batch } = rollout;
  const turnsMs = ((plan?.batches[batch]?.chunks ?? 0) / pace.chunks_per_second) * 1000;
  return Math.max(atMs + turnsMs + settings.soak_seconds * 1000, waits_until_ms);
}

function changesUntilMs({ settings }: Rollout, { commands }: Chunk): number {
  const open = commands.filter(({ ended }) => !ended);
  const last = Math.max(0, ...open.map(({ deadline_at_ms }) => deadline_at_ms));
  return last === 0 ? 0 : last + GUARD_MS + settings.soak_seconds * 1000;
}
