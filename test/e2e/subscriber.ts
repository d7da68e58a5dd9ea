/** Who subscribes to a topic, and reads what it hears: a queue, as a telephone cannot be had here. */
import { CreateTopicCommand, SNSClient, SubscribeCommand } from '@aws-sdk/client-sns';
import {
  CreateQueueCommand,
  DeleteMessageCommand,
  GetQueueAttributesCommand,
  ReceiveMessageCommand,
  SQSClient,
} from '@aws-sdk/client-sqs';
import * as z from 'zod';

/** As SNS wraps what it brings to a queue. */
const Envelope = z.object({
  Subject: z.string(),
  Message: z.string(),
  MessageAttributes: z.record(z.string(), z.object({ Value: z.string() })),
});

export interface HeardNotice {
  readonly subject: string;
  readonly text: string;
  /** Of the log entry that it is about. */
  readonly id: string;
}

export class Subscriber {
  readonly heard: HeardNotice[] = [];
  readonly #sqs = new SQSClient({});
  #queue = '';

  /** Makes the topic, and listens from now on. */
  async listenTo(topic: string): Promise<void> {
    const sns = new SNSClient({});
    const { TopicArn } = await sns.send(new CreateTopicCommand({ Name: topic }));
    const { QueueUrl = '' } = await this.#sqs.send(new CreateQueueCommand({ QueueName: topic }));
    const { Attributes } = await this.#sqs.send(
      new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ['QueueArn'] }),
    );
    const Endpoint = Attributes?.['QueueArn'];
    await sns.send(new SubscribeCommand({ TopicArn, Protocol: 'sqs', Endpoint }));
    this.#queue = QueueUrl;
  }

  /** All that was heard until now, in the order of their coming, as soon as this is among them. */
  async hears(subject: RegExp): Promise<readonly HeardNotice[]> {
    while (!this.heard.some((notice) => subject.test(notice.subject))) await this.#receive();
    return this.heard;
  }

  async #receive(): Promise<void> {
    const QueueUrl = this.#queue;
    const { Messages = [] } = await this.#sqs.send(
      new ReceiveMessageCommand({ QueueUrl, WaitTimeSeconds: 1, MaxNumberOfMessages: 10 }),
    );
    for (const { Body = '', ReceiptHandle } of Messages) {
      const { Subject, Message, MessageAttributes } = Envelope.parse(JSON.parse(Body));
      const id = MessageAttributes['id']?.Value ?? '';
      this.heard.push({ subject: Subject, text: Message, id });
      await this.#sqs.send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle }));
    }
  }
}
