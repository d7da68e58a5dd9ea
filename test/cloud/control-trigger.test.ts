/** A rollout that a person asks for by the control machine: of any image of a policy, or of an earlier rollout. */
import { describe, expect, it } from 'vitest';
import { operate } from './operator.ts';
import { POLICY, STACK, type Start, startCloud, type TestCloud } from './start-cloud.ts';

const STAGED = { ...POLICY, staged_batches: ['2 hosts', 1], batch_delay_minutes: 5 };
const ASKED = { action: 'trigger', policy: POLICY.id, reason: 'I need it', by: 'ada' };

async function start(policy: Record<string, unknown> = {}, options: Start = {}) {
  const test = await startCloud({ hosts: 4, policies: [{ ...STAGED, ...policy }], ...options });
  return { test, operator: operate(test) };
}

async function sweep({ cloud }: TestCloud): Promise<void> {
  await cloud.invoke(`${STACK}-sweep`, {});
  await cloud.settle();
}

describe('trigger', () => {
  it('brings an image that was seen already, by the name of who asked, and it stays', async () => {
    const { test, operator } = await start();
    const { cloud, v1, roll, newest, rollouts, running, target, watch } = test;
    const v2 = await roll('v2');

    const answer = await operator.ask({ ...ASKED, image: 'shop/web:v1' });
    await cloud.settle();
    const asked = await newest();
    await sweep(test);
    const after = (await rollouts()).length;
    const v3 = await roll('v3');

    expect(answer).toMatchObject({ verdict: 'done', reason: 'shop-web #2 brings shop/web:v1' });
    expect(answer.rollout).toBe(asked.rollout);
    expect(asked).toMatchObject({
      ...{ status: 'completed', triggered_by: 'manual', image: { digest: v1 } },
      ...{ previous: { digest: v2 }, requested: { by: 'ada', why: 'I need it' } },
    });
    expect(asked.log[0]).toMatchObject({ who: 'ada', why: 'v1 was asked for: I need it' });
    expect(after).toBe(2);
    expect((await target()).seen.digest).toBe(v3);
    expect(running()).toEqual({ [v3]: 4 });
    expect(await watch.violations()).toEqual([]);
  });

  it('brings a denied image again, and lifts the denial by name', async () => {
    const { test, operator } = await start();
    const { cloud, roll, newest, running, target, watch } = test;
    const v2 = await roll('v2', true);
    cloud.fleet.images.set(v2, {});

    await operator.ask({ ...ASKED, image: `shop/web@${v2}` });
    await cloud.settle();

    expect(await newest()).toMatchObject({ status: 'completed', lifted: { by: 'ada' } });
    expect(running()).toEqual({ [v2]: 4 });
    expect((await target()).denied).toMatchObject([{ digest: v2, lifted: { by: 'ada' } }]);
    expect(await watch.violations()).toEqual([]);
  });

  it('is refused for what is desired already', async () => {
    const { test, operator } = await start();
    const { v1, newest } = test;

    const answer = await operator.ask({ ...ASKED, image: 'shop/web:v1' });

    expect(answer).toMatchObject({
      verdict: 'refused',
      reason: 'shop/web:v1 is what is desired already',
    });
    await expect(newest()).rejects.toThrow('there is no rollout');
    expect(test.running()).toEqual({ [v1]: 4 });
  });

  it('takes over from what is under way, as a newer image does', async () => {
    const { test, operator } = await start();
    const { cloud, v1, push, rollouts, running, watch } = test;
    push('v2');
    await operator.reach('Wait for next batch');

    const answer = await operator.ask({ ...ASKED, image: 'shop/web:v1' });
    await cloud.settle();

    expect(answer).toMatchObject({ verdict: 'done', status: 'pending' });
    const ends = (await rollouts()).map(({ status }) => status);
    expect(ends).toEqual(['superseded', 'completed']);
    expect(running()).toEqual({ [v1]: 4 });
    expect(await watch.violations()).toEqual([]);
  });

  it('is asked again when what goes back, or is not to be taken over, has ended', async () => {
    const { test, operator } = await start({ on_newer: 'queue' });
    const { push, roll, rollouts } = test;
    await roll('v2');
    push('v3');
    await operator.reach('Update hosts');

    const answer = await operator.ask({ ...ASKED, image: 'shop/web:v1' });

    expect(answer).toMatchObject({
      verdict: 'refused',
      reason: 'shop/web:v1 waits for the end of shop-web #2: ask again then',
    });
    expect(await rollouts()).toHaveLength(2);
    expect((await test.target()).waiting_digest).toBe('');
  });

  it('under an approval is approved by another person', async () => {
    const { test, operator } = await start({ update_strategy: 'manual' });
    const { cloud, roll, newest } = test;
    await roll('v2');
    await operator.tell('reject');
    await cloud.settle();
    await operator.ask({ ...ASKED, image: 'shop/web:v2' });
    await cloud.settle();

    const own = await operator.tell('approve');
    const other = await operator.tell('approve', { by: 'bob' });
    await cloud.settle();

    expect(own.reason).toBe('shop-web #2 was asked for by ada: another person has to approve it');
    expect(other.verdict).toBe('done');
    expect((await newest()).status).toBe('completed');
  });

  it('asked twice by one request starts one rollout', async () => {
    const { test, operator } = await start();
    const { cloud, roll, rollouts, newest } = test;
    await roll('v2');
    await operator.ask({ ...ASKED, image: 'shop/web:v1' });
    await cloud.settle();
    const { request } = await test.target();

    const again = await cloud.invoke(`${STACK}-control-rollout`, {
      request,
      asked: { ...ASKED, image: 'shop/web:v2' },
    });

    expect(again).toMatchObject({ verdict: 'done', reason: 'shop-web was asked for this before' });
    expect(await rollouts()).toHaveLength(2);
    expect((await newest()).image.tag).toBe('v1');
  });

  const DIGEST = `sha256:${'e'.repeat(64)}`;
  const CASES = [
    ['no image', { image: 'shop web' }, /^image: "shop web" is no image; give repository:tag/],
    ['no tag', { image: 'shop/web' }, /^shop\/web: give a tag or a digest$/],
    ['a tag that is not there', { image: 'shop/web:v9' }, /does not hold shop\/web:v9$/],
    ['a digest that is not there', { image: `shop/web@${DIGEST}` }, /does not hold shop\/web@sha/],
    ['a tag of another digest', { image: `shop/web:v1@${DIGEST}` }, /^shop\/web:v1 is sha256:/],
    ['another registry', { image: 'ghcr.io/shop/web:v1' }, /in another registry/],
    [
      'another repository',
      { image: 'shop/api:v1' },
      /wants shop\/web:\*, which shop\/api:v1 is not$/,
    ],
    [
      'another policy',
      { policy: 'shop-api', image: 'shop/web:v1' },
      /^no policy is called shop-api$/,
    ],
    ['a rollout beside it', { rollout: 'x', image: 'shop/web:v1' }, /^rollout: .*remove it/],
  ] as const;

  it.each(CASES)('is refused for %s', async (_, more, reason) => {
    const { test, operator } = await start();

    const answer = await operator.ask({ ...ASKED, ...more });

    expect(answer.verdict).toBe('refused');
    expect(answer.reason).toMatch(reason);
    expect(await test.rollouts()).toEqual([]);
  });

  it('is refused where the repository is gone from the registry', async () => {
    const { test, operator } = await start({ image_pattern: 'shop/*:v*', container: undefined });

    const answer = await operator.ask({ ...ASKED, image: 'shop/api:v1' });

    expect(answer.reason).toBe('the registry has no repository shop/api');
    expect((await test.rollouts()).map(({ repository }) => repository)).not.toContain('shop/api');
  });
});

