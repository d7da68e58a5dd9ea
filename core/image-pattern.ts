/**
 * Which images concern a policy: `[registry/]repository[:tag]`, where `*` stands for any characters
 * within one path segment of the repository, or within the tag.
 *
 *   shop/web:*       every tag of shop/web          shop/web       the same
 *   shop/*:v*        shop/web:v1, not shop/a/b:v1   develop-*:*    develop-7 in the own ECR
 *   ghcr.io/acme/*   one level below ghcr.io/acme   /ghcr.io/acme  the own ECR's repository of that name
 *
 * There is no `**`, no `?` and no star in a registry. Matching goes through the text once and never
 * back, so no pattern and no name can make it slow.
 */
import { isRegistryHost, isRepository, isTag, splitRegistry } from './image-reference.ts';

export interface ImagePattern {
  registry: string;
  /** A name, or a glob. */
  repository: string;
  tag: string;
}

const MAX_LENGTH = 512;
const GLOB_SEGMENT = /^[a-z0-9._*-]+$/;
const GLOB_TAG = /^[A-Za-z0-9._*-]{1,300}$/;

/** Reads a pattern; undefined if it is none. Patterns of `registryHost` are those of the own ECR. */
export function parseImagePattern(text: string, registryHost = ''): ImagePattern | undefined {
  const [registry, rest] = splitRegistry(text, registryHost);
  const colon = rest.indexOf(':');
  const repository = colon < 0 ? rest : rest.slice(0, colon);
  const tag = colon < 0 ? '*' : rest.slice(colon + 1);
  if (text.length > MAX_LENGTH || text.includes('**')) return undefined;
  if (registry !== '' && !isRegistryHost(registry)) return undefined;
  return isRepositoryGlob(repository) && isTagGlob(tag) ? { registry, repository, tag } : undefined;
}

function isRepositoryGlob(text: string): boolean {
  if (!hasGlob(text)) return isRepository(text);
  return text.split('/').every((segment) => GLOB_SEGMENT.test(segment));
}

export function isTagGlob(text: string): boolean {
  return hasGlob(text) ? GLOB_TAG.test(text) && !text.includes('**') : isTag(text);
}

export function hasGlob(text: string): boolean {
  return text.includes('*');
}

/** Whether a repository, as `repositoryName` writes it, is one of the pattern's. */
export function matchesRepository(pattern: ImagePattern, name: string): boolean {
  const [registry, repository] = splitRegistry(name);
  if (registry !== pattern.registry) return false;
  const globs = pattern.repository.split('/');
  const segments = repository.split('/');
  if (segments.length > globs.length) return false;
  return globs.every((glob, index) => matchesGlob(glob, segments[index]));
}

export function matchesTag(pattern: ImagePattern, tag: string): boolean {
  return matchesGlob(pattern.tag, tag);
}

/** Takes the pieces between the stars one after the other, each at its first place after the last. */
export function matchesGlob(glob: string, text: string | undefined): boolean {
  const first = glob.indexOf('*');
  if (first < 0 || text === undefined) return glob === text;
  const last = glob.lastIndexOf('*');
  const [head, tail] = [glob.slice(0, first), glob.slice(last + 1)];
  if (text.length < head.length + tail.length) return false;
  if (!text.startsWith(head) || !text.endsWith(tail)) return false;
  const middle = text.slice(head.length, text.length - tail.length);
  let at = 0;
  for (const piece of glob.slice(first + 1, last).split('*')) {
    const found = middle.indexOf(piece, at);
    if (found < 0) return false;
    at = found + piece.length;
  }
  return true;
}
