/**
 * A chunk: at most 50 hosts of a batch, what one SendCommand can address, in one item. It is made by
 * the first write of its intent and written by its own steps and the closer alone, always on condition
 * of the version read.
 *
 * Invariant: a host's (step, phase) only moves forward, and a host that is `completed` in this rollout
 * never gets another step but a rollback's.
 */
import * as z from 'zod';
import { MAX_CHUNK_SIZE } from './batches.ts';
import { HostStatus } from './status.ts';

export const HostRecord = z.strictObject({
  host: z.string(),
  status: HostStatus,
  /** `asking`: its answer was lost, a `status` command has to find it. */
  phase: z.enum(['planned', 'updating', 'asking', 'soaking', 'probing', 'restoring', 'done']),
  step: z.int().min(0),
  /** Of items of an earlier release: fifty times what the command of the same step says itself. */
  command_id: z.string().optional(),
  digest_before: z.string(),
  digest_after: z.string(),
  probe: z.strictObject({ passed: z.boolean(), detail: z.string() }).optional(),
  error: z.string(),
  code: z.int(),
  attempts: z.int().min(0),
  started_at_ms: z.int().optional(),
  completed_at_ms: z.int().optional(),
  checked_at_ms: z.int().optional(),
});
export type HostRecord = z.infer<typeof HostRecord>;

export const ChunkCommand = z.strictObject({
  action: z.enum(['update', 'probe', 'restore', 'status']),
  /** A restore of the whole rollout carries the next generation and names the one that it undoes. */
  generation: z.int(),
  step: z.int().min(1),
  hosts: z.array(z.string()).min(1).max(MAX_CHUNK_SIZE),
  command_id: z.string(),
  intended_at_ms: z.int(),
  /** After it the command may not change a host any more. */
  deadline_at_ms: z.int(),
  ended: z.boolean(),
});
export type ChunkCommand = z.infer<typeof ChunkCommand>;

export const Chunk = z.strictObject({
  rollout: z.string(),
  item: z.string(),
  version: z.int().min(0),
  plan_hash: z.string(),
  batch: z.int().min(0),
  chunk: z.int().min(0),
  step: z.int().min(0),
  round: z.int().min(0),
  looks: z.int().min(0),
  hosts: z.array(HostRecord).min(1).max(MAX_CHUNK_SIZE),
  commands: z.array(ChunkCommand),
  token: z.string().optional(),
  rolled_back: z.boolean(),
});
export type Chunk = z.infer<typeof Chunk>;

/** A chunk before its first intent; version 0 is one that no item holds yet. */
export function makeChunk(of: {
  rollout: string;
  planHash: string;
  batch: number;
  chunk: number;
  hosts: readonly string[];
}): Chunk {
  return {
    rollout: of.rollout,
    item: chunkItem(of.batch, of.chunk),
    version: 0,
    plan_hash: of.planHash,
    batch: of.batch,
    chunk: of.chunk,
    step: 0,
    round: 0,
    looks: 0,
    hosts: of.hosts.map(makeHost),
    commands: [],
    rolled_back: false,
  };
}

function makeHost(host: string): HostRecord {
  return {
    host,
    status: 'pending',
    phase: 'planned',
    step: 0,
    digest_before: '',
    digest_after: '',
    error: '',
    code: 0,
    attempts: 0,
  };
}

export function chunkItem(batch: number, chunk: number): string {
  return `chunk#${pad(batch, 3)}#${pad(chunk, 5)}`;
}

export function tallyItem(batch: number, chunk: number): string {
  return `tally#${pad(batch, 3)}#${pad(chunk, 5)}`;
}

export function pad(value: number, digits: number): string {
  return String(value).padStart(digits, '0');
}

/** The command whose end the chunk waits for; commands of one phase are made one after another. */
export function openCommands({ commands }: Pick<Chunk, 'commands'>): ChunkCommand[] {
  return commands.filter((command) => !command.ended);
}

export function mayChangeHosts(action: ChunkCommand['action']): boolean {
  return action === 'update' || action === 'restore';
}

/** The instant from which no command of the chunk that is open can change a host any more. */
export function changingUntilMs(chunk: Chunk): number {
  const deadlines = openCommands(chunk)
    .filter((command) => mayChangeHosts(command.action))
    .map((command) => command.deadline_at_ms);
  return Math.max(0, ...deadlines);
}

export interface Intent {
  action: ChunkCommand['action'];
  generation: number;
  hosts: readonly string[];
  nowMs: number;
  deadlineAtMs: number;
}

/**
 * The chunk with one more command, not sent yet: the state that is written before the effect. The chunk's
 * step grows, the hosts named take it.
 */
export function intend(chunk: Chunk, intent: Intent): Chunk {
  const step = chunk.step + 1;
  const named = new Set(intent.hosts);
  return {
    ...chunk,
    step,
    hosts: chunk.hosts.map((host) =>
      named.has(host.host) ? intendHost(host, intent, step) : host,
    ),
    commands: [
      ...chunk.commands,
      {
        action: intent.action,
        generation: intent.generation,
        step,
        hosts: [...intent.hosts],
        command_id: '',
        intended_at_ms: intent.nowMs,
        deadline_at_ms: intent.deadlineAtMs,
        ended: false,
      },
    ],
  };
}

function intendHost(host: HostRecord, intent: Intent, step: number): HostRecord {
  switch (intent.action) {
    case 'update':
      return {
        ...host,
        status: 'updating',
        phase: 'updating',
        step,
        attempts: host.attempts + 1,
        started_at_ms: host.started_at_ms ?? intent.nowMs,
        error: '',
        code: 0,
      };
    case 'probe':
      return { ...host, phase: 'probing' };
    case 'restore':
      return { ...host, phase: 'restoring', step };
    case 'status':
      return host;
  }
}

/** The chunk after SSM took the command. */
export function markSent(chunk: Chunk, step: number, commandId: string): Chunk {
  return {
    ...chunk,
    commands: chunk.commands.map((command) =>
      command.step === step ? { ...command, command_id: commandId } : command,
    ),
  };
}

/** The chunk for another round: hosts that failed or never answered are to be updated again. */
export function openRound(chunk: Chunk, round: number): Chunk {
  if (chunk.round >= round) return chunk;
  return {
    ...chunk,
    round,
    looks: 0,
    hosts: chunk.hosts.map((host) =>
      host.status === 'failed' || host.status === 'unknown'
        ? { ...host, status: 'pending', phase: 'planned' }
        : host,
    ),
  };
}
