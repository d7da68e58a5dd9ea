/**
 * Stop in every state of every machine, and before, between and after the calls of every lambda that runs
 * then; Redrive or `resume` at once, soon and late. A sample of stop-everywhere.races.ts (`npm run test:races`).
 */
import { describe, expect, it } from 'vitest';
import { allStates } from './states.ts';
import { stopEverywhere } from './stop.ts';
import { STORIES } from './stories.ts';

const stopped = new Set<string>();

describe.each(STORIES)('$name', (story) => {
  it('ends as if it had not been stopped', async () => {
    const { ends, states, wrong } = await stopEverywhere(story, 'sample');

    for (const state of states) stopped.add(state);
    expect(ends).toEqual(story.ends);
    expect(wrong).toEqual([]);
  }, 300_000);
});

it('was stopped in every state of every machine', () => {
  expect([...stopped].toSorted()).toEqual(allStates());
});
