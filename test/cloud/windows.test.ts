/**
 * Maintenance windows, through the public way: a push is seen at any hour, hosts are changed in the window
 * alone. That no update goes out elsewhere is watched in every test of this folder (test/invariants/03-window.ts).
 */
import { UpdateCommand } from '@aws-sdk/lib-dynamodb';
import { describe, expect, it } from 'vitest';
import { readRollout, writeRollout } from '#aws/rollout-store.ts';
import { operate } from './operator.ts';
import { POLICY, STACK, type Start, startCloud, type TestCloud } from './start-cloud.ts';

const HOUR_MS = 3_600_000;
const NOON_MS = Date.UTC(2026, 0, 5, 12);
const NIGHTLY = {
  ...POLICY,
  staged_batches: ['2 hosts', 1],
  batch_delay_minutes: 5,
  maintenance_window_start: '22:00',
  maintenance_window_end: '02:00',
  maintenance_window_zone: 'UTC',
};

/** It is noon, and the window opens in ten hours. */
function start(policy: Record<string, unknown> = {}, options: Start = {}): Promise<TestCloud> {
  const policies = [{ ...NIGHTLY, ...policy }];
  return startCloud({ hosts: 6, policies, startMs: NOON_MS, ...options });
}

/** Drives time to an hour of the first day, or of those after it. */
function runTo({ cloud }: TestCloud, hour: number): Promise<void> {
  return cloud.run({ untilMs: Date.UTC(2026, 0, 5) + hour * HOUR_MS });
}

/** What `cdk deploy` does with a policy that was changed. */
async function deploy({ cloud }: TestCloud, policy: Record<string, unknown>): Promise<void> {
  await cloud.invoke(`${STACK}-apply-policies`, {
    RequestType: 'Update',
    ResourceProperties: { policies: JSON.stringify([{ ...NIGHTLY, ...policy }]) },
  });
}

/** When updates went out: `05 22:00`. */
function sends({ cloud }: TestCloud): string[] {
  return cloud.ssm.commands
    .filter(({ comment }) => comment.endsWith('update'))
    .map(({ requestedAtMs }) =>
      new Date(requestedAtMs).toISOString().slice(8, 16).replace('T', ' '),
    );
}

const XMAS = {
  from: '2026-01-05T12:30:00Z',
  to: '2026-01-08T08:00:00Z',
  why: 'the fair',
  by: 'ada',
};

