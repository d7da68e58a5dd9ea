/**
 * How much of a kill matrix is played: with KILLS unset or `all`, each point with every restart policy; with
 * `in-turn`, each point with one of them, in turn, beginning with a drawn one; with a number, beginning with that.
 */
export interface Kills<Policy> {
  /** What the suite prints, so that it can be played again. */
  readonly about: string;
  /** How many policies each point has. */
  readonly perPoint: number;
  policiesOf(pointIndex: number): readonly Policy[];
}

export function chooseKills<Policy>(
  policies: readonly Policy[],
  wanted = process.env['KILLS'] ?? 'all',
  draw = Math.random,
): Kills<Policy> {
  if (wanted === 'all') {
    return { about: 'all', perPoint: policies.length, policiesOf: () => policies };
  }
  const first = wanted === 'in-turn' ? Math.floor(draw() * policies.length) : Number(wanted);
  if (wanted !== 'in-turn' && !/^\d+$/.test(wanted)) {
    throw new TypeError(`KILLS is ${wanted}; it may be all, in-turn, or a number such as 2`);
  }
  return {
    about: `KILLS=${first}`,
    perPoint: 1,
    policiesOf: (pointIndex) => {
      const index = (pointIndex + first) % policies.length;
      return policies.slice(index, index + 1);
    },
  };
}
