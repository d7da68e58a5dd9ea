import { describe, expect, it } from 'vitest';
import { chooseKills } from './choose-kills.ts';

const POLICIES = ['no', 'always', 'unless-stopped'] as const;

describe('the restart policies that a point of the kill matrix is tried with', () => {
  it('are all of them', () => {
    expect(chooseKills(POLICIES, 'all').policiesOf(7)).toEqual(POLICIES);
  });

  it('come in turn, one a point, from a drawn one', () => {
    const kills = chooseKills(POLICIES, 'in-turn', () => 0.5);

    const points = [0, 1, 2, 3].map((index) => kills.policiesOf(index));

    expect(points).toEqual([['always'], ['unless-stopped'], ['no'], ['always']]);
    expect(kills.perPoint).toBe(1);
  });

  it('are played again by the number that was printed', () => {
    const drawn = chooseKills(POLICIES, 'in-turn', () => 0.99);

    const again = chooseKills(POLICIES, drawn.about.replace('KILLS=', ''));

    expect(again.policiesOf(0)).toEqual(drawn.policiesOf(0));
  });

  it.each(['some', '-1', '1.5', ''])('cannot be told by %j', (wanted) => {
    expect(() => chooseKills(POLICIES, wanted)).toThrow(/KILLS is .*all, in-turn, or a number/);
  });
});
