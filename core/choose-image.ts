/**
 * Which image of a repository a policy wants, and why the other tags lose.
 *
 * A pinned digest is wanted as it is. Else only tags of the policy's pattern compete. The answer depends on the set of tags and not on their
 * order, and a tag that loses changes nothing about who wins: all orders are total (first what the
 * policy's `tag_choice` says, then the later push, then the order of rank-tag.ts).
 */
import { matchesGlob, matchesTag, parseImagePattern } from './image-pattern.ts';
import type { Policy } from './policy.ts';
import { alphabetical } from './tag-choice/alphabetical.ts';
import type { Candidate, TagOrder } from './tag-choice/candidate.ts';
import { mutableTag } from './tag-choice/mutable-tag.ts';
import { newestPush } from './tag-choice/newest-push.ts';
import { numerical } from './tag-choice/numerical.ts';
import { compareTags, compareText } from './tag-choice/rank-tag.ts';
import { semverOrder } from './tag-choice/semver.ts';
import type { TagChoice } from './tag-choice/tag-choice.ts';
import { compileFilter } from './tag-choice/tag-filter.ts';

export interface RegistryImage {
  digest: string;
  tags: string[];
  pushedAtMs: number;
}

export interface ImageChoice {
  chosen?: { digest: string; tag: string; pushedAtMs: number };
  reason: string;
  /** By name. Tags that the pattern does not meet are not among them. */
  losers: { tag: string; reason: string }[];
}

type Wish = Pick<Policy, 'image_pattern' | 'tag_choice' | 'pinned_digest'>;

export function chooseImage(
  policy: Wish,
  images: readonly RegistryImage[],
  nowMs: number,
): ImageChoice {
  const { image_pattern, tag_choice, pinned_digest } = policy;
  if (pinned_digest !== undefined) return choosePinned(pinned_digest, image_pattern, images);
  const order = orderOf(tag_choice);
  const losers: ImageChoice['losers'] = [];
  const admit = admission(tag_choice, order, nowMs);
  const candidates = listCandidates(image_pattern, images).flatMap((found) => {
    const { candidate, reason } = admit(found);
    if (reason !== undefined) losers.push({ tag: candidate.tag, reason });
    return reason === undefined ? [candidate] : [];
  });
  const [best, ...others] = candidates.sort((one, other) => compareCandidates(order, other, one));
  if (best === undefined) {
    const [example] = sortLosers(losers);
    const reason =
      example === undefined
        ? `no tag matches ${image_pattern}`
        : `no tag of ${image_pattern} can be chosen: ${example.tag} ${example.reason}`;
    return { reason, losers };
  }
  for (const other of others) losers.push({ tag: other.tag, reason: whyLost(other, best) });
  const { digest, tag, pushedAtMs } = best;
  return {
    chosen: { digest, tag, pushedAtMs },
    reason: `${tag} ${order.praise}`,
    losers: sortLosers(losers),
  };
}

/** Whether this tag's push may have brought what the policy wants. Of a pinned one that is one digest. */
export function isArrival(
  { pinned_digest }: Pick<Policy, 'pinned_digest'>,
  images: readonly RegistryImage[],
  tag: string | undefined,
): boolean {
  if (tag === undefined || pinned_digest === undefined) return tag !== undefined;
  return images.some(({ digest, tags }) => digest === pinned_digest && tags.includes(tag));
}

/** The pinned digest, whatever tags say; they only name it for people. */
function choosePinned(
  pinned: string,
  imagePattern: string,
  images: readonly RegistryImage[],
): ImageChoice {
  const image = images.find(({ digest }) => digest === pinned);
  if (image === undefined) {
    return { reason: `the registry does not hold ${pinned}, which is pinned`, losers: [] };
  }
  const { digest, pushedAtMs } = image;
  const own = listCandidates(imagePattern, [image]).map(({ tag }) => tag);
  const [tag = nameOfDigest(digest)] = (own.length > 0 ? own : image.tags).toSorted((one, other) =>
    compareTags(other, one),
  );
  return { chosen: { digest, tag, pushedAtMs }, reason: `${tag} is pinned`, losers: [] };
}

/** What people read where an image has no tag: `sha256-1a2b3c4d5e6f`. */
function nameOfDigest(digest: string): string {
  return digest.slice(0, 'sha256:'.length + 12).replace(':', '-');
}

function orderOf(choice: TagChoice): TagOrder {
  switch (choice.type) {
    case 'semver':
      return semverOrder(choice);
    case 'alphabetical':
      return alphabetical;
    case 'numerical':
      return numerical;
    case 'newest-push':
      return newestPush;
    case 'digest':
      return mutableTag(choice.tag);
  }
}

/** One candidate for each tag. A registry gives a tag once; a listing read while it moves may not. */
function listCandidates(imagePattern: string, images: readonly RegistryImage[]): Candidate[] {
  const pattern = parseImagePattern(imagePattern);
  if (pattern === undefined) return [];
  const byTag = new Map<string, Candidate>();
  for (const { digest, tags, pushedAtMs } of images) {
    for (const tag of tags) {
      const known = byTag.get(tag);
      const isNewer = known === undefined || compareSightings({ digest, pushedAtMs }, known) > 0;
      if (isNewer && matchesTag(pattern, tag))
        byTag.set(tag, { tag, key: tag, digest, pushedAtMs });
    }
  }
  return [...byTag.values()];
}

type Sighting = Pick<Candidate, 'digest' | 'pushedAtMs'>;

function compareSightings(one: Sighting, other: Sighting): number {
  return one.pushedAtMs - other.pushedAtMs || compareText(one.digest, other.digest);
}

/** Gives a candidate its key, or says why it does not compete. */
function admission(
  choice: TagChoice,
  order: TagOrder,
  nowMs: number,
): (found: Candidate) => { candidate: Candidate; reason?: string } {
  const ignored = 'ignore' in choice ? choice.ignore : [];
  const keyOf = compileFilter('filter' in choice ? choice.filter : undefined);
  const youngestAtMs = nowMs - choice.minimum_age_minutes * 60_000;

  return (found) => {
    const glob = ignored.find((candidate) => matchesGlob(candidate, found.tag));
    if (glob !== undefined) return { candidate: found, reason: `is ignored by ${glob}` };
    const key = keyOf(found.tag);
    if (key === undefined) return { candidate: found, reason: 'is not met by the filter' };
    const candidate = { ...found, key };
    const refusal = order.refuse(candidate);
    if (refusal !== undefined) return { candidate, reason: refusal };
    if (choice.minimum_age_minutes > 0 && found.pushedAtMs > youngestAtMs) {
      return { candidate, reason: `is younger than ${choice.minimum_age_minutes} minutes` };
    }
    return { candidate };
  };
}

function compareCandidates(order: TagOrder, one: Candidate, other: Candidate): number {
  return (
    order.compare(one, other) ||
    one.pushedAtMs - other.pushedAtMs ||
    compareTags(one.tag, other.tag)
  );
}

function whyLost(loser: Candidate, best: Candidate): string {
  return loser.digest === best.digest
    ? `is another tag of the image of ${best.tag}`
    : `goes behind ${best.tag}`;
}

function sortLosers(losers: ImageChoice['losers']): ImageChoice['losers'] {
  return losers.sort((one, other) => compareText(one.tag, other.tag));
}
