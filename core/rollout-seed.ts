/**
 * The seed of a rollout: it stands in the target's write, so that the rollout can be made from it by whoever
 * comes next, should its maker die.
 */
import * as z from 'zod';
import { Policy } from './policy.ts';

/** A person's word for an image: that a denied one may be desired again, or that this one is wanted now. */
export const Lift = z.strictObject({
  by: z.string().min(1),
  why: z.string(),
  at_ms: z.int(),
  /** The execution of the control machine that asked for it; none where it was written by hand. */
  request: z.string().optional(),
});
export type Lift = z.infer<typeof Lift>;

/** What the target's write carries, and all that the rest of a rollout can be made from. */
export const RolloutSeed = z.strictObject({
  rollout: z.string(),
  policy: z.string(),
  repository: z.string(),
  number: z.int().min(1),
  generation: z.int().min(1),
  image: z.strictObject({
    registry: z.string(),
    repository: z.string(),
    tag: z.string(),
    digest: z.string(),
  }),
  previous: z.strictObject({ tag: z.string(), digest: z.string() }),
  triggered_by: z.enum(['ecr', 'webhook', 'sweep', 'manual', 'scheduled']),
  triggered_by_event: z.string().max(4096),
  supersedes: z.string().optional(),
  /** The image was denied, and this person lifted it. */
  lifted: Lift.optional(),
  /** A person asked for this very image. */
  requested: Lift.optional(),
  settings: Policy,
  document: z.strictObject({ name: z.string(), version: z.string(), hash: z.string() }),
  pace: z.strictObject({
    chunk_concurrency: z.int().min(1),
    chunks_per_second: z.number().positive(),
    update_timeout_seconds: z.int().min(1),
    delivery_timeout_seconds: z.int().min(30),
  }),
  created_at_ms: z.int(),
});
export type RolloutSeed = z.infer<typeof RolloutSeed>;
