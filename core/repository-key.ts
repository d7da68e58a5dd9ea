/**
 * The keys of the index `byRepository`, by which a push finds its policies in at most three Queries,
 * however many policies there are:
 *
 *   pattern                            repository_key   repository_prefix
 *   shop/web:*          exact          =shop/web        /shop/web
 *   shop/web-*:*        a whole first  >shop            /shop/web-
 *                       segment
 *   ghcr.io/acme/*:*    the same       >ghcr.io/acme    /ghcr.io/acme/
 *   *\/web:*, sh*:*     any other      *                /   and  /sh
 *   ghcr.io/*:*         any other      *ghcr.io         /ghcr.io/
 *
 * `repository_prefix` is what stands before the first star. A prefix of a name never sorts after the
 * name, so each Query reads `repository_prefix BETWEEN :from AND :to` with the name as its upper end.
 * Exact patterns, the great majority, are read precisely; the others are proposals that the caller
 * checks with `matchesRepository`. The leading `/` is there because DynamoDB takes no empty key.
 */
import { hasGlob, type ImagePattern } from './image-pattern.ts';
import { repositoryName, splitRegistry } from './image-reference.ts';

export interface PolicyKeys {
  repository_key: string;
  repository_prefix: string;
}

export interface RepositoryLookup {
  repository_key: string;
  /** Both ends belong to the range. */
  prefix_from: string;
  prefix_to: string;
}

export function policyKeys(pattern: ImagePattern): PolicyKeys {
  const name = repositoryName(pattern);
  if (!hasGlob(pattern.repository)) {
    return { repository_key: `=${name}`, repository_prefix: `/${name}` };
  }
  const prefix = name.slice(0, name.indexOf('*'));
  const group = groupOf(pattern.registry, pattern.repository);
  const isGrouped = group !== undefined && !hasGlob(group);
  return {
    repository_key: isGrouped ? `>${group}` : `*${pattern.registry}`,
    repository_prefix: `/${prefix}`,
  };
}

/** What to read for a push to a repository, named as `repositoryName` does: two or three Queries. */
export function lookupKeys(name: string): RepositoryLookup[] {
  const [registry, repository] = splitRegistry(name);
  const group = groupOf(registry, repository);
  const range = { prefix_from: '/', prefix_to: `/${name}` };
  return [
    { repository_key: `=${name}`, prefix_from: range.prefix_to, prefix_to: range.prefix_to },
    ...(group === undefined ? [] : [{ repository_key: `>${group}`, ...range }]),
    { repository_key: `*${registry}`, ...range },
  ];
}

/** Registry and first segment of a repository that has more than one. */
function groupOf(registry: string, repository: string): string | undefined {
  const slash = repository.indexOf('/');
  if (slash < 0) return undefined;
  return repositoryName({ registry, repository: repository.slice(0, slash + 1) }).slice(0, -1);
}
