/**
 * What a seed leaves to chance. Each draw has a name, and is a hash of the seed and that name alone: nothing
 * is drawn from a stream, so that one happening more or less does not shift what befalls the others.
 */
import { shareOf } from '#local/seeded-random.ts';

export interface Draw {
  /** In [0, 1). */
  share(name: string): number;
  chance(name: string, share: number): boolean;
  /** A whole number, both ends included. */
  int(name: string, least: number, most: number): number;
  pick<T>(name: string, list: readonly T[]): T;
  /** By weights. */
  weigh<T>(name: string, list: readonly (readonly [T, number])[]): T;
  /** For a part of what is drawn: its names stand under this one. */
  within(name: string): Draw;
}

export function drawOf(seed: number, place = ''): Draw {
  const share = (name: string) => shareOf(`${place}/${name}#${seed}`);
  return {
    share,
    chance: (name, most) => share(name) < most,
    int: (name, least, most) => least + Math.floor(share(name) * (most - least + 1)),
    pick: (name, list) => at(list, Math.floor(share(name) * list.length)),
    weigh: (name, list) => {
      let left = share(name) * list.reduce((sum, [, weight]) => sum + weight, 0);
      for (const [value, weight] of list) {
        left -= weight;
        if (left < 0) return value;
      }
      return at(list, list.length - 1)[0];
    },
    within: (name) => drawOf(seed, `${place}/${name}`),
  };
}

function at<T>(list: readonly T[], index: number): T {
  const value = list[index];
  if (value === undefined) throw new Error('an empty list has nothing to pick');
  return value;
}
