/**
 * A rollout as it is stored: one item, `meta`, with its log inside, so that a change of status and its
 * log entry are one write (change-status.ts). Every writer names the version that it read.
 */
import * as z from 'zod';
import { Attempt } from './attempt.ts';
import { RolloutSeed } from './rollout-seed.ts';
import { isOpen, RolloutStatus } from './status.ts';

export const LogEntry = z.strictObject({
  seq: z.int().min(1),
  at_ms: z.int(),
  event: z.string(),
  status: RolloutStatus,
  who: z.string(),
  why: z.string(),
  /** The execution of the control machine that asked for it: asked twice, it is done once. */
  request: z.string().optional(),
});
export type LogEntry = z.infer<typeof LogEntry>;

const PlannedBatch = z.strictObject({
  hosts: z.int().min(1),
  first_chunk: z.int().min(0),
  chunks: z.int().min(1),
});

/** A person's answer: to an approval, to a hold, or to a rollout that runs. */
export const Decision = z.strictObject({
  action: z.enum(['approve', 'reject', 'expire', 'go_on', 'retry_failed', 'roll_back', 'cancel']),
  by: z.string(),
  at_ms: z.int(),
  why: z.string(),
  plan_hash: z.string().optional(),
});
export type Decision = z.infer<typeof Decision>;

/** What an ended execution stands for: the operator's Stop, or a fault. Undone by its Redrive alone. */
const EndedExecution = z.strictObject({
  execution_arn: z.string(),
  redrive_count: z.int().min(0),
  /** Who asked Longshore for that Redrive; nobody where it is made in the console. */
  resume: z
    .strictObject({ by: z.string(), why: z.string(), at_ms: z.int(), request: z.string() })
    .optional(),
});

export const Rollout = RolloutSeed.extend({
  item: z.literal('meta'),
  version: z.int().min(0),
  status: RolloutStatus,
  run: z.int().min(1),
  execution_arn: z.string(),
  redrives_seen: z.int().min(0),
  /** How often Longshore was asked to redrive an execution: makes the asking of each one its own. */
  resumes: z.int().min(0).default(0),
  started_at_ms: z.int(),
  plan_attempt: z.int().min(1),
  plan_hash: z.string().optional(),
  plan: z
    .strictObject({
      hosts: z.int().min(1),
      chunk_size: z.int().min(1).max(50),
      batches: z.array(PlannedBatch).min(1),
      /** Matching hosts that SSM did not reach: left out of the plan. */
      offline: z.int().min(1).optional(),
    })
    .optional(),
  /** The batch that is open or was judged last, from 0; -1 before the first. */
  batch: z.int().min(-1),
  batch_opened_at_ms: z.int().optional(),
  /** The gate inside a batch; chunks read it before they send. */
  gate: z.enum(['open', 'closed']),
  /** A threshold was crossed inside the batch: what "Judge batch" is to say, whatever came after. */
  crossed: z
    .strictObject({ verdict: z.enum(['hold', 'roll_back']), reason: z.string() })
    .optional(),
  /** How often the batch was opened again for chunks that were not recorded. */
  batch_attempts: z.int().min(0),
  /** Chunks that were not recorded when the batch was opened again: a window that leaves fewer was one of progress. */
  batch_left: z.int().min(0).optional(),
  batch_judged: z.boolean(),
  /** A person let this batch pass its thresholds. */
  batch_waived: z.boolean(),
  /** Grows when failed hosts are to be tried again. */
  round: z.int().min(0),
  next_batch_at_ms: z.int().optional(),
  /** The instant that a wait of the machine ends; the sweep looks for those long past. */
  waits_until_ms: z.int().optional(),
  hold: z
    .strictObject({
      reason: z.string(),
      batch: z.int(),
      since_ms: z.int(),
      ended: EndedExecution.optional(),
    })
    .optional(),
  held_from: RolloutStatus.optional(),
  paused: z
    .strictObject({
      from: RolloutStatus,
      cause: z.string(),
      since_ms: z.int(),
      by: z.string(),
      ended: EndedExecution.optional(),
    })
    .optional(),
  decision: Decision.optional(),
  approved_plan: z.string().optional(),
  approval_expires_at_ms: z.int().optional(),
  rollback: z
    .strictObject({
      generation: z.int(),
      reason: z.string(),
      by: z.string(),
      attempts: z.int().min(0),
      opened_at_ms: z.int(),
    })
    .optional(),
  token: z.string().optional(),
  /** The try of a waiting state that the token is of. */
  token_of: Attempt.extend({ run: z.int().min(1) }).optional(),
  error_message: z.string().optional(),
  completed_at_ms: z.int().optional(),
  totals: z.record(z.string(), z.int()).optional(),
  settled: z.boolean(),
  log: z.array(LogEntry),
  published_seq: z.int().min(0),
  expires_at: z.int().optional(),
});
export type Rollout = z.infer<typeof Rollout>;

/** People's name for a rollout: `web #42`. */
export function rolloutTitle(rollout: { policy: string; number: number }): string {
  return `${rollout.policy} #${rollout.number}`;
}

/**
 * The status that counts for the rollout's target: one that has ended, and that a person has decided to roll
 * back, is on its way back already, though its next run has still to say so.
 */
export function standingOf({ status, decision }: Rollout): RolloutStatus {
  return !isOpen(status) && decision?.action === 'roll_back' ? 'rolling_back' : status;
}

/** What the rollout's target carries of it. */
export function toSeed(rollout: Rollout): RolloutSeed {
  return z.object(RolloutSeed.shape).parse(rollout);
}

/** A new `meta` from what the target carries; `pending`, not yet walked. */
export function makeRollout(seed: RolloutSeed, executionArn: string): Rollout {
  const asked = seed.lifted ?? seed.requested;
  return {
    ...seed,
    item: 'meta',
    version: 0,
    status: 'pending',
    run: 1,
    execution_arn: executionArn,
    redrives_seen: 0,
    resumes: 0,
    started_at_ms: seed.created_at_ms,
    plan_attempt: 1,
    batch: -1,
    gate: 'closed',
    batch_attempts: 0,
    batch_judged: false,
    batch_waived: false,
    round: 0,
    settled: false,
    log: [
      {
        seq: 1,
        at_ms: seed.created_at_ms,
        event: 'image.update_available',
        status: 'pending',
        who: asked?.by ?? seed.triggered_by,
        why: beginningOf(seed),
        ...(asked?.request !== undefined && { request: asked.request }),
      },
    ],
    published_seq: 0,
  };
}

function beginningOf({ image, policy, lifted, requested, settings }: RolloutSeed): string {
  if (lifted !== undefined) return `the denial of ${image.tag} was lifted: ${lifted.why}`;
  if (requested !== undefined) return `${image.tag} was asked for: ${requested.why}`;
  const isPinned = settings.pinned_digest === image.digest;
  return isPinned ? `${policy} pins ${image.tag}` : `${image.tag} is new for ${policy}`;
}
