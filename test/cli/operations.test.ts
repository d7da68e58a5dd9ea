/** What a person does to rollouts by the program, on the embedded cloud: the words, the codes, the log. */
import { describe, expect, it } from 'vitest';
import { foldLog } from '#core/change-status.ts';
import { operate, refuse } from '#test/cloud/operator.ts';
import { POLICY, type Start, startCloud, type TestCloud } from '#test/cloud/start-cloud.ts';
import { ADA, makeProject, run } from './rig.ts';

const STAGED = { ...POLICY, staged_batches: ['2 hosts', 1], on_threshold: 'hold' };
const MANUAL = { ...STAGED, update_strategy: 'manual' };

function start(policy: Record<string, unknown> = {}, options: Start = {}): Promise<TestCloud> {
  return startCloud({ hosts: 5, policies: [{ ...STAGED, ...policy }], ...options });
}

/** v2, between its first batch and its second. */
async function underWay(policy: Record<string, unknown> = {}) {
  const test = await start(policy);
  test.push('v2');
  await operate(test).reach('Wait for next batch');
  return test;
}

function idOf({ rollout }: { rollout: string }): string {
  return rollout;
}

describe('longshore get', () => {
  it('says that there is nothing yet, and what begins something', async () => {
    const { cloud } = await start();

    const { code, out } = await run('get', { cloud });

    expect([code, out]).toEqual([
      0,
      'Longshore in eu-west-1 has had no rollout yet. A push begins one; longshore policy plan foresees it.\n',
    ]);
  });

  it('lists what is under way with why it stands so, then what has ended', async () => {
    const test = await start();
    const { cloud } = test;
    await test.roll('v2');
    test.push('v3');
    await operate(test).reach('Wait for next batch');
    await run('pause shop-web --reason "the database is slow"', { cloud });

    const { code, out } = await run('get', { cloud });

    expect(code).toBe(0);
    expect(out.replaceAll(/\d{4}-\d\d-\d\dT[\d:]{8}Z/g, 'THEN')).toBe(`\
Under way
  shop-web #2  shop/web v2 → v3  paused     batch 1 of 2, since THEN
               ada paused it: the database is slow

Ended
  shop-web #1  shop/web v1 → v2  completed  batch 2 of 2, THEN

longshore get shop-web#2 shows it whole, longshore watch shop-web#2 follows it
`);
  });

  it('shows one with its bars, why, and the commands that are next', async () => {
    const test = await underWay();
    const { cloud } = test;
    await run('pause shop-web --reason "the database is slow"', { cloud });

    const { out } = await run('get shop-web#1', { cloud });

    expect(out).toContain('     40 %  ■■   2 healthy\n    100 %  ···  3 hosts wait\n');
    expect(out).toContain('\nWhy       ada paused it: the database is slow\n');
    expect(out).toMatch(
      /\nNext {6}longshore resume shop-web#1 {4}goes on\n {10}longshore rollback shop-web#1 {2}takes every touched host back\n {10}longshore cancel shop-web#1 {4}leaves them as they are\n$/,
    );
    expect(Math.max(...out.split('\n').map((text) => text.length))).toBeLessThanOrEqual(100);
  });

  it('names hosts that need attention, and all of them with --hosts', async () => {
    const test = await start();
    const { cloud } = test;
    await test.roll('v2', true);
    const [bad] = await test.hostRecords(await test.newest());

    const { out } = await run('get shop-web --hosts', { cloud });

    expect(out).toContain(`  ${bad?.host}  failed: the health check fails; v1 runs again\n`);
    expect(out).toMatch(
      new RegExp(`\\n${bad?.host} {2}batch 1 {2}failed {2}runs sha256:\\w{12} {2}`),
    );
    expect(out).toContain('longshore retry-failed shop-web#1');
  });

  it('gives programs the whole record, by the names of the records', async () => {
    const test = await start();
    await test.roll('v2', true);
    const rollout = await test.newest();

    const { out } = await run('get shop-web --json', { cloud: test.cloud });

    expect(JSON.parse(out)).toMatchObject({
      rollout_id: rollout.rollout,
      image_name: 'shop/web',
      old_tag: 'v1',
      new_tag: 'v2',
      strategy: 'staged',
      status: 'held',
      total_devices: 5,
      current_batch: 1,
      updated_devices: 2,
      healthy_devices: 0,
      failed_devices: 2,
      unknown_devices: 0,
      triggered_by: 'ecr',
      completed_at: null,
      hold: { why: rollout.hold?.reason },
      devices: [
        { batch_number: 1, status: 'failed', old_tag: 'v1', new_tag: 'v2', retry_count: 0 },
        { batch_number: 1, status: 'failed', error_message: 'the health check fails' },
      ],
    });
  });

  it('finds a rollout by its number, its id, the name of its execution, and its policy', async () => {
    const test = await start();
    const { cloud } = test;
    await test.roll('v2');
    await test.roll('v3');
    const ids = (await test.rollouts()).map(idOf);
    const names = ['shop-web#1', ids[0], `${ids[0]}-r1`, 'shop-web', 'shop-web#2'];

    const found = await Promise.all(names.map((name) => run(`get ${name} --json`, { cloud })));

    const first = ids[0];
    expect(found.map(({ out }) => JSON.parse(out).rollout_id)).toEqual([
      first,
      first,
      first,
      ids[1],
      ids[1],
    ]);
  });

  it.each([
    ['get nope', /^longshore: Longshore in eu-west-1 has no rollout nope; "longshore get" lists/],
    ['pause shop-web#9', /has no rollout shop-web#9; "longshore get" lists what there is/],
    ['cancel shop-web-abcdef-g1', /has no rollout shop-web-abcdef-g1;/],
    ['get Shop/Web', /Shop\/Web names no rollout; give shop-web#3, a policy such as shop-web, or/],
    ['history nope', /nope has had no rollout; "longshore get" lists what there is/],
    ['pause', /missing required argument 'rollout'/],
    ['get --stack Other', undefined],
  ])('refuses "%s" in words', async (args, words) => {
    const { cloud } = await start();

    const { code, out, err } = await run(args, { cloud });

    expect(out).toBe('');
    expect([code, err]).toEqual(
      words === undefined
        ? [
            1,
            'longshore: there is no such stack in this account and region; name others with --stack and --region\n',
          ]
        : [2, expect.stringMatching(words)],
    );
  });

  it('takes a policy whose repositories have a rollout each for no name', async () => {
    const { container, ...own } = { ...MANUAL, image_pattern: 'shop/*:*' };
    const test = await startCloud({
      hosts: 5,
      policies: [own],
      prepare: ({ ecr }) => void ecr.createRepository('shop/worker'),
    });
    const { cloud } = test;
    test.push('v2');
    cloud.ecr.push('shop/worker', { tag: 'v2' });
    await operate(test).reach('Await approval');
    await cloud.run({ untilMs: cloud.clock.nowMs() + 60_000 });

    for (const name of ['shop-web', 'shop-web#1']) {
      const { code, err } = await run(`cancel ${name}`, { cloud });

      expect(code).toBe(2);
      expect(err).toMatch(
        /may be any of several; name one of shop-web-\w{6}-g\d+ \(shop-web #1, shop/,
      );
    }
    expect((await run('watch', { cloud })).err).toMatch(/several rollouts are under way; name one/);
  });
});

describe('what a person asks', () => {
  it('is done, said, and stands in the log with who and why', async () => {
    const test = await underWay();
    const { cloud } = test;

    const paused = await run('pause shop-web --reason "the database is slow"', { cloud });
    const resumed = await run('resume shop-web#1 --by bea --reason "it is well" --json', { cloud });
    await cloud.settle();
    const { out } = await run('history shop-web#1', { cloud });
    const json = JSON.parse((await run('history shop-web#1 --json', { cloud })).out);

    expect(paused).toMatchObject({ code: 0, err: '' });
    expect(Math.max(...paused.out.split('\n').map((text) => text.length))).toBeLessThanOrEqual(100);
    expect(paused.out).toMatch(
      /^shop-web #1 is paused: hosts at work finish, no other begins; resume/,
    );
    expect(resumed.code).toBe(0);
    expect(JSON.parse(resumed.out)).toMatchObject({ ok: true, verdict: 'done' });
    expect(out).toMatch(/\n\S+Z {2}ada {8}paused: the database is slow\n/);
    expect(out).toMatch(/\n\S+Z {2}ada \(bea\) {2}in_progress: .*it is well\n/);
    expect(out).toMatch(
      /longshore {2}completed: v2 went through every batch\n\nada is arn:\S+\/ada\n$/,
    );
    const { log } = await test.newest();
    expect(json.log.at(-1).status).toBe(foldLog(log));
    const own = json.log.filter(({ who }: { who: string }) => who.startsWith(ADA));
    expect(own.map(({ request }: { request: string }) => request)).toEqual([
      expect.stringContaining(':execution:Longshore-control:pause-id-'),
      JSON.parse(resumed.out).request,
    ]);
  });

  it('is refused with the reason, and 1', async () => {
    const test = await start();
    await test.roll('v2');

    const { code, out } = await run('pause shop-web', { cloud: test.cloud });

    expect([code, out]).toEqual([1, 'shop-web #1 is completed: it has ended\n']);
  });

  it.each([
    ['cancel shop-web', 'cancelled'],
    ['rollback shop-web', 'rolled_back'],
  ])('%s ends it as %s', async (args, status) => {
    const test = await underWay();

    expect((await run(args, { cloud: test.cloud })).code).toBe(0);
    await test.cloud.settle();

    expect((await test.newest()).status).toBe(status);
  });

  it('retries failed hosts of a hold', async () => {
    const test = await start();
    const bad = await test.roll('v2', true);
    test.cloud.fleet.images.set(bad, {});

    const { code, out } = await run('retry-failed shop-web', { cloud: test.cloud });
    await test.cloud.settle();

    expect([code, out]).toEqual([0, 'shop-web #1 tries its failed and unknown hosts again\n']);
    expect((await test.newest()).status).toBe('completed');
  });

  it('answers for the plan that was shown', async () => {
    const test = await start(MANUAL);
    const { cloud } = test;
    await test.roll('v2');
    const { plan_hash: hash } = await test.newest();

    const other = await run(`approve shop-web --plan ${'f'.repeat(64)}`, { cloud });
    const answered = await run('approve shop-web --reason "CHG-1"', { cloud });
    await cloud.settle();

    expect(other).toMatchObject({ code: 1, out: expect.stringContaining('has another plan now') });
    expect(answered).toMatchObject({ code: 0, out: 'shop-web #1 is approved: it begins\n' });
    expect(answered.err).toMatch(
      new RegExp(`^5 hosts in 2 batches await an approval until \\S+Z; plan ${hash}\\n$`),
    );
    expect(await test.newest()).toMatchObject({ status: 'completed', approved_plan: hash });
  });

  it('sends the hash of the plan that it showed, so that a plan made meanwhile is not approved', async () => {
    const test = await start(MANUAL);
    await test.roll('v2');
    const { plan_hash: hash, rollout } = await test.newest();
    const { cloud } = test;

    await run('reject shop-web --reason "not this week"', { cloud });

    const control = cloud.stepFunctions.executions(cloud.machines.get('Longshore-control') ?? '');
    expect(JSON.parse(String(control.at(-1)?.['input']))).toEqual({
      rollout,
      action: 'reject',
      reason: 'not this week',
      by: ADA,
      plan: hash,
    });
  });

  it('asked for twice by one name is done once', async () => {
    const test = await underWay();
    const { cloud } = test;

    const first = await run('pause shop-web --request ci-7', { cloud });
    await run('resume shop-web', { cloud });
    const again = await run('pause shop-web --request ci-7', { cloud });
    const other = await run('cancel shop-web --request ci-7', { cloud });

    expect(again).toMatchObject({ code: 0, out: first.out });
    expect((await test.newest()).status).not.toBe('paused');
    expect(other.code).toBe(2);
    expect(other.err).toContain('asked for something else');
  });

  it.each([
    ['pause shop-web --reason ""', /reason/],
    [`approve shop-web --plan abc`, /plan/],
    [`pause shop-web --by "${'x'.repeat(101)}"`, /--by: give one line of 1 to 100 characters/],
    ['pause shop-web --by ""', /--by: give one line/],
    ['pause shop-web --by "a\u202eb"', /by: .*give one line/],
  ])('is refused before it is sent where it cannot be read: %s', async (args, words) => {
    const test = await underWay();
    const before = test.cloud.apiCalls.get('sfn:StartExecution');

    const { code, err } = await run(args, { cloud: test.cloud });

    expect(code).toBe(2);
    expect(err).toMatch(words);
    expect(test.cloud.apiCalls.get('sfn:StartExecution')).toBe(before);
  });

  it('that failed is not taken for done', async () => {
    const test = await underWay();
    refuse(test, ({ operation }) => operation === 'PutItem');

    const { code, out, err } = await run('pause shop-web', { cloud: test.cloud });

    expect([code, out]).toEqual([1, '']);
    expect(err).toMatch(/^it was not carried out, or not wholly \(FAILED: .*control-failed/);
  });

  it('that nobody answers is not taken for done', async () => {
    const { cloud } = await underWay();

    const { code, out, err } = await run('pause shop-web', { cloud, sleep: async () => {} });

    expect([code, out]).toEqual([1, '']);
    expect(err).toMatch(/^nobody has answered yet; look at arn:aws:states:/);
  });

  it('needs no project around it', async () => {
    const { cloud } = await underWay();

    expect((await run('get shop-web', { cloud, cwd: '/' })).code).toBe(0);
    const cwd = makeProject({}, { stack: 'Other', longshore: { wrong: 1 } });
    expect((await run('get shop-web', { cloud, cwd })).err).toContain('no such stack');
    expect((await run('pause shop-web --stack Longshore', { cloud, cwd })).code).toBe(0);
  });
});
