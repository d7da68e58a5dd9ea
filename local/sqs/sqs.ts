/** SQS over the wire: standard queues by URL, bodies with the MD5 that the SDK checks. */
import * as z from 'zod';
import type { VirtualClock } from '../clock.ts';
import type { Random } from '../seeded-random.ts';
import type { Service } from '../service.ts';
import { ServiceError } from '../service-error.ts';
import { parseInput } from '../service-input.ts';
import { Queue, type QueueDefinition, type QueueMessage } from './queue.ts';

/** Since 2025 a message, and the sum of a batch, may hold 1 MiB. */
const MESSAGE_BYTES = 1_048_576;

const OnQueue = z.looseObject({ QueueUrl: z.string() });
const Seconds = z.int().min(0).max(43_200);
const SendMessage = OnQueue.extend({
  MessageBody: z.string().min(1),
  DelaySeconds: z.int().min(0).max(900).optional(),
});
const SendMessageBatch = OnQueue.extend({
  Entries: z.array(
    z.looseObject({
      Id: z.string().regex(/^[A-Za-z0-9_-]{1,80}$/),
      MessageBody: z.string().min(1),
      DelaySeconds: z.int().min(0).max(900).optional(),
    }),
  ),
});
const ReceiveMessage = OnQueue.extend({
  MaxNumberOfMessages: z.int().min(1).max(10).default(1),
  VisibilityTimeout: Seconds.optional(),
});
const DeleteMessage = OnQueue.extend({ ReceiptHandle: z.string() });
const DeleteMessageBatch = OnQueue.extend({
  Entries: z.array(z.looseObject({ Id: z.string(), ReceiptHandle: z.string() })).max(10),
});
const ChangeMessageVisibility = OnQueue.extend({
  ReceiptHandle: z.string(),
  VisibilityTimeout: Seconds,
});
const GetQueueUrl = z.looseObject({ QueueName: z.string() });

export class Sqs implements Service {
  readonly #environment: { clock: VirtualClock; random: Random };
  readonly #queues = new Map<string, Queue>();

  constructor(environment: { clock: VirtualClock; random: Random }) {
    this.#environment = environment;
  }

  createQueue(definition: QueueDefinition): Queue {
    const queue = new Queue(definition, {
      ...this.#environment,
      deadLetters: (message) => this.#deadLetters(definition, message),
    });
    this.#queues.set(definition.arn, queue);
    return queue;
  }

  /** By ARN, name, or URL; the URL's host is whatever the client reaches the service by. */
  find(reference: string): Queue | undefined {
    const path = pathOf(reference);
    return [...this.#queues.values()].find(
      ({ definition: { arn, url, name } }) =>
        [arn, url, name].includes(reference) || (path !== undefined && pathOf(url) === path),
    );
  }

  /** Throws where there is none: a mistake in the wiring, not an answer of the service. */
  queue(reference: string): Queue {
    const queue = this.find(reference);
    if (queue === undefined) throw new Error(`there is no queue ${reference}`);
    return queue;
  }

  async apply(action: string, input: Record<string, unknown>): Promise<Record<string, unknown>> {
    switch (action) {
      case 'SendMessage':
        return this.#send(parseInput(SendMessage, input));
      case 'SendMessageBatch':
        return this.#sendBatch(parseInput(SendMessageBatch, input));
      case 'ReceiveMessage':
        return this.#receive(parseInput(ReceiveMessage, input));
      case 'DeleteMessage': {
        const { QueueUrl, ReceiptHandle } = parseInput(DeleteMessage, input);
        this.#named(QueueUrl).delete(ReceiptHandle);
        return {};
      }
      case 'DeleteMessageBatch': {
        const { QueueUrl, Entries } = parseInput(DeleteMessageBatch, input);
        const queue = this.#named(QueueUrl);
        for (const { ReceiptHandle } of Entries) queue.delete(ReceiptHandle);
        return { Successful: Entries.map(({ Id }) => ({ Id })), Failed: [] };
      }
      case 'ChangeMessageVisibility':
        return this.#changeVisibility(parseInput(ChangeMessageVisibility, input));
      case 'GetQueueUrl': {
        const { QueueName } = parseInput(GetQueueUrl, input);
        return { QueueUrl: this.#named(QueueName).definition.url };
      }
      case 'GetQueueAttributes':
        return this.#attributes(parseInput(OnQueue, input));
      case 'PurgeQueue':
        this.#named(parseInput(OnQueue, input).QueueUrl).purge();
        return {};
      default:
        throw new ServiceError('UnknownOperationException', `SQS: ${action}`);
    }
  }

  #send({ QueueUrl, MessageBody, DelaySeconds }: z.infer<typeof SendMessage>) {
    const queue = this.#named(QueueUrl);
    limitBytes([MessageBody]);
    const message = queue.send(MessageBody, toMs(DelaySeconds));
    return { MessageId: message.messageId, MD5OfMessageBody: message.md5 };
  }

