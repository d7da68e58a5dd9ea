/**
 * What a push event may be: alone, one of many, doubled, late, reordered, lost, foreign, or about
 * something that is gone. It only says "look", so each of them leads to one right rollout or to none,
 * and the log says why.
 */
import { EventBridgeClient, PutEventsCommand } from '@aws-sdk/client-eventbridge';
import { describe, expect, it } from 'vitest';
import { putItem } from '#aws/store.ts';
import type { CloudEvent } from '#local/events/cloud-event.ts';
import { POLICY, REPOSITORY, STACK, startCloud, type TestCloud } from './start-cloud.ts';

const SMALL = { ...POLICY, staged_batches: [1] };

function start(start: Parameters<typeof startCloud>[0] = {}): Promise<TestCloud> {
  return startCloud({ hosts: 4, policies: [SMALL], ...start });
}

/** The events of the registry that are raised from now on, as they were sent. */
function record({ cloud }: TestCloud): CloudEvent[] {
  const events: CloudEvent[] = [];
  cloud.events.disturb = (event) => {
    if (event.source === 'aws.ecr') events.push(event);
    return [0];
  };
  return events;
}

const considered = ({ cloud }: TestCloud) => cloud.functions.invocations(`${STACK}-consider-image`);

describe('one image', () => {
  it('rolls out the index of a multi-arch push, once', async () => {
    const test = await start();
    const { cloud, newest, rollouts, running, watch } = test;
    const events = record(test);

    const index = cloud.ecr.push(REPOSITORY, {
      tag: 'v2',
      platforms: ['linux/amd64', 'linux/arm64'],
    });
    await cloud.settle();

    expect(events.map(({ detail }) => detail['image-tag'])).toEqual(['', '', 'v2']);
    expect(await rollouts()).toHaveLength(1);
    expect((await newest()).status).toBe('completed');
    expect(running()).toEqual({ [index]: 4 });
    expect(await watch.violations()).toEqual([]);
  });

  it('rolls out once for two tags on one digest', async () => {
    const { cloud, push, newest, rollouts, running, reasons, watch } = await start();

    const v2 = push('v2');
    cloud.ecr.push(REPOSITORY, { tag: 'latest', digest: v2 });
    await cloud.settle();

    expect(await rollouts()).toHaveLength(1);
    expect((await newest()).status).toBe('completed');
    expect(running()).toEqual({ [v2]: 4 });
    expect(reasons('image considered')).toContainEqual(
      expect.stringMatching(/^shop\/web:\S+ was seen already$/),
    );
    expect(await watch.violations()).toEqual([]);
  });

  it.each([
    { when: 'while it rolls out', extraMs: 2_000 },
    { when: 'long after it has', extraMs: 3_600_000 },
  ])('rolls out once for an event that comes again $when', async ({ extraMs }) => {
    const { cloud, roll, newest, rollouts, reasons, watch } = await start();
    cloud.events.disturb = ({ source }) => (source === 'aws.ecr' ? [0, 0, extraMs] : [0]);

    await roll('v2');

    expect(await rollouts()).toHaveLength(1);
    expect((await newest()).status).toBe('completed');
    expect(reasons('image considered').at(-1)).toBe('shop/web:v2 was seen already');
    expect(await watch.violations()).toEqual([]);
  });

  it('is found by the sweep when its event was lost', async () => {
    const { cloud, roll, newest, rollouts, running, watch } = await start();
    cloud.events.disturb = ({ source }) => (source === 'aws.ecr' ? [] : [0]);
    const v2 = await roll('v2');
    const before = await rollouts();

    await cloud.invoke(`${STACK}-sweep`, {});
    await cloud.settle();

    expect(before).toEqual([]);
    expect(await newest()).toMatchObject({ status: 'completed', triggered_by: 'sweep' });
    expect(running()).toEqual({ [v2]: 4 });
    expect(await watch.violations()).toEqual([]);
  });

  it('rolls out when a tag that is followed moves back to an older digest', async () => {
    const policy = { ...SMALL, tag_choice: { type: 'digest', tag: 'latest' } };
    const { cloud, v1, newest, rollouts, running, watch } = await start({ policies: [policy] });
    cloud.ecr.push(REPOSITORY, { tag: 'latest' });
    await cloud.settle();

    cloud.ecr.push(REPOSITORY, { tag: 'latest', digest: v1 });
    await cloud.settle();

    expect((await rollouts()).map(({ status }) => status)).toEqual(['completed', 'completed']);
    expect((await newest()).image).toMatchObject({ tag: 'latest', digest: v1 });
    expect(running()).toEqual({ [v1]: 4 });
    expect(await watch.violations()).toEqual([]);
  });
});

