/**
 * The name of an image: `registry/repository:tag@sha256:…`.
 *
 * `registry: ''` means the stack's own ECR, whose host name differs by account and region and so is
 * written nowhere but at the edge. A first part with a dot or a colon, or `localhost`, is a registry,
 * as in Docker. ECR lets a repository look like that as well (`ghcr.io/acme/app` behind a pull-through
 * cache): such a name begins with a slash here, `/ghcr.io/acme/app`, so that no name has two meanings.
 */
import * as z from 'zod';

export interface ImageReference {
  /** A host name, with its port if any; '' is the stack's own ECR. */
  registry: string;
  repository: string;
  tag?: string;
  digest?: string;
}

export const Digest = z.string().regex(/^sha256:[0-9a-f]{64}$/);
export type Digest = z.infer<typeof Digest>;

/** ECR takes up to 256 characters in a repository's name and up to 300 in a tag. */
const MAX_REPOSITORY = 256;
const REGISTRY = /^[a-z0-9](?:[a-z0-9.-]{0,251}[a-z0-9])?(?::\d{1,5})?$/i;
const REPOSITORY =
  /^[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*(?:\/[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*)*$/;
const TAG = /^[A-Za-z0-9_][A-Za-z0-9._-]{0,299}$/;

export function isTag(text: string): boolean {
  return TAG.test(text);
}

export function isRepository(text: string): boolean {
  return text.length <= MAX_REPOSITORY && REPOSITORY.test(text);
}

export function isRegistryHost(text: string): boolean {
  return REGISTRY.test(text);
}

/** Whether a first path part names a registry rather than the beginning of a repository. */
function isRegistry(firstPart: string): boolean {
  return firstPart === 'localhost' || /[.:]/.test(firstPart);
}

/**
 * Parts a name into registry and the rest:
 *   `shop/web` → ['', 'shop/web'] · `ghcr.io/acme/app` → ['ghcr.io', 'acme/app']
 *   `/ghcr.io/acme/app` → ['', 'ghcr.io/acme/app'] · `web` → ['', 'web']
 */
export function splitRegistry(name: string, registryHost = ''): [registry: string, rest: string] {
  const slash = name.indexOf('/');
  if (slash === 0) return ['', name.slice(1)];
  const first = name.slice(0, Math.max(slash, 0));
  if (slash < 0 || !isRegistry(first)) return ['', name];
  return [first === registryHost ? '' : first, name.slice(slash + 1)];
}

/**
 * Reads `[registry/]repository[:tag][@sha256:…]`; undefined if the text is nothing of the kind.
 * With `registryHost`, an image of that host is one of the stack's own ECR (`registry: ''`).
 */
export function parseImageReference(text: string, registryHost = ''): ImageReference | undefined {
  const [name, digest, ...more] = text.split('@');
  if (name === undefined || more.length > 0) return undefined;
  const [registry, rest] = splitRegistry(name, registryHost);
  const [repository, tag, ...others] = rest.split(':');
  if (repository === undefined || others.length > 0) return undefined;
  if (registry !== '' && !isRegistryHost(registry)) return undefined;
  if (!isRepository(repository)) return undefined;
  if (tag !== undefined && !isTag(tag)) return undefined;
  if (digest !== undefined && !Digest.safeParse(digest).success) return undefined;
  return {
    registry,
    repository,
    ...(tag === undefined ? {} : { tag }),
    ...(digest === undefined ? {} : { digest }),
  };
}

/**
 * What a host pulls: `host/repository@sha256:…`, or `host/repository:tag` where no digest is known.
 * A digest makes the tag superfluous, so it is left out: what is deployed is named in one way only.
 */
export function formatImageReference(image: ImageReference, registryHost: string): string {
  const registry = image.registry || registryHost;
  const name = registry === '' ? repositoryName(image) : `${registry}/${image.repository}`;
  if (image.digest !== undefined) return `${name}@${image.digest}`;
  return image.tag === undefined ? name : `${name}:${image.tag}`;
}

/** The name of a target (`target#<repository>`): `shop/web` in the own ECR, `ghcr.io/acme/app` elsewhere. */
export function repositoryName(image: Pick<ImageReference, 'registry' | 'repository'>): string {
  const { registry, repository } = image;
  if (registry !== '') return `${registry}/${repository}`;
  const slash = repository.indexOf('/');
  return slash > 0 && isRegistry(repository.slice(0, slash)) ? `/${repository}` : repository;
}
