/**
 * Bad input at every door of the cloud side: it is named in the log or in the answer, and it changes
 * nothing: a dump of all tables before and after is equal.
 */
import { EventBridgeClient, PutEventsCommand } from '@aws-sdk/client-eventbridge';
import { describe, expect, it } from 'vitest';
import { putItem } from '#aws/store.ts';
import { POLICY, REPOSITORY, STACK, startCloud, type TestCloud } from './start-cloud.ts';

const PUSH = {
  version: '0',
  id: '13cde686-328b-6117-af20-0e5566167482',
  'detail-type': 'ECR Image Action',
  source: 'aws.ecr',
  account: '111122223333',
  time: '2026-01-05T00:00:00Z',
  region: 'eu-west-1',
  resources: [],
  detail: {
    'action-type': 'PUSH',
    result: 'SUCCESS',
    'repository-name': REPOSITORY,
    'image-digest': `sha256:${'7'.repeat(64)}`,
    'image-tag': 'v9',
  },
} as const;

function push(detail: Record<string, unknown>, envelope: Record<string, unknown> = {}): string {
  return JSON.stringify({ ...PUSH, ...envelope, detail: { ...PUSH.detail, ...detail } });
}

const ANY_EVENT = { account: '111122223333', region: 'eu-west-1' };

