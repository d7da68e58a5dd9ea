/**
 * Every look also ensures: the target carries all that the rest can be made from, so whoever looks makes
 * what is missing: the rollout's record, its execution, the end of the one that it took over from.
 */

import { supersede } from '#core/change-status.ts';
import { forgetEnded, recordEnd } from '#core/reopen.ts';
import { makeRollout, type Rollout, rolloutTitle, standingOf } from '#core/rollout.ts';
import type { RolloutSeed } from '#core/rollout-seed.ts';
import { isOpen } from '#core/status.ts';
import type { Target } from '#core/target.ts';
import { completeToken, executionArn, readExecution, startExecution } from './executions.ts';
import { saveRollout } from './publish.ts';
import { readRollout, writeRollout } from './rollout-store.ts';
import type { WalkServices } from './walk.ts';

/** The target's active rollout as it is stored now; undefined where the target has none. */
export async function ensureRollout(
  services: WalkServices,
  target: Target,
  nowMs: number,
): Promise<Rollout | undefined> {
  const { active } = target;
  if (active === undefined) return undefined;
  const stored = await readRollout(services.store, active.rollout);
  return stored === undefined
    ? makeActive(services, active, nowMs)
    : beginRollout(services, stored, nowMs);
}

/**
 * The active rollout of a target for which none is made yet; LostRaceError where another look was first. Its
 * first event is published by "Plan rollout": hosts wait for the one and nobody for the other.
 */
export async function makeActive(
  services: WalkServices,
  seed: RolloutSeed,
  nowMs: number,
): Promise<Rollout> {
  const made = makeRollout(seed, executionArn(services.machine, seed.rollout, 1));
  return beginRollout(services, await writeRollout(services.store, made), nowMs);
}

async function beginRollout(
  services: WalkServices,
  rollout: Rollout,
  nowMs: number,
): Promise<Rollout> {
  if (rollout.batch === -1 && isOpen(rollout.status) && rollout.supersedes !== undefined) {
    await endSuperseded(services, rollout, rollout.supersedes, nowMs);
  }
  const isToBegin = rollout.status === 'pending' || standingOf(rollout) !== rollout.status;
  return isToBegin ? ensureExecution(services, rollout, nowMs) : rollout;
}

/** Writes the end of the rollout that was taken over from, and completes what it waits for. */
async function endSuperseded(
  services: WalkServices,
  newer: Rollout,
  superseded: string,
  nowMs: number,
): Promise<void> {
  const old = await readRollout(services.store, superseded);
  if (old === undefined || !isOpen(old.status)) return;
  const why = `${rolloutTitle(newer)} has taken over`;
  await saveRollout(services.store, services.bus, supersede(old, why, nowMs));
  await completeToken(services.machine, old.token, { verdict: 'superseded', reason: why });
}

/**
 * A pending rollout, and one that has ended and is to go back, has its execution. One that a person stopped before its first step is a pause, and
 * one that failed is a hold: both wait for a person, and are not begun again behind one's back.
 */
async function ensureExecution(
  services: WalkServices,
  rollout: Rollout,
  nowMs: number,
): Promise<Rollout> {
  const started = await startExecution(services.machine, rollout);
  if (started === 'started') return rollout;
  const arn = rollout.execution_arn;
  const execution = await readExecution(services.machine, arn);
  if (execution?.status === 'RUNNING') return rollout;
  if (execution !== undefined) {
    const ended = recordEnd(rollout, { arn, ...execution }, nowMs);
    if (ended !== undefined) return saveRollout(services.store, services.bus, ended);
  }
  return startNextRun(services, rollout);
}

/** The rollout with the name of a fresh execution, which goes on where the last one stood. */
export function nameNextRun(services: WalkServices, rollout: Rollout): Rollout {
  const run = rollout.run + 1;
  return {
    ...forgetEnded(rollout),
    run,
    redrives_seen: 0,
    execution_arn: executionArn(services.machine, rollout.rollout, run),
  };
}

/** `meta` names the fresh execution before it is started. */
export async function startNextRun(services: WalkServices, rollout: Rollout): Promise<Rollout> {
  const named = await writeRollout(services.store, nameNextRun(services, rollout));
  await startExecution(services.machine, named);
  return named;
}
