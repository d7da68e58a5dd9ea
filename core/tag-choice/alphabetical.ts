import type { TagOrder } from './candidate.ts';
import { compareText } from './rank-tag.ts';

/**
 * The tag that comes last when all are sorted as text, letter by letter: for dates and times from the
 * year down (`2026-11-14.120501`), and for numbers of one width. `9` comes after `10`, `b` after `Z`, and
 * `1.0.1` after `1.0`.
 */
export const alphabetical: TagOrder = {
  refuse: () => undefined,
  compare: (one, other) => compareText(one.key, other.key),
  praise: 'is the last in the alphabet',
};
