/** What arrives on the default bus, by a rule and a queue of its own: as any target would see it. */
import {
  EventBridgeClient,
  PutEventsCommand,
  PutRuleCommand,
  PutTargetsCommand,
} from '@aws-sdk/client-eventbridge';
import {
  CreateQueueCommand,
  GetQueueAttributesCommand,
  ReceiveMessageCommand,
  SQSClient,
} from '@aws-sdk/client-sqs';
import type { CloudEvent } from '#local/events/cloud-event.ts';

const sqs = new SQSClient({});
const events = new EventBridgeClient({});

export class EventQueue {
  readonly #url: string;
  readonly #received: CloudEvent[] = [];

  private constructor(url: string) {
    this.#url = url;
  }

  /** Of the events from these sources, from now on. */
  static async open(name: string, ...sources: string[]): Promise<EventQueue> {
    const { QueueUrl = '' } = await sqs.send(new CreateQueueCommand({ QueueName: name }));
    const { Attributes } = await sqs.send(
      new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ['QueueArn'] }),
    );
    const EventPattern = JSON.stringify({ source: [...sources, MARK] });
    await events.send(new PutRuleCommand({ Name: name, EventPattern }));
    const Targets = [{ Id: 'queue', Arn: Attributes?.['QueueArn'] ?? '' }];
    await events.send(new PutTargetsCommand({ Rule: name, Targets }));
    return new EventQueue(QueueUrl);
  }

  /** The first event that fits, once it is there. */
  async expect(fits: (event: CloudEvent) => boolean): Promise<CloudEvent> {
    for (;;) {
      const found = this.#received.find(fits);
      if (found !== undefined) return found;
      await this.#receive();
    }
  }

  /** Everything before this call: an event that is put now comes after it. */
  async all(): Promise<CloudEvent[]> {
    const mark = String(this.#received.length);
    const Detail = JSON.stringify({ mark });
    await events.send(
      new PutEventsCommand({ Entries: [{ Source: MARK, DetailType: MARK, Detail }] }),
    );
    await this.expect(({ source, detail }) => source === MARK && detail['mark'] === mark);
    return this.#received.filter(({ source }) => source !== MARK);
  }

  async #receive(): Promise<void> {
    const { Messages = [] } = await sqs.send(
      // Each is handed out once: it is hidden for longer than any test takes.
      new ReceiveMessageCommand({
        QueueUrl: this.#url,
        MaxNumberOfMessages: 10,
        WaitTimeSeconds: 1,
        VisibilityTimeout: 600,
      }),
    );
    this.#received.push(...Messages.map(({ Body = '' }) => JSON.parse(Body) as CloudEvent));
  }
}

const MARK = 'test.mark';
