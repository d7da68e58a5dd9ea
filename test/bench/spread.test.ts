import { describe, expect, it } from 'vitest';
import { ratioOf, spreadOf } from './spread.ts';

describe('a spread', () => {
  it.each([
    [[3, 1, 2], { min: 1, median: 2, max: 3 }],
    [[4, 1, 3, 2], { min: 1, median: 2.5, max: 4 }],
    [[7], { min: 7, median: 7, max: 7 }],
  ])('of %j', (values, expected) => {
    expect(spreadOf(values)).toEqual(expected);
  });
});

describe('a ratio', () => {
  it('is that of the medians', () => {
    expect(ratioOf(spreadOf([90, 100, 110]), spreadOf([1, 2, 3]))).toBe(50);
  });

  it('is not claimed where the ranges overlap', () => {
    expect(ratioOf(spreadOf([3, 100, 110]), spreadOf([1, 2, 3]))).toBeUndefined();
  });
});
