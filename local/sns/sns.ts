/**
 * SNS over the wire: Publish to standard topics, whose messages are kept for whoever looks. Subscriptions are
 * not emulated: nobody here has a telephone.
 */
import * as z from 'zod';
import type { VirtualClock } from '../clock.ts';
import { drawUuid, type Random } from '../seeded-random.ts';
import type { Service } from '../service.ts';
import { ServiceError } from '../service-error.ts';
import { parseInput } from '../service-input.ts';

/** Of the message and its attributes together. */
const MESSAGE_BYTES = 262_144;

const Publish = z.strictObject({
  Action: z.string(),
  Version: z.literal('2010-03-31'),
  TopicArn: z.string(),
  /** Less than 100 characters of ASCII without control characters, that begin with no space. */
  Subject: z
    .string()
    .regex(/^[\x21-\x7e][\x20-\x7e]{0,98}$/)
    .optional(),
  Message: z.string().min(1),
  MessageStructure: z.literal('json').optional(),
  MessageAttributes: z
    .strictObject({
      entry: z.array(
        z.strictObject({
          Name: z.string().regex(/^(?!AWS\.|Amazon\.)[A-Za-z0-9_-][A-Za-z0-9_.-]{0,255}$/),
          Value: z.strictObject({
            DataType: z.literal('String'),
            StringValue: z.string().min(1),
          }),
        }),
      ),
    })
    .optional(),
});

/** A message for each protocol; `default` is for all that have none. */
const Structured = z.looseObject({ default: z.string(), sms: z.string().optional() });

export interface TopicMessage {
  readonly topicArn: string;
  readonly subject: string | undefined;
  readonly message: string;
  /** What telephones get instead, if that is another. */
  readonly sms?: string;
  readonly attributes: Readonly<Record<string, string>>;
  readonly atMs: number;
}

interface SnsOptions {
  clock: VirtualClock;
  random: Random;
  region: string;
  accountId: string;
}

export class Sns implements Service {
  /** Every message that a topic took, in order. */
  readonly messages: TopicMessage[] = [];
  readonly #options: SnsOptions;
  readonly #topics = new Set<string>();

  constructor(options: SnsOptions) {
    this.#options = options;
  }

  /** Returns its ARN. */
  createTopic(name: string): string {
    const { region, accountId } = this.#options;
    const arn = `arn:aws:sns:${region}:${accountId}:${name}`;
    this.#topics.add(arn);
    return arn;
  }

  deleteTopic(arn: string): void {
    this.#topics.delete(arn);
  }

  async apply(action: string, input: Record<string, unknown>): Promise<Record<string, unknown>> {
    if (action !== 'Publish') throw new ServiceError('InvalidAction', `SNS: ${action}`);
    const parsed = parseInput(Publish, input, 'InvalidParameter');
    const { TopicArn: topicArn, Subject: subject, Message: message, MessageAttributes } = parsed;
    const [, , , region, account] = topicArn.split(':');
    if (region !== this.#options.region) {
      throw new ServiceError('InvalidParameter', 'Invalid parameter: TopicArn');
    }
    if (account !== this.#options.accountId) {
      const statusCode = 403;
      throw new ServiceError('AuthorizationError', `no access to ${topicArn}`, { statusCode });
    }
    if (!this.#topics.has(topicArn)) {
      throw new ServiceError('NotFound', 'Topic does not exist', { statusCode: 404 });
    }
    const entries = MessageAttributes?.entry ?? [];
    const attributes = Object.fromEntries(
      entries.map(({ Name, Value }) => [Name, Value.StringValue]),
    );
    if (Buffer.byteLength(message) + Buffer.byteLength(JSON.stringify(entries)) > MESSAGE_BYTES) {
      throw new ServiceError('InvalidParameter', 'Invalid parameter: Message too long');
    }
    const texts = parsed.MessageStructure === undefined ? { message } : readStructured(message);
    const atMs = this.#options.clock.nowMs();
    this.messages.push({ topicArn, subject, ...texts, attributes, atMs });
    return { MessageId: drawUuid(this.#options.random) };
  }
}

function readStructured(text: string): { message: string; sms?: string } {
  const flaw = 'Message Structure - JSON message body failed to parse';
  try {
    const { default: message, sms } = Structured.parse(JSON.parse(text));
    return { message, ...(sms !== undefined && { sms }) };
  } catch {
    throw new ServiceError('InvalidParameter', `Invalid parameter: ${flaw}`);
  }
}
