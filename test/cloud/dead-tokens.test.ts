/**
 * The lambda that stores a token is slow: the machine has tried it again and waits with another token, and then
 * the slow one comes with its own, which is dead. Whoever decides wakes the one that waits.
 */
import { describe, expect, it } from 'vitest';
import { operate } from './operator.ts';
import { POLICY, STACK, startCloud } from './start-cloud.ts';

const SMALL = { ...POLICY, staged_batches: [1], soak_seconds: 0 };
const STORIES = [
  {
    waits: 'await-approval',
    policy: { update_strategy: 'manual' },
    isBad: false,
    pauses: false,
    status: 'awaiting_approval',
    action: 'approve',
    ends: 'completed',
  },
  {
    waits: 'hold-for-operator',
    policy: { on_threshold: 'hold' },
    isBad: true,
    pauses: false,
    status: 'held',
    action: 'cancel',
    ends: 'cancelled',
  },
  {
    waits: 'hold-for-operator',
    policy: { staged_batches: ['1 host', 1], batch_delay_minutes: 5 },
    isBad: false,
    pauses: true,
    status: 'paused',
    action: 'resume',
    ends: 'completed',
  },
] as const;

describe.each(STORIES)('a dead token that $waits brings late', (story) => {
  it('does not take the place of the live one: $action ends the wait', async () => {
    const policies = [{ ...SMALL, ...story.policy }];
    const test = await startCloud({ hosts: 2, policies });
    const { cloud, push, newest, watch } = test;
    const operator = operate(test);
    cloud.functions.fault = ({ functionName, earlier }) =>
      functionName === `${STACK}-${story.waits}` && earlier === 0
        ? { kind: 'zombie', call: 1, resumeAfterMs: 30_000 }
        : undefined;
    push('v2', story.isBad);
    if (story.pauses) {
      await operator.reach('Wait for next batch');
      await operator.tell('pause');
    }
    await cloud.settle();
    const { status } = await newest();

    await operator.tell(story.action);
    await cloud.settle();

    expect(status).toBe(story.status);
    expect(await newest()).toMatchObject({ status: story.ends, settled: true, run: 1 });
    expect(await watch.violations()).toEqual([]);
  });
});

describe('a token of a machine that does not say which try it is of', () => {
  it('is taken as it comes', async () => {
    const test = await startCloud({
      hosts: 1,
      policies: [{ ...SMALL, update_strategy: 'manual' }],
    });
    await test.roll('v2');
    const { rollout, run } = await test.newest();

    await test.cloud.invoke(`${STACK}-await-approval`, { rolloutId: rollout, run, token: 'older' });

    expect(await test.newest()).toMatchObject({ token: 'older' });
    expect(await test.newest()).not.toHaveProperty('token_of');
  });
});
