/**
 * The steps of a chunk: what its lambdas have in common. A token step stores what it intends and the
 * token, then sends, then stores the command's id; one that finds its command sent looks first, and
 * completes its own token when what it waits for has already happened. A read step takes the answers.
 *
 * Dying is safe on every line: before the intent nothing happened; between intent and send, or send and
 * id, the next run looks for the command by its comment and sends the same step again, which a host that
 * had it answers from its memory; after the id only the read is left.
 */
import type { SSMClient } from '@aws-sdk/client-ssm';
import * as z from 'zod';
import { type Chunk, type ChunkCommand, intend, markSent, openCommands } from '#core/chunk.ts';
import { deadlineAtMs, makeHostCommand } from '#core/chunk-command.ts';
import { dropHosts, dropUnsent, renewDeadline } from '#core/chunk-repair.ts';
import { ThrottledError } from '#core/errors.ts';
import { hasEnded, type Invocation, judgeAnswers } from '#core/judge-host.ts';
import type { Expected } from '#core/judge-result.ts';
import type { Rollout } from '#core/rollout.ts';
import type { Schedule } from '#core/schedule.ts';
import { findCommand, openSsm, readInvocations, readOnlineHosts, sendCommand } from './commands.ts';
import { type Environment, readEnvironment } from './environment.ts';
import { completeToken } from './executions.ts';
import { readChunkGate, writeChunk } from './rollout-store.ts';
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
export const ChunkTokenInput = ChunkInput.extend({ token: z.string().min(1) });
export type ChunkInput = z.infer<typeof ChunkInput>;
export type ChunkTokenInput = z.infer<typeof ChunkTokenInput>;

export interface ChunkServices extends WalkServices {
  ssm: SSMClient;
  env: Environment;
}

export function openChunkServices(runtime: Runtime): ChunkServices {
  return { ...openWalkServices(runtime), ssm: openSsm(runtime), env: readEnvironment(runtime) };
}

export interface ChunkWalk {
  walked: Walked;
  chunk: Chunk;
  schedule: Schedule;
}

/** The gate and the chunk; throws RangeError for a chunk that the plan does not hold. */
export async function readChunkWalk(
  services: ChunkServices,
  input: ChunkInput,
  nowMs: number,
): Promise<ChunkWalk> {
  const { rollout, target, chunk, schedule } = await readChunkGate(services.store, input);
  if (chunk === undefined) {
    throw new RangeError(`${input.rolloutId} has no chunk ${input.chunk} in batch ${input.batch}`);
  }
  const walked = await judgeWalked(services, { rollout, target }, input.run, nowMs);
  return { walked, chunk, schedule };
}

export function expectedOf(rollout: Rollout): Expected {
  return {
    rollout: rollout.rollout,
    generation: rollout.generation,
    digest: rollout.image.digest,
    soakSeconds: rollout.settings.health_check_enabled ? rollout.settings.soak_seconds : 0,
  };
}

/** What makes one token step different from another. */
export interface TokenStep {
  /** The chunk as this step sees it, before anything is decided. */
  prepare(chunk: Chunk, rollout: Rollout): Chunk;
  /** Whether an intent that was stored, but perhaps not sent, is this step's own and may be sent now. */
  maySend(command: ChunkCommand, chunk: Chunk, rollout: Rollout, schedule: Schedule): boolean;
  /** What is to be sent now, or why nothing is. */
  choose(
    chunk: Chunk,
    rollout: Rollout,
    schedule: Schedule,
  ):
    | { action: ChunkCommand['action']; hosts: readonly string[]; generation: number }
    | { reason: string };
}

interface StepEnd {
  verdict: string;
  reason: string;
}

