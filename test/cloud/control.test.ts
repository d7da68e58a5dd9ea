/**
 * What the control machine answers: to approvals, to the same request twice, and to input that it cannot use.
 */
import { describe, expect, it } from 'vitest';
import { writeRollout } from '#aws/rollout-store.ts';
import { operate } from './operator.ts';
import { POLICY, STACK, type Start, startCloud, type TestCloud } from './start-cloud.ts';

const STAGED = { ...POLICY, staged_batches: ['2 hosts', 1], batch_delay_minutes: 5 };
const HOUR_MS = 3_600_000;

function start(policy: Record<string, unknown> = {}, options: Start = {}): Promise<TestCloud> {
  return startCloud({ hosts: 5, policies: [{ ...STAGED, ...policy }], ...options });
}

/** A rollout of v2 that awaits its approval. */
async function asked(policy: Record<string, unknown> = {}) {
  const test = await start({ update_strategy: 'manual', ...policy });
  const v2 = await test.roll('v2');
  return { test, operator: operate(test), v2, waiting: await test.newest() };
}

describe('an approval', () => {
  it('begins the rollout, and bears the name of who gave it', async () => {
    const { test, operator, v2, waiting } = await asked();
    const { cloud, newest, running, watch } = test;

    const answer = await operator.tell('approve', { plan: waiting.plan_hash });
    await cloud.settle();

    expect(answer.reason).toBe('shop-web #1 is approved: it begins');
    const rollout = await newest();
    expect(rollout).toMatchObject({ status: 'completed', approved_plan: waiting.plan_hash });
    const own = rollout.log.filter(({ who }) => who === 'ada');
    expect(own).toMatchObject([
      { event: 'image.rollout_decided', why: 'approve it: I looked at it' },
      { event: 'image.rollout_approved', why: 'I looked at it' },
    ]);
    expect(own[0]?.request).toContain(`:execution:${STACK}-control:`);
    expect(running()).toEqual({ [v2]: 5 });
    expect(await watch.violations()).toEqual([]);
  });

  it('of another plan than the one that stands is refused', async () => {
    const { test, operator, waiting } = await asked();

    const answer = await operator.tell('approve', { plan: 'f'.repeat(64) });

    expect(answer).toMatchObject({ verdict: 'refused', status: 'awaiting_approval' });
    expect(answer.reason).toBe(
      `shop-web #1 has another plan now, ${waiting.plan_hash}: look at it, then approve that one`,
    );
    expect((await test.newest()).decision).toBeUndefined();
  });

  it('by two people at once is given once, and the second hears of the first', async () => {
    const { test, operator, waiting } = await asked();
    const { cloud, newest, watch } = test;
    const request = { rollout: waiting.rollout, action: 'approve' };

    const answers = await operator.askTogether([
      { ...request, by: 'ada' },
      { ...request, by: 'bob' },
    ]);
    await cloud.settle();

    const reasons = answers.map(({ reason }) => reason).toSorted();
    expect(reasons).toEqual([
      'shop-web #1 is approved: it begins',
      expect.stringMatching(
        /^shop-web #1(: (ada|bob) decided to approve it already| is in_progress)/,
      ),
    ]);
    expect((await newest()).status).toBe('completed');
    expect(await watch.violations()).toEqual([]);
  });

  it('does not overrule a rejection', async () => {
    const { test, operator, waiting } = await asked();
    const { cloud, newest } = test;
    const request = { rollout: waiting.rollout, by: 'ada' };

    const answers = await operator.askTogether([
      { ...request, action: 'reject' },
      { ...request, action: 'approve' },
    ]);
    await cloud.settle();

    const [first, second] = answers.toSorted((one) => (one.verdict === 'done' ? -1 : 1));
    expect([first?.verdict, second?.verdict]).toEqual(['done', 'refused']);
    const ends = first?.reason.includes('approved') ? 'completed' : 'rejected';
    expect((await newest()).status).toBe(ends);
  });

  it('is not given by who lifted the denial of the image, unless the policy lets them', async () => {
    const lifter = async (requester_may_approve: boolean) => {
      const { test, operator } = await asked({ approval: { requester_may_approve } });
      const { cloud, newest, store } = test;
      const rollout = await newest();
      const lifted = { by: 'ada', why: 'it was the database', at_ms: cloud.clock.nowMs() };
      await writeRollout(store, { ...rollout, lifted });
      return {
        own: await operator.tell('approve'),
        other: await operator.tell('approve', { by: 'bob' }),
      };
    };

    const strict = await lifter(false);
    const lax = await lifter(true);

    expect(strict.own).toMatchObject({
      verdict: 'refused',
      reason: 'shop-web #1 was asked for by ada: another person has to approve it',
    });
    expect([strict.other.verdict, lax.own.verdict]).toEqual(['done', 'done']);
  });

  it('expires after the hours of the policy, by the next sweep', async () => {
    const { test, operator } = await asked({ approval: { expires_after_hours: 2 } });
    const { cloud, v1, newest, running, target, watch } = test;
    const waiting = await newest();
    await cloud.run({ untilMs: (waiting.approval_expires_at_ms ?? 0) - 1 });
    const before = await newest();

    await cloud.run({ untilMs: (waiting.approval_expires_at_ms ?? 0) + HOUR_MS });

    expect(before.status).toBe('awaiting_approval');
    const rollout = await newest();
    expect(rollout.status).toBe('expired');
    expect(rollout.log.at(-1)).toMatchObject({
      who: 'longshore',
      why: 'nobody answered within 2 hours',
    });
    expect(running()).toEqual({ [v1]: 5 });
    expect(operator.sends()).toBe(0);
    expect((await target()).active).toBeUndefined();
    expect(await watch.violations()).toEqual([]);
  });

  it('is refused once it has expired, also before the sweep has ended the rollout', async () => {
    const { test, operator, waiting } = await asked({ approval: { expires_after_hours: 2 } });
    const { cloud, newest } = test;
    cloud.events.pauseSchedules();
    await cloud.run({ untilMs: waiting.approval_expires_at_ms ?? 0 });

    const answers = [await operator.tell('approve'), await operator.tell('reject')];

    expect(answers.map(({ verdict }) => verdict)).toEqual(['refused', 'refused']);
    expect(answers[0]?.reason).toBe('shop-web #1 has waited too long: its approval has expired');
    expect((await newest()).status).toBe('awaiting_approval');
  });
});

