/**
 * What a policy would do now: which image it wants, what a look would decide, which hosts would be in which
 * batch, and when. The lambdas' own decisions, one after the other, on what was read; nothing is written.
 */
import { chooseImage, type ImageChoice, type RegistryImage } from './choose-image.ts';
import { type Foresight, foreseeRollout } from './foresee-rollout.ts';
import { matchesRepository, matchesTag, parseImagePattern } from './image-pattern.ts';
import { type ImageVerdict, judgeImage, seedOf } from './judge-image.ts';
import { type FoundHosts, refuseClaim, refusePlan } from './judge-plan.ts';
import { makeLook } from './make-look.ts';
import { type HostPlan, planHosts } from './plan-hosts.ts';
import type { Policy } from './policy.ts';
import { listWarnings, type PolicyWarning } from './policy-warnings.ts';
import { makeRollout, type Rollout } from './rollout.ts';
import { scheduleOf } from './schedule.ts';
import { paceOf, type Settings } from './settings.ts';
import type { RolloutStatus } from './status.ts';
import { makeTarget, type Target } from './target.ts';

/** All that is read of a stack, a registry and a fleet. */
export interface Facts {
  policy: Policy;
  settings: Settings;
  /** As `repositoryName` writes it. */
  repository: string;
  /** A tag that is taken as pushed now; undefined: an ordinary look. */
  pushed: string | undefined;
  images: readonly RegistryImage[];
  /** What the stack has of them; undefined where it has nothing. */
  target: Target | undefined;
  /** Of the target's active rollout. */
  activeStatus: RolloutStatus | undefined;
  rivals: readonly Policy[];
  hosts: FoundHosts & { zoneOf: ReadonlyMap<string, string> };
  sha256: (text: string) => string;
  nowMs: number;
}

export interface Forecast {
  choice: ImageChoice;
  /** The image that wins is not in the registry: it was taken as if somebody had pushed it now. */
  isPretended: boolean;
  /** How many tags the pattern does not meet. */
  strangers: number;
  decision: Pick<ImageVerdict, 'reason'> & { verdict: ImageVerdict['verdict'] };
  /** Why "Plan rollout" would refuse to begin. */
  refusal: string | undefined;
  plan: HostPlan;
  earliest: Foresight | undefined;
  latest: Foresight | undefined;
  warnings: PolicyWarning[];
}

/** Stands for a digest that nobody knows yet. */
const NO_DIGEST = `sha256:${'0'.repeat(64)}`;
/** A tag that no registry takes. */
const NO_TAG = '<none>';

export function foreseePolicy(facts: Facts): Forecast {
  const { policy, settings, hosts, pushed, nowMs } = facts;
  const isMissing = pushed !== undefined && !facts.images.some(({ tags }) => tags.includes(pushed));
  const arrival = { digest: NO_DIGEST, tags: [String(pushed)], pushedAtMs: nowMs };
  const images = isMissing ? [...facts.images, arrival] : facts.images;
  const choice = chooseImage(policy, images, nowMs);
  const { rollout, decision } = foreseeDecision(facts, images, choice);
  const plan = planHosts(policy, hosts.hosts, hosts.zoneOf);
  const refusal =
    refusePlan(rollout, hosts, true) ??
    refuseClaim(rollout, { isStored: true, others: facts.rivals });
  const planned = { ...rollout, plan: plan.plan, plan_hash: facts.sha256(plan.canonical) };
  const schedule = scheduleOf(policy);
  const go = (speed: 'least' | 'longest') =>
    refusal === undefined
      ? foreseeRollout({ rollout: planned, chunks: plan.chunks, schedule, speed }, nowMs)
      : undefined;
  return {
    choice,
    isPretended: choice.chosen?.digest === NO_DIGEST,
    strangers: countStrangers(policy, images),
    decision,
    refusal,
    plan,
    earliest: go('least'),
    latest: go('longest'),
    warnings: listWarnings(policy, paceOf(settings), hosts.hosts.length),
  };
}

/** What a look would decide, and the rollout that it would make or, were the image new, could make. */
function foreseeDecision(
  facts: Facts,
  images: readonly RegistryImage[],
  { chosen, reason }: ImageChoice,
): { rollout: Rollout; decision: Forecast['decision'] } {
  const { policy, repository } = facts;
  const look = makeLook({
    policy,
    target: facts.target ?? makeTarget(policy.id, repository),
    storedStatus: facts.activeStatus,
    repository,
    images,
    chosen: chosen ?? { digest: NO_DIGEST, tag: NO_TAG, pushedAtMs: facts.nowMs },
    tag: facts.pushed,
    cause: facts.pushed === undefined ? 'sweep' : 'ecr',
    event: '',
    repositorySha256: facts.sha256(repository),
    document: { name: '', version: '', hash: '' },
    pace: paceOf(facts.settings),
    nowMs: facts.nowMs,
  });
  const rollout = makeRollout(seedOf(look, look.target), '');
  if (chosen === undefined) return { rollout, decision: { verdict: 'nothing', reason } };
  const { verdict, reason: why } = judgeImage(look);
  return { rollout, decision: { verdict, reason: why } };
}

function countStrangers({ image_pattern }: Policy, images: readonly RegistryImage[]): number {
  const pattern = parseImagePattern(image_pattern);
  const tags = new Set(images.flatMap((image) => image.tags));
  return [...tags].filter((tag) => pattern === undefined || !matchesTag(pattern, tag)).length;
}

/** Why an image does not concern a policy at all; undefined where it does. */
export function refuseImage(
  { id, image_pattern }: Policy,
  image: { repository: string; tag: string },
): string | undefined {
  const pattern = parseImagePattern(image_pattern);
  const isMet =
    pattern !== undefined &&
    matchesRepository(pattern, image.repository) &&
    matchesTag(pattern, image.tag);
  if (isMet) return undefined;
  return `${image.repository}:${image.tag} does not concern ${id}, whose pattern is ${image_pattern}`;
}
