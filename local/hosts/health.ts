/**
 * The health check of a container over time (`hosts/script/50-health.sh`). Whether it passes at an instant is
 * a function of that instant, so a whole check is planned at once and costs one timer.
 *
 * After the grace it looks every `interval` until `success` looks in a row are good, and once more after
 * `stable`; more than `retries` misses in all end it, and so does the limit.
 */
import type { HealthTiming, HostHealth } from '#core/host-command.ts';
import { isAlive } from './containers.ts';
import type { Container, Ground } from './host-state.ts';

export interface Verification {
  readonly endsAtMs: number;
  readonly isHealthy: boolean;
  readonly why: string;
}

/** `never`: it does not become healthy any more. `starting`: no miss yet. */
export type Look = 'healthy' | 'unhealthy' | 'never' | 'starting';

/** A check that is still `starting` is asked again a second later. */
const STARTING_MS = 1_000;
const FAILS = 'the health check fails';
const LATE = 'not healthy within its time';

export function planVerification(
  timing: HealthTiming,
  at: { nowMs: number; limitMs: number },
  lookAt: (atMs: number) => Look,
): Verification {
  const limitMs = Math.max(at.limitMs, at.nowMs);
  const wait = (fromMs: number, seconds: number) => Math.min(fromMs + seconds * 1000, limitMs);
  let atMs = wait(at.nowMs, timing.grace);
  let inARow = 0;
  for (let missed = 0; ; ) {
    const look = lookAt(atMs);
    if (look === 'never') return { endsAtMs: atMs, isHealthy: false, why: FAILS };
    if (look === 'starting') atMs = Math.min(atMs + STARTING_MS, limitMs);
    if (look === 'unhealthy') missed++;
    inARow = look === 'healthy' ? inARow + 1 : 0;
    if (missed > timing.retries) return { endsAtMs: atMs, isHealthy: false, why: FAILS };
    if (inARow < timing.success) atMs = wait(atMs, timing.interval);
    if (atMs >= limitMs) return { endsAtMs: atMs, isHealthy: false, why: LATE };
    if (inARow >= timing.success) break;
  }
  const endsAtMs = wait(atMs, timing.stable);
  if (lookAt(endsAtMs) !== 'healthy') return { endsAtMs, isHealthy: false, why: FAILS };
  return { endsAtMs, isHealthy: endsAtMs < limitMs, why: endsAtMs < limitMs ? '' : LATE };
}

/** One look at a container, `atMs`. */
export function look(
  ground: Ground,
  container: Container | undefined,
  check: HostHealth | undefined,
  atMs: number,
): Look {
  if (!container || !isAlive(ground, container, atMs)) return 'unhealthy';
  const kind = check?.health ?? 'none';
  if (kind === 'none') return 'healthy';
  const faults = ground.faults();
  if (faults.failsEveryCheck) return 'unhealthy';
  if (kind === 'container_running') return 'healthy';
  const ageMs = atMs - (container.startedAtMs ?? atMs);
  if (kind === 'docker_health') return lookAtOwnCheck(ground, container.digest, ageMs);
  if (faults.unhealthyDigests?.has(container.digest)) return 'unhealthy';
  const isHealthy = ground.images.isHealthy(container.digest, ground.hostId, ageMs);
  return isHealthy ? 'healthy' : 'unhealthy';
}

function lookAtOwnCheck(ground: Ground, digest: string, ageMs: number): Look {
  if (ground.faults().unhealthyDigests?.has(digest)) return 'never';
  const said = ground.images.healthcheck(digest, ground.hostId, ageMs);
  return said === 'healthy' || said === 'starting' ? said : 'never';
}
