/**
 * A token step of a chunk stores what it intends and the token, then sends, then stores the command's id;
 * one that finds its command sent looks first, and completes its own token when what it waits for has
 * already happened.
 *
 * A send waits for its turn before its intent is stored (turns.ts).
 *
 * Dying is safe on every line: before the intent nothing happened; between intent and send, or send and
 * id, the next run looks for the command by its comment and sends the same step again, which a host that
 * had it answers from its memory; after the id only the read is left, and perhaps events that are owed
 * still, which whoever saves the rollout next pays.
 */
import { type Chunk, type ChunkCommand, intend, markSent, openCommands } from '#core/chunk.ts';
import { deadlineAtMs, makeHostCommand } from '#core/chunk-command.ts';
import { dropHosts, dropUnsent, renewDeadline } from '#core/chunk-repair.ts';
import { ThrottledError } from '#core/errors.ts';
import { hasEnded, type Invocation } from '#core/judge-host.ts';
import { firstChunkOf } from '#core/plan-hosts.ts';
import type { Rollout } from '#core/rollout.ts';
import type { Schedule } from '#core/schedule.ts';
import { writeChunk } from './chunk-store.ts';
import {
  type ChunkServices,
  type ChunkTokenInput,
  type ChunkWalk,
  readChunkWalk,
} from './chunk-walk.ts';
import { findCommand, readOnlineHosts, type Sending, sendCommand } from './commands.ts';
import type { Environment } from './environment.ts';
import { completeToken } from './executions.ts';
import { publishOwed } from './publish.ts';
import { readAnswers } from './take-answers.ts';
import { awaitTurn, noteRefused, type Turn } from './turns.ts';

/** What makes one token step different from another. */
export interface TokenStep {
  /** The step that a chunk without an item begins with. */
  makesChunk?: true;
  /** The chunk as this step sees it, before anything is decided. */
  prepare(chunk: Chunk, rollout: Rollout): Chunk;
  /** Whether an intent that was stored, but perhaps not sent, is this step's own and may be sent now. */
  maySend(command: ChunkCommand, chunk: Chunk, rollout: Rollout, schedule: Schedule): boolean;
  /** What is to be sent now, or why nothing is; `stored`: the chunk as it was before `prepare`. */
  choose(
    chunk: Chunk,
    rollout: Rollout,
    schedule: Schedule,
    stored: Chunk,
  ): Chosen | Promise<Chosen>;
}

type Chosen =
  | { action: ChunkCommand['action']; hosts: readonly string[]; generation: number }
  | { reason: string };

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
  const { token, turn, ...address } = input;
  const wants = { makesChunk: step.makesChunk ?? false, sends: true };
  const read = await readChunkWalk(services, address, nowMs, wants);
  const end = await advanceChunk(services, read, { token, turn }, nowMs, step);
  const { walked, chunk } = read;
  // What "Open batch" and "Plan rollback" left to be published, now that their first command is out.
  if (walked.kind === 'walks' && chunk.chunk === firstChunkOf(walked.rollout)) {
    await publishOwed(services.store, services.bus, walked.rollout);
  }
  if (end.verdict !== 'wait') await completeToken(services.machine, token, end);
  return end;
}

/** `wait` where a command is at work whose end completes the token. */
async function advanceChunk(
  services: ChunkServices,
  { walked, chunk, schedule, sender }: ChunkWalk,
  { token, turn: own }: Pick<ChunkTokenInput, 'token' | 'turn'>,
  nowMs: number,
  step: TokenStep,
): Promise<StepEnd> {
  if (walked.kind === 'replaced') return { verdict: 'replaced', reason: walked.reason };
  const { rollout } = walked;
  const prepared = step.prepare(dropUnsent(chunk, nowMs), rollout);
  const comeToSend = (current: Chunk) => {
    const what = `chunk ${current.batch}.${current.chunk} step ${current.step}`;
    const perSecond = services.env.settings.chunks_per_second;
    const send = { by: rollout.rollout, what, perSecond, turn: own };
    return awaitTurn(services.store, sender, send, nowMs);
  };
  if (openCommands(prepared).length > 0) {
    const maySend = (command: ChunkCommand) =>
      walked.kind === 'walks' && step.maySend(command, prepared, rollout, schedule);
    const isToSend = openCommands(prepared).some((open) => isUnsent(open, nowMs) && maySend(open));
    const turn = isToSend ? await comeToSend(prepared) : undefined;
    const waiting = await writeChunk(services.store, { ...prepared, token });
    const isDone = await resume(services, rollout, waiting, { maySend, turn }, nowMs);
    return isDone
      ? { verdict: 'look', reason: 'the command has ended' }
      : { verdict: 'wait', reason: 'the command is at work' };
  }
  if (walked.kind !== 'walks') return { verdict: walked.kind, reason: walked.reason };
  const chosen = await step.choose(prepared, rollout, schedule, chunk);
  if (!('action' in chosen)) return { verdict: 'look', reason: chosen.reason };
  const turn = await comeToSend(prepared);
  const intended = intend(prepared, {
    ...chosen,
    nowMs,
    deadlineAtMs: deadlineAtMs(rollout, chosen.action, nowMs),
  });
  const stored = await writeChunk(services.store, { ...intended, token });
  const sent = await sendOpen(services, rollout, stored, turn);
  return openCommands(sent).length === 0
    ? { verdict: 'look', reason: 'SSM knows none of the hosts' }
    : { verdict: 'wait', reason: `${chosen.action} sent to ${chosen.hosts.length} hosts` };
}

function isUnsent(command: ChunkCommand, nowMs: number): boolean {
  return command.command_id === '' && nowMs < command.deadline_at_ms;
}

/**
 * A command was intended before: find out whether it was sent, send it if it was not and there is a turn for
 * it, see if it has ended.
 */
async function resume(
  services: ChunkServices,
  rollout: Rollout,
  chunk: Chunk,
  { maySend, turn }: { maySend: (command: ChunkCommand) => boolean; turn: Turn | undefined },
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
    } else if (turn !== undefined && isUnsent(command, nowMs) && maySend(command)) {
      const deadline = deadlineAtMs(rollout, command.action, nowMs);
      const renewed = renewDeadline(current, command.step, deadline);
      current = await sendOpen(services, rollout, await writeChunk(services.store, renewed), turn);
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
async function sendOpen(
  services: ChunkServices,
  rollout: Rollout,
  chunk: Chunk,
  turn: Turn,
): Promise<Chunk> {
  const command = openCommands(chunk).find((open) => open.command_id === '');
  if (command === undefined) return chunk;
  const commandId = await sendInTurn(services, turn, {
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
  return sendOpen(services, rollout, kept, turn);
}

async function sendInTurn(
  services: ChunkServices,
  turn: Turn,
  sending: Sending,
): Promise<string | undefined> {
  try {
    return await sendCommand(services.ssm, sending);
  } catch (error) {
    if (error instanceof ThrottledError) {
      await noteRefused(services.store, turn, services.nowMs(), error);
    }
    throw error;
  }
}