  #sendBatch({ QueueUrl, Entries }: z.infer<typeof SendMessageBatch>) {
    const queue = this.#named(QueueUrl);
    if (Entries.length === 0) throw new ServiceError('EmptyBatchRequest');
    if (Entries.length > 10) throw new ServiceError('TooManyEntriesInBatchRequest');
    if (new Set(Entries.map(({ Id }) => Id)).size < Entries.length) {
      throw new ServiceError('BatchEntryIdsNotDistinct');
    }
    limitBytes(Entries.map(({ MessageBody }) => MessageBody));
    const Successful = Entries.map(({ Id, MessageBody, DelaySeconds }) => {
      const { messageId, md5 } = queue.send(MessageBody, toMs(DelaySeconds));
      return { Id, MessageId: messageId, MD5OfMessageBody: md5 };
    });
    return { Successful, Failed: [] };
  }

  /** Answers at once: long polling would only wait in virtual time. */
  #receive(input: z.infer<typeof ReceiveMessage>) {
    const queue = this.#named(input.QueueUrl);
    const received = queue.receive(input.MaxNumberOfMessages, toMs(input.VisibilityTimeout));
    return {
      Messages: received.map((message) => ({
        MessageId: message.messageId,
        ReceiptHandle: message.receiptHandle,
        Body: message.body,
        MD5OfBody: message.md5,
        Attributes: messageAttributes(message),
      })),
    };
  }

  #changeVisibility(input: z.infer<typeof ChangeMessageVisibility>) {
    const queue = this.#named(input.QueueUrl);
    if (!queue.changeVisibility(input.ReceiptHandle, input.VisibilityTimeout * 1000)) {
      throw new ServiceError('ReceiptHandleIsInvalid');
    }
    return {};
  }

  #attributes({ QueueUrl }: z.infer<typeof OnQueue>) {
    const { definition, messages } = this.#named(QueueUrl);
    const nowMs = this.#environment.clock.nowMs();
    const visible = messages.filter((message) => message.visibleAtMs <= nowMs).length;
    const hidden = messages.filter((message) => message.visibleAtMs > nowMs);
    const held = hidden.filter((message) => message.receiveCount > 0).length;
    return {
      Attributes: {
        QueueArn: definition.arn,
        ApproximateNumberOfMessages: String(visible),
        ApproximateNumberOfMessagesNotVisible: String(held),
        ApproximateNumberOfMessagesDelayed: String(hidden.length - held),
        VisibilityTimeout: String(definition.visibilityTimeoutMs / 1000),
      },
    };
  }

  #named(reference: string): Queue {
    const queue = this.find(reference);
    if (queue === undefined) {
      throw new ServiceError('QueueDoesNotExist', 'The specified queue does not exist.');
    }
    return queue;
  }

  #deadLetters(definition: QueueDefinition, message: QueueMessage): void {
    if (definition.redrive) this.queue(definition.redrive.deadLetterArn).accept(message);
  }
}

/** Of an URL. */
function pathOf(url: string): string | undefined {
  return /^https?:/.test(url) ? URL.parse(url)?.pathname : undefined;
}

/** The system attributes of a message, as ReceiveMessage and Lambda's SQS event give them. */
export function messageAttributes(message: QueueMessage): Record<string, string> {
  return {
    ApproximateReceiveCount: String(message.receiveCount),
    SentTimestamp: String(message.sentAtMs),
    SenderId: 'AIDAEXAMPLE',
    ApproximateFirstReceiveTimestamp: String(message.firstReceivedAtMs ?? message.sentAtMs),
  };
}

function toMs(seconds: number | undefined): number | undefined {
  return seconds === undefined ? undefined : seconds * 1000;
}

function limitBytes(bodies: readonly string[]): void {
  const bytes = bodies.reduce((sum, body) => sum + Buffer.byteLength(body), 0);
  if (bytes <= MESSAGE_BYTES) return;
  const code = bodies.length > 1 ? 'BatchRequestTooLong' : 'InvalidMessageContents';
  throw new ServiceError(code, `${bytes} bytes are more than ${MESSAGE_BYTES}`);
}
