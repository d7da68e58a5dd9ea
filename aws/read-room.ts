/** Whether one more chunk may begin, by what is stored of those beside it: read only where the policy has a bound. */
import type { Chunk } from '#core/chunk.ts';
import type { GateVerdict } from '#core/gate.ts';
import { chunksBeside, isRoomAsked, judgeRoom } from '#core/judge-room.ts';
import type { Rollout } from '#core/rollout.ts';
import { readChunksAt, readTallies } from './chunk-store.ts';
import type { Store } from './store.ts';

export async function readRoom(store: Store, rollout: Rollout, chunk: Chunk): Promise<GateVerdict> {
  if (!isRoomAsked(rollout, chunk)) return judgeRoom(rollout, [], []);
  const tallies = await readTallies(store, rollout.rollout, chunk.batch);
  const numbers = chunksBeside(rollout, chunk, tallies);
  const beside =
    numbers.length === 0 ? [] : await readChunksAt(store, rollout, chunk.batch, numbers);
  return judgeRoom(rollout, beside, tallies);
}
