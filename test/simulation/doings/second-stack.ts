/**
 * A second stack in the same account and region, with tables, lambdas and machines of its own, whose policies mean the
 * hosts and containers of the first. Both hear of every push; a host serves whose command it takes first.
 */
import { wireStack } from '#local/cloud.ts';
import { WiringError } from '#local/wiring/template.ts';
import { type Grants, readGrants } from '#test/cloud/granted-actions.ts';
import { renameStack } from '#test/cloud/rename-stack.ts';
import { watchInvariants } from '#test/invariants/watch-invariants.ts';
import { Ledger } from '../ledger.ts';
import { clocksOf, OVERDUE_MS, SECOND, STACK, type Stage } from '../stage.ts';
import { templateOf } from '../template.ts';
import type { Doing } from '../world.ts';

const TRY_AGAIN_MS = 5 * 60_000;

/** The same for every seed. */
const renamed = new WeakMap<object, { base: unknown; grants: Grants }>();

export function deploySecond(
  stage: Stage,
  brought: Extract<Doing, { kind: 'second_stack' }>,
): void {
  if (!stage.isRough) return;
  const { cloud, world, tell } = stage;
  const { base, grants } = secondOf(stage);
  tell(`a second stack is deployed, with ${JSON.stringify(brought.policies)}`);
  const watch = watchInvariants(cloud, grants, {
    overdueMs: OVERDUE_MS,
    skewMs: world.skewMs,
    stack: SECOND,
  });
  stage.second = { ledger: new Ledger(cloud, SECOND), watch };
  const options = { seed: world.seed, stackName: SECOND, lambdaAheadMs: clocksOf(world) };
  cloud.clock.spawn(async () => {
    const deploy = await wireStack(cloud, { ...options, template: templateOf(base, brought) });
    await tryToDeploy(stage, deploy);
  });
}

function secondOf({ template }: Stage): { base: unknown; grants: Grants } {
  const key = Object(template);
  const base = renamed.get(key)?.base ?? renameStack(template, STACK, SECOND);
  const made = renamed.get(key) ?? { base, grants: readGrants(base) };
  renamed.set(key, made);
  return made;
}

/** Until it succeeds, as somebody would by hand. */
async function tryToDeploy(stage: Stage, deploy: () => Promise<void>): Promise<void> {
  try {
    await deploy();
  } catch (error) {
    if (!(error instanceof WiringError)) throw error;
    stage.tell('the second stack could not be deployed');
    const { clock } = stage.cloud;
    clock.schedule(clock.nowMs() + TRY_AGAIN_MS, () => tryToDeploy(stage, deploy));
  }
}
