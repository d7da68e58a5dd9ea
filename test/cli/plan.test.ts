import { describe, expect, it } from 'vitest';
import { deleteVersioned } from '#aws/store.ts';
import { storeElsewhere } from '#test/cloud/deploy.ts';
import { operate } from '#test/cloud/operator.ts';
import {
  POLICY,
  REPOSITORY,
  type Start,
  startCloud,
  type TestCloud,
} from '#test/cloud/start-cloud.ts';
import { makeProject, type Ran, run } from './rig.ts';

const FILE = 'policies/shop-web.yaml';

/** The policy as it is deployed, or another version of it. */
function plan(
  { cloud }: TestCloud,
  policy: Record<string, unknown> = POLICY,
  args = '',
): Promise<Ran> {
  const cwd = makeProject({ [FILE]: { ...policy } });
  return run(`policy plan ${FILE} ${args}`, { cwd, cloud });
}

async function planJson(test: TestCloud, policy: Record<string, unknown> = POLICY, args = '') {
  const { code, out } = await plan(test, policy, `${args} --json`);
  return { code, ...JSON.parse(out) };
}

function start(options: Start = {}): Promise<TestCloud> {
  return startCloud({ hosts: 4, ...options });
}

const NIGHTLY = {
  ...POLICY,
  maintenance_window_start: '22:00',
  maintenance_window_end: '22:45',
  maintenance_window_zone: 'Europe/Berlin',
  batch_delay_minutes: 30,
};

describe('longshore policy plan, on a terminal', () => {
  it('says which image, which hosts, and when, and what is hardly meant', async () => {
    const test = await start({
      policies: [NIGHTLY],
      host: (index) => ({ id: `i-0000000${index}`, isOffline: index === 3 }),
    });

    const { code, out, err } = await plan(test, NIGHTLY, '--image shop/web:v3');

    expect([code, err]).toEqual([0, '']);
    expect(out).toBe(`\
Policy    shop-web (policies/shop-web.yaml)
          shop/web:* to fleet production; staged, 10/50/100, 30 minutes apart

Stack     Longshore in eu-west-1, as of 2026-01-05T00:00:00Z
          the policy is deployed as it is in the file
          desired now: v1

Image     shop/web:v3 wins: v3 was pushed last
          is not in the registry: planned as if it were pushed now

Others    v1  goes behind v3

Decision  a rollout starts: shop/web:v3 is new

Hosts     3 hosts in 3 batches; 1 more offline, left out
           1   1 host  i-00000000
           2   1 host  i-00000001
           3   1 host  i-00000002

Timeline  Europe/Berlin         UTC
          Mon 2026-01-05 01:00  2026-01-05 00:00  waits: the maintenance window 22:00–22:45
                                                  Europe/Berlin is closed; the next begins at
                                                  2026-01-05 22:00 Europe/Berlin
          Mon 2026-01-05 22:00  2026-01-05 21:00  batch 1: 1 host, takes up to 17 minutes
          Mon 2026-01-05 22:00  2026-01-05 21:00  waits 30 minutes between the batches
          Mon 2026-01-05 22:30  2026-01-05 21:30  waits: up to 17 minutes are needed, and the
                                                  maintenance window 22:00–22:45 Europe/Berlin ends
                                                  at 2026-01-05 22:45 Europe/Berlin; the next begins
                                                  at 2026-01-06 22:00 Europe/Berlin
          Tue 2026-01-06 22:00  2026-01-06 21:00  batch 2: 1 host, takes up to 17 minutes
          Tue 2026-01-06 22:00  2026-01-06 21:00  waits 30 minutes between the batches
          Tue 2026-01-06 22:30  2026-01-06 21:30  waits: up to 17 minutes are needed, and the
                                                  maintenance window 22:00–22:45 Europe/Berlin ends
                                                  at 2026-01-06 22:45 Europe/Berlin; the next begins
                                                  at 2026-01-07 22:00 Europe/Berlin
          Wed 2026-01-07 22:00  2026-01-07 21:00  batch 3: 1 host, takes up to 17 minutes
          Wed 2026-01-07 22:00  2026-01-07 21:00  ends, if every host answers at once
          Wed 2026-01-07 22:17  2026-01-07 21:17  ends at the latest, if none has to be tried again

Warnings  3 in a row can never fire where no batch of the 3 hosts has more than 1; lower
            max_consecutive_failures (line 1)
          batch 1 of 3 hosts at 10 % is one host; write "1 host" if that is meant (line 7)
          10/50/100 with 30-minute delays cannot end inside 22:00–22:45: batch 2 may end 47 minutes
            after the beginning, and waits for the next window (line 10)
`);
  });

  it('shows the first twenty losers and the first ten hosts of a batch, and counts the others', async () => {
    const policy = { ...POLICY, image_pattern: 'shop/web:v*' };
    const test = await start({
      hosts: 24,
      policies: [policy],
      prepare: ({ ecr }) => {
        for (let index = 10; index < 40; index += 1) ecr.push(REPOSITORY, { tag: `v${index}` });
        ecr.push(REPOSITORY, { tag: 'main' });
      },
    });

    const { out } = await plan(test, policy);
    const json = await planJson(test, policy);

    expect(out).toContain('… and 10 more, all of them with --json\n');
    expect(out).toContain('1 tag not met by shop/web:v*\n');
    expect(out).toMatch(/ 3 {2}12 hosts {2}(?:i-\w{17}\s+){10}and 2 more\n/);
    expect(Math.max(...out.split('\n').map((line) => line.length))).toBeLessThanOrEqual(100);
    expect(json.losers).toHaveLength(30);
    expect(json.other_tags).toBe(1);
    expect(json.batches.map(({ hosts }: { hosts: string[] }) => hosts.length)).toEqual([3, 9, 12]);
  });

  it('has colours where they are shown', async () => {
    const test = await start();
    const cwd = makeProject({ [FILE]: { ...POLICY } });
    const tty = { isTTY: true, hasColors: () => true };

    const { out } = await run(`policy plan ${FILE}`, { cwd, cloud: test.cloud, tty });

    expect(out).toContain('\u001b[1mDecision\u001b[22m  \u001b[1mnothing starts');
  });
});

