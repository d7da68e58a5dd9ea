/**
 * The target: the desired state of a policy for one repository, and the lock of its rollouts. Every
 * write names the version that was read; who loses reads again, asks the registry again, decides again.
 */
import * as z from 'zod';
import { Lift, RolloutSeed } from './rollout-seed.ts';

const DeniedDigest = z.strictObject({
  digest: z.string(),
  rollout: z.string(),
  title: z.string(),
  reason: z.string(),
  at_ms: z.int(),
  /** Kept with the denial, so that what becomes of the digest bears a name. */
  lifted: Lift.optional(),
});
type DeniedDigest = z.infer<typeof DeniedDigest>;

/** What a person writes onto the target. */
const AskedLift = Lift.extend({ digest: z.string() });

export const Target = z.strictObject({
  policy: z.string(),
  item: z.string(),
  repository: z.string(),
  version: z.int().min(0),
  generation: z.int().min(0),
  number: z.int().min(0),
  desired: z.strictObject({ tag: z.string(), digest: z.string() }),
  /** The best image at the last decision. A rollout starts by itself only when another is best. */
  seen: z.strictObject({ tag: z.string(), digest: z.string() }),
  /** A better image that waits for the end of the active rollout; whoever ends that one sends a look. */
  waiting_digest: z.string(),
  active: RolloutSeed.optional(),
  /** The active rollout goes back: set with the generation of the way back. It is not superseded. */
  rolling_back: z.boolean(),
  denied: z.array(DeniedDigest).max(100),
  /** What the policy's document pinned at the last decision. */
  pinned_digest: z.string().optional(),
  /** Written by hand, so it is read where it is used: a slip in it must not make the lock unreadable. */
  lift: z.unknown().optional(),
  /** The execution of the control machine that started the last rollout that a person asked for. */
  request: z.string().optional(),
});
export type Target = z.infer<typeof Target>;

const NOTHING: Target['desired'] = { tag: '', digest: '' };

export function targetItem(repository: string): string {
  return `target#${repository}`;
}

/** A target that no item holds yet: version 0, nothing desired, nothing seen. */
export function makeTarget(policy: string, repository: string): Target {
  return {
    policy,
    item: targetItem(repository),
    repository,
    version: 0,
    generation: 0,
    number: 0,
    desired: NOTHING,
    seen: { tag: '', digest: '' },
    waiting_digest: '',
    rolling_back: false,
    denied: [],
  };
}

/** The denial that stands against a digest; undefined where there is none, or where it was lifted. */
export function denialOf(target: Target, digest: string): DeniedDigest | undefined {
  return target.denied.find((denied) => denied.digest === digest && denied.lifted === undefined);
}

/** The digest whose denial a person wants lifted; undefined where nobody does, or the wish is unclear. */
export function askedLift(target: Target): (Lift & { digest: string }) | undefined {
  return AskedLift.safeParse(target.lift).data;
}

/** The target with the denial lifted that a person asked for. Asked for once, it is done once. */
export function liftDenial(target: Target): Target {
  const asked = askedLift(target);
  if (asked === undefined) return target;
  const { lift, ...rest } = target;
  const { digest, ...lifted } = asked;
  const isMeant = (denied: DeniedDigest) => denied.digest === digest;
  return {
    ...rest,
    denied: target.denied.map((denied) => (isMeant(denied) ? { ...denied, lifted } : denied)),
  };
}

/**
 * The target when its active rollout goes back: the earlier digest is desired again, this one is denied,
 * the next generation is taken, and the rollout stays active. One write.
 */
export function turnBack(
  target: Target,
  with_: { generation: number; reason: string; title: string; nowMs: number },
): Target {
  if (target.active === undefined) return target;
  const { active } = target;
  const denied = deny(target, active, with_);
  return {
    ...denied,
    generation: with_.generation,
    desired: wantedOf(denied, active.previous),
    rolling_back: true,
  };
}

/**
 * What is desired where it was this image before. Who returned to an earlier image has denied the later one: where
 * that return comes to nothing, hosts may run the one or the other, and nothing is desired until somebody decides.
 * Either of them may then be triggered.
 */
function wantedOf(target: Target, before: RolloutSeed['previous']): Target['desired'] {
  return denialOf(target, before.digest) === undefined ? before : NOTHING;
}

/** The target with the image of a rollout denied, and the rollout named. */
export function deny(
  target: Target,
  { rollout, image }: Pick<RolloutSeed, 'rollout' | 'image'>,
  by: { reason: string; title: string; nowMs: number },
): Target {
  const { digest } = image;
  const others = target.denied.filter((denied) => denied.digest !== digest);
  const denial = { digest, rollout, title: by.title, reason: by.reason, at_ms: by.nowMs };
  return { ...target, denied: [...others.slice(-99), denial] };
}

/**
 * The target after its active rollout has ended. An end without `completed…` puts the desired digest back
 * to what it was before, unless that is denied (a way back has done so already).
 */
export function releaseTarget(target: Target, isCompleted: boolean): Target {
  const { active, ...rest } = target;
  if (active === undefined) return target;
  return {
    ...rest,
    desired:
      isCompleted || target.rolling_back ? target.desired : wantedOf(target, active.previous),
    rolling_back: false,
    waiting_digest: '',
  };
}
