import type { TagOrder } from './candidate.ts';

/**
 * The tag whose image was pushed last. The time is the image's, not the tag's: an old image that gets a
 * new tag does not become newer by it (`digest` is the choice that follows a tag wherever it points).
 */
export const newestPush: TagOrder = {
  refuse: () => undefined,
  compare: (one, other) => one.pushedAtMs - other.pushedAtMs,
  praise: 'was pushed last',
};
