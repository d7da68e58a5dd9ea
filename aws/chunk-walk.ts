/** What the steps of a chunk have in common: what they are given, what they use, and the gate that they read first. */
import type { SSMClient } from '@aws-sdk/client-ssm';
import * as z from 'zod';
import type { Chunk } from '#core/chunk.ts';
import type { Expected } from '#core/judge-result.ts';
import type { Rollout } from '#core/rollout.ts';
import type { Schedule } from '#core/schedule.ts';
import type { Sender } from '#core/sender.ts';
import { openSsm } from './commands.ts';
import { type Environment, readEnvironment } from './environment.ts';
import { readChunkGate } from './read-gate.ts';
import type { Runtime } from './runtime.ts';
import { judgeWalked, openWalkServices, type Walked, type WalkServices } from './walk.ts';

export const ChunkInput = z.strictObject({
  rolloutId: z.string(),
  run: z.int().min(1),
  policy: z.string(),
  repository: z.string(),
  batch: z.int().min(0),
  chunk: z.int().min(0),
});
export const ChunkTokenInput = ChunkInput.extend({
  token: z.string().min(1),
  /** The turn that its machine has for the send, -1 for none. A machine of 0.1.0 gives nothing, and cannot wait. */
  turn: z.number().optional(),
});
export type ChunkInput = z.infer<typeof ChunkInput>;
export type ChunkTokenInput = z.infer<typeof ChunkTokenInput>;

export interface ChunkServices extends WalkServices {
  ssm: SSMClient;
  env: Environment;
  nowMs(): number;
}

export function openChunkServices(runtime: Runtime): ChunkServices {
  return {
    ...openWalkServices(runtime),
    ssm: openSsm(runtime),
    env: readEnvironment(runtime),
    nowMs: runtime.nowMs,
  };
}

export interface ChunkWalk {
  walked: Walked;
  chunk: Chunk;
  schedule: Schedule;
  sender: Sender | undefined;
}

const READS = { makesChunk: false, sends: false };

/** The gate and the chunk; throws RangeError for a chunk that the plan does not hold. */
export async function readChunkWalk(
  services: ChunkServices,
  input: ChunkInput,
  nowMs: number,
  wants = READS,
): Promise<ChunkWalk> {
  const { chunk, ...gate } = await readChunkGate(services.store, input, wants);
  if (chunk === undefined) {
    throw new RangeError(`${input.rolloutId} has no chunk ${input.chunk} in batch ${input.batch}`);
  }
  const walked = await judgeWalked(services, gate, input, nowMs);
  return { walked, chunk, schedule: gate.schedule, sender: gate.sender };
}

export function expectedOf(rollout: Rollout): Expected {
  return {
    rollout: rollout.rollout,
    generation: rollout.generation,
    digest: rollout.image.digest,
    soakSeconds: rollout.settings.health_check_enabled ? rollout.settings.soak_seconds : 0,
  };
}
