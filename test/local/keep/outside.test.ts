import { describe, expect, it } from 'vitest';
import { LivePace } from '#local/keep/live-pace.ts';
import { Outside } from '#local/keep/outside.ts';
import type { Play } from '#local/scenario/play.ts';
import { bareCloud } from '../cloud-rig.ts';

const ENDPOINT = 'http://127.0.0.1:4566';

/** Somebody outside, and what is told of what he does. */
function outsideOf(cloud = bareCloud()) {
  const said: string[] = [];
  const narrator = { say: (text: string) => void said.push(text) };
  const play = { stage: { cloud, tags: new Map() }, narrator } as unknown as Play;
  return { outside: new Outside(play, new LivePace(undefined), ENDPOINT), said };
}

describe('whoever asks from outside', () => {
  it('gets queues by URLs that lead back here, and is understood by them', async () => {
    const cloud = bareCloud();
    const url = 'https://sqs.eu-west-1.amazonaws.com/111122223333/looks';
    const arn = 'arn:aws:sqs:eu-west-1:111122223333:looks';
    const times = { visibilityTimeoutMs: 30_000, delayMs: 0, retentionMs: 345_600_000 };
    const queue = cloud.sqs.createQueue({ name: 'looks', arn, url, ...times });
    const { outside } = outsideOf(cloud);
    const ask = (operation: string, input: Record<string, unknown>) =>
      outside.answer({ service: 'sqs', operation, input });

    const { QueueUrl } = await ask('GetQueueUrl', { QueueName: 'looks' });
    await ask('SendMessage', { QueueUrl, MessageBody: 'look' });

    expect(QueueUrl).toBe(`${ENDPOINT}/111122223333/looks`);
    expect(queue.messages).toHaveLength(1);
  });

  it('is not found a queue by the end of its URL alone', async () => {
    const { outside } = outsideOf();
    const input = { QueueUrl: 'http://127.0.0.1:4566/other' };

    const call = outside.answer({ service: 'sqs', operation: 'PurgeQueue', input });

    await expect(call).rejects.toMatchObject({ code: 'QueueDoesNotExist' });
  });

  it('is told who it is, and nothing else that STS knows', async () => {
    const { outside } = outsideOf();
    const ask = (operation: string) => outside.answer({ service: 'sts', operation, input: {} });

    expect(await ask('GetCallerIdentity')).toMatchObject({ Account: '111122223333' });
    await expect(ask('AssumeRole')).rejects.toMatchObject({ code: 'UnknownOperationException' });
  });

  it('makes a fault of the emulation known, beside the answer', async () => {
    const cloud = bareCloud();
    cloud.ecr.apply = async () => {
      throw new TypeError('nobody thought of that');
    };
    const { outside, said } = outsideOf(cloud);

    const call = outside.answer({ service: 'ecr', operation: 'PutImage', input: {} });

    await expect(call).rejects.toThrow('nobody thought of that');
    expect(said).toEqual(['a fault of the embedded cloud in ecr PutImage: nobody thought of that']);
  });

  it('is not counted among the calls of the product', async () => {
    const cloud = bareCloud();
    const { outside } = outsideOf(cloud);

    await outside.answer({ service: 'ecr', operation: 'DescribeRepositories', input: {} });

    expect([...cloud.apiCalls]).toEqual([]);
  });
});
