/**
 * Hosts that say nothing, answer half, vanish, or are not there at all. Unknown is not failed and not
 * done: it has a limit of its own, and a lost answer is asked for before it counts.
 */
import { describe, expect, it } from 'vitest';
import type { HostSpec } from '#local/hosts/fleet.ts';
import type { HostFaults } from '#local/hosts/host-state.ts';
import { operate } from './operator.ts';
import { POLICY, REPOSITORY, type Start, startCloud, type TestCloud } from './start-cloud.ts';

const AT_ONCE = { ...POLICY, staged_batches: [1], on_threshold: 'hold' };
const STAGED = { ...POLICY, staged_batches: ['2 hosts', 1], batch_delay_minutes: 5 };

/** The first hosts, as many as that, have these faults. */
function faulty(count: number, faults: HostFaults): (index: number) => HostSpec {
  return (index) => (index < count ? { faults } : {});
}

async function totals({ newest }: TestCloud): Promise<Record<string, number> | undefined> {
  return (await newest()).totals;
}

describe('hosts that are silent', () => {
  it.each(['before_work', 'after_work'] as const)(
    'end unknown, neither failed nor done (%s)',
    async (silent) => {
      const test = await startCloud({
        hosts: 10,
        policies: [AT_ONCE],
        host: faulty(2, { silent }),
      });
      const { cloud, roll, newest, hostRecords, watch } = test;

      await roll('v2');

      const rollout = await newest();
      expect(rollout.status).toBe('completed_with_failures');
      expect(rollout.log.at(-2)?.why).toBe('batch 1: 8 of 10 hosts are healthy, 2 unknown');
      expect(rollout.totals).toEqual({ completed: 8, unknown: 2 });
      const silentIds = cloud.fleet.list.slice(0, 2).map(({ id }) => id);
      const records = (await hostRecords(rollout)).filter(({ host }) => silentIds.includes(host));
      expect(records.map(({ status, error }) => [status, error])).toEqual(
        silentIds.map(() => ['unknown', 'no answer (DeliveryTimedOut)']),
      );
      expect(await watch.violations()).toEqual([]);
    },
  );

  it('end unknown too where the Engine is gone, though the agent answers', async () => {
    const test = await startCloud({
      hosts: 10,
      policies: [AT_ONCE],
      host: faulty(2, { work: 'docker_down' }),
    });
    const { cloud, roll, newest, hostRecords, watch } = test;

    await roll('v2');

    const rollout = await newest();
    expect(rollout.totals).toEqual({ completed: 8, unknown: 2 });
    const engineless = cloud.fleet.list.slice(0, 2).map(({ id }) => id);
    const records = (await hostRecords(rollout)).filter(({ host }) => engineless.includes(host));
    expect(records.map(({ error }) => error)).toEqual(
      engineless.map(() => 'docker_down; status: the host has not accepted the command'),
    );
    expect(await watch.violations()).toEqual([]);
  });

  it('hold the rollout when they are more than max_unknown_rate, for that reason', async () => {
    const test = await startCloud({
      hosts: 10,
      policies: [AT_ONCE],
      host: faulty(3, { silent: 'before_work' }),
    });
    const { roll, newest, watch } = test;

    await roll('v2');

    const { status, hold, gate } = await newest();
    expect({ status, gate }).toEqual({ status: 'held', gate: 'closed' });
    expect(hold?.reason).toBe('batch 1: 3 of 10 hosts gave no answer, more than 20 %');
    expect(await watch.violations()).toEqual([]);
  });

  it('are held for a person even where a threshold would roll back', async () => {
    const test = await startCloud({
      hosts: 4,
      policies: [{ ...AT_ONCE, on_threshold: 'rollback', max_unknown_rate: 0 }],
      host: faulty(1, { silent: 'before_work' }),
    });
    const { roll, newest, target, watch } = test;

    await roll('v2');

    expect((await newest()).status).toBe('held');
    expect((await target()).denied).toEqual([]);
    expect(await watch.violations()).toEqual([]);
  });

  it('cross no threshold of failures, however many they are', async () => {
    const policy = { ...AT_ONCE, max_unknown_rate: 1, max_failure_rate: 0 };
    const test = await startCloud({
      hosts: 6,
      policies: [{ ...policy, max_consecutive_failures: 1 }],
      host: faulty(5, { silent: 'after_work' }),
    });
    const { roll, newest, watch } = test;

    await roll('v2');

    expect((await newest()).status).toBe('completed_with_failures');
    expect(await totals(test)).toEqual({ completed: 1, unknown: 5 });
    expect(await watch.violations()).toEqual([]);
  });

  it('are tried again by the next rollout', async () => {
    const { cloud, roll, rollouts, running, watch } = await startCloud({
      hosts: 5,
      policies: [AT_ONCE],
      host: faulty(1, { silent: 'before_work' }),
    });
    await roll('v2');
    for (const host of cloud.fleet.list) host.faults = {};

    const v3 = await roll('v3');

    expect((await rollouts()).map(({ status }) => status)).toEqual([
      'completed_with_failures',
      'completed',
    ]);
    expect(running()).toEqual({ [v3]: 5 });
    expect(await watch.violations()).toEqual([]);
  });
});

