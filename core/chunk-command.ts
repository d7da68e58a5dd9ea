/**
 * The command that a chunk's hosts get, and how long it may take.
 *
 * A command's deadline is the instant after which it may not change a host any more: delivery, then work.
 * The host refuses what it could not finish by then, so a late delivery changes nothing.
 */
import type { Chunk, ChunkCommand } from './chunk.ts';
import type { HealthTiming, HostCommand, HostHealth } from './host-command.ts';
import { formatImageReference } from './image-reference.ts';
import { containerOf, ownerOf } from './judge-image.ts';
import type { Policy } from './policy.ts';
import { HEALTH_STABLE_SECONDS, HEALTH_SUCCESSES, parseEndpoint } from './policy-health.ts';
import type { Rollout } from './rollout.ts';

/** A `status` reads two files and asks Docker once. */
const STATUS_SECONDS = 60;
/** The guard poll: an end that no event announced is seen this long after the deadline. */
const GUARD_SECONDS = 120;

export type Action = ChunkCommand['action'];

/** Seconds of work on the host. */
export function workSeconds(rollout: Rollout, action: Action): number {
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

export function deadlineAtMs(rollout: Rollout, action: Action, nowMs: number): number {
  const seconds = rollout.pace.delivery_timeout_seconds + workSeconds(rollout, action);
  return (Math.floor(nowMs / 1000) + seconds) * 1000;
}

/** How long a state waits for the end of a command of this kind. */
export function tokenSeconds(rollout: Rollout, action: Action): number {
  return rollout.pace.delivery_timeout_seconds + workSeconds(rollout, action) + GUARD_SECONDS;
}

export function makeHostCommand(
  rollout: Rollout,
  chunk: Chunk,
  command: ChunkCommand,
  at: { stack: string; registryHost: string },
): HostCommand {
  const common = {
    v: 1 as const,
    op: command.action,
    owner: ownerOf(at.stack, rollout),
    rollout: rollout.rollout,
    batch: chunk.batch,
    chunk: chunk.chunk,
    gen: command.generation,
    step: command.step,
    deadline: Math.floor(command.deadline_at_ms / 1000),
    timeout: workSeconds(rollout, command.action),
    container: containerOf(rollout),
    mode: rollout.settings.runtime,
  };
  const check = { check: healthOf(rollout.settings), timing: timingOf(rollout.settings) };
  switch (command.action) {
    case 'update':
      return {
        ...common,
        ref: formatImageReference(rollout.image, at.registryHost),
        auto: rollout.settings.auto_rollback ? 1 : 0,
        ...check,
      };
    case 'probe':
      return { ...common, ...check };
    case 'restore':
      return { ...common, undoes: rollout.generation, ...check };
    case 'status':
      return common;
  }
}

function healthOf(policy: Policy): HostHealth {
  const { health_check } = policy;
  if (!policy.health_check_enabled) return { health: 'none' };
  switch (health_check.type) {
    case 'http': {
      const endpoint = parseEndpoint(health_check.endpoint);
      if (endpoint === undefined) throw new TypeError('a checked policy has an endpoint');
      return {
        health: 'http',
        hport: endpoint.port,
        hpath: endpoint.path,
        hcode: health_check.expected_status,
        htls: !endpoint.isTls ? 0 : health_check.verify_tls ? 1 : 2,
      };
    }
    case 'tcp':
      return { health: 'tcp', hport: health_check.port };
    case 'container_running':
      return { health: 'container_running' };
    case 'custom':
      return { health: 'custom' };
  }
}

function timingOf(policy: Policy): HealthTiming {
  const { health_check } = policy;
  return {
    retries: health_check.retry_count,
    interval: health_check.interval_seconds,
    htimeout: health_check.timeout_seconds,
    grace: 0,
    success: HEALTH_SUCCESSES,
    stable: HEALTH_STABLE_SECONDS,
  };
}
