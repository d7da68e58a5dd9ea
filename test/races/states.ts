/** The names of all states, from the machines' files: one that is new without a story is found missing. */

import { Machine } from '#test/statemachines/edges.ts';
import { MACHINES, readMachine } from '#test/statemachines/story.ts';

export function allStates(): string[] {
  return MACHINES.flatMap((name) =>
    Object.keys(Machine.parse(JSON.parse(readMachine(name))).States),
  ).toSorted();
}
