/** Which image of the own registry a policy wants, read anew and slowly, for the policies that are easy to read. */
import * as z from 'zod';
import type { LocalCloud } from '#local/local-cloud.ts';

const Document = z.object({
  image_pattern: z.string().regex(/^[a-z0-9/_*-]+(?::[A-Za-z0-9._*-]+)?$/),
  pinned_digest: z.undefined().optional(),
  tag_choice: z
    .strictObject({
      type: z.enum(['newest-push', 'semver']),
      range: z.literal('*').optional(),
      prereleases: z.literal(false).optional(),
      ignore: z.array(z.string()).max(0).optional(),
      minimum_age_minutes: z.literal(0).optional(),
    })
    .default({ type: 'newest-push' }),
});

export interface Wish {
  repository: RegExp;
  /** Where the pattern names one repository. */
  name: string | undefined;
  tag: RegExp;
  order: 'newest-push' | 'semver';
}

/** Undefined for what this model does not read. */
export function readWish(document: unknown): Wish | undefined {
  const parsed = Document.safeParse(document);
  if (!parsed.success) return undefined;
  const { image_pattern, tag_choice } = parsed.data;
  const [repository = '', tag = '*'] = image_pattern.split(':');
  return {
    repository: globOf(repository),
    name: repository.includes('*') ? undefined : repository,
    tag: globOf(tag),
    order: tag_choice.type,
  };
}

function globOf(text: string): RegExp {
  const parts = text.split('*').map((part) => part.replaceAll(/[.]/g, '\\.'));
  return new RegExp(`^${parts.join('[^/]*')}$`);
}

interface Candidate {
  digest: string;
  rank: readonly number[];
}

/** Undefined where no tag competes, or two are as good. */
export function bestImage(cloud: LocalCloud, name: string, wish: Wish): string | undefined {
  const repository = cloud.ecr.repositories.find((one) => one.name === name);
  const candidates = (repository?.images ?? []).flatMap(({ digest, pushedAtMs }): Candidate[] =>
    (repository?.tagsOf(digest) ?? [])
      .filter((tag) => wish.tag.test(tag))
      .flatMap((tag) => {
        const rank = wish.order === 'semver' ? versionOf(tag) : [pushedAtMs];
        return rank === undefined ? [] : [{ digest, rank }];
      }),
  );
  const [best] = candidates.toSorted((one, other) => compare(other.rank, one.rank));
  if (best === undefined) return undefined;
  const equals = candidates.filter(({ rank }) => compare(rank, best.rank) === 0);
  return equals.every(({ digest }) => digest === best.digest) ? best.digest : undefined;
}

function versionOf(tag: string): number[] | undefined {
  const parts = /^v?(\d+)\.(\d+)\.(\d+)$/.exec(tag);
  return parts === null ? undefined : parts.slice(1).map(Number);
}

function compare(one: readonly number[], other: readonly number[]): number {
  const index = one.findIndex((part, at) => part !== other[at]);
  return index < 0 ? 0 : (one[index] ?? 0) - (other[index] ?? 0);
}

/** What the registry holds, as a text that changes with it. */
export function fingerprint(cloud: LocalCloud): string {
  return cloud.ecr.repositories
    .map((repository) => {
      const { name, images } = repository;
      return [name, ...images.map(({ digest }) => [digest, ...repository.tagsOf(digest)])].join(
        ' ',
      );
    })
    .join('\n');
}
