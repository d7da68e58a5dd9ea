/**
 * `update_strategy: scheduled`, through the public way: a rollout begins with a window that begins after it
 * was made. That none begins earlier is watched in every test of this folder (test/invariants/03-window.ts).
 */
import { describe, expect, it } from 'vitest';
import { deploy } from './deploy.ts';
import { operate } from './operator.ts';
import { POLICY, type Start, startCloud, type TestCloud } from './start-cloud.ts';

const DAY_MS = Date.UTC(2026, 0, 5);
const HOUR_MS = 3_600_000;
const SCHEDULED = {
  ...POLICY,
  update_strategy: 'scheduled',
  staged_batches: ['2 hosts', 1],
  batch_delay_minutes: 5,
  maintenance_window_start: '22:00',
  maintenance_window_end: '02:00',
  maintenance_window_zone: 'UTC',
};

/** The stack starts at an hour of the first day; the window opens at 22. */
function start(
  hour: number,
  policy: Record<string, unknown> = {},
  options: Start = {},
): Promise<TestCloud> {
  const policies = [{ ...SCHEDULED, ...policy }];
  return startCloud({ hosts: 6, policies, startMs: DAY_MS + hour * HOUR_MS, ...options });
}

function runTo({ cloud }: TestCloud, hour: number): Promise<void> {
  return cloud.run({ untilMs: DAY_MS + hour * HOUR_MS });
}

/** When updates went out: `05 22:00`. */
function sends({ cloud }: TestCloud): string[] {
  return cloud.ssm.commands
    .filter(({ comment }) => comment.endsWith('update'))
    .map(({ requestedAtMs }) =>
      new Date(requestedAtMs).toISOString().slice(8, 16).replace('T', ' '),
    );
}

describe('a push', () => {
  it.each([
    ['at noon goes out in the night', 12, '05 22:00'],
    ['a minute before the window begins goes out in it', 22 - 1 / 60, '05 22:00'],
    ['in the middle of the window waits for the next', 23, '06 22:00'],
  ])('%s', async (_, hour, firstSend) => {
    const test = await start(hour);
    const { cloud, push, newest, running, target, watch } = test;
    const v2 = push('v2');
    await runTo(test, hour + 0.01);
    const waiting = await newest();

    await runTo(test, 48);

    const day = `2026-01-${firstSend.slice(0, 2)}`;
    expect(waiting.status).toBe('awaiting_window');
    expect(waiting.log.at(-1)?.why).toBe(
      `scheduled: waits for the window that begins at ${day} 22:00 UTC`,
    );
    expect((await target()).seen).toMatchObject({ digest: v2 });
    expect(await newest()).toMatchObject({ status: 'completed', run: 1 });
    expect(running()).toEqual({ [v2]: 6 });
    expect(sends(test)[0]).toBe(firstSend);
    expect(sends(test)).toHaveLength(2);
    expect(cloud.logs.filter(({ line }) => line['level'] === 'ERROR')).toEqual([]);
    expect(await watch.violations()).toEqual([]);
  });

  it('whose batches do not fit into one window goes on in the next, as a staged one does', async () => {
    const test = await start(21, { batch_delay_minutes: 230 });
    const { push, newest, watch } = test;
    push('v2');

    await runTo(test, 48);

    expect((await newest()).status).toBe('completed');
    expect(sends(test)).toEqual(['05 22:00', '06 22:00']);
    expect(await watch.violations()).toEqual([]);
  });

  it('in the middle of the window goes at once where the policy is staged', async () => {
    const staged = await start(23, { update_strategy: 'staged' });
    staged.push('v2');

    await runTo(staged, 24);

    expect(sends(staged)[0]).toBe('05 23:00');
  });
});