describe('an answer that does not come through', () => {
  it.each(['lost', 'cut'] as const)('is asked for and found (%s)', async (reply) => {
    const test = await startCloud({ hosts: 4, policies: [AT_ONCE], host: faulty(2, { reply }) });
    const { cloud, push, newest, running, watch } = test;
    const operator = operate(test);
    const v2 = push('v2');
    await operator.reachCommands(2);
    for (const host of cloud.fleet.list) host.faults = {};

    await cloud.settle();

    const [update, status] = cloud.ssm.commands;
    expect(update?.comment).toMatch(/ update$/);
    expect(status?.comment).toMatch(/ status$/);
    expect(status?.invocations).toHaveLength(2);
    expect((await newest()).status).toBe('completed');
    expect(running()).toEqual({ [v2]: 4 });
    expect(await watch.violations()).toEqual([]);
  });

  it('leaves the host unknown when the question has no answer either', async () => {
    const test = await startCloud({
      hosts: 6,
      policies: [AT_ONCE],
      host: faulty(1, { reply: 'lost' }),
    });
    const { cloud, roll, newest, watch } = test;

    await roll('v2');

    expect((await newest()).status).toBe('completed_with_failures');
    expect(await totals(test)).toEqual({ completed: 5, unknown: 1 });
    expect(cloud.ssm.commands).toHaveLength(2);
    expect(await watch.violations()).toEqual([]);
  });

  it('is not taken from what the host remembers of an earlier rollout', async () => {
    const test = await startCloud({ hosts: 6, policies: [AT_ONCE] });
    const { cloud, roll, push, newest, hostRecords, watch } = test;
    const operator = operate(test);
    await roll('v2');
    const [host] = cloud.fleet.list;
    if (host === undefined) throw new Error('there is no host');
    host.faults = { silent: 'before_work' };
    push('v3');
    await operator.reachCommands(2);
    await cloud.run({ untilMs: cloud.clock.nowMs() + 10_000 });

    host.reboot(30_000);
    host.faults = {};
    await cloud.settle();

    const rollout = await newest();
    expect(rollout.status).toBe('completed_with_failures');
    const record = (await hostRecords(rollout)).find((one) => one.host === host.id);
    expect(record).toMatchObject({
      status: 'unknown',
      error:
        'ended as Failed without an answer of this command; status: the host has not accepted the command',
    });
    expect(await watch.violations()).toEqual([]);
  });
});

describe('the end of a command that no event announces', () => {
  it('is seen by the guard, after the deadline', async () => {
    const { cloud, roll, newest, running, watch } = await startCloud({
      hosts: 4,
      policies: [{ ...STAGED, soak_seconds: 60 }],
    });
    cloud.events.disturb = ({ source }) => (source === 'aws.ssm' ? [] : [0]);

    const v2 = await roll('v2');

    expect((await newest()).status).toBe('completed');
    expect(running()).toEqual({ [v2]: 4 });
    const words = cloud.ssm.commands.map(({ comment }) => comment.split(' ').at(-1));
    expect(words).toEqual(['update', 'probe', 'update', 'probe']);
    expect(await watch.violations()).toEqual([]);
  });

  it('is seen once where the event comes twice, and late', async () => {
    const { cloud, roll, newest, rollouts, watch } = await startCloud({
      hosts: 4,
      policies: [STAGED],
    });
    cloud.events.disturb = ({ source }) => (source === 'aws.ssm' ? [0, 0, 200_000] : [0]);

    await roll('v2');

    expect((await newest()).status).toBe('completed');
    expect(await rollouts()).toHaveLength(1);
    expect(cloud.ssm.commands).toHaveLength(2);
    expect(await watch.violations()).toEqual([]);
  });
});

describe('hosts that are gone', () => {
  it('do not spoil the command of the others, and are unknown', async () => {
    const test = await startCloud({ hosts: 8, policies: [{ ...STAGED, max_unknown_rate: 0.5 }] });
    const { cloud, push, newest, hostRecords, running, watch } = test;
    const operator = operate(test);
    const v2 = push('v2');
    await operator.reach('Wait for next batch');
    const gone = cloud.fleet.list.filter((host) => host.running('web') !== v2).slice(0, 2);
    for (const { id } of gone) cloud.fleet.vanish(id);

    await cloud.settle();

    const rollout = await newest();
    expect(rollout.status).toBe('completed_with_failures');
    const unknown = (await hostRecords(rollout)).filter(({ status }) => status === 'unknown');
    expect(unknown.map(({ host }) => host).toSorted()).toEqual(gone.map(({ id }) => id).toSorted());
    expect(unknown[0]?.error).toBe('SSM does not reach this host (gone or offline)');
    expect(running()).toEqual({ [v2]: 6 });
    expect(await watch.violations()).toEqual([]);
  });

  it('leave nothing to send when they are all of a chunk', async () => {
    const test = await startCloud({ hosts: 4, policies: [STAGED] });
    const { cloud, push, newest, watch } = test;
    const operator = operate(test);
    const v2 = push('v2');
    await operator.reach('Wait for next batch');
    for (const host of [...cloud.fleet.list]) {
      if (host.running('web') !== v2) cloud.fleet.vanish(host.id);
    }

    await cloud.settle();

    const { status, hold } = await newest();
    expect(status).toBe('held');
    expect(hold?.reason).toBe('batch 2: 2 of 2 hosts gave no answer, more than 20 %');
    expect(cloud.ssm.commands).toHaveLength(1);
    expect(await watch.violations()).toEqual([]);
  });

  it('are unknown when SSM loses them before they were reached', async () => {
    const test = await startCloud({ hosts: 6, policies: [AT_ONCE] });
    const { cloud, push, newest, watch } = test;
    const operator = operate(test);
    push('v2');
    await operator.reachCommands(1);
    cloud.fleet.list[0]?.disconnect();

    await cloud.settle();

    expect((await newest()).status).toBe('completed_with_failures');
    expect(await totals(test)).toEqual({ completed: 5, unknown: 1 });
    expect(await watch.violations()).toEqual([]);
  });
});

