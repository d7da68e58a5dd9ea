/**
 * A newer image while another is on its way: it takes over at the moment it may act, or waits, or is only
 * remembered; whichever, it ends with one image everywhere and an end for every host of the other rollout.
 */
import { describe, expect, it } from 'vitest';
import { readChunks } from '#aws/chunk-store.ts';
import { isFinalHost } from '#core/status.ts';
import type { ApiCall } from '#local/wire.ts';
import { deploy } from './deploy.ts';
import { operate, refuse } from './operator.ts';
import { POLICY, STACK, type Start, startCloud, type TestCloud } from './start-cloud.ts';

const STAGED = { ...POLICY, staged_batches: [0.25, 1], batch_delay_minutes: 5 };

function start(policy: Record<string, unknown> = {}, options: Start = {}): Promise<TestCloud> {
  return startCloud({ hosts: 8, policies: [{ ...STAGED, ...policy }], ...options });
}

/** Hosts that got a changing command while another was at work on them. */
function busy({ cloud }: TestCloud): string[] {
  const { fleet } = cloud;
  return fleet.list.flatMap(({ id }) =>
    fleet.log(id).some((event) => event.kind === 'answered' && event.outcome === 'busy') ? id : [],
  );
}

/** "Update hosts", the next time, takes half a minute to read its gate. */
function slowAtGate() {
  const slow = {
    isNext: false,
    latencyMs: (_service: string, operation: string, { caller }: ApiCall): number => {
      const readsGate =
        operation === 'BatchGetItem' && caller?.functionName.endsWith('update-hosts');
      if (!readsGate || !slow.isNext) return 0;
      slow.isNext = false;
      return 30_000;
    },
  };
  return slow;
}

/** Statuses of all rollouts, oldest first. */
async function ends({ rollouts }: TestCloud): Promise<string[]> {
  return (await rollouts()).map(({ status }) => status);
}

