import {
  CreateTopicCommand,
  PublishCommand,
  type PublishCommandInput,
  SNSClient,
} from '@aws-sdk/client-sns';
import { describe, expect, it } from 'vitest';
import { bareCloud, START_MS } from '../cloud-rig.ts';

function rig() {
  const cloud = bareCloud();
  const TopicArn = cloud.sns.createTopic('ops');
  const sns = new SNSClient(cloud.clientConfig());
  const publish = (input: Partial<PublishCommandInput> = {}) =>
    sns.send(new PublishCommand({ TopicArn, Message: 'hello', ...input }));
  const refusalOf = (input: Partial<PublishCommandInput>) =>
    publish(input).then(
      () => 'no refusal',
      (error: Error) => error.name,
    );
  return { cloud, sns, TopicArn, publish, refusalOf };
}

describe('Publish', () => {
  it('keeps the message whole, with its attributes, and gives it an id', async () => {
    const { cloud, TopicArn, publish } = rig();

    const { MessageId } = await publish({
      Subject: 'a & b',
      Message: 'two\nlines, <tags> & ünï',
      MessageAttributes: {
        one: { DataType: 'String', StringValue: '1' },
        two: { DataType: 'String', StringValue: 'b=c&d' },
      },
    });

    expect(MessageId).toMatch(/^[0-9a-f-]{36}$/);
    expect(cloud.sns.messages).toEqual([
      {
        topicArn: TopicArn,
        subject: 'a & b',
        message: 'two\nlines, <tags> & ünï',
        attributes: { one: '1', two: 'b=c&d' },
        atMs: START_MS,
      },
    ]);
    expect(cloud.apiCalls.get('sns:Publish')).toBe(1);
  });

  it('parts a message for telephones from that for all others', async () => {
    const { cloud, publish } = rig();

    await publish({
      MessageStructure: 'json',
      Message: JSON.stringify({ default: 'long\ntext', sms: 'short' }),
    });

    expect(cloud.sns.messages).toMatchObject([{ message: 'long\ntext', sms: 'short' }]);
  });

  it('keeps no message of a topic that is gone', async () => {
    const { cloud, TopicArn, publish } = rig();
    cloud.sns.deleteTopic(TopicArn);

    await expect(publish()).rejects.toMatchObject({
      name: 'NotFoundException',
      message: 'Topic does not exist',
    });
    expect(cloud.sns.messages).toEqual([]);
  });

  it.each<[string, Partial<PublishCommandInput>, string]>([
    ['99 characters of subject', { Subject: 'x'.repeat(99) }, 'no refusal'],
    ['100 characters of subject', { Subject: 'x'.repeat(100) }, 'InvalidParameterException'],
    ['a subject of two lines', { Subject: 'a\nb' }, 'InvalidParameterException'],
    ['a subject that is no ASCII', { Subject: 'grün' }, 'InvalidParameterException'],
    ['an empty message', { Message: '' }, 'InvalidParameterException'],
    ['JSON', { MessageStructure: 'json', Message: '{"default":"a"}' }, 'no refusal'],
    ['JSON that is none', { MessageStructure: 'json' }, 'InvalidParameterException'],
    [
      'JSON without a default',
      { MessageStructure: 'json', Message: '{"sms":"a"}' },
      'InvalidParameterException',
    ],
    ['256 KB', { Message: 'x'.repeat(262_142) }, 'no refusal'],
    ['more than 256 KB', { Message: 'x'.repeat(262_145) }, 'InvalidParameterException'],
    [
      'another region',
      { TopicArn: 'arn:aws:sns:us-east-1:111122223333:ops' },
      'InvalidParameterException',
    ],
    [
      'another account',
      { TopicArn: 'arn:aws:sns:eu-west-1:999999999999:ops' },
      'AuthorizationErrorException',
    ],
  ])('of %s: %3$s', async (_, input, refusal) => {
    expect(await rig().refusalOf(input)).toBe(refusal);
  });
});

it('knows no other operation', async () => {
  const { sns } = rig();

  await expect(sns.send(new CreateTopicCommand({ Name: 'ops' }))).rejects.toMatchObject({
    name: 'InvalidAction',
    message: 'SNS: CreateTopic',
  });
});
