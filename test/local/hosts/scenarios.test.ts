import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { POINTS } from '#local/hosts/point.ts';
import type { Step } from '#test/hosts/scenario.ts';
import { SCENARIOS } from '#test/hosts/scenarios.ts';
import { playSimulated } from './play-simulated.ts';

it.each(SCENARIOS)('a simulated host: $name', async (scenario) => {
  const player = playSimulated(scenario);

  for (const step of scenario.steps) await player.play(step);

  expect(await player.end()).toEqual({ journal: 'none', ...scenario.ends });
});

/** Points of the model at which no scenario is killed, with the reason. */
const NOT_KILLED_AT = {
  tidied:
    'where nothing is dropped, the script does nothing there of which a wrapper would see the end',
};
/** Codes of the model that no scenario answers, with the reason. None. */
const NOT_ANSWERED: Readonly<Record<number, string>> = {};

describe('the scenarios', () => {
  const steps = SCENARIOS.flatMap((scenario): readonly Step[] => scenario.steps);

  it('have names of their own', () => {
    const names = SCENARIOS.map(({ name }) => name);

    expect(new Set(names).size).toBe(names.length);
  });

  it('reach every code that the model can answer', () => {
    const said = steps.flatMap((step) =>
      'gives' in step ? [step.gives] : 'later' in step ? [step.later] : [],
    );
    const reached = said.map((text) => Number(/^\w+ (\d+) at /.exec(text)?.[1]));

    expect(new Set([...reached, ...Object.keys(NOT_ANSWERED).map(Number)])).toEqual(readCodes());
  });

  it('are killed at every point where a script may be', () => {
    const killed = steps.flatMap((step) => ('killedAt' in step ? [step.killedAt] : []));

    expect(new Set([...killed, ...Object.keys(NOT_KILLED_AT)])).toEqual(new Set(POINTS));
  });
});

/** From the model itself: what it says has a number in one of three places. */
function readCodes(): Set<number> {
  const text = readdirSync('local/hosts')
    .map((name) => readFileSync(`local/hosts/${name}`, 'utf8'))
    .join('');
  const found = text.matchAll(/\b(?:refused\(|failed\(|code: )(\d+)\b/g);
  return new Set(Array.from(found, ([, code]) => Number(code)));
}
