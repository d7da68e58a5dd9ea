/**
 * Things to decide about, with every field that a test does not care for filled in: a test names only what
 * it is about. Policies go through the real parser.
 */
import { type Chunk, type ChunkCommand, type HostRecord, makeChunk } from '#core/chunk.ts';
import type { HostCommand } from '#core/host-command.ts';
import type { Invocation } from '#core/judge-host.ts';
import type { Expected } from '#core/judge-result.ts';
import { type Policy, parsePolicy } from '#core/policy.ts';
import type { HostResult } from '#core/result-line.ts';
import { makeRollout, type Rollout } from '#core/rollout.ts';
import type { RolloutSeed } from '#core/rollout-seed.ts';
import type { Schedule } from '#core/schedule.ts';
import { parseSettings } from '#core/settings.ts';
import type { RolloutStatus } from '#core/status.ts';
import type { Tally } from '#core/tally.ts';
import { makeTarget, type Target } from '#core/target.ts';

/** 14 November 2026, 12:00 UTC. */
export const NOW_MS = 1_794_657_600_000;
export const GENERATION = 1_794_600_000;
export const V1 = digestOf('1');
export const V2 = digestOf('2');
export const V3 = digestOf('3');

/** No window and no freeze. */
export const ALWAYS: Schedule = { freezes: [] };

export function digestOf(hexDigit: string): string {
  return `sha256:${hexDigit.repeat(64)}`;
}

export function aPolicy(fields: Record<string, unknown> = {}): Policy {
  const parsed = parsePolicy(
    { id: 'shop-web', image_pattern: 'shop/web:*', fleet_id: 'production', ...fields },
    parseSettings({}),
  );
  if (!parsed.ok) throw new Error(parsed.problems.map(({ message }) => message).join('\n'));
  return parsed.policy;
}

export function aSeed(fields: Partial<RolloutSeed> = {}): RolloutSeed {
  const generation = fields.generation ?? GENERATION;
  return {
    rollout: `shop-web-abcdef-g${generation}`,
    policy: 'shop-web',
    repository: 'shop/web',
    number: 42,
    generation,
    image: { registry: '', repository: 'shop/web', tag: 'v2', digest: V2 },
    previous: { tag: 'v1', digest: V1 },
    triggered_by: 'ecr',
    triggered_by_event: '{}',
    settings: aPolicy(),
    document: { name: 'longshore-host', version: '1', hash: 'ab' },
    pace: {
      chunk_concurrency: 40,
      chunks_per_second: 5,
      update_timeout_seconds: 600,
      delivery_timeout_seconds: 120,
    },
    created_at_ms: NOW_MS - 60_000,
    ...fields,
  };
}

export const ARN = 'arn:aws:states:eu-west-1:111122223333:execution:longshore-rollout:one-r1';

/** Two batches: one host in one chunk, then 99 in two. */
export const PLAN = {
  hosts: 100,
  chunk_size: 50,
  batches: [
    { hosts: 1, first_chunk: 0, chunks: 1 },
    { hosts: 99, first_chunk: 1, chunks: 2 },
  ],
};

/** A rollout in any status; planned, and under way in its first batch where it is `in_progress`. */
export function aRollout(fields: Partial<Rollout> = {}): Rollout {
  const status = fields.status ?? 'in_progress';
  const { log, ...made } = makeRollout(aSeed(), ARN);
  return {
    ...made,
    version: 3,
    plan: PLAN,
    plan_hash: 'plan-1',
    batch: 0,
    batch_opened_at_ms: NOW_MS - 30_000,
    batch_attempts: 1,
    gate: 'open',
    ...fields,
    status,
    log: fields.log ?? [...log, { ...theEntry(), seq: 2, status }],
  };
}

function theEntry() {
  return { at_ms: NOW_MS - 30_000, event: 'image.rollout_started', who: 'ecr', why: 'a test' };
}

/** A rollout as its target made it: no plan, no batch. */
export function aNewRollout(fields: Partial<Rollout> = {}): Rollout {
  return { ...makeRollout(aSeed(), ARN), ...fields };
}

export function aHeldRollout(fields: Partial<Rollout> = {}): Rollout {
  return aRollout({
    status: 'held',
    gate: 'closed',
    held_from: 'in_progress',
    hold: { reason: 'High failure rate detected', batch: 0, since_ms: NOW_MS - 1_000 },
    ...fields,
  });
}

export function aPausedRollout(from: RolloutStatus, fields: Partial<Rollout> = {}): Rollout {
  return aRollout({
    status: 'paused',
    paused: { from, cause: 'lunch', since_ms: NOW_MS - 1_000, by: 'anna' },
    ...fields,
  });
}

/** A rollout that goes back, with the generation after its own. */
export function aWayBack(fields: Partial<Rollout> = {}): Rollout {
  return aRollout({
    status: 'rolling_back',
    gate: 'closed',
    rollback: {
      generation: GENERATION + 1,
      reason: 'bad image',
      by: 'anna',
      attempts: 1,
      opened_at_ms: NOW_MS - 1_000,
    },
    ...fields,
  });
}

export function aDecision(
  action: NonNullable<Rollout['decision']>['action'],
  fields: Partial<NonNullable<Rollout['decision']>> = {},
): NonNullable<Rollout['decision']> {
  return { action, by: 'anna', at_ms: NOW_MS - 500, why: 'anna says so', ...fields };
}