describe('rollback to an earlier rollout', () => {
  it('is a rollout of its image, and denies the one that it replaces', async () => {
    const { test, operator } = await start();
    const { cloud, roll, rollouts, newest, running, target, watch } = test;
    const v2 = await roll('v2');
    await roll('v3');
    const v4 = await roll('v4');
    const [first] = await rollouts();

    const answer = await operator.tell('rollback', { to: first?.rollout });
    await cloud.settle();
    await sweep(test);

    expect(answer).toMatchObject({ verdict: 'done', reason: 'shop-web #4 brings shop/web:v2' });
    expect(await newest()).toMatchObject({ status: 'completed', requested: { by: 'ada' } });
    expect(await rollouts()).toHaveLength(4);
    expect(running()).toEqual({ [v2]: 4 });
    expect((await target()).denied).toMatchObject([{ digest: v4, title: 'shop-web #3' }]);
    expect(await watch.violations()).toEqual([]);
  });

  /** Some hosts have gone from v3 back to v2, when the return is ended. */
  async function halfReturned() {
    const { test, operator } = await start();
    const v2 = await test.roll('v2');
    const v3 = await test.roll('v3');
    const [first] = await test.rollouts();
    await operator.tell('rollback', { to: first?.rollout });
    await operator.reach('Wait for next batch');
    return { test, operator, v2, v3 };
  }

  it.each([
    { action: 'cancel', status: 'cancelled', onV2: 2 },
    { action: 'rollback', status: 'rolled_back', onV2: 0 },
  ])(
    'that is ended half-way ($action) leaves nothing desired, and either image may be triggered',
    async (row) => {
      const { test, operator, v2, v3 } = await halfReturned();
      const { cloud, newest, running, target, watch } = test;

      await operator.tell(row.action);
      await cloud.settle();
      await sweep(test);
      const [ended, left, runs] = [await newest(), await target(), running()];
      const again = await operator.ask({ ...ASKED, image: 'shop/web:v3' });
      await cloud.settle();

      expect(ended.status).toBe(row.status);
      expect(left.desired).toEqual({ tag: '', digest: '' });
      expect(runs[v2] ?? 0).toBe(row.onV2);
      expect(again.verdict).toBe('done');
      expect((await target()).desired.digest).toBe(v3);
      expect(running()).toEqual({ [v3]: 4 });
      expect(await watch.violations()).toEqual([]);
    },
  );

  it('is refused for a rollout that is not earlier, or of another', async () => {
    const { test, operator } = await start();
    await test.roll('v2');
    const { rollout } = await test.newest();

    const own = await operator.tell('rollback', { to: rollout });
    const none = await operator.tell('rollback', { to: 'shop-web-973756-g1' });

    expect(own.reason).toBe('shop-web #1 is not later than shop-web #1');
    expect(none.reason).toBe('shop-web #1 has no earlier rollout of that id');
  });
});
