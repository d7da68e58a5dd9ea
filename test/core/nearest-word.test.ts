import { describe, expect, it } from 'vitest';
import { nearestWord } from '#core/nearest-word.ts';

const WORDS = ['max_failure_rate', 'max_unknown_rate', 'hosts', 'health_check', 'id'];

describe('nearestWord', () => {
  it.each([
    ['max_failure_rates', 'max_failure_rate'],
    ['max_failurerate', 'max_failure_rate'],
    ['max_unknow_rate', 'max_unknown_rate'],
    ['helth_check', 'health_check'],
    ['host', 'hosts'],
    ['colour', undefined],
    ['password', undefined],
    ['', undefined],
    ['x'.repeat(81), undefined],
  ])('takes %s for %s', (written, word) => {
    expect(nearestWord(written, WORDS)).toBe(word);
  });
});
