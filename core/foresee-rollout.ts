/**
 * How a planned rollout would go if every host answers well: the doors that the machine goes through
 * ("Plan rollout", "Open batch", "Judge batch") are asked one after the other, on a clock that leaps to the
 * instant each of them names. Nothing of what they decide is decided here a second time; what is
 * assumed is how long a batch takes, and that an approval comes at once.
 *
 *   least     each host answers at once: the earliest that anything can begin
 *   longest   each host needs all the time that it may: the latest that a batch ends, if none is tried again
 */
import { chunkMs, chunksAtOnce, leastChunkMs } from './batch-time.ts';
import { tallyItem } from './chunk.ts';
import { commandSeconds } from './chunk-command.ts';
import { judgeSchedule } from './judge-schedule.ts';
import { planJudgement } from './plan-judgement.ts';
import { type OpenVerdict, planOpenBatch } from './plan-open-batch.ts';
import { planStart } from './plan-start.ts';
import type { Rollout } from './rollout.ts';
import type { Schedule } from './schedule.ts';
import type { Tally } from './tally.ts';

export type Speed = 'least' | 'longest';

interface Span {
  fromMs: number;
  untilMs: number;
}
export type ForeseenStep = Span &
  (
    | { kind: 'approval' | 'delay' }
    /** Parked until the window opens, or a freeze ends. */
    | { kind: 'window'; reason: string }
    /** `batch` from 0. A batch that no window is long enough for has several. */
    | { kind: 'batch'; batch: number; hosts: number }
  );

export interface Foresight {
  steps: ForeseenStep[];
  /** Undefined where no end is in sight; then `stops` says why. */
  endsAtMs?: number;
  stops?: string;
}

/** Fifty batches, each in some windows of its own: what goes on for longer is not told to its end. */
const MOST_STEPS = 500;

/** How far the clock has leapt, and what the table would hold by then. */
interface Walk {
  rollout: Rollout;
  /** Of the batch that is open. */
  tallies: Tally[];
  atMs: number;
  steps: ForeseenStep[];
}

export interface Course {
  /** With its plan; no batch was opened. */
  rollout: Rollout;
  /** The hosts of every chunk. */
  chunks: readonly (readonly string[])[];
  schedule: Schedule;
  speed: Speed;
}

export function foreseeRollout(course: Course, nowMs: number): Foresight {
  const walk = foreseeStart(course, nowMs);
  const { steps } = walk;
  while (steps.length < MOST_STEPS) {
    const door = planOpenBatch(walk.rollout, walk.tallies, course.schedule, walk.atMs);
    if (door.verdict === 'go') workOff(walk, door, course);
    else if ('untilMs' in door) wait(walk, door);
    else if (door.verdict === 'done') return { steps, endsAtMs: walk.atMs };
    else return { steps, stops: door.reason };
  }
  return { steps, stops: `it has more than ${MOST_STEPS} steps` };
}

/** What "Plan rollout" has to wait for, once the plan stands. */
function foreseeStart({ rollout: planned, schedule }: Course, nowMs: number): Walk {
  const asked = planStart(planned, schedule, nowMs);
  const isApproved = asked.verdict === 'await_approval';
  const start = isApproved ? planStart(approve(asked.rollout, nowMs), schedule, nowMs) : asked;
  const { approval_expires_at_ms: expiresAtMs } = asked.rollout;
  const steps: ForeseenStep[] = [];
  if (expiresAtMs !== undefined) {
    steps.push({ kind: 'approval', fromMs: nowMs, untilMs: expiresAtMs });
  }
  const { rollout, reason, untilMs: atMs = nowMs } = start;
  if (atMs > nowMs) steps.push({ kind: 'window', fromMs: nowMs, untilMs: atMs, reason });
  return { rollout, tallies: [], atMs, steps };
}

function approve(rollout: Rollout, nowMs: number): Rollout {
  const { plan_hash } = rollout;
  const decision = { action: 'approve', by: 'somebody', at_ms: nowMs, why: 'foretold' } as const;
  return { ...rollout, decision: { ...decision, plan_hash } };
}

type Waiting = Extract<OpenVerdict, { untilMs: number }>;

function wait(walk: Walk, door: Waiting): void {
  const span = { fromMs: walk.atMs, untilMs: door.untilMs };
  if (door.verdict === 'again') walk.steps.push({ kind: 'delay', ...span });
  else {
    walk.steps.push({ kind: 'window', ...span, reason: door.reason });
    walk.rollout = door.rollout;
  }
  walk.atMs = door.untilMs;
}

/** The chunks that go out before the window's end, in waves, until the last of them has ended. */
function workOff(
  walk: Walk,
  { rollout, chunks }: Extract<OpenVerdict, { verdict: 'go' }>,
  { chunks: hosts, schedule, speed }: Course,
): void {
  const { atMs } = walk;
  const eachMs = speed === 'least' ? leastChunkMs(rollout) : chunkMs(rollout);
  const updateMs = commandSeconds(rollout, 'update') * 1000;
  const tallies: Tally[] = [];
  for (const [index, chunk] of chunks.entries()) {
    const wave = Math.floor(index / chunksAtOnce(rollout));
    const sentAtMs = atMs + wave * eachMs + (index * 1000) / rollout.pace.chunks_per_second;
    if (!judgeSchedule(schedule, updateMs, sentAtMs).isOpen) break;
    tallies.push(healthyTally(rollout, chunk, hosts.slice(chunk, chunk + 1).flat().length));
    walk.atMs = sentAtMs + eachMs;
  }
  const { batch } = rollout;
  const count = tallies.reduce((sum, { completed }) => sum + completed, 0);
  walk.steps.push({ kind: 'batch', batch, hosts: count, fromMs: atMs, untilMs: walk.atMs });
  walk.tallies = [...walk.tallies.filter((tally) => tally.batch === batch), ...tallies];
  const judged = planJudgement(rollout, walk.tallies, walk.atMs);
  walk.rollout = 'rollout' in judged ? judged.rollout : rollout;
}

function healthyTally(rollout: Rollout, chunk: number, hosts: number): Tally {
  const { batch, round } = rollout;
  return {
    rollout: rollout.rollout,
    item: tallyItem(batch, chunk),
    chunk,
    batch,
    round,
    completed: hosts,
    skipped: 0,
    failed: 0,
    unknown: 0,
    baseline: 0,
    finishes: [],
  };
}
