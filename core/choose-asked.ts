/** The image that a person names, as the registry holds it; or why it cannot be taken. */
import { chooseImage, type RegistryImage } from './choose-image.ts';
import { matchesRepository, matchesTag, parseImagePattern } from './image-pattern.ts';
import { type ImageReference, repositoryName } from './image-reference.ts';
import type { Policy } from './policy.ts';

type Found = { tag: string; digest: string };

export type AskedImage = { chosen: Found; reason?: never } | { chosen?: never; reason: string };

/** What can be said before the registry is asked; undefined where nothing is against it. */
export function refuseAsked(policy: Policy, image: ImageReference): string | undefined {
  const { registry, tag, digest } = image;
  const name = repositoryName(image);
  if (registry !== '') return `${name} is in another registry than the stack's own ECR`;
  if (tag === undefined && digest === undefined) return `${name}: give a tag or a digest`;
  const pattern = parseImagePattern(policy.image_pattern);
  const isMet = pattern !== undefined && matchesRepository(pattern, name);
  const isTagMet = pattern === undefined || tag === undefined || matchesTag(pattern, tag);
  return isMet && isTagMet
    ? undefined
    : `policy ${policy.id} wants ${policy.image_pattern}, which ${name}${tag === undefined ? '' : `:${tag}`} is not`;
}

export function chooseAsked(
  policy: Policy,
  { repository, tag, digest }: ImageReference,
  images: readonly RegistryImage[],
  nowMs: number,
): AskedImage {
  const tagged = images.find(({ tags }) => tag !== undefined && tags.includes(tag));
  if (tag !== undefined && tagged !== undefined) {
    const isOther = digest !== undefined && tagged.digest !== digest;
    if (isOther) return { reason: `${repository}:${tag} is ${tagged.digest} in the registry` };
    return { chosen: { tag, digest: tagged.digest } };
  }
  const wanted = digest === undefined ? undefined : { ...policy, pinned_digest: digest };
  const { chosen } = wanted === undefined ? {} : chooseImage(wanted, images, nowMs);
  return tag === undefined && chosen !== undefined
    ? { chosen: { tag: chosen.tag, digest: chosen.digest } }
    : {
        reason: `the registry does not hold ${repository}${tag === undefined ? `@${digest}` : `:${tag}`}`,
      };
}