describe('two images', () => {
  it.each([
    { order: 'as pushed', gapMs: 400, delays: [0, 0] },
    { order: 'reversed', gapMs: 400, delays: [5_000, 0] },
    { order: 'reversed by minutes', gapMs: 400, delays: [300_000, 0] },
    { order: 'reversed, and pushed in one instant', gapMs: 0, delays: [5_000, 0] },
  ])('end with the newer one everywhere when events come $order', async ({ gapMs, delays }) => {
    const { cloud, push, newest, rollouts, running, target, watch } = await start();
    let nth = 0;
    cloud.events.disturb = ({ source }) => (source === 'aws.ecr' ? [delays[nth++] ?? 0] : [0]);

    push('v2');
    await cloud.run({ untilMs: cloud.clock.nowMs() + gapMs });
    const v3 = push('v3');
    await cloud.settle();

    expect(await rollouts()).toHaveLength(1);
    expect(await newest()).toMatchObject({ status: 'completed', image: { digest: v3 } });
    expect(running()).toEqual({ [v3]: 4 });
    expect(await target()).toMatchObject({ desired: { digest: v3 }, seen: { digest: v3 } });
    expect(await watch.violations()).toEqual([]);
  });
});

describe('a tag that is gone', () => {
  it('is looked for three times, said to be gone, and starts nothing', async () => {
    const { cloud, push, rollouts, reasons, watch } = await start();
    push('v2');
    cloud.ecr.deleteTag(REPOSITORY, 'v2');
    const before = cloud.dynamo.dump();

    await cloud.settle();

    expect(reasons('tag is not there yet')).toHaveLength(2);
    expect(reasons('tag is gone')).toHaveLength(1);
    expect(cloud.dynamo.dump()).toEqual(before);
    expect(await rollouts()).toEqual([]);
    expect(await watch.violations()).toEqual([]);
  });

  it('is found when the registry shows it late', async () => {
    const { cloud, push, newest, reasons, watch } = await start();
    const v2 = push('v2');
    cloud.ecr.deleteTag(REPOSITORY, 'v2');
    await cloud.run({ untilMs: cloud.clock.nowMs() + 10_000 });
    cloud.events.disturb = ({ source }) => (source === 'aws.ecr' ? [] : [0]);
    cloud.ecr.push(REPOSITORY, { tag: 'v2', digest: v2 });

    await cloud.settle();

    expect(reasons('tag is not there yet')).toHaveLength(1);
    expect(await newest()).toMatchObject({ status: 'completed', triggered_by: 'ecr' });
    expect(await watch.violations()).toEqual([]);
  });
});

const with_ = (event: CloudEvent, detail: Record<string, unknown>): CloudEvent => ({
  ...event,
  detail: { ...event.detail, ...detail },
});
const without = (event: CloudEvent, field: string): CloudEvent => ({
  ...event,
  detail: Object.fromEntries(Object.entries(event.detail).filter(([key]) => key !== field)),
});

const FOREIGN: [string, (event: CloudEvent) => CloudEvent, RegExp][] = [
  ['without a tag', (event) => without(event, 'image-tag'), /an untagged manifest/],
  ['with an empty tag', (event) => with_(event, { 'image-tag': '' }), /an untagged manifest/],
  ['of another account', (event) => ({ ...event, account: '999999999999' }), /from 999999999999/],
  ['of another region', (event) => ({ ...event, region: 'us-east-1' }), /in us-east-1, not/],
  ['of a deletion', (event) => with_(event, { 'action-type': 'DELETE' }), /DELETE SUCCESS is no/],
  [
    'of a move to the archive',
    (event) => with_(event, { 'action-type': 'UPDATE_STORAGE_CLASS' }),
    /UPDATE_STORAGE_CLASS SUCCESS is no finished push/,
  ],
  ['of a failed push', (event) => with_(event, { result: 'FAILURE' }), /PUSH FAILURE is no/],
  ['without a repository', (event) => without(event, 'repository-name'), /neither an arrival/],
  ['of another source', (event) => ({ ...event, source: 'shop.ci' }), /neither an arrival/],
  [
    'of another type',
    (event) => ({ ...event, 'detail-type': 'ECR Image Scan' }),
    /neither an arrival/,
  ],
];

describe.each(FOREIGN)('an event %s', (_, change, reason) => {
  /** A cloud with an image that would roll out, if the event of its push were taken. */
  async function startWithLostPush(): Promise<{ test: TestCloud; event: CloudEvent }> {
    const test = await start();
    const { cloud, push } = test;
    const events: CloudEvent[] = [];
    cloud.events.disturb = (event) => {
      events.push(event);
      return [];
    };
    push('v2');
    cloud.events.disturb = undefined;
    const event = events.at(0);
    if (event === undefined) throw new Error('a push raised no event');
    return { test, event: change(event) };
  }

  it('starts nothing on the bus', async () => {
    const { test, event } = await startWithLostPush();
    const { cloud, watch } = test;
    const before = cloud.dynamo.dump();

    cloud.events.deliver(event);
    await cloud.settle();

    expect(cloud.dynamo.dump()).toEqual(before);
    expect(await watch.violations()).toEqual([]);
  });

  it('is ignored on the queue, for a logged reason', async () => {
    const { test, event } = await startWithLostPush();
    const { cloud, reasons, watch } = test;
    const before = cloud.dynamo.dump();

    cloud.sqs.find(`${STACK}-images`)?.send(JSON.stringify(event));
    await cloud.settle();

    expect(reasons('message ignored')).toEqual([expect.stringMatching(reason)]);
    expect(cloud.dynamo.dump()).toEqual(before);
    expect(await watch.violations()).toEqual([]);
  });
});