describe('longshore policy plan', () => {
  it('reads, and writes nothing', async () => {
    // Another policy that may claim the container is read as well.
    const own = { ...POLICY, spread: 'zones', device_tags: ['region:us'] };
    const rival = { ...POLICY, id: 'shop-web-eu', device_tags: ['region:eu'] };
    const tags = { 'longshore:enabled': 'true', 'longshore:fleet': 'production', region: 'us' };
    const test = await start({ policies: [own, rival], host: () => ({ tags }) });
    const before = new Map(test.cloud.apiCalls);
    const dump = JSON.stringify(test.cloud.dynamo.dump());

    await plan(test, own);

    const calls = [...test.cloud.apiCalls].filter(([name, count]) => before.get(name) !== count);
    expect(calls.map(([name]) => name).toSorted()).toEqual([
      'dynamodb:BatchGetItem',
      'dynamodb:GetItem',
      'dynamodb:Query',
      'ec2:DescribeInstances',
      'ecr:DescribeImages',
      'ssm:DescribeInstanceInformation',
    ]);
    expect(JSON.stringify(test.cloud.dynamo.dump())).toBe(dump);
  });

  it('tells every step to programs, with instants in UTC', async () => {
    const test = await start({ host: (index) => ({ id: `i-0000000${index}` }) });

    const json = await planJson(test, POLICY, '--image shop/web:v2');

    expect(json).toMatchObject({
      code: 0,
      ok: true,
      policy: 'shop-web',
      file: FILE,
      repository: 'shop/web',
      now: '2026-01-05T00:00:00Z',
      is_stack_deployed: true,
      is_policy_deployed: true,
      target: { desired: { tag: 'v1', digest: test.v1 }, active: null, denied: [] },
      image: { tag: 'v2', digest: null, pushed_at: null, reason: 'v2 was pushed last' },
      decision: { verdict: 'start', reason: 'shop/web:v2 is new' },
      refusal: null,
      hosts: 4,
      offline: 0,
      needs_approval: false,
      timeline: {
        zone: 'UTC',
        earliest: { ends: '2026-01-05T00:10:00Z', stops: null },
        latest: { ends: '2026-01-05T01:01:00Z' },
      },
    });
    expect(json.batches).toEqual([
      { batch: 1, hosts: ['i-00000000'] },
      { batch: 2, hosts: ['i-00000001'] },
      { batch: 3, hosts: ['i-00000002', 'i-00000003'] },
    ]);
    expect(json.timeline.earliest.steps[1]).toEqual({
      kind: 'delay',
      from: '2026-01-05T00:00:00Z',
      until: '2026-01-05T00:05:00Z',
    });
  });

  it('goes by another instant as if it were now', async () => {
    const test = await start({ policies: [NIGHTLY] });

    const { timeline, now } = await planJson(test, NIGHTLY, '--at 2026-07-01T20:10:00Z');

    expect(now).toBe('2026-07-01T20:10:00Z');
    expect(timeline.earliest.steps[0]).toMatchObject({ kind: 'batch', from: now });
  });

  it('asks for an approval under manual', async () => {
    const test = await start();
    const policy = { ...POLICY, update_strategy: 'manual' };

    const { out } = await plan(test, policy, '--image shop/web:v2');
    const json = await planJson(test, policy, '--image shop/web:v2');

    expect(out).toContain('the policy is deployed in another version\n');
    expect(out).toContain('          a person has to approve the plan\n');
    expect(out).toMatch(/waits for the approval, for up to 24 h; here it comes at once\n/);
    expect(json.needs_approval).toBe(true);
  });

  it('works where no stack is deployed, and says so', async () => {
    const test = await start();

    const { code, out } = await plan(test, POLICY, '--stack Other');

    expect(code).toBe(0);
    expect(out).toContain('Other in eu-west-1, as of ');
    expect(out).toContain('there is no such stack: planned as if the policy were new');
    expect(out).toContain('nothing starts, it is noted: shop/web:v1 is what there is; the next');
    expect(out).toContain('what follows is how it would go, were it to start now');
  });

  it('says that a policy is not deployed yet', async () => {
    const test = await start();
    const policy = { ...POLICY, id: 'shop-web-2', container: 'other' };
    const cwd = makeProject({ 'policies/shop-web-2.yaml': policy });

    const { out } = await run('policy plan policies/shop-web-2.yaml', { cwd, cloud: test.cloud });

    expect(out).toContain('the policy is not deployed yet');
  });

  it('says that what is denied does not start, and who denied it', async () => {
    const test = await start();
    await test.roll('v2', true);

    const { out } = await plan(test);

    expect(out).toContain('denied: shop-web #1');
    expect(out).toMatch(/nothing starts: shop\/web:v2 has the digest that shop-web #1 denied/);
  });

  it.each([
    ['supersede', /a rollout starts: shop\/web:v3 is newer and takes over from shop-web #1\n/],
    ['queue', /it waits: shop\/web:v3 waits for the end of shop-web #1\n/],
    ['ignore', /nothing starts, it is noted: shop\/web:v3 is ignored while shop-web #1 is in_prog/],
  ])('knows the rollout that is under way: %s', async (on_newer, decision) => {
    const policy = { ...POLICY, on_newer };
    const test = await start({ policies: [policy] });
    test.push('v2');
    await operate(test).reachCommands(1);

    const { out } = await plan(test, policy, '--image shop/web:v3');

    expect(out).toContain('shop-web #1 is in_progress\n');
    expect(out).toMatch(decision);
    expect(out.includes('its first batch waits until no command of shop-web #1 is open')).toBe(
      on_newer === 'supersede',
    );
  });

  it('knows a rollout whose record was not written yet', async () => {
    const test = await start();
    test.push('v2');
    await operate(test).reachCommands(1);
    const { rollout, version } = await test.newest();
    const { store } = test;
    await deleteVersioned(store, store.rollouts, { rollout, item: 'meta' }, version);

    const { target, decision } = await planJson(test, POLICY, '--image shop/web:v3');

    expect(target).toMatchObject({ active: rollout, active_status: 'pending' });
    expect(decision.verdict).toBe('supersede');
  });

  it('says why the tag that was asked about loses', async () => {
    const policy = { ...POLICY, tag_choice: { type: 'semver', minimum_age_minutes: 10 } };
    const test = await start({ policies: [policy] });

    const { code, out } = await plan(test, policy, '--image shop/web:1.0.0');

    expect(code).toBe(0);
    expect(out).toContain('none: no tag of shop/web:* can be chosen: 1.0.0 is younger than 10 min');
    expect(out).toContain('shop/web:1.0.0 loses: is younger than 10 minutes\n');
  });

  it('tells of a large fleet that it is being read', async () => {
    const test = await start({ hosts: 5_001, policies: [] });

    const { code, err, out } = await plan(test, POLICY, '--image shop/web:v2');

    expect([code, err]).toEqual([0, '5,000 hosts so far …\n']);
    expect(out).toContain('5,001 hosts in 3 batches');
  });
});

describe('longshore policy plan ends with 1', () => {
  it('for a policy with mistakes, which it tells as lint does', async () => {
    const test = await start();

    const { code, out } = await plan(test, { ...POLICY, max_hosts: 0 });
    const json = await planJson(test, { ...POLICY, max_hosts: 0 });

    expect(code).toBe(1);
    expect(out).toMatch(
      /^policies\/shop-web\.yaml:\d+: max_hosts: 0 is less than 1; .*\n1 file, 1/,
    );
    expect(json).toMatchObject({ ok: false, problems: [{ field: 'max_hosts' }] });
  });

  it.each([
    ['shop/api:v1', 'shop/api:v1 does not concern shop-web, whose pattern is shop/web:v*'],
    ['shop/web:main', 'shop/web:main does not concern shop-web, whose pattern is shop/web:v*'],
  ])('for an image that does not concern the policy: %s', async (image, reason) => {
    const test = await start();
    const policy = { ...POLICY, image_pattern: 'shop/web:v*' };

    const { code, out } = await plan(test, policy, `--image ${image}`);
    const json = await planJson(test, policy, `--image ${image}`);

    expect([code, out]).toEqual([1, `${reason}\n`]);
    expect(json).toEqual({ code: 1, ok: false, file: FILE, reason });
  });

  it('for a repository that is not there, unless an image is asked about', async () => {
    const test = await start();
    const policy = { ...POLICY, image_pattern: 'shop/new:*', container: 'new' };

    const { code, out } = await plan(test, policy);
    const asked = await plan(test, policy, '--image shop/new:v1');

    expect([code, out]).toEqual([
      1,
      'the registry of eu-west-1 has no repository shop/new; push an image, or say --image shop/new:TAG\n',
    ]);
    expect(asked.code).toBe(0);
    expect(asked.out).toContain('shop/new:v1 wins: v1 was pushed last');
  });

  it('where no host would be reached, and says what hosts need', async () => {
    const test = await start();

    const { code, out } = await plan(
      test,
      { ...POLICY, fleet_id: 'elsewhere' },
      '--image shop/web:v2',
    );

    expect(code).toBe(1);
    expect(out).toContain('and is refused: no host matches policy shop-web; hosts need the tag');
    expect(out).toContain('Hosts     0 hosts\n');
    expect(out).not.toContain('Timeline');
  });

  it('where another policy that is deployed claims the container', async () => {
    const test = await start();
    await storeElsewhere(test, { ...POLICY, id: 'by-hand', image_pattern: 'team/web:*' });

    const { code, refusal } = await planJson(test);

    expect(code).toBe(1);
    expect(refusal).toMatch(/^shop-web claims the container web on hosts that by-hand may claim/);
  });
});

it('a pattern of several repositories is planned for the one that is named', async () => {
  const { container: _, ...policy } = { ...POLICY, image_pattern: 'shop/*:*' };
  const test = await start();

  const { code, err } = await plan(test, policy);
  const named = await plan(test, policy, '--image shop/web:v2');

  expect(code).toBe(2);
  expect(err).toBe(
    'longshore: shop/*:* meets several repositories; say which: --image REPOSITORY:TAG\n',
  );
  expect(named.code).toBe(0);
  expect(named.out).toContain('shop/web:v2 wins');
});
