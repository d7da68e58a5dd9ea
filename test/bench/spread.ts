/** Rounds of two contenders, and when one may be called faster than the other. */

export interface Spread {
  min: number;
  median: number;
  max: number;
}

export function spreadOf(values: readonly number[]): Spread {
  const sorted = values.toSorted((one, other) => one - other);
  const at = (index: number) => sorted[index] ?? Number.NaN;
  const half = sorted.length / 2;
  return {
    min: at(0),
    median: (at(Math.ceil(half) - 1) + at(Math.floor(half))) / 2,
    max: at(sorted.length - 1),
  };
}

/** How many times smaller the second is; undefined where the ranges overlap, and nothing may be claimed. */
export function ratioOf(slow: Spread, fast: Spread): number | undefined {
  return slow.min > fast.max ? slow.median / fast.median : undefined;
}
