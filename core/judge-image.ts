/**
 * What a look at the registry decides for one target: start, take over, wait, or only remember.
 *
 * Invariants: a rollout starts by itself only when the best image is another than the one seen at the
 * last decision, so that lost, doubled, late and reordered events change nothing; a denied digest never
 * becomes desired here; a rollout that goes back is not superseded.
 */
import type { Policy } from './policy.ts';
import { containerFor } from './policy.ts';
import type { RolloutSeed } from './rollout.ts';
import { rolloutTitle } from './rollout.ts';
import { nextGeneration, rolloutId } from './rollout-id.ts';
import type { RolloutStatus } from './status.ts';
import type { Target } from './target.ts';
import { releaseTarget } from './target.ts';

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
}

export type ImageVerdict = { reason: string } & (
  | { verdict: 'nothing' }
  | { verdict: 'record' | 'wait' | 'start' | 'supersede'; target: Target }
);

export function judgeImage(look: Look): ImageVerdict {
  const { best, target, policy } = look;
  const name = `${best.repository}:${best.tag}`;
  const seen = { tag: best.tag, digest: best.digest };
  const remember = (reason: string): ImageVerdict =>
    target.seen.digest === best.digest
      ? { verdict: 'nothing', reason }
      : { verdict: 'record', reason, target: { ...target, seen } };

  const denied = target.denied.find((candidate) => candidate.digest === best.digest);
  if (denied !== undefined) {
    return remember(
      `${name} has the digest that ${denied.title} denied (${denied.reason}); trigger it by hand to try again`,
    );
  }
  if (target.version === 0 && !look.isPush && policy.on_create === 'record') {
    return {
      verdict: 'record',
      reason: `${name} is what there is; the next new image rolls out`,
      target: { ...target, seen, desired: seen, generation: nextGeneration(0, look.nowMs) },
    };
  }
  if (target.seen.digest === best.digest) {
    return { verdict: 'nothing', reason: `${name} was seen already` };
  }
  if (target.desired.digest === best.digest) {
    return remember(`${name} is what is desired already`);
  }
  return target.active === undefined || look.activeStatus === undefined
    ? { verdict: 'start', reason: `${name} is new`, target: startRollout(look, target) }
    : judgeNewer(look, target.active, look.activeStatus);
}

function judgeNewer(look: Look, active: RolloutSeed, status: RolloutStatus): ImageVerdict {
  const { best, target, policy } = look;
  const name = `${best.repository}:${best.tag}`;
  const title = rolloutTitle(active);
  const wait = (reason: string): ImageVerdict =>
    target.waiting_digest === best.digest
      ? { verdict: 'nothing', reason }
      : { verdict: 'wait', reason, target: { ...target, waiting_digest: best.digest } };

  if (target.rolling_back || status === 'rolling_back') {
    return wait(`${name} waits: ${title} goes back`);
  }
  switch (policy.on_newer) {
    case 'ignore':
      return {
        verdict: 'record',
        reason: `${name} is ignored while ${title} is ${status}`,
        target: { ...target, seen: { tag: best.tag, digest: best.digest } },
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
        reason: `${name} is newer and takes over from ${title}`,
        target: startRollout(look, free, active.rollout),
      };
    }
  }
}

function startRollout(look: Look, target: Target, supersedes?: string): Target {
  const { policy, best, nowMs } = look;
  const generation = nextGeneration(target.generation, nowMs);
  const active: RolloutSeed = {
    rollout: rolloutId(policy.id, look.repositorySha256, generation),
    policy: policy.id,
    repository: target.repository,
    number: target.number + 1,
    generation,
    image: { ...best },
    previous: target.desired,
    triggered_by: look.cause,
    triggered_by_event: look.event.slice(0, 4096),
    ...(supersedes !== undefined && { supersedes }),
    settings: policy,
    document: look.document,
    pace: look.pace,
    created_at_ms: nowMs,
  };
  return {
    ...target,
    generation,
    number: active.number,
    desired: { tag: best.tag, digest: best.digest },
    seen: { tag: best.tag, digest: best.digest },
    waiting_digest: '',
    rolling_back: false,
    active,
  };
}

/** The owner that a host's fence remembers: `<stack>/<policy>/<repository>`. */
export function ownerOf(stack: string, rollout: RolloutSeed): string {
  return `${stack}/${rollout.policy}/${rollout.repository}`;
}

/** The container's name on the rollout's hosts. */
export function containerOf(rollout: RolloutSeed): string {
  return containerFor(rollout.settings, rollout.image.repository);
}