/** One token step: send what is due, or wait for what was sent, or go on at once. */
export async function runTokenStep(
  services: ChunkServices,
  input: ChunkTokenInput,
  nowMs: number,
  step: TokenStep,
): Promise<StepEnd> {
  const { walked, chunk, schedule } = await readChunkWalk(services, withoutToken(input), nowMs);
  const goOn = async (verdict: string, reason: string): Promise<StepEnd> => {
    await completeToken(services.machine, input.token, { verdict, reason });
    return { verdict, reason };
  };
  if (walked.kind === 'replaced') return goOn('replaced', walked.reason);
  const { rollout } = walked;
  const prepared = step.prepare(dropUnsent(chunk, nowMs), rollout);
  if (openCommands(prepared).length > 0) {
    const maySend = (command: ChunkCommand) =>
      walked.kind === 'walks' && step.maySend(command, prepared, rollout, schedule);
    const waiting = await writeChunk(services.store, { ...prepared, token: input.token });
    const isDone = await resume(services, rollout, waiting, maySend, nowMs);
    return isDone
      ? goOn('look', 'the command has ended')
      : { verdict: 'wait', reason: 'the command is at work' };
  }
  if (walked.kind !== 'walks') return goOn(walked.kind, walked.reason);
  const chosen = step.choose(prepared, rollout, schedule);
  if (!('action' in chosen)) return goOn('look', chosen.reason);
  const intended = intend(prepared, {
    ...chosen,
    nowMs,
    deadlineAtMs: deadlineAtMs(rollout, chosen.action, nowMs),
  });
  const stored = await writeChunk(services.store, { ...intended, token: input.token });
  const sent = await sendOpen(services, rollout, stored);
  return openCommands(sent).length === 0
    ? goOn('look', 'SSM knows none of the hosts')
    : { verdict: 'wait', reason: `${chosen.action} sent to ${chosen.hosts.length} hosts` };
}

function withoutToken({ token, ...rest }: ChunkTokenInput): ChunkInput {
  return rest;
}

/** A command was intended before: find out whether it was sent, send it if it was not, see if it has ended. */
async function resume(
  services: ChunkServices,
  rollout: Rollout,
  chunk: Chunk,
  maySend: (command: ChunkCommand) => boolean,
  nowMs: number,
): Promise<boolean> {
  let current = chunk;
  for (const command of openCommands(chunk).filter((open) => open.command_id === '')) {
    const found = await findCommand(
      services.ssm,
      rollout.document.name,
      makeHostCommand(rollout, current, command, placesOf(services.env)),
      command.intended_at_ms,
    );
    if (found !== undefined) {
      current = await writeChunk(services.store, markSent(current, command.step, found));
    } else if (maySend(command) && nowMs < command.deadline_at_ms) {
      const deadline = deadlineAtMs(rollout, command.action, nowMs);
      const renewed = renewDeadline(current, command.step, deadline);
      current = await sendOpen(services, rollout, await writeChunk(services.store, renewed));
    }
  }
  const answers = await readAnswers(services, current);
  return openCommands(current).every(
    (command) =>
      nowMs >= command.deadline_at_ms ||
      command.hosts.every((host) => isAnswered(answers.get(command.step), host)),
  );
}

function isAnswered(invocations: readonly Invocation[] | undefined, host: string): boolean {
  return hasEnded(invocations?.find((invocation) => invocation.host === host));
}

function placesOf(env: Environment): { stack: string; registryHost: string } {
  return { stack: env.STACK_NAME, registryHost: env.REGISTRY_HOST };
}

/** Sends the stored intent that has no id, and stores its id. A bad id that spoils the call is left out. */
async function sendOpen(services: ChunkServices, rollout: Rollout, chunk: Chunk): Promise<Chunk> {
  const command = openCommands(chunk).find((open) => open.command_id === '');
  if (command === undefined) return chunk;
  const commandId = await sendCommand(services.ssm, {
    command: makeHostCommand(rollout, chunk, command, placesOf(services.env)),
    hosts: command.hosts,
    document: rollout.document,
    deliveryTimeoutSeconds: rollout.pace.delivery_timeout_seconds,
  });
  if (commandId !== undefined) {
    return writeChunk(services.store, markSent(chunk, command.step, commandId));
  }
  const online = await readOnlineHosts(services.ssm, command.hosts);
  const gone = command.hosts.filter((host) => !online.has(host));
  if (gone.length === 0) throw new ThrottledError('SSM refuses a host that it says is online');
  const lost = command.generation === rollout.generation ? 'unknown' : 'rollback_failed';
  const kept = await writeChunk(services.store, dropHosts(chunk, command.step, gone, lost));
  return sendOpen(services, rollout, kept);
}

/** What the hosts of every open command say, by the command's step. */
async function readAnswers(
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

/** A read step: the chunk after the answers to its open commands, written if anything changed. */
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
