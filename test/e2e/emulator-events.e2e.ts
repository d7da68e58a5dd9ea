/** The event of a push, which MiniStack's registry does not raise: emulator/events.py. */
import { createHash } from 'node:crypto';
import { mkdtempSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { CreateRepositoryCommand, ECRClient } from '@aws-sdk/client-ecr';
import { EventBridgeClient, PutEventsCommand } from '@aws-sdk/client-eventbridge';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { Account, REGISTRY } from './account.ts';
import { EventQueue } from './doubles/event-queue.ts';
import { AWS_ENVIRONMENT, readSurroundings } from './surroundings.ts';

const MEDIA_TYPE = 'application/vnd.docker.distribution.manifest.v2+json';

const account = new Account();
const ecr = new ECRClient({});
let events: EventQueue;

beforeAll(async () => {
  await account.start();
  events = await EventQueue.open('pushes', 'aws.ecr');
  await ecr.send(new CreateRepositoryCommand({ repositoryName: 'small' }));
  await ecr.send(
    new CreateRepositoryCommand({ repositoryName: 'fixed', imageTagMutability: 'IMMUTABLE' }),
  );
});

afterAll(() => account.stop());

/** An image of a few bytes, under this name; returns the digest that the registry named. */
async function push(name: string, content: string): Promise<string> {
  const folder = mkdtempSync(path.join(readSurroundings().E2E_FOLDER, 'image-'));
  writeFileSync(path.join(folder, 'content'), content);
  writeFileSync(path.join(folder, 'Dockerfile'), 'FROM scratch\nCOPY content /\n');
  await account.docker('build', '-q', '-t', `${REGISTRY}/${name}`, folder);
  const said = await account.docker('push', `${REGISTRY}/${name}`);
  return /digest: (sha256:\w{64})/.exec(said)?.[1] ?? said;
}

/** What there is of this image's repository and digest. */
async function eventsOf(digest: string): Promise<unknown[]> {
  return (await events.all()).filter(({ detail }) => detail['image-digest'] === digest);
}

async function registry(method: string, target: string, body?: string): Promise<Response> {
  const headers = { 'content-type': MEDIA_TYPE, accept: MEDIA_TYPE };
  return fetch(`${AWS_ENVIRONMENT.AWS_ENDPOINT_URL}/v2/${target}`, {
    method,
    headers,
    ...(body !== undefined && { body }),
  });
}

it('a push by tag raises one event, as ECR does', async () => {
  const digest = await push('small:v1', 'one');

  expect(await eventsOf(digest)).toEqual([
    {
      version: '0',
      id: expect.any(String),
      'detail-type': 'ECR Image Action',
      source: 'aws.ecr',
      account: '000000000000',
      time: expect.any(String),
      region: 'eu-west-1',
      resources: [],
      detail: {
        'action-type': 'PUSH',
        result: 'SUCCESS',
        'repository-name': 'small',
        'image-digest': digest,
        'image-tag': 'v1',
        'manifest-media-type': MEDIA_TYPE,
      },
    },
  ]);
});

it('another tag of the same image raises one of its own, the same tag again none', async () => {
  const digest = await push('small:again', 'again');

  await account.docker('tag', `${REGISTRY}/small:again`, `${REGISTRY}/small:other`);
  await account.docker('push', `${REGISTRY}/small:other`);
  await account.docker('push', `${REGISTRY}/small:other`);

  expect(await eventsOf(digest)).toMatchObject([
    { detail: { 'image-tag': 'again' } },
    { detail: { 'image-tag': 'other' } },
  ]);
});

it('a tag that moves back raises one with the old digest', async () => {
  const first = await push('small:moving', 'first');
  await push('small:moving', 'second');

  await push('small:moving', 'first');

  expect(await eventsOf(first)).toHaveLength(2);
});

it('a push by digest has an empty tag', async () => {
  await push('small:v2', 'two');
  const manifest = await (await registry('GET', 'small/manifests/v2')).text();
  const changed = `${manifest}\n`;
  const digest = `sha256:${createHash('sha256').update(changed).digest('hex')}`;

  const { status } = await registry('PUT', `small/manifests/${digest}`, changed);

  expect(status).toBe(201);
  expect(await eventsOf(digest)).toMatchObject([{ detail: { 'image-tag': '' } }]);
});

it('a push that is refused raises none', async () => {
  await push('fixed:v1', 'one of its own');
  const before = await events.all();

  await expect(push('fixed:v1', 'another')).rejects.toThrow(/immutable/);
  await expect(push('unknown:v1', 'one')).rejects.toThrow(/does not exist|name unknown/i);

  expect(await events.all()).toEqual(before);
});

it('nobody else may speak for ECR', async () => {
  const before = await events.all();

  const { FailedEntryCount, Entries } = await new EventBridgeClient({}).send(
    new PutEventsCommand({
      Entries: [{ Source: 'aws.ecr', DetailType: 'ECR Image Action', Detail: '{}' }],
    }),
  );

  expect(FailedEntryCount).toBe(1);
  expect(Entries).toMatchObject([{ ErrorCode: 'NotAuthorizedForSourceException' }]);
  expect(await events.all()).toEqual(before);
});
