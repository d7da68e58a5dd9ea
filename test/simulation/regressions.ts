/** Seeds that once violated something, each with what that was. They are played by every `npm test`. */
import type { Size } from './world.ts';

interface Regression {
  seed: number;
  size: Size;
  what: string;
}

const CI = { hosts: 10, hours: 6 };

export const REGRESSIONS: readonly Regression[] = [
  {
    seed: 5001,
    size: CI,
    what: 'a way back to an earlier image that is cancelled, so that the denied one is desired again',
  },
  {
    seed: 5005,
    size: CI,
    what: 'a command that was sent twice, on a host that could not undo an earlier one',
  },
  {
    seed: 1013,
    size: CI,
    what: 'a way back on a host whose container a person had stopped',
  },
  {
    seed: 2_000_061,
    size: { hosts: 8, hours: 4 },
    what: 'a host that an earlier copy of its command held, settled while that one was at work',
  },
  {
    seed: 1_000_311,
    size: { hosts: 8, hours: 4 },
    what: 'a step of a batch that is tried again, which sends after another has taken over and settled it',
  },
  {
    seed: 953_622_817,
    size: { hosts: 8, hours: 4 },
    what: 'a copy of a command that SSM took and did not list, begun anew after a reboot, when its host was given up',
  },
  {
    seed: 9_000_288,
    size: { hosts: 8, hours: 4 },
    what: 'an "Open batch" that reads late, when its rollout was cancelled and closed: it opened the next batch',
  },
  {
    seed: 953_931_030,
    size: { hosts: 8, hours: 4 },
    what: 'an old container that a person pruned in a swap, and that was made again: it is not lost',
  },
  {
    seed: 953_931_806,
    size: { hosts: 8, hours: 4 },
    what: 'a host that answers with the line of an earlier rollout, of the same step: nothing was told of this one',
  },
];
