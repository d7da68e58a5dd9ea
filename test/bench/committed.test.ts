import { describe, expect, it } from 'vitest';
import type { Line } from './benchmark.ts';
import { findWorse } from './committed.ts';

const COMMITTED = JSON.stringify({
  benchmarks: [{ name: 'calls', figures: { 'a push': { Query: 3, found: 2, ratio: 40 } } }],
});

function worse(figures: Line['figures'], directions: Line['worse'], name = 'a push'): string[] {
  const line = { name, figures, cells: [], ...(directions && { worse: directions }) };
  return findWorse(COMMITTED, [{ benchmark: { name: 'calls' }, report: { lines: [line] } }]);
}

describe('a figure', () => {
  it.each<[string, Line['figures'], Line['worse']]>([
    ['the same count', { Query: 3 }, { Query: 'more' }],
    ['a smaller one', { Query: 2 }, { Query: 'more' }],
    ['more of what is good', { found: 3 }, { found: 'less' }],
    ['a ratio not much less', { ratio: 11 }, { ratio: 'less' }],
    ['what nobody compares', { Query: 9 }, undefined],
  ])('is not worse: %s', (_, figures, directions) => {
    expect(worse(figures, directions)).toEqual([]);
  });

  it.each<[string, Line['figures'], Line['worse'], string]>([
    ['one call more', { Query: 4 }, { Query: 'more' }, 'Query is 4, was 3'],
    ['a call that was never made', { Scan: 1 }, { Scan: 'more' }, 'Scan is 1, was 0'],
    ['less of what is good', { found: 1 }, { found: 'less' }, 'found is 1, was 2'],
    ['a ratio less than a quarter', { ratio: 9 }, { ratio: 'less' }, 'ratio is 9, was 40'],
    ['what is gone', {}, { found: 'less' }, 'found is 0, was 2'],
  ])('is worse: %s', (_, figures, directions, text) => {
    expect(worse(figures, directions)).toEqual([`calls, a push: ${text}`]);
  });

  it('of a line that is new is compared with nothing', () => {
    expect(worse({ Query: 9 }, { Query: 'more' }, 'a sweep')).toEqual([]);
  });
});