describe('the same request', () => {
  it('carried out again changes nothing more, whatever came in between', async () => {
    const test = await start();
    const { cloud, push, newest, watch } = test;
    const operator = operate(test);
    push('v2');
    await operator.reach('Update hosts');
    const { rollout } = await newest();
    const request = `arn:aws:states:eu-west-1:111122223333:execution:${STACK}-control:one`;
    const once = () =>
      cloud.invoke(`${STACK}-control-rollout`, {
        request,
        asked: { rollout, action: 'pause', by: 'ada' },
      });
    const first = await once();
    await operator.tell('resume', { by: 'bob' });

    const again = await once();
    await cloud.settle();

    expect(first).toMatchObject({ verdict: 'done', status: 'paused' });
    expect(again).toMatchObject({
      verdict: 'done',
      reason: 'shop-web #1 is in_progress: this was done before',
    });
    const { status, log } = await newest();
    expect(status).toBe('completed');
    expect(log.filter((entry) => entry.status === 'paused')).toHaveLength(1);
    expect(await watch.violations()).toEqual([]);
  });
});

describe('cancel while hosts are still sought', () => {
  it('ends the rollout without a plan', async () => {
    const test = await start({}, { latencyMs: () => 20 });
    const { cloud, push, newest, watch } = test;
    const operator = operate(test);
    push('v2');
    await operator.reach('Plan rollout');

    await operator.tell('cancel');
    await cloud.settle();

    const rollout = await newest();
    expect(rollout.status).toBe('cancelled');
    expect(rollout.plan).toBeUndefined();
    expect(await watch.violations()).toEqual([]);
  });
});

describe('input that cannot be used', () => {
  const ID = 'shop-web-973756-g1767571200';
  const CASES: readonly [what: string, input: unknown, reason: RegExp][] = [
    ['no mapping', 'pause', /^"pause" is not a mapping; give a mapping such as \{"rollout"/],
    ['nothing', {}, /^rollout: is missing; give the id.*action: is missing; give one of them/],
    [
      'an unknown rollout',
      { rollout: ID, action: 'pause' },
      /^no rollout is called shop-web-973756-g1767571200/,
    ],
    [
      'a title',
      { rollout: 'web #1', action: 'pause' },
      /^rollout: "web #1" is not of the right form; give the id/,
    ],
    [
      'an unknown action',
      { rollout: ID, action: 'stop' },
      /^action: "stop" is not one of pause, resume,/,
    ],
    [
      'a misspelt field',
      { rollout: ID, action: 'pause', reson: 'x' },
      /^reson: .*did you mean reason\?/,
    ],
    [
      'a reason of two lines',
      { rollout: ID, action: 'pause', reason: 'a\nb' },
      /^reason: .*give one line of 1 to 500/,
    ],
    [
      'a long reason',
      { rollout: ID, action: 'pause', reason: 'x'.repeat(501) },
      /^reason: .* more than 500/,
    ],
    ['a name that is none', { rollout: ID, action: 'pause', by: 7 }, /^by: 7 is not text/],
    [
      'a plan for another action',
      { rollout: ID, action: 'pause', plan: 'f'.repeat(64) },
      /^plan: belongs to approve and reject, not to pause; remove it/,
    ],
    [
      'fresh for another action',
      { rollout: ID, action: 'cancel', fresh: true },
      /^fresh: belongs to resume/,
    ],
  ];

  it.each(CASES)('is answered: %s', async (_, input, reason) => {
    const test = await start();
    const operator = operate(test);

    const answer = await operator.ask(input);

    expect(answer.verdict).toBe('refused');
    expect(answer.reason).toMatch(reason);
    expect(await test.rollouts()).toEqual([]);
  });
});