describe('a newer image', () => {
  it.each([
    ['before the plan', 'Plan rollout'],
    ['during the first batch', 'Update hosts'],
    ['between the batches', 'Wait for next batch'],
  ])('takes over %s, and goes everywhere', async (_, state) => {
    const test = await start({}, { latencyMs: () => 20 });
    const { push, roll, rollouts, running, target, hostRecords, watch } = test;
    const operator = operate(test);
    push('v2');
    await operator.reach(state);

    const v3 = await roll('v3');

    expect(await ends(test)).toEqual(['superseded', 'completed']);
    expect(running()).toEqual({ [v3]: 8 });
    const [old, newer] = await rollouts();
    expect(newer).toMatchObject({ supersedes: old?.rollout, number: 2 });
    expect(old?.log.at(-1)?.why).toBe('shop-web #2 has taken over');
    expect(old?.settled).toBe(true);
    const records = old === undefined ? [] : await hostRecords(old);
    expect(records.every(({ status }) => isFinalHost(status))).toBe(true);
    expect(await target()).toMatchObject({ desired: { digest: v3 }, denied: [] });
    expect((await target()).active).toBeUndefined();
    expect(busy(test)).toEqual([]);
    expect(await watch.violations()).toEqual([]);
  });

  it('sends nothing before the open commands of the older one have ended', async () => {
    const test = await start();
    const { cloud, push, roll, watch } = test;
    const operator = operate(test);
    push('v2');
    await operator.reachCommands(1);

    await roll('v3');

    const [older, newer] = cloud.ssm.commands;
    const endedAtMs = older?.invocations.map(({ finishedAtMs = 0 }) => finishedAtMs) ?? [];
    expect(newer?.requestedAtMs).toBeGreaterThan(Math.max(...endedAtMs));
    expect(await watch.violations()).toEqual([]);
  });

  it('waits for the deadline of a command that is never answered', async () => {
    const test = await start();
    const { cloud, push, roll, rollouts, running, hostRecords, watch } = test;
    const operator = operate(test);
    push('v2');
    await operator.reachCommands(1);
    const [command] = cloud.ssm.commands;
    const reached = command?.invocations.map(({ hostId }) => cloud.fleet.host(hostId)) ?? [];
    for (const host of reached) host.faults = { silent: 'after_work' };
    await cloud.run({ untilMs: cloud.clock.nowMs() + 60_000 });
    for (const host of reached) host.faults = {};

    const v3 = await roll('v3');

    const [old] = await rollouts();
    const records = old === undefined ? [] : await hostRecords(old);
    expect(await ends(test)).toEqual(['superseded', 'completed']);
    expect(records.map(({ status }) => status)).toEqual(['unknown', 'unknown']);
    expect(running()).toEqual({ [v3]: 8 });
    const deadlineAtMs = (command?.requestedAtMs ?? 0) + 1_020_000; // 120 + 600 + 300 seconds
    expect(cloud.ssm.commands.at(1)?.requestedAtMs).toBeGreaterThan(deadlineAtMs - 1000);
    expect(await watch.violations()).toEqual([]);
  });

  it('is taken for the end by the older one itself, where who took over died before writing it', async () => {
    const test = await start();
    const { cloud, push, rollouts, running, watch } = test;
    const operator = operate(test);
    push('v2');
    await operator.reach('Wait for next batch');
    let hasTaken = false;
    const mend = refuse(test, ({ operation, input, caller }) => {
      if (!caller?.functionName.endsWith('-consider-image')) return false;
      if (hasTaken) return true;
      hasTaken = operation === 'PutItem' && String(input['TableName']).endsWith('-policies');
      return false;
    });
    const v3 = push('v3');

    await cloud.settle();
    const [alone] = await rollouts();
    const count = (await rollouts()).length;
    mend();
    await cloud.invoke(`${STACK}-sweep`, {});
    await cloud.settle();

    expect(count).toBe(1);
    expect(alone).toMatchObject({ status: 'superseded', settled: true });
    expect(alone?.log.at(-1)?.why).toBe('shop-web #2 has taken over');
    expect(await ends(test)).toEqual(['superseded', 'completed']);
    expect(running()).toEqual({ [v3]: 8 });
    expect(await watch.violations()).toEqual([]);
  });

  it('settles the older one also where it ends before its first batch', async () => {
    const test = await start({}, { host: () => ({ faults: { silent: 'before_work' } }) });
    const { push, roll, newest, rollouts, hostRecords, target, watch } = test;
    const operator = operate(test);
    push('v2');
    await operator.reachCommands(1);
    await operator.stop(await newest());
    await deploy(test, [{ ...STAGED, max_hosts: 2 }]);

    await roll('v3');

    expect(await ends(test)).toEqual(['superseded', 'failed']);
    const [old, newer] = await rollouts();
    expect(old?.settled).toBe(true);
    const [chunk] = await readChunks(test.store, old?.rollout ?? '');
    const deadlines = chunk?.commands.map(({ deadline_at_ms }) => deadline_at_ms);
    expect(newer?.completed_at_ms).toBeGreaterThanOrEqual(deadlines?.at(-1) ?? Infinity);
    const records = old === undefined ? [] : await hostRecords(old);
    expect(records.map(({ status }) => status)).toEqual(['unknown', 'unknown']);
    expect((await target()).active).toBeUndefined();
    expect(await watch.violations()).toEqual([]);
  });

  it('leaves nothing to a step of the older one that has read its gate before, and is slow', async () => {
    const slow = slowAtGate();
    slow.isNext = true;
    const test = await start({}, slow);
    const { cloud, push, rollouts, running, store, watch } = test;
    push('v2');
    await operate(test).reach('Update hosts');

    const v3 = push('v3');
    await cloud.settle();

    const [old] = await rollouts();
    expect(await ends(test)).toEqual(['superseded', 'completed']);
    expect(running()).toEqual({ [v3]: 8 });
    expect(
      cloud.ssm.commands.filter(({ comment }) => comment.includes(old?.rollout ?? '-')),
    ).toEqual([]);
    expect(await readChunks(store, old?.rollout ?? '')).toMatchObject([
      {
        chunk: 0,
        commands: [],
        hosts: [{ status: 'skipped', attempts: 0 }, { status: 'skipped' }],
      },
    ]);
    expect(await watch.violations()).toEqual([]);
  });

  it('leaves nothing to such a step where its hosts have failed before, and are tried again', async () => {
    const slow = slowAtGate();
    const test = await start({ staged_batches: [1], on_threshold: 'hold' }, slow);
    const { cloud, push, rollouts, running, watch } = test;
    const operator = operate(test);
    const v2 = push('v2');
    for (const { faults } of cloud.fleet.list) faults.unhealthyDigests = new Set([v2]);
    await operator.reach('Hold for operator');
    const sent = cloud.ssm.commands.length;

    slow.isNext = true;
    await operator.tell('retry-failed');
    await operator.reach('Update hosts');
    const v3 = push('v3');
    await cloud.settle();

    const [old] = await rollouts();
    expect(await ends(test)).toEqual(['superseded', 'completed']);
    expect(running()).toEqual({ [v3]: 8 });
    const later = cloud.ssm.commands.slice(sent).map(({ comment }) => comment);
    expect(later.filter((comment) => comment.includes(old?.rollout ?? '-'))).toEqual([]);
    expect(await watch.violations()).toEqual([]);
  });

  it('waits for the end where the policy queues, and of several only the newest follows', async () => {
    const test = await start({ on_newer: 'queue' });
    const { push, roll, running, rollouts, hostRecords, watch } = test;
    const operator = operate(test);
    const v2 = push('v2');
    await operator.reach('Update hosts');
    push('v3');
    await operator.reach('Wait for next batch');

    const v4 = await roll('v4');

    expect(await ends(test)).toEqual(['completed', 'completed']);
    const [first, second] = await rollouts();
    expect([first?.image.digest, second?.image.digest]).toEqual([v2, v4]);
    const before = second === undefined ? [] : await hostRecords(second);
    expect(before.map(({ digest_before }) => digest_before)).toEqual(Array(8).fill(v2));
    expect(running()).toEqual({ [v4]: 8 });
    expect(await watch.violations()).toEqual([]);
  });

  it('that waits in the queue follows also when the one before it goes back', async () => {
    const test = await start({ on_newer: 'queue', on_threshold: 'rollback' });
    const { push, roll, running, watch } = test;
    const operator = operate(test);
    push('v2', true);
    await operator.reach('Update hosts');

    const v3 = await roll('v3');

    expect(await ends(test)).toEqual(['rolled_back', 'completed']);
    expect(running()).toEqual({ [v3]: 8 });
    expect(await watch.violations()).toEqual([]);
  });

  it('is not rolled out while another does where the policy ignores newer ones', async () => {
    const test = await start({ on_newer: 'ignore' });
    const { cloud, push, running, reasons, watch } = test;
    const operator = operate(test);
    const v2 = push('v2');
    await operator.reach('Update hosts');

    push('v3');
    await cloud.settle();

    expect(await ends(test)).toEqual(['completed']);
    expect(running()).toEqual({ [v2]: 8 });
    expect(reasons('image considered').at(-1)).toMatch(
      /^shop\/web:v3 is ignored while shop-web #1 is in_progress$/,
    );
    expect(await watch.violations()).toEqual([]);
  });

  it('waits while the older one goes back, and then rolls out', async () => {
    const test = await start();
    const { cloud, push, rollouts, running, target, reasons, watch } = test;
    const operator = operate(test);
    const v2 = push('v2', true);
    await operator.reach('Restore hosts');

    const v3 = push('v3');
    await cloud.settle();

    expect(await ends(test)).toEqual(['rolled_back', 'completed']);
    expect(running()).toEqual({ [v3]: 8 });
    const [old, newer] = await rollouts();
    expect(newer?.started_at_ms).toBeGreaterThanOrEqual(old?.completed_at_ms ?? 0);
    expect((await target()).denied.map(({ digest }) => digest)).toEqual([v2]);
    expect(reasons('image considered')).toContain('shop/web:v3 waits: shop-web #1 goes back');
    expect(await watch.violations()).toEqual([]);
  });

  it('takes over from one that is held', async () => {
    const test = await start({ on_threshold: 'hold' });
    const { roll, running, watch } = test;
    await roll('v2', true);
    const held = await ends(test);

    const v3 = await roll('v3');

    expect(held).toEqual(['held']);
    expect(await ends(test)).toEqual(['superseded', 'completed']);
    expect(running()).toEqual({ [v3]: 8 });
    expect(await watch.violations()).toEqual([]);
  });

  it('takes over from one that was stopped, whose redrive then changes nothing', async () => {
    const test = await start();
    const { cloud, push, roll, newest, rollouts, running, watch } = test;
    const operator = operate(test);
    push('v2');
    await operator.reach('Update hosts');
    const stopped = await newest();
    await operator.stop(stopped);
    await cloud.settle();
    const v3 = await roll('v3');
    const before = cloud.dynamo.dump();
    const sends = operator.sends();

    await operator.redrive(stopped);
    await cloud.settle();

    expect((await rollouts()).map(({ status }) => status)).toEqual(['superseded', 'completed']);
    expect(operator.sends()).toBe(sends);
    expect(cloud.dynamo.dump()).toEqual(before);
    expect(running()).toEqual({ [v3]: 8 });
    expect(await watch.violations()).toEqual([]);
  });

  it('takes over from one that waits for its approval, and needs its own', async () => {
    const test = await start({ update_strategy: 'manual' });
    const { roll, newest, running, watch } = test;
    const operator = operate(test);
    await roll('v2');
    const v3 = await roll('v3');
    const waiting = await ends(test);
    const sends = operator.sends();

    await operator.decide({ action: 'approve', plan_hash: (await newest()).plan_hash });

    expect(waiting).toEqual(['superseded', 'awaiting_approval']);
    expect(sends).toBe(0);
    expect(await ends(test)).toEqual(['superseded', 'completed']);
    expect(running()).toEqual({ [v3]: 8 });
    expect(await watch.violations()).toEqual([]);
  });

  it('waits for one that was approved, and then asks for its own approval', async () => {
    const test = await start({ update_strategy: 'manual' });
    const { roll, push, newest, running, watch } = test;
    const operator = operate(test);
    const v2 = await roll('v2');
    const { plan_hash } = await newest();

    push('v3');
    await operator.decide({ action: 'approve', plan_hash });

    expect(await ends(test)).toEqual(['completed', 'awaiting_approval']);
    expect(running()).toEqual({ [v2]: 8 });
    expect(await watch.violations()).toEqual([]);
  });
});

describe('three images in a row', () => {
  it.each([0, 3_000, 20_000, 90_000])('end with the last one, %i ms apart', async (gapMs) => {
    const test = await start();
    const { cloud, push, running, target, rollouts, watch } = test;

    for (const tag of ['v2', 'v3', 'v4']) {
      push(tag);
      await cloud.run({ untilMs: cloud.clock.nowMs() + gapMs });
    }
    await cloud.settle();

    const last = cloud.ecr.repository('shop/web').find({ tag: 'v4' })?.digest ?? '';
    expect(running()).toEqual({ [last]: 8 });
    expect(busy(test)).toEqual([]);
    const statuses = await ends(test);
    expect(statuses.at(-1)).toBe('completed');
    expect(statuses.slice(0, -1).every((status) => status === 'superseded')).toBe(true);
    expect((await rollouts()).every(({ settled }) => settled)).toBe(true);
    expect((await target()).active).toBeUndefined();
    expect(await watch.violations()).toEqual([]);
  });
});
