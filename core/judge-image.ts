/**
 * What a look at the registry decides for one target: start, take over, wait, or only remember.
 *
 * Invariants: a rollout starts by itself only when the best image is another than the one seen at the
 * last decision, so that lost, doubled, late and reordered events change nothing; a denied digest never
 * becomes desired here; a rollout that goes back is not superseded.
 */
import type { Policy } from './policy.ts';
import { containerFor } from './policy.ts';
import { rolloutTitle } from './rollout.ts';
import { nextGeneration, rolloutId } from './rollout-id.ts';
import type { Lift, RolloutSeed } from './rollout-seed.ts';
import type { RolloutStatus } from './status.ts';
import { askedLift, denialOf, liftDenial, releaseTarget, type Target } from './target.ts';

const HOW_TO_LIFT = 'whoever wants it again triggers it: docs/runbook.md, To act on a rollout';

interface BestImage {
  registry: string;
  repository: string;
  tag: string;
  digest: string;
}

export interface Look {
  policy: Policy;
  target: Target;
  /** Of the target's active rollout; undefined where there is none, or where it has ended. */
  activeStatus: RolloutStatus | undefined;
  best: BestImage;
  /** A push event: one that finds no target counts as new. Any other look only records. */
  isPush: boolean;
  cause: RolloutSeed['triggered_by'];
  event: string;
  repositorySha256: string;
  document: RolloutSeed['document'];
  pace: RolloutSeed['pace'];
  nowMs: number;
  /** A person wants this very image; `seen` is what the registry's best image is meanwhile. */
  asked?: Lift & { seen: Target['seen'] | undefined };
}

export type ImageVerdict = { reason: string } & (
  | { verdict: 'nothing' }
  | { verdict: 'record' | 'wait' | 'start' | 'supersede'; target: Target }
);

export function judgeImage(look: Look): ImageVerdict {
  const { best, target, policy } = look;
  const name = nameOf(look);
  const denied = denialOf(target, best.digest);
  if (denied !== undefined && !isLifting(look)) {
    const reason = `${name} has the digest that ${denied.title} denied (${denied.reason}); ${HOW_TO_LIFT}`;
    return remember(look, reason);
  }
  const isNews = look.isPush || look.asked !== undefined;
  if (target.version === 0 && !isNews && policy.on_create === 'record') {
    const met = decided(look, target);
    return {
      verdict: 'record',
      reason: `${name} is what there is; the next new image rolls out`,
      target: { ...met, desired: met.seen, generation: nextGeneration(0, look.nowMs) },
    };
  }
  // What a person asks for, by name or in the policy's document, is new also where it was seen before.
  const isAsked = look.asked !== undefined || denied !== undefined || isPinnedAnew(look);
  if (target.seen.digest === best.digest && !isAsked) {
    return remember(look, `${name} was seen already`);
  }
  if (target.desired.digest === best.digest) {
    return remember(look, `${name} is what is desired already`);
  }
  return target.active === undefined || look.activeStatus === undefined
    ? { verdict: 'start', reason: `${name} is new`, target: startRollout(look, target) }
    : judgeNewer({ ...look, isAsked }, target.active, look.activeStatus);
}

function nameOf({ best, policy, asked }: Look): string {
  const name = `${best.repository}:${best.tag}`;
  return asked !== undefined || policy.pinned_digest === undefined
    ? name
    : `${name}, which is pinned,`;
}

/** A person wants the denial of this very image lifted. */
function isLifting({ best, target }: Look): boolean {
  return askedLift(target)?.digest === best.digest;
}

function isPinnedAnew({ policy, target }: Look): boolean {
  return policy.pinned_digest !== undefined && policy.pinned_digest !== target.pinned_digest;
}

/** The target after a decision: it knows the image, the pin, and what a person has lifted. */
function decided({ best, policy, asked }: Look, before: Target): Target {
  const { pinned_digest, ...rest } = liftDenial(before);
  // What a person asks for stays until something new arrives: what is best now is not new any more.
  const seen = asked === undefined ? { tag: best.tag, digest: best.digest } : asked.seen;
  return {
    ...rest,
    seen: seen ?? before.seen,
    ...(policy.pinned_digest !== undefined && { pinned_digest: policy.pinned_digest }),
  };
}

