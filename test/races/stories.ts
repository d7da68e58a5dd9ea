/**
 * Small rollouts that walk, all together, through every state of the rollout machine and of the children of
 * its Maps. A person's part in them is asked of the control machine, and asked again where it was refused.
 */
import type { HostFaults } from '#local/hosts/host-state.ts';
import { operate } from '#test/cloud/operator.ts';
import { POLICY, type TestCloud } from '#test/cloud/start-cloud.ts';

export interface Story {
  name: string;
  policy?: Record<string, unknown>;
  hosts?: number;
  /** Drives time to the end. */
  play: (test: TestCloud) => Promise<void>;
  /** Of its rollouts, oldest first. */
  ends: readonly string[];
  /** Who ends it does not wait to hear what its hosts came to: a Stop may leave them unknown. */
  losesResults?: boolean;
  /** Whose executions are stopped. Default: the rollout machine's. */
  stops?: 'rollout' | 'control';
}

export const SMALL = {
  ...POLICY,
  staged_batches: ['1 host', 1],
  batch_delay_minutes: 1,
  soak_seconds: 60,
};

const WINDOW = {
  maintenance_window_start: '01:00',
  maintenance_window_end: '06:00',
  maintenance_window_zone: 'UTC',
};

/** As a person does: again, a while later, where the rollout could not take it at that moment. */
export async function insist(test: TestCloud, action: string): Promise<void> {
  const operator = operate(test);
  for (let time = 0; time < 3; time += 1) {
    const answer = await operator.tell(action);
    await test.cloud.settle();
    if (answer.verdict === 'done') return;
  }
}

/** From this state on every host has this fault, for so long. */
async function befall(test: TestCloud, state: string, faults: HostFaults, ms: number) {
  const { fleet, clock } = test.cloud;
  await operate(test).reach(state);
  for (const host of fleet.list) host.faults = faults;
  clock.schedule(clock.nowMs() + ms, () => {
    for (const host of fleet.list) host.faults = {};
  });
}

export const STORIES: readonly Story[] = [
  {
    name: 'a good push in three batches',
    policy: { staged_batches: ['1 host', '2 hosts', 1] },
    play: async (test) => void (await test.roll('v2')),
    ends: ['completed'],
  },
  {
    name: 'a bad push, which goes back',
    play: async (test) => {
      const { cloud } = test;
      cloud.fleet.images.set(test.push('v2'), { diesAfterMs: 75_000 });
      await operate(test).reach('Restore failed hosts');
      // SSM takes nothing for a second: the restore waits for another turn.
      cloud.ssm.limit('SendCommand', { perSecond: 0.001, burst: 0 });
      cloud.clock.schedule(cloud.clock.nowMs() + 1_000, () =>
        cloud.ssm.limit('SendCommand', undefined),
      );
      await cloud.settle();
    },
    ends: ['rolled_back'],
  },
  {
    name: 'a push that a person approves',
    policy: { update_strategy: 'manual' },
    hosts: 2,
    play: async (test) => {
      await test.roll('v2');
      await insist(test, 'approve');
    },
    ends: ['completed'],
  },
  {
    name: 'a push an hour before its window',
    policy: { ...WINDOW, staged_batches: [1] },
    hosts: 2,
    play: async (test) => void (await test.roll('v2')),
    ends: ['completed'],
  },
  {
    name: 'a bad push that is held, and taken back by a person',
    policy: { on_threshold: 'hold', soak_seconds: 0 },
    hosts: 2,
    play: async (test) => {
      await test.roll('v2', true);
      await insist(test, 'rollback');
    },
    ends: ['rolled_back'],
  },
  {
    name: 'a push that a newer one takes over',
    policy: { soak_seconds: 0 },
    hosts: 2,
    play: async (test) => {
      test.push('v2');
      await operate(test).reachCommands(1);
      await test.roll('v3');
    },
    ends: ['superseded', 'completed'],
    losesResults: true,
  },
  {
    name: 'a push whose first answers are lost',
    policy: { staged_batches: [1] },
    hosts: 1,
    play: async (test) => {
      test.push('v2');
      await befall(test, 'Update hosts', { reply: 'lost' }, 60_000);
      await test.cloud.settle();
    },
    ends: ['completed'],
  },
  {
    name: 'a way back whose first answers are lost',
    policy: { staged_batches: [1], soak_seconds: 0 },
    hosts: 1,
    play: async (test) => {
      test.push('v2', true);
      await befall(test, 'Restore hosts', { reply: 'lost' }, 5_000);
      await test.cloud.settle();
    },
    ends: ['rolled_back'],
  },
  {
    name: 'a push that is cancelled while it sleeps',
    policy: { batch_delay_minutes: 300, soak_seconds: 0 },
    hosts: 2,
    play: async (test) => {
      test.push('v2');
      await operate(test).reachCommands(1);
      await test.cloud.run({ untilMs: test.cloud.clock.nowMs() + 3_600_000 });
      await insist(test, 'cancel');
    },
    ends: ['cancelled'],
    losesResults: true,
  },
  {
    name: 'a push that is stopped with a host at work, and cancelled',
    policy: { staged_batches: [1], soak_seconds: 0 },
    hosts: 1,
    play: async (test) => {
      const operator = operate(test);
      test.push('v2');
      await operator.reachCommands(1);
      await operator.stop(await test.newest());
      await test.cloud.run({ untilMs: test.cloud.clock.nowMs() + 3_000 });
      await insist(test, 'cancel');
    },
    ends: ['cancelled'],
    losesResults: true,
  },
  {
    name: 'a cancellation whose own execution is stopped',
    policy: { batch_delay_minutes: 60, soak_seconds: 0 },
    hosts: 2,
    play: async (test) => {
      test.push('v2');
      await operate(test).reach('Wait for next batch');
      await operate(test).begin({ rollout: (await test.newest()).rollout, action: 'cancel' });
      await test.cloud.settle();
    },
    ends: ['cancelled'],
    stops: 'control',
  },
];
