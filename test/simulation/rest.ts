/**
 * The end of a seed: faults stop, what was out of order is mended, time passes and sweeps go on. What waits for
 * a person is ended by one. Then every rollout has ended, and no target is held.
 */
import type { Watch } from '#test/invariants/watch-invariants.ts';
import { judgeTold } from './all-told.ts';
import { judgeDeployed } from './deployed.ts';
import { request } from './doings/operators.ts';
import type { RolloutFacts } from './ledger.ts';
import { ledgersOf, type Stage, watchesOf } from './stage.ts';
import type { OperatorAction } from './world.ts';

/** Longer than a night without a window. */
const QUIET_MS = 26 * 3_600_000;
/** From one sweep to the next. */
const SWEEP_MS = 15 * 60_000;
const ROUNDS = 8;

export async function comeToRest(stage: Stage, watch: Watch): Promise<string[]> {
  const { cloud } = stage;
  const ledgers = ledgersOf(stage);
  const watches = watchesOf(stage, watch);
  const found = watches.flatMap((one) => one.found);
  if (found.length > 0) return found;
  calm(stage);
  const untold: string[] = [];
  for (let round = 0; round < ROUNDS; round += 1) {
    await cloud.settle(QUIET_MS);
    await cloud.run({ untilMs: cloud.clock.nowMs() + SWEEP_MS });
    for (const [stack] of ledgers) await cloud.invoke(`${stack}-sweep`, {});
    await cloud.settle(QUIET_MS);
    if (round === 0) {
      for (const [stack] of ledgers) untold.push(...(await judgeTold(stage, stack)));
    }
    if (ledgers.every(([, ledger]) => ledger.unfinished().length === 0)) break;
    for (const [stack, ledger] of ledgers) {
      for (const rollout of ledger.open) endIt(stage, rollout, round, stack);
    }
  }
  const left = ledgers.flatMap(([, ledger]) => ledger.unfinished());
  const stuck = left.map((what) => `at rest: ${what}`);
  const violations = [...untold, ...stuck];
  for (const one of watches.toReversed()) violations.unshift(...(await one.violations()));
  return violations.length > 0 ? violations : judgeDeployed(stage);
}

function calm(stage: Stage): void {
  stage.isRough = false;
  stage.tell('faults stop');
  for (const undo of [...stage.undo]) undo();
  for (const host of stage.cloud.fleet.list) {
    host.faults = {};
    if (!host.isReachable) host.connect();
  }
}

/** What a person can say to it, again and again: a hold may follow a pause. */
const ENDED_BY: Readonly<Record<string, readonly OperatorAction[]>> = {
  paused: ['resume', 'cancel'],
  held: ['resume', 'cancel', 'rollback'],
  awaiting_approval: ['approve', 'reject'],
  awaiting_window: ['cancel'],
};

function endIt(stage: Stage, rollout: RolloutFacts, round: number, stack: string): void {
  const actions = ENDED_BY[rollout.status] ?? [];
  const first = stage.draw.int(`end ${rollout.policy} ${rollout.number}`, 0, 2);
  const action = actions[(first + round) % Math.max(1, actions.length)];
  if (action !== undefined) request(stage, rollout, action, {}, stack);
}
