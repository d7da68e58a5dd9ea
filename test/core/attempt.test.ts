import { describe, expect, it } from 'vitest';
import { Attempt, comesAfter } from '#core/attempt.ts';

const FIRST = { redrives: 0, entered: '2026-01-05T06:00:00.000Z', retries: 0 };

describe('of two tries of a waiting state, the later one', () => {
  it.each([
    ['is a retry', { retries: 1 }],
    ['has entered the state again', { entered: '2026-01-05T06:00:00.001Z' }],
    ['was redriven', { redrives: 1, entered: '2026-01-05T05:00:00.000Z' }],
  ])('%s', (_, fields) => {
    const later = { ...FIRST, ...fields };
    const retried = { ...FIRST, retries: 5 };

    expect(comesAfter(later, FIRST)).toBe(true);
    expect(comesAfter(FIRST, later)).toBe(false);
    expect(comesAfter(later, retried)).toBe(!('retries' in fields));
  });

  it('is neither where they are one', () => {
    expect(comesAfter(FIRST, { ...FIRST })).toBe(false);
  });
});

it('takes counts that an engine does not tell for none', () => {
  expect(Attempt.parse({ entered: FIRST.entered })).toEqual(FIRST);
});
