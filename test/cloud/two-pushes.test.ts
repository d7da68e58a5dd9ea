/** The main job: a good push goes everywhere in stages, a bad one goes back. */
import { describe, expect, it } from 'vitest';
import { POLICY, startCloud } from './start-cloud.ts';

describe.each([20, 200])('with %i hosts', (hosts) => {
  it('brings a good image to every host, in batches', async () => {
    const { cloud, roll, newest, running, watch } = await startCloud({ hosts });

    const v2 = await roll('v2');

    const rollout = await newest();
    expect(rollout.status).toBe('completed');
    expect(rollout.plan?.batches.map((batch) => batch.hosts)).toEqual(
      [0.1, 0.4, 0.5].map((share) => share * hosts),
    );
    expect(running()).toEqual({ [v2]: hosts });
    expect(await watch.violations()).toEqual([]);
    expect(cloud.logs.filter(({ line }) => line['level'] === 'ERROR')).toEqual([]);
    expect(cloud.logs.filter(({ line }) => '_aws' in line).map(({ line }) => line)).toMatchObject([
      { status: 'completed', RolloutsEnded: 1, HostsFailed: 0, HostsUnknown: 0 },
    ]);
  });

  it('brings every host back from a bad image, and denies its digest', async () => {
    const { cloud, roll, newest, running, rollouts, target, reasons, watch } = await startCloud({
      hosts,
    });
    const v2 = await roll('v2');
    const v3 = await roll('v3', true);

    cloud.ecr.push('shop/web', { tag: 'v3-again', digest: v3 });
    await cloud.settle();

    expect((await newest()).status).toBe('rolled_back');
    expect(running()).toEqual({ [v2]: hosts });
    expect((await target()).denied.map(({ digest }) => digest)).toEqual([v3]);
    expect(await rollouts()).toHaveLength(2);
    expect(reasons('image considered').at(-1)).toMatch(/has the digest that shop-web #2 denied/);
    expect(cloud.logs.at(-1)?.line).toMatchObject({ pushed: 'v3-again', verdict: 'nothing' });
    expect(await watch.violations()).toEqual([]);
  });
});

it('goes to the hosts that the policy names before all others', async () => {
  const ids = (await startCloud({ hosts: 10 })).cloud.fleet.list.map(({ id }) => id);
  const named = [ids[7], ids[3]].flatMap((id) => id ?? []).toSorted();
  const policy = { ...POLICY, first_batch: named, staged_batches: [0.5, 1] };
  const { cloud, roll, newest, watch } = await startCloud({ hosts: 10, policies: [policy] });

  await roll('v2');

  expect((await newest()).status).toBe('completed');
  const updated = cloud.ssm.commands.map(({ byHost }) => [...byHost.keys()].toSorted());
  expect(updated.map((hosts) => hosts.length)).toEqual([2, 3, 5]);
  expect(updated[0]).toEqual(named);
  expect(await watch.violations()).toEqual([]);
});
