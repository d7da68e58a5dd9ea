/**
 * Two stacks of one account whose policies mean the same containers of the same hosts, under the same names: both hear
 * of every push, make a rollout of the same id in the same second, and send commands with the same comment.
 */
import { describe, expect, it } from 'vitest';
import { readChunks } from '#aws/chunk-store.ts';
import { openStore } from '#aws/store.ts';
import { Rollout } from '#core/rollout.ts';
import { wireStack } from '#local/cloud.ts';
import { type Watch, watchInvariants } from '#test/invariants/watch-invariants.ts';
import { readGrants } from './granted-actions.ts';
import { renameStack } from './rename-stack.ts';
import {
  POLICY,
  REPOSITORY,
  STACK,
  startCloud,
  type TestCloud,
  templateWith,
} from './start-cloud.ts';

const SECOND = 'Annex';

/** A second stack on the hosts of the first. */
async function deploySecond({ cloud }: TestCloud, policy: object = POLICY): Promise<Watch> {
  const template = renameStack(templateWith([{ ...policy }], undefined), STACK, SECOND);
  const watch = watchInvariants(cloud, readGrants(template), { stack: SECOND });
  cloud.clock.spawn(async () => {
    const deploy = await wireStack(cloud, { seed: 2, stackName: SECOND, template });
    await deploy();
  });
  await cloud.settle();
  return watch;
}

/** The newest rollout of the second stack, and what it says of the hosts that it commanded. */
async function secondRollout({
  cloud,
}: TestCloud): Promise<{ rollout: Rollout; errors: string[] }> {
  const store = openStore(cloud.runtimeFor(`${SECOND}-sweep`));
  const rollouts = (cloud.dynamo.dump()[`${SECOND}-rollouts`] ?? [])
    .map((item) => Rollout.safeParse(item).data)
    .filter((rollout) => rollout !== undefined)
    .toSorted((one, other) => one.generation - other.generation);
  const rollout = rollouts.at(-1);
  if (rollout === undefined) throw new Error('the second stack has no rollout');
  const hosts = (await readChunks(store, rollout.rollout)).flatMap((chunk) => chunk.hosts);
  const commanded = hosts.filter(({ attempts }) => attempts > 0);
  return { rollout, errors: commanded.map(({ error }) => String(error)) };
}

describe('a second stack on the same hosts', () => {
  it('is refused by the hosts of the first, changes none of them, and waits for a person', async () => {
    const first = await startCloud({ hosts: 4 });
    const v2 = await first.roll('v2');

    const watch = await deploySecond(first, { ...POLICY, on_create: 'rollout' });

    const second = await secondRollout(first);
    expect(await first.newest()).toMatchObject({ status: 'completed', totals: { completed: 4 } });
    expect(first.running()).toEqual({ [v2]: 4 });
    expect(second.rollout).toMatchObject({ status: 'held', gate: 'closed' });
    expect(second.errors).toEqual([`refused: foreign_owner: ${STACK}/${POLICY.id}/${REPOSITORY}`]);
    expect([...(await first.watch.violations()), ...(await watch.violations())]).toEqual([]);
  });

  it('serves the hosts that the first never commanded, and the first waits for a person', async () => {
    const first = await startCloud({ hosts: 2 });
    const watch = await deploySecond(first);

    const v2 = await first.roll('v2');

    const second = await secondRollout(first);
    const owners = first.cloud.fleet.list.map((host) => host.slot('web')?.fence?.owner);
    expect(await first.newest()).toMatchObject({ status: 'held', gate: 'closed' });
    expect(second.rollout).toMatchObject({ status: 'completed', totals: { completed: 2 } });
    expect(new Set(owners)).toEqual(new Set([`${SECOND}/${POLICY.id}/${REPOSITORY}`]));
    expect(first.running()).toEqual({ [v2]: 2 });
    expect([...(await first.watch.violations()), ...(await watch.violations())]).toEqual([]);
  });
});
