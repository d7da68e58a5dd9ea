/** A process that plays the seeds that its parent names, one after another. */
import { type Outcome, playSeed } from './play-seed.ts';
import type { Size } from './world.ts';

export interface Task {
  /** With the first task alone. */
  template?: string;
  size: Size;
  seed: number;
}

/** A story is told of a seed that violates something; the others are counted. */
export type Answer = Omit<Outcome, 'story'>;

let template: unknown;

process.on('message', async (task: Task) => {
  if (task.template !== undefined) template = JSON.parse(task.template);
  const { story: _story, ...answer } = await playSeed({ ...task, template });
  process.send?.(answer);
});
