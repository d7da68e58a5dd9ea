/**
 * Every action in every status, by the control machine: what is legal acts, all else is answered in a sentence
 * and changes nothing.
 */
import { describe, expect, it } from 'vitest';
import { RolloutStatus } from '#core/status.ts';
import { delay, operate } from './operator.ts';
import { POLICY, type Start, startCloud, type TestCloud } from './start-cloud.ts';

const STAGED = { ...POLICY, staged_batches: ['2 hosts', 1], batch_delay_minutes: 5 };
const HOUR_MS = 3_600_000;

function start(policy: Record<string, unknown> = {}, options: Start = {}): Promise<TestCloud> {
  return startCloud({
    hosts: 4,
    policies: [{ ...STAGED, ...policy }],
    latencyMs: () => 20,
    ...options,
  });
}

async function rolled(policy: Record<string, unknown> = {}, isBad = false): Promise<TestCloud> {
  const test = await start(policy);
  await test.roll('v2', isBad);
  return test;
}

async function reached(state: string, isBad = false): Promise<TestCloud> {
  const test = await start();
  test.push('v2', isBad);
  await operate(test).reach(state);
  return test;
}

async function told(action: string, before: Promise<TestCloud>): Promise<TestCloud> {
  const test = await before;
  await operate(test).tell(action);
  await test.cloud.settle();
  return test;
}

const MANUAL = { update_strategy: 'manual' };

/** A rollout of v2 in each status. */
const SCENES: Record<RolloutStatus, () => Promise<TestCloud>> = {
  pending: async () => {
    const test = await start();
    delay(test, 'plan-rollout');
    test.push('v2');
    await operate(test).reach('Plan rollout');
    return test;
  },
  awaiting_approval: () => rolled(MANUAL),
  awaiting_window: async () => {
    const freezes = [{ from: '2026-01-04T00:00:00Z', to: '2026-01-06T00:00:00Z', why: 'the fair' }];
    return rolled({ freezes });
  },
  in_progress: () => reached('Update hosts'),
  held: () => rolled({ on_threshold: 'hold' }, true),
  paused: async () => told('pause', reached('Update hosts')),
  rolling_back: () => reached('Restore hosts', true),
  completed: () => rolled(),
  completed_with_failures: async () => {
    const test = await start({ max_failure_rate: 1, max_consecutive_failures: 9 });
    for (const host of test.cloud.fleet.list.slice(0, 1)) host.faults = { failsEveryCheck: true };
    await test.roll('v2');
    return test;
  },
  failed: () => rolled({ max_hosts: 1 }),
  rolled_back: () => rolled({}, true),
  rollback_failed: async () => {
    const test = await reached('Restore hosts', true);
    for (const host of test.cloud.fleet.list) host.faults = { silent: 'before_work' };
    await test.cloud.settle();
    return test;
  },
  cancelled: () => told('cancel', rolled({ on_threshold: 'hold' }, true)),
  rejected: () => told('reject', rolled(MANUAL)),
  expired: async () => {
    const test = await rolled(MANUAL);
    await test.cloud.run({ untilMs: test.cloud.clock.nowMs() + 25 * HOUR_MS });
    return test;
  },
  superseded: async () => {
    const test = await reached('Update hosts');
    test.push('v3');
    await operate(test).reach('Wait before next look');
    return test;
  },
};

const ACTIONS = ['pause', 'resume', 'approve', 'reject', 'cancel', 'rollback', 'retry-failed'];

/** What becomes of the rollout, once nothing happens any more, where the action is legal. */
const LEGAL: Partial<Record<RolloutStatus, Record<string, string>>> = {
  pending: { pause: 'paused', cancel: 'cancelled' },
  awaiting_approval: {
    pause: 'paused',
    approve: 'completed',
    reject: 'rejected',
    cancel: 'cancelled',
  },
  awaiting_window: { pause: 'paused', cancel: 'cancelled' },
  in_progress: { pause: 'paused', cancel: 'cancelled', rollback: 'rolled_back' },
  held: {
    pause: 'paused',
    resume: 'held', // Its next batch crosses the threshold too.
    cancel: 'cancelled',
    rollback: 'rolled_back',
    'retry-failed': 'held',
  },
  paused: { resume: 'completed', cancel: 'cancelled', rollback: 'rolled_back' },
  rolling_back: { pause: 'paused' },
  completed: { rollback: 'rolled_back' },
  completed_with_failures: { rollback: 'rolled_back' },
  cancelled: { rollback: 'rolled_back' },
};

const PAIRS = RolloutStatus.options.flatMap((status) =>
  ACTIONS.flatMap((action) => {
    const ends = LEGAL[status]?.[action];
    return ends === undefined ? [] : [{ status, action, ends }];
  }),
);

describe('a legal action', () => {
  it.each(PAIRS)('$action of a rollout that is $status ends $ends', async (pair) => {
    const test = await SCENES[pair.status]();
    const { cloud, rollouts, watch } = test;
    const [before] = await rollouts();

    const answer = await operate(test).ask({
      rollout: before?.rollout,
      action: pair.action,
      reason: 'I looked at it',
      by: 'ada',
    });
    await cloud.settle();

    expect(before?.status).toBe(pair.status);
    expect(answer).toMatchObject({ verdict: 'done', rollout: before?.rollout });
    expect(answer.reason).toMatch(/^shop-web #1 /);
    const [after] = await rollouts();
    expect(after?.status).toBe(pair.ends);
    const own = after?.log.filter(({ request }) => request !== undefined) ?? [];
    expect(own.map(({ who, why }) => `${who} ${why}`).join()).toMatch(/^ada .*I looked at it/);
    expect(await watch.violations()).toEqual([]);
  });
});

describe('any other action', () => {
  it.each(RolloutStatus.options)(
    'is answered for a rollout that is %s, and changes nothing',
    async (status) => {
      const test = await SCENES[status]();
      const { cloud, rollouts } = test;
      cloud.events.pauseSchedules();
      const [before] = await rollouts();
      const operator = operate(test);

      for (const action of ACTIONS.filter((one) => LEGAL[status]?.[one] === undefined)) {
        const answer = await operator.ask({ rollout: before?.rollout, action, by: 'ada' });

        expect(answer).toMatchObject({ verdict: 'refused', rollout: before?.rollout, status });
        expect(answer.reason, action).toMatch(/^shop-web #1 (is|has|goes) /);
        const [after] = await rollouts();
        expect(after?.log, action).toEqual(before?.log);
        expect(after?.decision, action).toEqual(before?.decision);
      }

      expect(before?.status).toBe(status);
    },
  );
});