describe('a push at noon', () => {
  it('is seen at once, waits for the night, says so, and then goes everywhere', async () => {
    const test = await start();
    const { cloud, push, newest, running, target, v1, watch } = test;
    const v2 = push('v2');
    await runTo(test, 21.9);
    const waiting = await newest();
    const before = running();

    await runTo(test, 26);

    expect(waiting).toMatchObject({
      status: 'awaiting_window',
      waits_until_ms: Date.UTC(2026, 0, 5, 22),
    });
    expect(waiting.log.at(-1)?.why).toBe(
      'the maintenance window 22:00–02:00 UTC is closed; the next begins at 2026-01-05 22:00 UTC',
    );
    expect(before).toEqual({ [v1]: 6 });
    expect((await target()).seen).toMatchObject({ digest: v2 });
    expect(await newest()).toMatchObject({ status: 'completed', run: 1 });
    expect(running()).toEqual({ [v2]: 6 });
    expect(sends(test).every((at) => at.startsWith('05 22:'))).toBe(true);
    expect(cloud.logs.filter(({ line }) => line['level'] === 'ERROR')).toEqual([]);
    expect(await watch.violations()).toEqual([]);
  });

  it('is approved at noon, and waits all the same', async () => {
    const test = await start({ update_strategy: 'manual' });
    const { cloud, push, newest, watch } = test;
    const operator = operate(test);
    push('v2');
    await operator.reach('Await approval');
    const { plan_hash } = await newest();

    await operator.decide({ action: 'approve', ...(plan_hash !== undefined && { plan_hash }) });

    expect(await newest()).toMatchObject({ status: 'awaiting_window', approved_plan: plan_hash });
    expect(operator.sends()).toBe(0);
    await runTo(test, 26);
    expect((await newest()).status).toBe('completed');
    expect(cloud.ssm.commands).toHaveLength(2);
    expect(await watch.violations()).toEqual([]);
  });

  it('is taken over at three by another: only that one goes out at night', async () => {
    const test = await start();
    const { push, rollouts, running, watch } = test;
    push('v2');
    await runTo(test, 15);
    const v3 = push('v3');

    await runTo(test, 26);

    const ends = (await rollouts()).map(({ status, settled }) => ({ status, settled }));
    expect(ends).toEqual([
      { status: 'superseded', settled: true },
      { status: 'completed', settled: true },
    ]);
    expect(running()).toEqual({ [v3]: 6 });
    expect(sends(test)).toHaveLength(2);
    expect(await watch.violations()).toEqual([]);
  });

  it.each([
    ['before the window opens', 18, 'awaiting_window', '05 22:00'],
    ['while it is open', 23, 'completed', '05 23:00'],
    ['when it is closed again', 30, 'awaiting_window', '06 22:00'],
  ])('is stopped while it waits, and redriven %s', async (_, hour, soon, firstSend) => {
    const test = await start();
    const { push, newest, watch } = test;
    const operator = operate(test);
    push('v2');
    await runTo(test, 14);
    const before = await newest();
    await operator.stop(before);
    await runTo(test, hour);
    const stopped = await newest();
    const sent = operator.sends();

    await operator.redrive(before);
    await runTo(test, hour + 0.5);
    const redriven = await newest();
    await runTo(test, 52);

    expect(stopped).toMatchObject({ status: 'paused', paused: { from: 'awaiting_window' } });
    expect(sent).toBe(0);
    expect(redriven).toMatchObject({ status: soon, run: 1 });
    expect(redriven.log.map(({ event }) => event)).toContain('image.rollout_resumed');
    expect(await newest()).toMatchObject({ status: 'completed', run: 1 });
    expect(sends(test)[0]).toBe(firstSend);
    expect(await watch.violations()).toEqual([]);
  });
});

describe('at the window’s end', () => {
  /** Twelve hosts, one after another; an update may take 17 minutes, so the last start is 22:43. */
  const SLOW = {
    staged_batches: [1],
    max_unavailable: 1,
    maintenance_window_end: '23:00',
    soak_seconds: 600,
  };

  it('a batch parks with the hosts that are left, and goes on in the next nights', async () => {
    const test = await start(SLOW, { hosts: 12 });
    const { push, newest, running, v1, watch } = test;
    const v2 = push('v2');
    await runTo(test, 24);
    const parked = await newest();
    const half = running();

    await runTo(test, 5 * 24);

    expect(parked).toMatchObject({
      status: 'awaiting_window',
      batch: 0,
      waits_until_ms: Date.UTC(2026, 0, 6, 22),
    });
    expect(half[v1]).toBeGreaterThan(6);
    expect(half[v2]).toBeGreaterThan(2);
    expect(await newest()).toMatchObject({ status: 'completed', run: 1, batch_attempts: 1 });
    expect(running()).toEqual({ [v2]: 12 });
    const nights = sends(test).map((at) => at.slice(0, 5));
    expect(new Set(nights)).toEqual(new Set(['05 22', '06 22', '07 22']));
    expect(sends(test).every((at) => at.slice(-2) <= '43')).toBe(true);
    expect(await watch.violations()).toEqual([]);
  });

  it('a batch that would fit into the next window is not begun in what is left of this', async () => {
    const test = await start({ batch_delay_minutes: 230 });
    const { push, newest, watch } = test;
    push('v2');

    await runTo(test, 50);

    expect((await newest()).status).toBe('completed');
    expect(sends(test)).toEqual(['05 22:00', '06 22:00']);
    expect((await newest()).log.map(({ why }) => why).join('\n')).toContain(
      'up to 17 minutes are needed, and the maintenance window 22:00–02:00 UTC ends at 2026-01-06 02:00 UTC',
    );
    expect(await watch.violations()).toEqual([]);
  });

  it('a host that fails its second look goes back at once, long after the end', async () => {
    const test = await start({
      ...SLOW,
      max_unavailable: 50,
      maintenance_window_end: '22:20',
      soak_seconds: 3600,
      on_threshold: 'hold',
    });
    const { cloud, push, newest, running, v1, watch } = test;
    cloud.fleet.images.set(push('v2'), { diesAfterMs: 1_800_000 });

    await runTo(test, 26);

    expect((await newest()).status).toBe('held');
    expect(running()).toEqual({ [v1]: 6 });
    const words = cloud.ssm.commands.map(({ comment, requestedAtMs }) => [
      comment.split(' ').at(-1),
      new Date(requestedAtMs).getUTCHours(),
    ]);
    expect(words).toEqual([
      ['update', 22],
      ['probe', 23],
      ['restore', 23],
    ]);
    expect(await watch.violations()).toEqual([]);
  });
});