/** Messages on the image queue: whoever put them there. */
const MESSAGES: readonly [name: string, body: string, reason: RegExp][] = [
  ['a body that is no JSON', 'push it!', /neither an arrival in ECR nor a look/],
  ['a body that is no event', '{}', /neither an arrival in ECR nor a look/],
  ['an event of another account', push({}, { account: '999999999999' }), /not from this stack's/],
  ['an event of another region', push({}, { region: 'us-east-1' }), /not from this stack's/],
  ['a deleted image', push({ 'action-type': 'DELETE' }), /DELETE SUCCESS is no finished push/],
  ['a push that failed', push({ result: 'FAILURE' }), /PUSH FAILURE is no finished push/],
  ['a moved storage class', push({ 'action-type': 'UPDATE_STORAGE_CLASS' }), /no finished push/],
  ['a platform of an index', push({ 'image-tag': '' }), /untagged manifest/],
  ['an event without a tag', push({ 'image-tag': undefined }), /untagged manifest/],
  ['a push whose tag is gone', push({ 'image-tag': 'gone' }), /tag is gone/],
  ['a repository that no policy wants', push({ 'repository-name': 'shop/x' }), /no policy wants/],
  ['a repository name of 300 characters', push({ 'repository-name': 'x'.repeat(300) }), /neither/],
  [
    'a look with an unknown field',
    JSON.stringify({ look: { repository: REPOSITORY, because: 'sweep', force: true } }),
    /neither an arrival in ECR nor a look/,
  ],
  [
    'a look for no reason that we know',
    JSON.stringify({ look: { repository: REPOSITORY, because: 'fun' } }),
    /neither an arrival in ECR nor a look/,
  ],
  [
    'a look at a registry that is not ours',
    JSON.stringify({ look: { repository: 'ghcr.io/acme/app', because: 'sweep' } }),
    /no policy wants this repository/,
  ],
];

const STEP = { rolloutId: 'shop-web-973756-g1', run: 1 };
const CHUNK = { ...STEP, policy: 'shop-web', repository: REPOSITORY, batch: 0, chunk: 0 };
const DETAIL = { detail: { executionArn: 'x', stateMachineArn: 'x' } };

/** Payloads that a lambda refuses. */
const REFUSED: readonly [name: string, lambda: string, payload: unknown, error: RegExp][] = [
  ['a step without its run', 'open-batch', { rolloutId: 'x' }, /does not parse: run: invalid_type/],
  ['a run of 0', 'judge-batch', { rolloutId: 'x', run: 0 }, /does not parse: run: too_small/],
  ['an unknown field', 'plan-rollout', { ...STEP, force: true }, /unrecognized_keys/],
  ['a token step without its token', 'hold-for-operator', STEP, /does not parse: token/],
  ['a rollout that has no record', 'close-rollout', STEP, /has no record/],
  ['a chunk of no rollout', 'read-results', CHUNK, /has no record/],
  ['an input that is text', 'update-hosts', 'shop-web', /the input: invalid_type/],
  ['a queue event without records', 'consider-image', {}, /does not parse: Records/],
  ['an execution event without detail', 'listen-to-executions', ANY_EVENT, /parse: detail/],
  ['a command event without its payload', 'listen-to-commands', DETAIL, /does not parse: detail/],
  ['policies that are no list', 'apply-policies', policies('{}'), /not a list of documents/],
  ['policies that are no JSON', 'apply-policies', policies('[{'), /not a list of documents/],
  [
    'a policy with an unknown field',
    'apply-policies',
    policies(JSON.stringify([{ ...POLICY, max_failures: 3 }])),
    /shop-web: .*max_failures/,
  ],
  [
    'a policy whose rate is too high',
    'apply-policies',
    policies(JSON.stringify([{ ...POLICY, max_failure_rate: 2 }])),
    /shop-web: .*max_failure_rate.*2/,
  ],
  [
    'a policy that asks for what is not built',
    'apply-policies',
    policies(JSON.stringify([{ ...POLICY, image_pattern: 'ghcr.io/acme/app:*' }])),
    /shop-web: .*image_pattern/,
  ],
  [
    'a policy whose topic is in another region',
    'apply-policies',
    policies(
      JSON.stringify([
        { ...POLICY, notifications: [{ topic_arn: 'arn:aws:sns:us-east-1:111122223333:ops' }] },
      ]),
    ),
    /shop-web: notifications\.0\.topic_arn: .* of another account or region than the stack's/,
  ],
  [
    'two policies with one id',
    'apply-policies',
    policies(JSON.stringify([POLICY, POLICY])),
    /shop-web: the id is there twice/,
  ],
  ['a request that is no create', 'apply-policies', { RequestType: 'Drop' }, /RequestType/],
];

function policies(text: string): unknown {
  return { RequestType: 'Update', ResourceProperties: { policies: text } };
}

/** Payloads that a lambda takes, and answers by doing nothing. */
const IGNORED: readonly [name: string, lambda: string, payload: unknown, reason: RegExp][] = [
  [
    'an execution of another machine',
    'listen-to-executions',
    { detail: { executionArn: 'arn:x:shop-web-973756-g1-r1', stateMachineArn: 'arn:other' } },
    /not an execution of the rollout machine itself/,
  ],
  [
    'an execution that somebody started by hand',
    'listen-to-executions',
    {
      detail: {
        executionArn: 'arn:aws:states:eu-west-1:111122223333:execution:Longshore-rollout:mine',
        stateMachineArn: 'arn:aws:states:eu-west-1:111122223333:stateMachine:Longshore-rollout',
      },
    },
    /no rollout has this execution/,
  ],
  ['a foreign payload', 'listen-to-commands', command('uptime'), /the payload is not ours/],
  [
    'a payload of a rollout that is not there',
    'listen-to-commands',
    command(
      `v=1\nop=status\nowner=a/b/c\nrollout=b-123456-g1\nbatch=0\nchunk=0\ngen=1\nstep=1\ndeadline=1\ntimeout=1\ncontainer=web\nmode=recreate\n`,
    ),
    /nobody waits for this command/,
  ],
];

function command(text: string): unknown {
  const payload = [Buffer.from(text).toString('base64')];
  return { detail: { 'command-id': 'c', status: 'Success', parameters: { payload } } };
}

async function unchanged(test: TestCloud, act: () => Promise<void>): Promise<void> {
  const before = test.cloud.dynamo.dump();
  await act();
  expect(test.cloud.dynamo.dump()).toEqual(before);
  expect(await test.watch.violations()).toEqual([]);
}

describe('a message on the image queue', () => {
  it.each(MESSAGES)('%s is named and changes nothing', async (_name, body, reason) => {
    const test = await startCloud({ hosts: 1 });

    await unchanged(test, async () => {
      test.cloud.sqs.find(`${STACK}-images`)?.send(body);
      await test.cloud.settle();
    });

    const said = test.cloud.logs.flatMap(({ line }) => [line['reason'], line['message']]);
    expect(said.map(String).filter((text) => reason.test(text))).not.toEqual([]);
  });
});

describe('a payload', () => {
  it.each(REFUSED)('%s is refused and changes nothing', async (_name, lambda, payload, error) => {
    const test = await startCloud({ hosts: 1 });

    await unchanged(test, async () => {
      await expect(test.cloud.invoke(`${STACK}-${lambda}`, payload)).rejects.toThrow(error);
    });
  });

  it.each(IGNORED)('%s is answered by doing nothing', async (_name, lambda, payload, reason) => {
    const test = await startCloud({ hosts: 1 });

    await unchanged(test, async () => {
      const answer = await test.cloud.invoke(`${STACK}-${lambda}`, payload);
      expect(answer).toMatchObject({ reason: expect.stringMatching(reason) });
    });
  });
});

it('refuses an event that claims to be of ECR', async () => {
  const test = await startCloud({ hosts: 1 });
  const client = new EventBridgeClient(test.cloud.clientConfig());

  await unchanged(test, async () => {
    const answer = await client.send(
      new PutEventsCommand({
        Entries: [
          {
            Source: 'aws.ecr',
            DetailType: 'ECR Image Action',
            Detail: JSON.stringify(PUSH.detail),
          },
        ],
      }),
    );
    expect(answer.Entries?.[0]?.ErrorCode).toBe('NotAuthorizedForSourceException');
    await test.cloud.settle();
  });
});

it('refuses a step of a rollout that is said to be of another policy', async () => {
  const test = await startCloud({ hosts: 1 });
  await test.roll('v2');
  const { rollout: rolloutId } = await test.newest();
  const payload = { rolloutId, run: 1, policy: 'shop-api', repository: REPOSITORY };

  await unchanged(test, async () => {
    await expect(test.cloud.invoke(`${STACK}-close-rollout`, payload)).rejects.toThrow(
      `${rolloutId} is no rollout of shop-api for ${REPOSITORY}`,
    );
  });
});

describe('an item that cannot be read', () => {
  it.each(['spec', `target#${REPOSITORY}`])('%s is named and left as it is', async (item) => {
    const test = await startCloud({ hosts: 1 });
    await putItem(test.store, test.store.policies, { policy: POLICY.id, item, broken: 1, ...KEYS });

    await unchanged(test, async () => {
      test.push('v2');
      await test.cloud.settle();
    });

    expect(test.reasons('the policy cannot be used').join()).toMatch(/shop-web cannot be read/);
  });

  it('a rollout is named by the sweep and left as it is', async () => {
    const test = await startCloud({ hosts: 1 });
    await test.roll('v2');
    const { rollout } = await test.newest();
    const poison = { rollout, item: 'meta', status: 'in_progress', started_at_ms: 1, gate: 'ajar' };
    await putItem(test.store, test.store.rollouts, poison);
    const before = test.cloud.dynamo.dump();

    await test.cloud.invoke(`${STACK}-sweep`, {});

    expect(test.reasons().join()).toMatch(`could not do its duty for ${rollout}`);
    expect(test.cloud.dynamo.dump()).toEqual(before);
  });
});

/** What the index needs to find an item at all. */
const KEYS = { repository_key: `=${REPOSITORY}`, repository_prefix: `/${REPOSITORY}` };
