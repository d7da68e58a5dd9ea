/**
 * The lambda of the control machine dies before and after each of its calls and is tried again, and goes on as
 * a zombie beside its retry: what was asked is done once, and nothing is left half.
 */
import { describe, expect, it } from 'vitest';
import type { InvocationFault } from '#local/lambda/invocation.ts';
import { operate, updates } from './operator.ts';
import { POLICY, STACK, startCloud, type TestCloud } from './start-cloud.ts';

const SMALL = { ...POLICY, staged_batches: ['1 host', 1], batch_delay_minutes: 600 };
const FUNCTION = `${STACK}-control-rollout`;

interface Story {
  name: string;
  policy?: Record<string, unknown>;
  /** Where the rollout of v2 stands when a person asks. */
  prepare: (test: TestCloud) => Promise<void>;
  action: string;
  more?: Record<string, unknown>;
  ends: string;
}

const asleep = (test: TestCloud) => operate(test).reach('Wait for next batch');
const stopped = async (test: TestCloud) => {
  await asleep(test);
  await operate(test).stop(await test.newest());
  await test.cloud.run({ untilMs: test.cloud.clock.nowMs() + 5_000 });
};
const settled = (test: TestCloud) => test.cloud.settle();
const AT_ONCE = { batch_delay_minutes: 0 };
const MANUAL = { update_strategy: 'manual', batch_delay_minutes: 0 };

const STORIES: readonly Story[] = [
  { name: 'pause', prepare: asleep, action: 'pause', ends: 'paused' },
  { name: 'resume by a Redrive', prepare: stopped, action: 'resume', ends: 'completed' },
  {
    name: 'resume in a fresh execution',
    prepare: stopped,
    action: 'resume',
    more: { fresh: true },
    ends: 'completed',
  },
  { name: 'approve', policy: MANUAL, prepare: settled, action: 'approve', ends: 'completed' },
  { name: 'cancel what sleeps', prepare: asleep, action: 'cancel', ends: 'cancelled' },
  {
    name: 'rollback of what was stopped',
    prepare: stopped,
    action: 'rollback',
    ends: 'rolled_back',
  },
  {
    name: 'rollback of what is completed',
    policy: AT_ONCE,
    prepare: settled,
    action: 'rollback',
    ends: 'rolled_back',
  },
];

async function play({ policy, prepare, action, more }: Story, fault?: InvocationFault) {
  const test = await startCloud({ hosts: 3, policies: [{ ...SMALL, ...policy }] });
  test.push('v2');
  await prepare(test);
  let calls = 0;
  const before = test.cloud.wire.onCall;
  test.cloud.wire.onCall = (call, outcome) => {
    before?.(call, outcome);
    if (call.caller?.functionName === FUNCTION) calls += 1;
  };
  test.cloud.functions.fault = ({ functionName, earlier }) =>
    functionName === FUNCTION && earlier === 0 ? fault : undefined;
  const answer = await operate(test).tell(action, more);
  // Past the batch's delay, which nobody who asks waits for.
  await test.cloud.run({ untilMs: test.cloud.clock.nowMs() + 12 * 3_600_000 });
  return { test, answer, calls };
}

function faultsOf(calls: number): InvocationFault[] {
  const each = Array.from({ length: calls }, (_, index) => index + 1);
  return [
    { kind: 'die_before', call: 1 },
    ...each.map((call): InvocationFault => ({ kind: 'die_after', call })),
    ...each.map((call): InvocationFault => ({ kind: 'zombie', call, resumeAfterMs: 30_000 })),
  ];
}

describe.each(STORIES)('$name', (story) => {
  it('comes to the same, wherever the lambda dies', async () => {
    const well = await play(story);
    const wrong: string[] = [];

    for (const fault of faultsOf(well.calls)) {
      const { test, answer } = await play(story, fault);
      const { status, log } = await test.newest();
      const asked = log.filter(({ request }) => request !== undefined).length;
      const found = await test.watch.violations();
      if (answer.verdict !== 'done') found.push(answer.reason);
      if (status !== story.ends) found.push(`ends ${status}`);
      if (asked !== 1 && story.name !== 'rollback of what was stopped')
        found.push(`${asked} times`);
      if (updates(test).some((count) => count > 1)) found.push('a host was updated twice');
      if (found.length > 0) wrong.push(`${JSON.stringify(fault)}: ${found.join('; ')}`);
    }

    expect(well.calls).toBeGreaterThan(2);
    expect((await well.test.newest()).status).toBe(story.ends);
    expect(wrong).toEqual([]);
  });
});
