/**
 * The highest number: whole or with a decimal point, below zero or not, of any length. Numbers are
 * compared exactly: a build number behind a timestamp has more digits than a JavaScript number holds,
 * and `1.10` is `1.1`, less than `1.9`.
 *
 * What only looks like a number to a parser is none: `7e10` and `0x1f` are the beginnings of commits.
 */
import { type Candidate, refuseKey, type TagOrder } from './candidate.ts';

const NUMBER = /^(-?\d+)(?:\.(\d+))?$/;

export const numerical: TagOrder = {
  refuse: (candidate) =>
    NUMBER.test(candidate.key) ? undefined : refuseKey(candidate, 'a number'),
  compare: (one, other) => {
    const places = Math.max(decimals(one).length, decimals(other).length);
    const [first, second] = [scale(one, places), scale(other, places)];
    if (first === second) return 0;
    return first < second ? -1 : 1;
  },
  praise: 'is the highest number',
};

function decimals({ key }: Candidate): string {
  return key.split('.')[1] ?? '';
}

/** The number times ten to the power of `places`, which makes it whole. */
function scale(candidate: Candidate, places: number): bigint {
  const [whole = ''] = candidate.key.split('.');
  return BigInt(whole + decimals(candidate).padEnd(places, '0'));
}
