import {
  ChangeMessageVisibilityCommand,
  DeleteMessageCommand,
  GetQueueAttributesCommand,
  ReceiveMessageCommand,
  SendMessageBatchCommand,
  SendMessageCommand,
  SQSClient,
} from '@aws-sdk/client-sqs';
import { describe, expect, it } from 'vitest';
import { ACCOUNT, cloudOf, REGION, START_MS } from '../cloud-rig.ts';

const QueueUrl = `https://sqs.${REGION}.amazonaws.com/${ACCOUNT}/looks`;

async function queueWith(properties: Record<string, unknown> = {}) {
  const cloud = await cloudOf({
    Dead: { Type: 'AWS::SQS::Queue', Properties: { QueueName: 'dead' } },
    Looks: {
      Type: 'AWS::SQS::Queue',
      Properties: { QueueName: 'looks', VisibilityTimeout: 30, ...properties },
    },
  });
  const client = new SQSClient(cloud.clientConfig());
  const receive = async (MaxNumberOfMessages = 10) => {
    const answer = await client.send(new ReceiveMessageCommand({ QueueUrl, MaxNumberOfMessages }));
    return answer.Messages ?? [];
  };
  const send = (MessageBody: string, DelaySeconds?: number) =>
    client.send(new SendMessageCommand({ QueueUrl, MessageBody, DelaySeconds }));
  return { cloud, client, receive, send, queue: cloud.sqs.queue('looks') };
}

const REDRIVE = {
  RedrivePolicy: { deadLetterTargetArn: { 'Fn::GetAtt': ['Dead', 'Arn'] }, maxReceiveCount: 2 },
};

describe('a queue', () => {
  it('gives a message with the body, MD5 and count that the SDK checks', async () => {
    const { receive, send } = await queueWith();

    await send('päck');
    const received = await receive();

    expect(received).toMatchObject([
      {
        Body: 'päck',
        Attributes: { ApproximateReceiveCount: '1', SentTimestamp: String(START_MS) },
      },
    ]);
  });

  it('hides a received message until its visibility timeout, then gives it again', async () => {
    const { cloud, receive, send } = await queueWith();
    await send('look');

    const counts: number[] = [];
    for (const untilMs of [0, 29_999, 30_000]) {
      await cloud.run({ untilMs: START_MS + untilMs });
      counts.push((await receive()).length);
    }

    expect(counts).toEqual([1, 0, 1]);
  });

  it('gives a deleted message no more', async () => {
    const { cloud, client, receive, send } = await queueWith();
    await send('look');
    const [message] = await receive();

    await client.send(
      new DeleteMessageCommand({ QueueUrl, ReceiptHandle: message?.ReceiptHandle }),
    );
    await cloud.run({ untilMs: START_MS + 3_600_000 });

    expect(await receive()).toEqual([]);
  });

  it('delays a message', async () => {
    const { cloud, receive, send } = await queueWith();

    await send('later', 60);
    const early = await receive();
    await cloud.run({ untilMs: START_MS + 60_000 });

    expect(early).toEqual([]);
    expect(await receive()).toHaveLength(1);
  });

  it('moves a message to the dead-letter queue when it would be received once too often', async () => {
    const { cloud, receive, send } = await queueWith(REDRIVE);
    await send('poison');

    const counts: number[] = [];
    for (let turn = 0; turn < 3; turn++) {
      counts.push((await receive()).length);
      await cloud.run({ untilMs: cloud.clock.nowMs() + 30_000 });
    }

    expect(counts).toEqual([1, 1, 0]);
    expect(cloud.sqs.queue('dead').messages).toMatchObject([{ body: 'poison', receiveCount: 2 }]);
  });

  it('lets a receiver change the visibility of what it holds, and of nothing else', async () => {
    const { cloud, client, receive, send } = await queueWith();
    await send('look');
    const [message] = await receive();
    const change = (ReceiptHandle: string | undefined) =>
      client.send(
        new ChangeMessageVisibilityCommand({ QueueUrl, ReceiptHandle, VisibilityTimeout: 0 }),
      );

    await change(message?.ReceiptHandle);

    expect(await receive()).toHaveLength(1);
    await expect(change(message?.ReceiptHandle)).rejects.toThrow('ReceiptHandleIsInvalid');
    expect(cloud.clock.nowMs()).toBe(START_MS);
  });

  it('forgets what is older than its retention', async () => {
    const { cloud, receive, send } = await queueWith({ MessageRetentionPeriod: 60 });
    await send('look');

    await cloud.run({ untilMs: START_MS + 60_001 });

    expect(await receive()).toEqual([]);
  });

  it('counts what is visible, held and delayed', async () => {
    const { client, receive, send } = await queueWith();
    for (const body of ['a', 'b', 'c']) await send(body);
    await send('later', 60);
    await receive(2);

    const { Attributes } = await client.send(
      new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ['All'] }),
    );

    expect(Attributes).toMatchObject({
      ApproximateNumberOfMessages: '1',
      ApproximateNumberOfMessagesNotVisible: '2',
      ApproximateNumberOfMessagesDelayed: '1',
    });
  });

  const entries = (count: number, of: object = {}) =>
    Array.from({ length: count }, (_, index) => ({ Id: `e${index}`, MessageBody: 'x', ...of }));

  it.each([
    { what: 'nothing', Entries: [], error: 'EmptyBatchRequest' },
    { what: '11 entries', Entries: entries(11), error: 'TooManyEntriesInBatchRequest' },
    { what: 'an id twice', Entries: entries(2, { Id: 'e' }), error: 'BatchEntryIdsNotDistinct' },
    {
      what: 'more than 1 MiB together',
      Entries: entries(2, { MessageBody: 'x'.repeat(600_000) }),
      error: 'BatchRequestTooLong',
    },
  ])('refuses a batch of $what', async ({ Entries, error }) => {
    const { client, queue } = await queueWith();

    const sending = client.send(new SendMessageBatchCommand({ QueueUrl, Entries }));

    await expect(sending).rejects.toMatchObject({ name: error });
    expect(queue.messages).toEqual([]);
  });

  it('takes a batch of ten', async () => {
    const { client, queue } = await queueWith();

    const { Successful } = await client.send(
      new SendMessageBatchCommand({ QueueUrl, Entries: entries(10) }),
    );

    expect(Successful).toHaveLength(10);
    expect(queue.messages).toHaveLength(10);
  });
});