function remember(look: Look, reason: string): ImageVerdict {
  const { best, target, policy } = look;
  const isKnown =
    target.seen.digest === best.digest &&
    target.pinned_digest === policy.pinned_digest &&
    askedLift(target) === undefined;
  return isKnown
    ? { verdict: 'nothing', reason }
    : { verdict: 'record', reason, target: decided(look, target) };
}

function judgeNewer(
  look: Look & { isAsked: boolean },
  active: RolloutSeed,
  status: RolloutStatus,
): ImageVerdict {
  const { best, target, policy } = look;
  const name = nameOf(look);
  const title = rolloutTitle(active);
  // Nothing is decided yet: pin and lift stay to be decided about by the look that ends the wait.
  const wait = (reason: string): ImageVerdict =>
    target.waiting_digest === best.digest
      ? { verdict: 'nothing', reason }
      : { verdict: 'wait', reason, target: { ...target, waiting_digest: best.digest } };

  if (target.rolling_back || status === 'rolling_back') {
    return wait(`${name} waits: ${title} goes back`);
  }
  switch (policy.on_newer) {
    case 'ignore':
      if (look.isAsked) return wait(`${name} waits for the end of ${title}`);
      return {
        verdict: 'record',
        reason: `${name} is ignored while ${title} is ${status}`,
        target: decided(look, target),
      };
    case 'queue':
      return wait(`${name} waits for the end of ${title}`);
    case 'supersede': {
      // A newer image takes over at the moment it may act; under `manual` that is after its approval.
      if (policy.update_strategy === 'manual' && status !== 'awaiting_approval') {
        return wait(`${name} waits for the end of ${title}, because it needs an approval first`);
      }
      const free = releaseTarget(target, false);
      return {
        verdict: 'supersede',
        reason: `${name} ${look.isAsked ? '' : 'is newer and '}takes over from ${title}`,
        target: startRollout(look, free, active.rollout),
      };
    }
  }
}

function startRollout(look: Look, before: Target, supersedes?: string): Target {
  const active = seedOf(look, before, supersedes);
  const target = decided(look, before);
  return {
    ...target,
    generation: active.generation,
    number: active.number,
    desired: { tag: look.best.tag, digest: look.best.digest },
    waiting_digest: '',
    rolling_back: false,
    active,
  };
}

/** The rollout that brings the best image to this target, were it to begin now. */
export function seedOf(look: Look, target: Target, supersedes?: string): RolloutSeed {
  const { policy, best, nowMs } = look;
  const lifted = liftDenial(target).denied.find(({ digest }) => digest === best.digest)?.lifted;
  const generation = nextGeneration(target.generation, nowMs);
  return {
    rollout: rolloutId(policy.id, look.repositorySha256, generation),
    policy: policy.id,
    repository: target.repository,
    number: target.number + 1,
    generation,
    image: { ...best },
    previous: target.desired,
    triggered_by: isLifting(look) ? 'manual' : look.cause,
    ...(look.asked !== undefined && { requested: requestedBy(look.asked) }),
    triggered_by_event: look.event.slice(0, 4096),
    ...(supersedes !== undefined && { supersedes }),
    ...(lifted !== undefined && { lifted }),
    settings: policy,
    document: look.document,
    pace: look.pace,
    created_at_ms: nowMs,
  };
}

function requestedBy({ by, why, at_ms, request }: Lift): Lift {
  return { by, why, at_ms, ...(request !== undefined && { request }) };
}

/** The owner that a host's fence remembers: `<stack>/<policy>/<repository>`. */
export function ownerOf(stack: string, rollout: RolloutSeed): string {
  return `${stack}/${rollout.policy}/${rollout.repository}`;
}

/** The container's name on the rollout's hosts. */
export function containerOf(rollout: RolloutSeed): string {
  return containerFor(rollout.settings, rollout.image.repository);
}
