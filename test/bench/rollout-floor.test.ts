import { expect, it } from 'vitest';
import { floorOf } from './rollout-floor.ts';

const STAGED = { batches: [0.1, 0.5, 1], chunksBroughtBack: 0, soaks: false, eventsCome: true };

it.each([
  // 1 list; 3 chunks: 2 calls to SSM and 4 to the store each; 3 batches; a write of hosts; 5 to start.
  ['10 hosts', { ...STAGED, hosts: 10 }, { chunks: 3, ssm: 7, all: 28, design: 40 }],
  [
    '10,000 hosts',
    { ...STAGED, hosts: 10_000 },
    { chunks: 200, ssm: 600, all: 1_808, design: 2_608 },
  ],
  // The gate once more for each chunk, and the id of its command.
  [
    '10,000 hosts of which no event comes',
    { ...STAGED, hosts: 10_000, eventsCome: false },
    { chunks: 200, ssm: 600, all: 1_808, design: 2_208 },
  ],
  // A second look is 2 calls to SSM and 3 to the store more for each chunk.
  [
    '10 hosts that soak',
    { ...STAGED, hosts: 10, soaks: true },
    { chunks: 3, ssm: 13, all: 43, design: 67 },
  ],
  [
    '100 hosts that go back after the first batch',
    { ...STAGED, hosts: 100, openedBatches: 1, chunksBroughtBack: 1 },
    { chunks: 1, ssm: 6, all: 20, design: 28 },
  ],
])('the floor of %s', (_, played, floor) => {
  expect(floorOf(played)).toEqual(floor);
});
