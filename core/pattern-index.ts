/**
 * Which of many patterns concern a repository, in memory: the keys of `byRepository` (repository-key.ts)
 * narrowed once more by the text after the last star, so that of 10,000 patterns only a handful is tried.
 *
 *   key of the index      before the first star   after the last star   tried for shop/web
 *   =shop/web             /shop/web               shop/web              shop/web:*
 *   >shop                 /shop/                  (none)                shop/*:*
 *   *                     /                       /web                  *\/web:*
 *
 * It finds exactly what asking every pattern with `matchesRepository` would, in the same order.
 */
import { type ImagePattern, matchesRepository } from './image-pattern.ts';
import { lookupKeys, policyKeys } from './repository-key.ts';

interface Entry<Of> {
  /** Its place among all, to give answers in the order in which the patterns came. */
  at: number;
  of: Of;
}

/** By length, then by text: only texts of these lengths are cut out of a name and looked up. */
type ByText<Value> = Map<number, Map<string, Value>>;
type Bucket<Of> = ByText<ByText<Entry<Of>[]>>;
export type PatternIndex<Of> = ReadonlyMap<string, Bucket<Of>>;

export function indexPatterns<Of extends { pattern: ImagePattern }>(
  all: readonly Of[],
): PatternIndex<Of> {
  const index = new Map<string, Bucket<Of>>();
  for (const [at, of] of all.entries()) {
    const { repository_key, repository_prefix } = policyKeys(of.pattern);
    const { repository } = of.pattern;
    const ending = repository.slice(repository.lastIndexOf('*') + 1);
    const bucket = index.get(repository_key) ?? new Map();
    const endings = valueAt(bucket, repository_prefix, () => new Map());
    valueAt(endings, ending, (): Entry<Of>[] => []).push({ at, of });
    index.set(repository_key, bucket);
  }
  return index;
}

/** The value under a text, made where there is none yet. */
function valueAt<Value>(texts: ByText<Value>, text: string, make: () => Value): Value {
  const sameLength = texts.get(text.length) ?? new Map<string, Value>();
  texts.set(text.length, sameLength);
  const value = sameLength.get(text) ?? make();
  sameLength.set(text, value);
  return value;
}

/** Those whose pattern meets a repository, named as `repositoryName` does. */
export function findMatches<Of extends { pattern: ImagePattern }>(
  index: PatternIndex<Of>,
  name: string,
): Of[] {
  const found: Entry<Of>[] = [];
  for (const { repository_key, prefix_to } of lookupKeys(name)) {
    for (const [length, prefixes] of index.get(repository_key) ?? []) {
      for (const [rest, endings] of prefixes.get(prefix_to.slice(0, length)) ?? []) {
        // A text that is shorter than what is looked for is cut to another length, and so is not there.
        const entries = endings.get(prefix_to.slice(prefix_to.length - rest)) ?? [];
        found.push(...entries.filter(({ of }) => matchesRepository(of.pattern, name)));
      }
    }
  }
  return found.toSorted((one, other) => one.at - other.at).map(({ of }) => of);
}
