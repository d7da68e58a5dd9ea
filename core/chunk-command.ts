/**
 * The command that a chunk's hosts get, and how long it may take.
 *
 * A command's deadline is the instant after which it may not change a host any more: delivery, then work.
 * The host refuses what it could not finish by then, so a late delivery changes nothing.
 */
import type { Chunk, ChunkCommand } from './chunk.ts';
import { healthOf, timingOf } from './host-check.ts';
import type { HostCommand } from './host-command.ts';
import { formatImageReference } from './image-reference.ts';
import { formatInstall } from './install-request.ts';
import { containerOf, ownerOf } from './judge-image.ts';
import type { Rollout } from './rollout.ts';

/** A `status` reads two files and asks Docker once. */
const STATUS_SECONDS = 60;
/** The guard poll: an end that no event announced is seen this long after the deadline. */
const GUARD_SECONDS = 120;

export type Action = ChunkCommand['action'];

/** What says how long things may take. */
export type Timed = Pick<Rollout, 'settings' | 'pace'>;

/** Seconds of work on the host. */
export function workSeconds(rollout: Timed, action: Action): number {
  const { settings, pace } = rollout;
  const health = settings.health_check_enabled ? settings.health_check_timeout_seconds : 0;
  switch (action) {
    case 'update':
      return pace.update_timeout_seconds + health;
    case 'probe':
      return STATUS_SECONDS + health;
    case 'restore':
      return settings.rollback_timeout_seconds;
    case 'status':
      return STATUS_SECONDS;
  }
}

/** The longest that a command can be under way: delivery, then work. */
export function commandSeconds(rollout: Timed, action: Action): number {
  return rollout.pace.delivery_timeout_seconds + workSeconds(rollout, action);
}

export function deadlineAtMs(rollout: Rollout, action: Action, nowMs: number): number {
  return (Math.floor(nowMs / 1000) + commandSeconds(rollout, action)) * 1000;
}

/** How long a state waits for the end of a command of this kind. */
export function tokenSeconds(rollout: Rollout, action: Action): number {
  return commandSeconds(rollout, action) + GUARD_SECONDS;
}

export function makeHostCommand(
  rollout: Rollout,
  chunk: Chunk,
  command: ChunkCommand,
  at: { stack: string; registryHost: string },
): HostCommand {
  const { settings } = rollout;
  const owner = ownerOf(at.stack, rollout);
  const common = {
    v: 1 as const,
    op: command.action,
    owner,
    rollout: rollout.rollout,
    batch: chunk.batch,
    chunk: chunk.chunk,
    gen: command.generation,
    step: command.step,
    deadline: Math.floor(command.deadline_at_ms / 1000),
    timeout: workSeconds(rollout, command.action),
    container: containerOf(rollout),
    mode: settings.runtime,
  };
  const check = { check: healthOf(settings), timing: timingOf(settings) };
  switch (command.action) {
    case 'update': {
      const ref = formatImageReference(rollout.image, at.registryHost);
      const install = { ref, owner, generation: command.generation };
      return {
        ...common,
        ref,
        auto: settings.auto_rollback ? 1 : 0,
        ...(settings.run !== undefined && { install: formatInstall(settings.run, install) }),
        ...check,
      };
    }
    case 'probe':
      return { ...common, ...check };
    case 'restore':
      return { ...common, undoes: rollout.generation, ...check };
    case 'status':
      return common;
  }
}
