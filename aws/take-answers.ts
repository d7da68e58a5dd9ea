/** What the hosts of a chunk have answered to its open commands: a read step stores what that makes of them. */
import { type Chunk, openCommands } from '#core/chunk.ts';
import { dropUnsent } from '#core/chunk-repair.ts';
import { type Invocation, judgeAnswers } from '#core/judge-host.ts';
import type { Rollout } from '#core/rollout.ts';
import { writeChunk } from './chunk-store.ts';
import { type ChunkServices, expectedOf } from './chunk-walk.ts';
import { readInvocations } from './commands.ts';

/** What the hosts of every open command say, by the command's step. */
export async function readAnswers(
  services: ChunkServices,
  chunk: Chunk,
): Promise<Map<number, Invocation[]>> {
  const answers = new Map<number, Invocation[]>();
  for (const command of openCommands(chunk)) {
    const sent = command.command_id !== '';
    answers.set(command.step, sent ? await readInvocations(services.ssm, command.command_id) : []);
  }
  return answers;
}

/** A read step: the chunk after the answers to its open commands, written; the very same one where none is open. */
export async function takeAnswers(
  services: ChunkServices,
  rollout: Rollout,
  chunk: Chunk,
  nowMs: number,
): Promise<Chunk> {
  if (openCommands(chunk).length === 0) return chunk;
  const mended = dropUnsent(chunk, nowMs);
  const answers = await readAnswers(services, mended);
  const judged = judgeAnswers(mended, answers, expectedOf(rollout), nowMs);
  return writeChunk(services.store, { ...judged, looks: chunk.looks + 1 });
}
