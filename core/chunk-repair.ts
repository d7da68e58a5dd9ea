/** Mends of a chunk whose command could not be sent as it was intended. */
import type { Chunk } from './chunk.ts';

/**
 * A command that was intended, has no id and has passed its deadline: if it ever went out, it can change
 * nothing any more. Its hosts are planned again, so that a rollout that was stopped between the intent and
 * the send leaves none behind; whoever had it all the same answers the next one with `unchanged`.
 */
export function dropUnsent(chunk: Chunk, nowMs: number): Chunk {
  const isLost = (command: Chunk['commands'][number]) =>
    !command.ended && command.command_id === '' && command.deadline_at_ms <= nowMs;
  if (!chunk.commands.some(isLost)) return chunk;
  const phases = new Map<string, 'planned' | 'soaking' | 'done'>();
  for (const command of chunk.commands.filter(isLost)) {
    const phase =
      command.action === 'update' ? 'planned' : command.action === 'probe' ? 'soaking' : 'done';
    if (command.action !== 'status') for (const host of command.hosts) phases.set(host, phase);
  }
  return {
    ...chunk,
    commands: chunk.commands.map((command) =>
      isLost(command) ? { ...command, ended: true } : command,
    ),
    hosts: chunk.hosts.map((host) => {
      const phase = phases.get(host.host);
      if (phase === undefined) return host;
      return phase === 'planned' ? { ...host, phase, status: 'pending' } : { ...host, phase };
    }),
  };
}

/**
 * A command that is sent later than it was intended gets its whole time again: the host refuses what it
 * could not finish before the deadline. Should the first one have gone out all the same, the host answers
 * the second from its memory, for the step is the same.
 */
export function renewDeadline(chunk: Chunk, step: number, deadlineAtMs: number): Chunk {
  return {
    ...chunk,
    commands: chunk.commands.map((command) =>
      command.step === step ? { ...command, deadline_at_ms: deadlineAtMs } : command,
    ),
  };
}

/**
 * SSM does not know these hosts: nothing was sent to them, and nothing will be in this step. What runs on
 * them is not known any more.
 */
export function dropHosts(
  chunk: Chunk,
  step: number,
  gone: readonly string[],
  status: 'unknown' | 'rollback_failed',
): Chunk {
  const named = new Set(gone);
  const error = 'SSM does not reach this host (gone or offline)';
  return {
    ...chunk,
    commands: chunk.commands.map((command) => {
      if (command.step !== step) return command;
      const hosts = command.hosts.filter((host) => !named.has(host));
      return hosts.length === 0 ? { ...command, ended: true } : { ...command, hosts };
    }),
    hosts: chunk.hosts.map((host) => {
      if (!named.has(host.host)) return host;
      const isFailed = host.status === 'failed' && status === 'unknown';
      return {
        ...host,
        phase: 'done',
        digest_after: '',
        status: isFailed ? 'failed' : status,
        error: isFailed ? `${host.error}; restore: ${error}` : error,
      };
    }),
  };
}
