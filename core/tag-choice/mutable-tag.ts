import type { TagOrder } from './candidate.ts';
import { newestPush } from './newest-push.ts';

/** Follows one tag, such as `latest` or `main`, to whatever digest it points at. */
export function mutableTag(tag: string): TagOrder {
  return {
    refuse: (candidate) => (candidate.tag === tag ? undefined : `is not ${tag}`),
    compare: newestPush.compare,
    praise: 'is the tag that the policy follows',
  };
}
