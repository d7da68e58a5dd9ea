import type { TagOrder } from './candidate.ts';

/** Follows one tag, such as `latest` or `main`, to whatever digest it points at. */
export function mutableTag(tag: string): TagOrder {
  return {
    refuse: (candidate) => (candidate.tag === tag ? undefined : `is not ${tag}`),
    compare: () => 0,
    praise: 'is the tag that the policy follows',
  };
}