describe('the bus and the queue', () => {
  it('refuse an event that a customer puts in the name of ECR', async () => {
    const test = await start();
    const { cloud, push, rollouts, watch } = test;
    cloud.events.disturb = () => [];
    push('v2');
    const client = new EventBridgeClient(cloud.clientConfig());
    const Detail = JSON.stringify({ 'repository-name': REPOSITORY, 'image-tag': 'v2' });
    const looks = considered(test);

    const answer = await client.send(
      new PutEventsCommand({
        Entries: [{ Source: 'aws.ecr', DetailType: 'ECR Image Action', Detail }],
      }),
    );
    await cloud.settle();

    expect(answer.Entries?.map(({ ErrorCode }) => ErrorCode)).toEqual([
      'NotAuthorizedForSourceException',
    ]);
    expect(considered(test)).toBe(looks);
    expect(await rollouts()).toEqual([]);
    expect(await watch.violations()).toEqual([]);
  });

  it('bring up what is no JSON, and say so', async () => {
    const { cloud, reasons, watch } = await start();

    cloud.sqs.find(`${STACK}-images`)?.send('{"look":');
    cloud.sqs.find(`${STACK}-images`)?.send('{"look":{"repository":"shop/web","because":"fun"}}');
    await cloud.settle();

    expect(reasons('message ignored')).toEqual([
      'neither an arrival in ECR nor a look',
      'neither an arrival in ECR nor a look',
    ]);
    expect(await watch.violations()).toEqual([]);
  });

  it('bring up a repository that no policy wants, and say so', async () => {
    const { cloud, rollouts, watch } = await start();
    cloud.ecr.createRepository('shop/api');

    cloud.ecr.push('shop/api', { tag: 'v1' });
    await cloud.settle();

    expect(cloud.logs.at(-1)?.line).toMatchObject({
      message: 'no policy wants this repository',
      repository: 'shop/api',
    });
    expect(await rollouts()).toEqual([]);
    expect(await watch.violations()).toEqual([]);
  });

  it('let a push in which no tag can be chosen start nothing, and say why', async () => {
    const policy = { ...SMALL, tag_choice: { type: 'semver', range: '>=2' } };
    const { roll, rollouts, reasons, watch } = await start({ policies: [policy] });

    await roll('v1.5.0');

    expect(await rollouts()).toEqual([]);
    expect(reasons('no image is chosen').at(-1)).toMatch(/^no tag of shop\/web:\* can be chosen/);
    expect(await watch.violations()).toEqual([]);
  });
});

describe('a policy that cannot be read', () => {
  const POISON: [string, Record<string, unknown>, RegExp][] = [
    [
      'a field that this version does not know',
      { document: { ...SMALL, id: 'poison', batches: 3 } },
      /batches/,
    ],
    ['a document that is none', { document: { image_pattern: 'shop/web:*' } }, /id|fleet_id/],
    [
      'an item with a foreign attribute',
      { document: SMALL, colour: 'red' },
      /policy poison cannot/,
    ],
    ['no document', {}, /policy poison cannot be read: document/],
  ];

  it.each(POISON)('stops nobody else: %s', async (_, item, reason) => {
    const { cloud, store, roll, newest, rollouts, running, watch } = await start();
    await putItem(store, store.policies, {
      policy: 'poison',
      item: 'spec',
      version: 1,
      repository_key: `=${REPOSITORY}`,
      repository_prefix: `/${REPOSITORY}`,
      source: 'api',
      updated_at_ms: 0,
      ...item,
    });

    const v2 = await roll('v2');

    const named = cloud.logs.find(({ line }) => line['message'] === 'the policy cannot be used');
    expect(named?.line).toMatchObject({ level: 'ERROR', policy: 'poison' });
    expect(named?.line['reason']).toMatch(reason);
    expect(await rollouts()).toHaveLength(1);
    expect(await newest()).toMatchObject({ policy: POLICY.id, status: 'completed' });
    expect(running()).toEqual({ [v2]: 4 });
    expect(await watch.violations()).toEqual([]);
  });

  it('keeps a target that cannot be read as it is, and names it', async () => {
    const { cloud, store, roll, rollouts, watch } = await start();
    const poison = { policy: POLICY.id, item: `target#${REPOSITORY}`, version: 'one' };
    await putItem(store, store.policies, poison);
    const before = cloud.dynamo.dump();

    await roll('v2');

    const named = cloud.logs.find(({ line }) => line['message'] === 'the policy cannot be used');
    expect(named?.line['reason']).toMatch(/target#shop\/web of shop-web cannot be read: .*version/);
    expect(cloud.dynamo.dump()).toEqual(before);
    expect(await rollouts()).toEqual([]);
    expect(await watch.violations()).toEqual([]);
  });
});