/** A target that was decided about before: v1 runs and was seen. */
export function aTarget(fields: Partial<Target> = {}): Target {
  return {
    ...makeTarget('shop-web', 'shop/web'),
    version: 7,
    generation: GENERATION - 1,
    number: 41,
    desired: { tag: 'v1', digest: V1 },
    seen: { tag: 'v1', digest: V1 },
    ...fields,
  };
}

/** The target of `aRollout`. */
export function anActiveTarget(fields: Partial<Target> = {}): Target {
  return aTarget({
    generation: GENERATION,
    number: 42,
    desired: { tag: 'v2', digest: V2 },
    seen: { tag: 'v2', digest: V2 },
    active: aSeed(),
    ...fields,
  });
}

export function aHost(fields: Partial<HostRecord> = {}): HostRecord {
  return {
    host: 'i-01',
    status: 'pending',
    phase: 'planned',
    step: 0,
    digest_before: '',
    digest_after: '',
    error: '',
    code: 0,
    attempts: 0,
    ...fields,
  };
}

/** A host to which an update was sent in step 1. */
export function anUpdatingHost(fields: Partial<HostRecord> = {}): HostRecord {
  return aHost({
    status: 'updating',
    phase: 'updating',
    step: 1,
    attempts: 1,
    started_at_ms: NOW_MS - 20_000,
    ...fields,
  });
}

/** A host that itself reported the rollout's digest. */
export function aCompletedHost(fields: Partial<HostRecord> = {}): HostRecord {
  return anUpdatingHost({
    status: 'completed',
    phase: 'done',
    digest_before: V1,
    digest_after: V2,
    completed_at_ms: NOW_MS - 5_000,
    ...fields,
  });
}

/** A host that failed its second look and still runs the bad image. */
export function aFailedHost(fields: Partial<HostRecord> = {}): HostRecord {
  return aCompletedHost({
    status: 'failed',
    error: 'http answered 500',
    code: 4,
    probe: { passed: false, detail: 'http answered 500' },
    ...fields,
  });
}

/** Chunk 0 of `aRollout`, with hosts i-01, i-02, … unless it says which. */
export function aChunk(fields: Partial<Chunk> = {}): Chunk {
  const hosts = fields.hosts?.map(({ host }) => host) ?? ['i-01', 'i-02'];
  const made = makeChunk({
    rollout: aSeed().rollout,
    planHash: 'plan-1',
    batch: 0,
    chunk: 0,
    hosts,
  });
  const step = Math.max(0, ...(fields.commands ?? []).map((command) => command.step));
  return { ...made, step, ...fields };
}

export function aCommand(fields: Partial<ChunkCommand> = {}): ChunkCommand {
  return {
    action: 'update',
    generation: GENERATION,
    step: 1,
    hosts: ['i-01'],
    command_id: 'cmd-1',
    intended_at_ms: NOW_MS - 20_000,
    deadline_at_ms: NOW_MS + 600_000,
    ended: false,
    ...fields,
  };
}

export const EXPECTED: Expected = {
  rollout: aSeed().rollout,
  generation: GENERATION,
  digest: V2,
  soakSeconds: 0,
};

/** The answer to `aCommand`: updated, from v1 to v2. */
export function aResult(fields: Partial<HostResult> = {}): HostResult {
  return {
    v: 1,
    op: 'update',
    rollout: aSeed().rollout,
    gen: GENERATION,
    step: 1,
    cmd: 'cmd-1',
    outcome: 'updated',
    code: 0,
    changed: true,
    old: V1,
    new: V2,
    ref: '',
    prev_ready: true,
    healthy: true,
    sec: 3,
    phase: 'update',
    detail: '',
    ...fields,
  };
}

export const FINISHED_MS = NOW_MS - 2_000;

export function anInvocation(fields: Partial<Invocation> = {}): Invocation {
  return { host: 'i-01', status: 'Success', finishedAtMs: FINISHED_MS, ...fields };
}

export function aTally(fields: Partial<Tally> = {}): Tally {
  return {
    rollout: aSeed().rollout,
    item: 'tally#000#00000',
    chunk: 0,
    batch: 0,
    round: 0,
    completed: 0,
    skipped: 0,
    failed: 0,
    unknown: 0,
    baseline: 0,
    finishes: [],
    ...fields,
  };
}

/**
 * A tally of hosts that finish one after another: `.` healthy, `f` failed, `b` failed because the old
 * container fails too, `?` silent.
 */
export function aTallyOf(marks: string, fields: Partial<Tally> = {}): Tally {
  const count = (mark: string) => [...marks].filter((one) => one === mark).length;
  const finishes = [...marks].flatMap((mark, index): Tally['finishes'] =>
    mark === '?' ? [] : [[NOW_MS + index, `i-${index}`, mark === '.' ? '.' : 'f']],
  );
  return aTally({
    completed: count('.'),
    failed: count('f') + count('b'),
    baseline: count('b'),
    unknown: count('?'),
    finishes,
    ...fields,
  });
}

/** A probe by http, as a chunk sends it. */
export function aHostCommand(fields: Partial<HostCommand> = {}): HostCommand {
  return {
    v: 1,
    op: 'probe',
    owner: 'longshore/shop-web/shop/web',
    rollout: aSeed().rollout,
    batch: 0,
    chunk: 0,
    gen: GENERATION,
    step: 1,
    deadline: 1_794_660_000,
    timeout: 360,
    container: 'web',
    mode: 'recreate',
    check: { health: 'none' },
    timing: { retries: 3, interval: 30, htimeout: 30, grace: 0, success: 2, stable: 10 },
    ...fields,
  };
}
