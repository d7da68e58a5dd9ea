/**
 * The first thing that every step does: read who may walk, in consistent reads, and open what a Redrive
 * of this very execution opens again.
 */

import * as z from 'zod';
import { LostRaceError } from '#core/errors.ts';
import { judgeWalk, type Walk } from '#core/gate.ts';
import { isEnded, reopen } from '#core/reopen.ts';
import type { Rollout } from '#core/rollout.ts';
import type { Target } from '#core/target.ts';
import { type Machine, openMachine, readExecution } from './executions.ts';
import { type Bus, openBus, saveRollout } from './publish.ts';
import { readRollout, readTarget } from './rollout-store.ts';
import type { Runtime } from './runtime.ts';
import { openStore, type Store } from './store.ts';

export const StepInput = z.strictObject({ rolloutId: z.string(), run: z.int().min(1) });
export const TokenStepInput = StepInput.extend({ token: z.string().min(1) });
export type StepInput = z.infer<typeof StepInput>;

export interface WalkServices {
  store: Store;
  machine: Machine;
  bus: Bus;
}

export function openWalkServices(runtime: Runtime): WalkServices {
  return { store: openStore(runtime), machine: openMachine(runtime), bus: openBus(runtime) };
}

export type Walked =
  | { kind: 'walks'; rollout: Rollout; target: Target | undefined }
  | (Exclude<Walk, { kind: 'walks' }> & { rollout: Rollout });

/** Reads `meta` and the target, and says whether this execution may walk on. */
export async function readWalk(
  services: WalkServices,
  input: StepInput,
  nowMs: number,
): Promise<Walked> {
  const rollout = await readRollout(services.store, input.rolloutId);
  if (rollout === undefined) {
    throw new RangeError(`${input.rolloutId} has no record: an execution was started by hand`);
  }
  const target = await readTarget(services.store, rollout.policy, rollout.repository);
  return judgeWalked(services, { rollout, target }, input.run, nowMs);
}

/** The same for a rollout and target that were read already. */
export async function judgeWalked(
  services: WalkServices,
  read: { rollout: Rollout; target: Target | undefined },
  run: number,
  nowMs: number,
): Promise<Walked> {
  const walk = judgeWalk(read.rollout, read.target, run);
  if (walk.kind !== 'walks') return { ...walk, rollout: read.rollout };
  const rollout = await openAfterRedrive(services, read.rollout, nowMs);
  return { kind: 'walks', rollout, target: read.target };
}

async function openAfterRedrive(
  services: WalkServices,
  rollout: Rollout,
  nowMs: number,
): Promise<Rollout> {
  if (!isEnded(rollout)) return rollout;
  const arn = rollout.execution_arn;
  const execution = await readExecution(services.machine, arn);
  const opened =
    execution === undefined ? undefined : reopen(rollout, { arn, ...execution }, nowMs);
  if (opened !== undefined) return saveRollout(services.store, services.bus, opened);
  // A step runs, so its execution does: either this invocation outlived a Stop, and nobody hears it, or
  // DescribeExecution is behind. Looking again settles both.
  throw new LostRaceError(`${arn} is not yet seen to run again`);
}
