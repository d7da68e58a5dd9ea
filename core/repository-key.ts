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
 *
 * Under `*` the own ECR's names go without the slash that `repositoryName` puts before a name that looks
 * like a registry: `g*\/app` meets `ghcr.io/app` of the own ECR as well, and must be a prefix of it.
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
  const group = groupOf(pattern.registry, pattern.repository);
  return group !== undefined && !hasGlob(group)
    ? { repository_key: `>${group}`, repository_prefix: `/${headOf(name)}` }
    : {
        repository_key: `*${pattern.registry}`,
        repository_prefix: headOf(placeOf(pattern.registry, pattern.repository)),
      };
}

function headOf(glob: string): string {
  return glob.slice(0, glob.indexOf('*'));
}

/** Registry and repository as a path, whatever the repository looks like. */
function placeOf(registry: string, repository: string): string {
  return registry === '' ? `/${repository}` : `/${registry}/${repository}`;
}

/** What to read for a push to a repository, named as `repositoryName` does: two or three Queries. */
export function lookupKeys(name: string): RepositoryLookup[] {
  const [registry, repository] = splitRegistry(name);
  const group = groupOf(registry, repository);
  const range = (prefix_to: string) => ({ prefix_from: '/', prefix_to });
  return [
    { repository_key: `=${name}`, prefix_from: `/${name}`, prefix_to: `/${name}` },
    ...(group === undefined ? [] : [{ repository_key: `>${group}`, ...range(`/${name}`) }]),
    { repository_key: `*${registry}`, ...range(placeOf(registry, repository)) },
  ];
}

/** Registry and first segment of a repository that has more than one. */
function groupOf(registry: string, repository: string): string | undefined {
  const slash = repository.indexOf('/');
  if (slash < 0) return undefined;
  return repositoryName({ registry, repository: repository.slice(0, slash + 1) }).slice(0, -1);
}
