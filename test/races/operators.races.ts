/** Two operators in all orders at every move of the machine; three, as drawn from a seed. */
import { describe, expect, it } from 'vitest';
import { type Races, racePairs, raceTriples } from './operators.ts';
import { SCENES } from './scenes.ts';

const HOURS_MS = 7_200_000;

function say(name: string, what: string, { moments, all, played }: Races): void {
  process.stdout.write(`${name}: ${played} of ${all} ${what}, at ${moments} moments\n`);
}

describe.each(SCENES)('$name', (scene) => {
  it(
    'ends, or says whom it waits for, after two acts',
    async () => {
      const races = await racePairs(scene, 1);

      say(scene.name, 'pairs', races);
      expect(races.wrong).toEqual([]);
    },
    HOURS_MS,
  );

  it(
    'ends, or says whom it waits for, after three acts',
    async () => {
      const races = await raceTriples(scene, 300, 2);

      say(scene.name, 'triples', races);
      expect(races.wrong).toEqual([]);
    },
    HOURS_MS,
  );
});