describe('several pushes before the window', () => {
  it('take each other’s place: the newest goes out', async () => {
    const test = await start(12);
    const { push, rollouts, running, watch } = test;
    push('v2');
    await runTo(test, 15);
    const v3 = push('v3');

    await runTo(test, 26);

    expect((await rollouts()).map(({ status }) => status)).toEqual(['superseded', 'completed']);
    expect(running()).toEqual({ [v3]: 6 });
    expect(sends(test)).toHaveLength(2);
    expect(await watch.violations()).toEqual([]);
  });

  it('of which one comes in the middle of the window wait for the next, all of them', async () => {
    const test = await start(23);
    const { push, rollouts, running, v1, watch } = test;
    push('v2');
    await runTo(test, 24.5);
    const v3 = push('v3');
    await runTo(test, 40);
    const meanwhile = running();

    await runTo(test, 48);

    expect(meanwhile).toEqual({ [v1]: 6 });
    expect((await rollouts()).map(({ status }) => status)).toEqual(['superseded', 'completed']);
    expect(running()).toEqual({ [v3]: 6 });
    expect(await watch.violations()).toEqual([]);
  });

  it('of which one takes over a rollout that has begun waits for the window after', async () => {
    const test = await start(12, { batch_delay_minutes: 60 });
    const { push, rollouts, running, watch } = test;
    push('v2');
    await runTo(test, 22.5);
    const v3 = push('v3');
    await runTo(test, 25);
    const [, between] = await rollouts();

    await runTo(test, 48);

    expect(between).toMatchObject({ status: 'awaiting_window', batch: -1 });
    expect((await rollouts()).map(({ status }) => status)).toEqual(['superseded', 'completed']);
    expect(running()).toEqual({ [v3]: 6 });
    expect(sends(test)).toEqual(['05 22:00', '06 22:00', '06 23:00']);
    expect(await watch.violations()).toEqual([]);
  });
});

describe('a rollout that waits for its window', () => {
  it.each([
    ['before it begins', 40, '06 22:00'],
    ['in the middle of it', 47, '06 23:00'],
  ])('is stopped, and redriven %s', async (_, hour, firstSend) => {
    const test = await start(23);
    const { push, newest, watch } = test;
    const operator = operate(test);
    push('v2');
    await runTo(test, 24);
    const before = await newest();
    await operator.stop(before);
    await runTo(test, hour);

    await operator.redrive(before);
    await runTo(test, 49);

    expect(before.status).toBe('awaiting_window');
    expect(await newest()).toMatchObject({ status: 'completed', run: 1 });
    expect(sends(test)[0]).toBe(firstSend);
    expect(await watch.violations()).toEqual([]);
  });

  it('is stopped in the window that was open when it was made, and redriven there: it waits on', async () => {
    const test = await start(23);
    const { push, newest, watch } = test;
    const operator = operate(test);
    push('v2');
    await runTo(test, 23.5);
    const before = await newest();
    await operator.stop(before);
    await runTo(test, 23.75);

    await operator.redrive(before);
    await runTo(test, 48);

    expect((await newest()).status).toBe('completed');
    expect(sends(test)[0]).toBe('06 22:00');
    expect(await watch.violations()).toEqual([]);
  });

  it('begins after a freeze that covers its window’s beginning, in the same night', async () => {
    const freezes = [{ from: '2026-01-05T21:00:00Z', to: '2026-01-05T23:00:00Z', why: 'the fair' }];
    const test = await start(12, { freezes });
    const { push, newest, watch } = test;
    push('v2');
    await runTo(test, 13);
    const waiting = await newest();

    await runTo(test, 26);

    expect(waiting.log.at(-1)?.why).toBe(
      'scheduled: waits for the window that begins at 2026-01-05 22:00 UTC; frozen until 2026-01-05T23:00:00Z (the fair); the next begins at 2026-01-05 23:00 UTC',
    );
    expect((await newest()).status).toBe('completed');
    expect(sends(test)[0]).toBe('05 23:00');
    expect(await watch.violations()).toEqual([]);
  });

  it('goes in an earlier window that is deployed meanwhile, within a sweep', async () => {
    const test = await start(12);
    const { push, newest, watch } = test;
    push('v2');
    await runTo(test, 13);

    const earlier = { maintenance_window_start: '13:30', maintenance_window_end: '17:30' };
    await deploy(test, [{ ...SCHEDULED, ...earlier }]);
    await runTo(test, 18);

    expect(await newest()).toMatchObject({ status: 'completed', run: 2 });
    expect(sends(test)[0]).toMatch(/^05 13:[34]/);
    expect(await watch.violations()).toEqual([]);
  });
});

it('is refused without a window, by name and with a way out', async () => {
  const test = await start(12);

  const refused = deploy(test, [{ ...POLICY, update_strategy: 'scheduled' }]);

  await expect(refused).rejects.toThrow(/update_strategy: .*has no maintenance window/);
});
