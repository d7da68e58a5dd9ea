/** Every moment of every story, with every way to go on. */
import { describe, expect, it } from 'vitest';
import { stopEverywhere } from './stop.ts';
import { STORIES } from './stories.ts';

describe.each(STORIES)('$name', (story) => {
  it('ends as if it had not been stopped, wherever that was', async () => {
    const { cases, ends, wrong } = await stopEverywhere(story, 'all');

    process.stdout.write(`${story.name}: ${cases} Stops\n`);
    expect(ends).toEqual(story.ends);
    expect(wrong).toEqual([]);
  }, 3_600_000);
});
