/**
 * The health check of a container over time. Whether it passes at an instant is a function of that
 * instant, so a whole verification is planned at once and costs one timer.
 *
 * A verification waits for the grace, then asks every `interval` until `success` answers in a row are
 * good, and once more after `stable`; it gives up after `retries` questions (at least `success`).
 */
import type { HealthTiming, HostHealth } from '#core/host-command.ts';
import type { Container, Ground } from './host-state.ts';

export interface Verification {
  readonly endsAtMs: number;
  readonly isHealthy: boolean;
}

export function planVerification(
  timing: HealthTiming,
  nowMs: number,
  isHealthyAt: (atMs: number) => boolean,
): Verification {
  const questions = Math.max(timing.retries, timing.success);
  let atMs = nowMs + timing.grace * 1000;
  let inARow = 0;
  for (let asked = 1; asked <= questions; asked++) {
    inARow = isHealthyAt(atMs) ? inARow + 1 : 0;
    if (inARow >= timing.success) {
      const endsAtMs = atMs + timing.stable * 1000;
      return { endsAtMs, isHealthy: isHealthyAt(endsAtMs) };
    }
    atMs += timing.interval * 1000;
  }
  return { endsAtMs: atMs, isHealthy: false };
}

/** How long a verification may take at most. */
export function longestVerificationMs(timing: HealthTiming): number {
  const questions = Math.max(timing.retries, timing.success);
  return (timing.grace + questions * timing.interval + timing.stable) * 1000;
}

/** Whether the slot's container would pass the check at `atMs`. Without a check it passes if it runs. */
export function isHealthyAt(
  ground: Ground,
  container: Container | undefined,
  check: HostHealth | undefined,
  atMs: number,
): boolean {
  if (container === undefined || !ground.slot.isRunning) return false;
  const faults = ground.faults();
  if (check?.health === 'none') return true;
  if (faults.failsEveryCheck && check !== undefined) return false;
  if (faults.unhealthyDigests?.has(container.digest)) return false;
  return ground.images.isHealthy(container.digest, ground.hostId, atMs - container.startedAtMs);
}