describe('a freeze that is declared while a rollout runs', () => {
  const ANY_TIME = {
    maintenance_window_start: undefined,
    maintenance_window_end: undefined,
    maintenance_window_zone: undefined,
    batch_delay_minutes: 60,
  };
  const words = 'frozen until 2026-01-08T08:00:00Z by ada (the fair)';

  it('stops it before its next batch, says who and why, and lets it go on when it ends', async () => {
    const test = await start(ANY_TIME);
    const { push, newest, running, v1, watch } = test;
    const v2 = push('v2');
    await runTo(test, 12.5);
    await deploy(test, { ...ANY_TIME, freezes: [XMAS] });
    await runTo(test, 20);
    const frozen = await newest();
    const half = running();

    await runTo(test, 3 * 24 + 9);

    expect(frozen).toMatchObject({ status: 'awaiting_window', batch: 0 });
    expect(frozen.log.at(-1)?.why).toContain(words);
    expect(half).toEqual({ [v1]: 4, [v2]: 2 });
    expect(await newest()).toMatchObject({ status: 'completed', run: 1 });
    expect(sends(test).at(-1)).toBe('08 08:00');
    expect(await watch.violations()).toEqual([]);
  });

  it('stops it in the middle of a batch', async () => {
    const one = { ...ANY_TIME, staged_batches: [1], max_unavailable: 1, soak_seconds: 600 };
    const test = await start(one);
    const { push, newest, running, reasons, watch } = test;
    const v2 = push('v2');
    await runTo(test, 12.4);
    await deploy(test, { ...one, freezes: [{ ...XMAS, from: '2026-01-05T12:00:00Z' }] });
    await runTo(test, 20);
    const half = running();

    await runTo(test, 3 * 24 + 12);

    expect(half[v2]).toBeGreaterThan(0);
    expect(half[v2]).toBeLessThan(4);
    expect(sends(test).filter((at) => at > '05 12:24' && at < '08 08:00')).toEqual([]);
    expect((await newest()).status).toBe('completed');
    // A chunk that was turned away at the gate has no item yet, and its steps find it in the plan.
    expect(reasons().filter((why) => why.includes('has no chunk'))).toEqual([]);
    expect(await watch.violations()).toEqual([]);
  });

  it('and lifted before its time lets it go on within a sweep', async () => {
    const test = await start({ ...ANY_TIME, freezes: [{ ...XMAS, from: '2026-01-05T12:00:00Z' }] });
    const { push, newest, running, watch } = test;
    const v2 = push('v2');
    await runTo(test, 14);
    const frozen = await newest();

    await deploy(test, ANY_TIME);
    await runTo(test, 16);

    expect(frozen.status).toBe('awaiting_window');
    expect(await newest()).toMatchObject({ status: 'completed', run: 2 });
    expect(running()).toEqual({ [v2]: 6 });
    expect(sends(test)[0]?.slice(0, 5)).toBe('05 14');
    expect((await newest()).status).toBe('completed');
    await runTo(test, 4 * 24);
    expect(sends(test)).toHaveLength(2);
    expect(await watch.violations()).toEqual([]);
  });
});

