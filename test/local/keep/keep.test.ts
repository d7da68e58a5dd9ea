import { BatchGetImageCommand, PutImageCommand } from '@aws-sdk/client-ecr';
import {
  ListExecutionsCommand,
  RedriveExecutionCommand,
  SFNClient,
  StopExecutionCommand,
} from '@aws-sdk/client-sfn';
import { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts';
import { describe, expect, it } from 'vitest';
import { followCloudClock } from '#aws/cloud-clock.ts';
import { lambdaRuntime } from '#aws/runtime.ts';
import { clientOf } from '../serve/place.ts';
import { type Kept, keepCloud, SPEED } from './keep-cloud.ts';

const START_MS = Date.UTC(2026, 2, 2, 9);
const MINUTE_MS = 60_000;

/** Newest first. */
async function executions({ sfn, address }: Kept) {
  const { rolloutMachine: stateMachineArn } = address;
  return (await sfn.send(new ListExecutionsCommand({ stateMachineArn }))).executions ?? [];
}

async function newest(kept: Kept): Promise<string> {
  return (await executions(kept))[0]?.executionArn ?? '';
}

describe('a push from outside', () => {
  it('rolls out to its end, and is told as it goes', async () => {
    const kept = await keepCloud();

    await kept.push('v4');
    await kept.passUntil(/completed: /);

    expect((await executions(kept)).map(({ status }) => status)).toEqual(['SUCCEEDED']);
    expect(kept.words().slice(2)).toEqual([
      expect.stringMatching(/^push shop\/web:v4 \(sha256:\w+\), from outside$/),
      'shop-web #1  pending: v4 is new for shop-web',
      'shop-web #1  in_progress: v4 goes to 20 hosts',
      'shop-web #1  batch 1 of 3 opens: 2 hosts',
      'shop-web #1  batch 1: 2 of 2 hosts are healthy',
      'shop-web #1  batch 2 of 3 opens: 8 hosts',
      'shop-web #1  batch 2: 8 of 8 hosts are healthy',
      'shop-web #1  batch 3 of 3 opens: 10 hosts',
      'shop-web #1  batch 3: 10 of 10 hosts are healthy',
      'shop-web #1  completed: v4 went through every batch',
    ]);
  });

  it('goes back where the image says that it is bad, and starts nothing under another tag', async () => {
    const kept = await keepCloud();
    const { repository: repositoryName } = kept.address;

    await kept.push('v5', { 'longshore.local/unhealthy': '1' });
    await kept.passUntil(/rolled_back: /);
    const { images } = await kept.ecr.send(
      new BatchGetImageCommand({ repositoryName, imageIds: [{ imageTag: 'v5' }] }),
    );
    const { imageManifest } = images?.[0] ?? {};
    await kept.ecr.send(new PutImageCommand({ repositoryName, imageTag: 'v6', imageManifest }));
    await kept.passUntil(/v6 starts nothing: /);

    expect(kept.words().at(-1)).toMatch(/^shop\/web:v6 starts nothing: .*shop-web #1 denied/);
    expect(await executions(kept)).toHaveLength(1);
  });

  it('takes over what another push has begun, and nothing is told twice', async () => {
    const kept = await keepCloud();

    await kept.push('v4');
    await kept.passUntil(/batch 1: /);
    await kept.push('v5');
    await kept.passUntil(/#2 {2}completed: /);

    const words = kept.words();
    expect(words.filter((text) => text.includes('superseded: '))).toHaveLength(1);
    expect(words.filter((text) => words.indexOf(text) !== words.lastIndexOf(text))).toEqual([]);
  });
});

describe('an operator outside', () => {
  it('pauses a rollout with Stop and resumes it with Redrive', async () => {
    const kept = await keepCloud();
    await kept.push('v4');
    await kept.passUntil(/batch 1: 2 of 2/);
    const executionArn = await newest(kept);

    await kept.sfn.send(new StopExecutionCommand({ executionArn, cause: 'let me look' }));
    await kept.passUntil(/paused: .*let me look/);
    await kept.pass(240);
    const paused = kept.words().length;
    await kept.sfn.send(new RedriveExecutionCommand({ executionArn }));
    await kept.passUntil(/completed: /);

    expect(kept.words().slice(0, paused).join('\n')).not.toContain('batch 2 of 3 opens');
    expect((await executions(kept)).map(({ status }) => status)).toEqual(['SUCCEEDED']);
  });

  it('is answered while another one asks', async () => {
    const kept = await keepCloud();
    const other = new SFNClient(clientOf(kept.address.endpoint));
    await kept.push('v4');
    await kept.pass(1);

    const all = await Promise.all(
      [kept.sfn, other, kept.sfn, other].map((sfn) => executions({ ...kept, sfn })),
    );

    expect(all.map((list) => list.map(({ status }) => status))).toEqual(Array(4).fill(['RUNNING']));
  });
});

describe('the time of a kept cloud', () => {
  it('is the wall clock’s for whoever calls, though nobody has waited for it', async () => {
    const kept = await keepCloud();
    await kept.push('v4');
    await kept.wall.pass(2_000);

    await kept.push('v5');

    const between = (await kept.pushedAtMs('v5')) - (await kept.pushedAtMs('v4'));
    expect(between).toBe(2_000 * SPEED);
  });

  it('is said to whoever asks for it, beside the real date', async () => {
    const kept = await keepCloud();
    await kept.push('v4');
    await kept.wall.pass(2_000);
    const runtime = followCloudClock({ ...lambdaRuntime(), clientConfig: {} });
    const config = { ...runtime.clientConfig, ...clientOf(kept.address.endpoint) };

    await new STSClient(config).send(new GetCallerIdentityCommand({}));

    const sinceMs = runtime.nowMs() - (await kept.pushedAtMs('v4'));
    expect(Math.abs(sinceMs - 2_000 * SPEED)).toBeLessThan(60_000);
  });

  it('does not stand between a call and its answer', async () => {
    const kept = await keepCloud();

    const digests = [await kept.push('v4'), await kept.push('v5')];

    expect(new Set(digests).size).toBe(2);
    expect(await kept.pushedAtMs('v4')).toBeLessThan(START_MS + MINUTE_MS);
  });

  it('begins at once what a call has made due', async () => {
    const kept = await keepCloud();
    await kept.push('v4');

    await kept.pass(1);

    expect(kept.words()).toContain('shop-web #1  batch 1 of 3 opens: 2 hosts');
  });

  it('wakes nobody but for the sweep while nothing happens', async () => {
    const kept = await keepCloud();
    await kept.pass(60);
    const before = kept.wall.sleeps;

    await kept.pass(24 * 60);

    const sweeps = 24 * 4;
    // What follows a sweep comes so soon after it that no timer is worth it.
    expect(kept.wall.sleeps - before).toBeLessThanOrEqual(sweeps + 1);
  });
});

describe('a kept cloud', () => {
  it('is what its story has left', async () => {
    const kept = await keepCloud({ playsStory: true });

    expect(kept.words().at(-1)).toMatch(/v3-again starts nothing/);
    expect((await executions(kept)).map(({ status }) => status)).toEqual([
      'SUCCEEDED',
      'SUCCEEDED',
    ]);
    await kept.push('v4');
    await kept.passUntil(/#3 {2}completed: v4/);
  });

  it('lets whoever calls before it is there wait for it', async () => {
    const early = Promise.withResolvers<string>();

    const kept = await keepCloud({
      onListening: (endpoint) => {
        const sfn = new SFNClient(clientOf(endpoint));
        const stateMachineArn =
          'arn:aws:states:eu-west-1:111122223333:stateMachine:Longshore-rollout';
        sfn
          .send(new ListExecutionsCommand({ stateMachineArn }))
          .then(
            ({ executions }) => early.resolve(`${executions?.length} executions`),
            early.reject,
          );
      },
    });

    expect(await early.promise).toBe('0 executions');
    expect(kept.words()[1]).toBe('policy shop-web desires v1');
  });

  it('hangs up when it ends', async () => {
    const kept = await keepCloud();

    await kept.end();

    await expect(kept.push('v4')).rejects.toThrow('ECONNREFUSED');
  });

  it('leaves the picture of a rollout as it is when that has ended', async () => {
    const kept = await keepCloud();
    await kept.push('v4');
    await kept.passUntil(/completed: /);
    const then = kept.pictures();

    await kept.pass(120);

    expect(then.kept).toBe(1);
    expect(kept.pictures()).toEqual(then);
    await kept.push('v5');
    await kept.passUntil(/completed: v5/);
    expect(kept.pictures().kept).toBe(2);
  });
});