describe('hosts that are offline when the rollout is planned', () => {
  it('are left out, and that is said', async () => {
    const { cloud, roll, newest, running, v1, watch } = await startCloud({
      hosts: 5,
      policies: [AT_ONCE],
      host: (index) => ({ isOffline: index === 0 }),
    });

    const v2 = await roll('v2');

    const rollout = await newest();
    expect(rollout.status).toBe('completed');
    expect(rollout.plan?.hosts).toBe(4);
    expect(running()).toEqual({ [v1]: 1, [v2]: 4 });
    const started = rollout.log.find(({ event }) => event === 'image.rollout_started');
    expect(started?.why).toBe('v2 goes to 4 hosts; 1 offline and left out');
    const planned = cloud.logs.find(({ line }) => line['message'] === 'hosts planned');
    expect(planned?.line).toMatchObject({ rollout: rollout.rollout, hosts: 4, offline: 1 });
    expect(await watch.violations()).toEqual([]);
  });
});

describe('a rollout that cannot begin', () => {
  const REFUSED: [string, Start, Record<string, unknown>, RegExp][] = [
    ['no host matches', { hosts: 0 }, {}, /^no host matches policy shop-web; hosts need the tag/],
    [
      'every host is offline',
      { hosts: 3, host: () => ({ isOffline: true }) },
      {},
      /^no host matches policy shop-web \(3 match, but none of them is online\)/,
    ],
    [
      'no host has the tag',
      { hosts: 3, host: () => ({ tags: { 'longshore:fleet': 'production' } }) },
      {},
      /longshore:enabled=true/,
    ],
    ['too many match', { hosts: 6 }, { max_hosts: 5 }, /^6 hosts match, more than max_hosts 5$/],
  ];

  it.each(REFUSED)(
    'ends failed, for a reason, and touches nothing: %s',
    async (_, options, policy, reason) => {
      const { cloud, v1, roll, newest, target, reasons, watch } = await startCloud({
        ...options,
        policies: [{ ...AT_ONCE, ...policy }],
      });

      await roll('v2');

      const rollout = await newest();
      expect(rollout.status).toBe('failed');
      expect(rollout.log.at(-1)?.why).toMatch(reason);
      expect(reasons('the rollout is closed')).toEqual([expect.stringMatching(reason)]);
      expect(cloud.ssm.commands).toEqual([]);
      expect(await target()).toMatchObject({ desired: { digest: v1 }, denied: [] });
      expect((await target()).active).toBeUndefined();
      expect(await watch.violations()).toEqual([]);
    },
  );

  it('ends failed when its image is gone by the time it is planned', async () => {
    const test = await startCloud({ hosts: 3, policies: [AT_ONCE], latencyMs: () => 20 });
    const { cloud, v1, push, newest, target, watch } = test;
    const operator = operate(test);
    const v2 = push('v2');
    await operator.reach('Plan rollout');

    cloud.ecr.deleteImage(REPOSITORY, v2);
    await cloud.settle();

    const rollout = await newest();
    expect(rollout.status).toBe('failed');
    expect(rollout.log.at(-1)?.why).toBe(`shop/web@${v2} is gone from the registry`);
    expect(cloud.ssm.commands).toEqual([]);
    expect((await target()).desired.digest).toBe(v1);
    expect(await watch.violations()).toEqual([]);
  });

  it('is tried again by a newer push, once its hosts are there', async () => {
    const { cloud, v1, roll, rollouts, running, watch } = await startCloud({
      hosts: 0,
      policies: [AT_ONCE],
    });
    await roll('v2');
    const tags = { 'longshore:enabled': 'true', 'longshore:fleet': 'production' };
    cloud.fleet.addMany(3, () => ({ tags, containers: { web: v1 } }));

    const v3 = await roll('v3');

    expect((await rollouts()).map(({ status }) => status)).toEqual(['failed', 'completed']);
    expect(running()).toEqual({ [v3]: 3 });
    expect(await watch.violations()).toEqual([]);
  });
});