describe('a decision about a rollout that waits for its window', () => {
  it.each([
    ['roll_back', 'rolled_back'],
    ['cancel', 'cancelled'],
  ] as const)('to %s is carried out within a sweep, at noon: %s', async (action, ends) => {
    const test = await start({ batch_delay_minutes: 235 });
    const { cloud, store, push, newest, running, v1, watch } = test;
    const v2 = push('v2');
    await runTo(test, 36);
    const parked = await newest();
    const read = await readRollout(store, parked.rollout);
    if (read === undefined) throw new Error('it is gone');
    const decision = { action, by: 'ada', why: 'I looked at it', at_ms: cloud.clock.nowMs() };
    await writeRollout(store, { ...read, decision });

    await runTo(test, 37);

    expect(parked).toMatchObject({ status: 'awaiting_window', batch: 0 });
    expect((await newest()).status).toBe(ends);
    expect(running()).toEqual(action === 'cancel' ? { [v1]: 4, [v2]: 2 } : { [v1]: 6 });
    await runTo(test, 3 * 24);
    expect(await newest()).toMatchObject({ status: ends, run: 2 });
    expect(await watch.violations()).toEqual([]);
  });
});

describe('what no window is long enough for', () => {
  it('is held with the reason, and goes on once the policy is mended', async () => {
    const test = await start();
    const { cloud, store, push, newest, running, watch } = test;
    const operator = operate(test);
    const v2 = push('v2');
    await runTo(test, 14);
    // By hand: a deployment refuses this.
    await store.client.send(
      new UpdateCommand({
        TableName: store.policies,
        Key: { policy: 'shop-web', item: 'spec' },
        UpdateExpression: 'SET #document.#end = :end',
        ExpressionAttributeNames: { '#document': 'document', '#end': 'maintenance_window_end' },
        ExpressionAttributeValues: { ':end': '22:10' },
      }),
    );
    await runTo(test, 15);
    const held = await newest();

    await deploy(test, { maintenance_window_start: '12:00' });
    await operator.decide({ action: 'go_on' });

    expect(held).toMatchObject({
      status: 'held',
      hold: {
        reason:
          'the maintenance window 22:00–22:10 UTC is closed; no maintenance window is long enough for 17 minutes',
      },
    });
    expect((await newest()).status).toBe('completed');
    expect(running()).toEqual({ [v2]: 6 });
    expect(cloud.ssm.commands).toHaveLength(2);
    expect(await watch.violations()).toEqual([]);
  });
});

describe('the night that changes the clock', () => {
  const BERLIN = { maintenance_window_zone: 'Europe/Berlin', staged_batches: [1] };

  it.each([
    ['spring: the start is skipped', '02:30–03:30', Date.UTC(2026, 2, 28, 12), '29 01:00'],
    ['spring: all of it is skipped', '02:10–02:50', Date.UTC(2026, 2, 28, 12), '30 00:10'],
    ['autumn: the first of two', '02:30–03:30', Date.UTC(2026, 9, 24, 12), '25 00:30'],
  ])('%s: %s', async (_, hours, startMs, firstSend) => {
    const [maintenance_window_start, maintenance_window_end] = hours.split('–');
    const window = { ...BERLIN, maintenance_window_start, maintenance_window_end };
    const test = await start(window, { startMs });
    const { cloud, push, newest, watch } = test;
    push('v2');

    await cloud.run({ untilMs: startMs + 48 * HOUR_MS });

    expect((await newest()).status).toBe('completed');
    expect(sends(test)).toEqual([firstSend]);
    expect(await watch.violations()).toEqual([]);
  });
});
