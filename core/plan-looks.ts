/**
 * What the sweep looks at: the repositories that policies name, those that a target of theirs knows, and
 * of the registry's own list those that a glob meets. A repository is looked at once, however many
 * policies concern it; a target whose policy is gone, or means other repositories now, asks for nothing.
 */
import { hasGlob, type ImagePattern, matchesRepository } from './image-pattern.ts';
import { repositoryName } from './image-reference.ts';
import { findMatches, indexPatterns, type PatternIndex } from './pattern-index.ts';

export interface SweptPolicy {
  policy: string;
  pattern: ImagePattern;
}

export interface SweptTarget {
  policy: string;
  repository: string;
}

export interface PlannedLooks {
  /** What is looked at without asking the registry what there is. */
  repositories: string[];
  /** To meet the registry's own list with; undefined where no policy has a glob, and none need be read. */
  globs: PatternIndex<SweptPolicy> | undefined;
}

export function planLooks(
  policies: readonly SweptPolicy[],
  targets: readonly SweptTarget[],
): PlannedLooks {
  const byId = new Map(policies.map((policy) => [policy.policy, policy]));
  const isWanted = ({ policy, repository }: SweptTarget) => {
    const pattern = byId.get(policy)?.pattern;
    return pattern !== undefined && matchesRepository(pattern, repository);
  };
  const named = policies.filter(({ pattern }) => !hasGlob(pattern.repository));
  const known = targets.filter(isWanted).map(({ repository }) => repository);
  // Only the own ECR can be asked what repositories there are.
  const globs = policies.filter(
    ({ pattern }) => pattern.registry === '' && hasGlob(pattern.repository),
  );
  return {
    repositories: [...new Set([...named.map(({ pattern }) => repositoryName(pattern)), ...known])],
    globs: globs.length === 0 ? undefined : indexPatterns(globs),
  };
}

/** The name of a repository of the own ECR that some glob meets; undefined where none does. */
export function nameIfMet(
  globs: PatternIndex<SweptPolicy>,
  ecrRepository: string,
): string | undefined {
  const name = repositoryName({ registry: '', repository: ecrRepository });
  return findMatches(globs, name).length > 0 ? name : undefined;
}

export interface SpreadLook {
  repository: string;
  delaySeconds: number;
}

/** A fraction of what `consider-image` gets through, so that a push among 2,000 looks does not wait for them. */
const LOOKS_PER_SECOND = 10;
/** SQS delays a message by 15 minutes at most; it is also the default time between two sweeps. */
const MAX_DELAY_SECONDS = 900;

/** In the order of their names, ten a second. */
export function spreadLooks(repositories: Iterable<string>): SpreadLook[] {
  return [...new Set(repositories)].toSorted().map((repository, index) => ({
    repository,
    delaySeconds: Math.min(Math.floor(index / LOOKS_PER_SECOND), MAX_DELAY_SECONDS),
  }));
}
