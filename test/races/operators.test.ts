/** Operators who race each other. A sample of operators.races.ts (`npm run test:races`). */
import { describe, expect, it } from 'vitest';
import { racePairs, raceTriples } from './operators.ts';
import { SCENES } from './scenes.ts';

describe.each(SCENES)('$name', (scene) => {
  it('ends, or says whom it waits for, after two acts', async () => {
    const { ends, wrong } = await racePairs(scene, 79);

    expect(ends).toEqual(scene.ends);
    expect(wrong).toEqual([]);
  }, 300_000);

  it('ends, or says whom it waits for, after three acts', async () => {
    const { wrong } = await raceTriples(scene, 15, 1);

    expect(wrong).toEqual([]);
  }, 300_000);
});
