/** A rollout that a person asks for by the program: of any image of a policy, or of an earlier rollout. */
import { describe, expect, it } from 'vitest';
import { ServiceError } from '#local/service-error.ts';
import { POLICY, type Start, startCloud, type TestCloud } from '#test/cloud/start-cloud.ts';
import { ADA, run } from './rig.ts';

const BEA = 'arn:aws:sts::111122223333:assumed-role/Ops/bea';

/** v2, and then v3, have gone through. */
async function start(policy: Record<string, unknown> = {}, options: Start = {}) {
  const test = await startCloud({ hosts: 4, policies: [{ ...POLICY, ...policy }], ...options });
  const v2 = await test.roll('v2');
  const v3 = await test.roll('v3');
  return { test, cloud: test.cloud, v2, v3 };
}

function controlRuns({ cloud }: TestCloud): number {
  return cloud.stepFunctions.executions(cloud.machines.get('Longshore-control') ?? '').length;
}

describe('longshore trigger', () => {
  it('begins a rollout of an image that was seen, says how it is followed, and by whom it was asked', async () => {
    const { test, cloud, v2 } = await start();

    const said = await run('trigger shop-web --tag v2 --reason "it was the database"', { cloud });
    await cloud.settle();

    expect(said).toEqual({
      code: 0,
      out: 'shop-web #3 brings shop/web:v2\nlongshore watch shop-web#3 follows it\n',
      err: '',
    });
    const rollout = await test.newest();
    expect(rollout).toMatchObject({ status: 'completed', requested: { by: ADA } });
    const request = expect.stringContaining(':execution:Longshore-control:trigger-id-');
    expect(rollout.log[0]).toMatchObject({ who: ADA, request });
    expect(test.running()).toEqual({ [v2]: 4 });
  });

  it('takes an image with its repository, by a digest too', async () => {
    const { test, cloud, v2 } = await start();

    const { code, out } = await run(`trigger shop-web --image shop/web@${v2} --json`, { cloud });

    const { rollout } = await test.newest();
    expect(code).toBe(0);
    expect(JSON.parse(out)).toMatchObject({
      ...{ ok: true, verdict: 'done', rollout_id: rollout, status: 'pending' },
      request: expect.stringContaining(':execution:Longshore-control:trigger-id-'),
    });
  });

  it('is named where a rollout has been taken back, and brings a denied image again', async () => {
    const { test, cloud } = await start({ on_threshold: 'rollback' });
    const v4 = await test.roll('v4', true);
    cloud.fleet.images.set(v4, {});
    const { out } = await run('get shop-web', { cloud });
    const [, command = ''] = /\n {10}longshore (trigger \S+ --image \S+) {2}brings/.exec(out) ?? [];

    const said = await run(`${command} --reason "the check is mended"`, { cloud });
    await cloud.settle();

    expect(command).toBe('trigger shop-web --image shop/web:v4');
    expect(said.code).toBe(0);
    expect(test.running()).toEqual({ [v4]: 4 });
    const { log } = await test.newest();
    expect(log[0]).toMatchObject({ who: ADA, request: expect.stringContaining(':trigger-id-') });
    expect((await run('get shop-web', { cloud })).out).toContain(
      'triggered by manual, asked for by ada\n',
    );
  });

  it('is refused with the reason, and 1', async () => {
    const { cloud } = await start();

    const refused = await run('trigger shop-web --tag v3', { cloud });
    const json = await run('trigger nope --image shop/web:v2 --json', { cloud });

    expect(refused).toEqual({ code: 1, out: 'shop/web:v3 is what is desired already\n', err: '' });
    expect([json.code, JSON.parse(json.out)]).toEqual([
      1,
      expect.objectContaining({ reason: 'no policy is called nope', rollout_id: null }),
    ]);
  });

  it.each([
    ['shop-web', /say which image: --tag v2, or --image shop\/web:v2/],
    ['shop-web --tag v2 --image shop/web:v2', /'--tag <tag>' cannot be used with .*'--image/],
    ['nope --tag v2', /nope has had no rollout that tells its repository; say which: --image REPO/],
    ['shop-web#1 --image shop/web:v2', /policy: .*give the id of a policy, such as shop-web/],
    ['', /missing required argument 'policy'/],
  ])('of "%s" is refused before anything is sent', async (args, words) => {
    const { test, cloud } = await start();

    const { code, out, err } = await run(`trigger ${args}`, { cloud });

    expect([code, out]).toEqual([2, '']);
    expect(err).toMatch(words);
    expect(controlRuns(test)).toBe(0);
  });

  it('guesses no repository where the policy has several', async () => {
    const { cloud } = await start({ image_pattern: 'shop/*:*', container: undefined });

    const { code, err } = await run('trigger shop-web --tag v2', { cloud });

    expect([code, err]).toEqual([
      2,
      'longshore: shop-web wants shop/*:*, several repositories; say which: --image REPOSITORY:v2\n',
    ]);
  });

  it('asked for twice by one name is done once', async () => {
    const { test, cloud } = await start();

    const first = await run('trigger shop-web --tag v2 --request ci-7', { cloud });
    await cloud.settle();
    const again = await run('trigger shop-web --tag v2 --request ci-7', { cloud });
    const other = await run('trigger shop-web --tag v1 --request ci-7', { cloud });

    expect([again.code, again.out]).toEqual([0, first.out]);
    expect(await test.rollouts()).toHaveLength(3);
    expect(other).toMatchObject({ code: 2, err: expect.stringContaining('something else') });
  });

  it('names a stack that is not there', async () => {
    const { cloud } = await start();

    const { code, err } = await run('trigger shop-web --image shop/web:v2 --stack Other', {
      cloud,
    });

    expect([code, err]).toEqual([1, expect.stringContaining('there is no such stack')]);
  });
});

describe('longshore rollback --to', () => {
  it('brings what an earlier rollout brought, by any of its names', async () => {
    const { test, cloud, v2, v3 } = await start();
    await test.roll('v4');

    const { code, out } = await run('rollback shop-web --to shop-web#1', { cloud });
    await cloud.settle();

    expect([code, out]).toEqual([
      0,
      'shop-web #4 brings shop/web:v2\nlongshore watch shop-web#4 follows it\n',
    ]);
    expect(test.running()).toEqual({ [v2]: 4 });
    expect((await test.target()).denied.map(({ digest }) => digest)).not.toContain(v3);
  });

  it('is refused for one that is not earlier, and unknown to other actions', async () => {
    const { cloud } = await start();

    const later = await run('rollback shop-web#1 --to shop-web#2', { cloud });
    const none = await run('rollback shop-web --to shop-web#9', { cloud });
    const pause = await run('pause shop-web --to shop-web#1', { cloud });

    expect([later.code, later.out]).toEqual([1, 'shop-web #1 is not later than shop-web #2\n']);
    expect([none.code, none.err]).toEqual([2, expect.stringContaining('no rollout shop-web#9')]);
    expect([pause.code, pause.err]).toEqual([2, expect.stringContaining("option '--to'")]);
  });
});

describe('who asks', () => {
  it('does not approve what they asked for by another name; another principal does', async () => {
    const test = await startCloud({
      hosts: 4,
      policies: [{ ...POLICY, update_strategy: 'manual' }],
    });
    const { cloud } = test;
    await test.roll('v2');
    await run('reject shop-web', { cloud });
    await cloud.settle();
    await run('trigger shop-web --tag v2', { cloud });
    await cloud.settle();

    const own = await run('approve shop-web --by bea', { cloud });
    const other = await run('approve shop-web --by "on call"', { cloud, principal: BEA });
    await cloud.settle();
    const { out } = await run('history shop-web#2', { cloud });

    expect([own.code, own.out.replaceAll('\n', ' ')]).toEqual([
      1,
      'shop-web #2 was asked for by ada (bea): another person has to approve it ',
    ]);
    expect(other.code).toBe(0);
    expect((await test.newest()).status).toBe('completed');
    expect(out).toMatch(/\n\S+Z {2}ada {12}pending: v2 was asked for: no reason was given\n/);
    expect(out).toMatch(/\n\S+Z {2}bea \(on call\) {2}approve it: no reason was given\n/);
    expect(out).toMatch(new RegExp(`\\n\\nada is ${ADA}\\nbea is ${BEA}\\n$`));
  });

  it('is known before anything is asked', async () => {
    const { test, cloud } = await start();
    const error = new ServiceError('ExpiredToken', 'the token has expired', { statusCode: 403 });
    cloud.wire.fault = ({ service }) =>
      service === 'sts' ? { kind: 'refused', error } : undefined;

    const { code, out, err } = await run('rollback shop-web', { cloud });

    expect([code, out]).toEqual([1, '']);
    expect(err).toMatch(/^longshore: AWS does not take the credentials \(the token has expired\)/);
    expect(controlRuns(test)).toBe(0);
  });
});
