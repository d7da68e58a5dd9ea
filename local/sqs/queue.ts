/**
 * One standard queue: visibility timeout, receive count, redrive to a dead-letter queue.
 *
 * Invariant: a message is given to at most one receiver at a time, and again after its visibility
 * timeout unless it was deleted. It moves to the dead-letter queue when it *would* be received for
 * the (maxReceiveCount + 1)th time, as in the service, not when its last receiver fails.
 */
import { createHash } from 'node:crypto';
import type { VirtualClock } from '../clock.ts';
import { drawUuid, type Random } from '../seeded-random.ts';

export interface QueueDefinition {
  name: string;
  arn: string;
  url: string;
  visibilityTimeoutMs: number;
  delayMs: number;
  retentionMs: number;
  redrive?: { deadLetterArn: string; maxReceiveCount: number };
}

export interface QueueMessage {
  readonly messageId: string;
  readonly body: string;
  readonly md5: string;
  readonly sentAtMs: number;
  receiveCount: number;
  firstReceivedAtMs?: number;
  visibleAtMs: number;
  receiptHandle: string;
}

export class Queue {
  readonly definition: QueueDefinition;
  /** Told when a message may have become visible, with the instant. */
  onVisible: ((atMs: number) => void) | undefined;
  readonly #clock: VirtualClock;
  readonly #random: Random;
  readonly #deadLetters: (message: QueueMessage) => void;
  #messages: QueueMessage[] = [];

  constructor(
    definition: QueueDefinition,
    environment: {
      clock: VirtualClock;
      random: Random;
      /** Takes what was received too often; only called where the definition has a redrive. */
      deadLetters: (message: QueueMessage) => void;
    },
  ) {
    this.definition = definition;
    this.#clock = environment.clock;
    this.#random = environment.random;
    this.#deadLetters = environment.deadLetters;
  }

  /** The messages that are neither deleted nor too old, received or not. */
  get messages(): readonly QueueMessage[] {
    this.#dropExpired();
    return this.#messages;
  }

  send(body: string, delayMs = this.definition.delayMs): QueueMessage {
    const sentAtMs = this.#clock.nowMs();
    const message: QueueMessage = {
      messageId: drawUuid(this.#random),
      body,
      md5: createHash('md5').update(body).digest('hex'),
      sentAtMs,
      receiveCount: 0,
      visibleAtMs: sentAtMs + delayMs,
      receiptHandle: '',
    };
    this.#messages.push(message);
    this.onVisible?.(message.visibleAtMs);
    return message;
  }

  /** A message that another queue gave up keeps its id, its age and its count. */
  accept(message: QueueMessage): void {
    this.#messages.push({ ...message, visibleAtMs: this.#clock.nowMs(), receiptHandle: '' });
    this.onVisible?.(this.#clock.nowMs());
  }

  receive(most: number, visibilityTimeoutMs = this.definition.visibilityTimeoutMs): QueueMessage[] {
    this.#dropExpired();
    const nowMs = this.#clock.nowMs();
    const limit = this.definition.redrive?.maxReceiveCount ?? Number.POSITIVE_INFINITY;
    const received: QueueMessage[] = [];
    for (const message of [...this.#messages]) {
      if (received.length === most) break;
      if (message.visibleAtMs > nowMs) continue;
      if (message.receiveCount >= limit) {
        this.#messages = this.#messages.filter((kept) => kept !== message);
        this.#deadLetters(message);
        continue;
      }
      message.receiveCount++;
      message.firstReceivedAtMs ??= nowMs;
      message.visibleAtMs = nowMs + visibilityTimeoutMs;
      message.receiptHandle = `${message.messageId}#${message.receiveCount}`;
      received.push(message);
      this.onVisible?.(message.visibleAtMs);
    }
    return received;
  }

  /** Any handle that the message ever had deletes it; an unknown one changes nothing. */
  delete(receiptHandle: string): void {
    const messageId = receiptHandle.split('#')[0];
    this.#messages = this.#messages.filter((message) => message.messageId !== messageId);
  }

  /** Whether the handle is the message's latest and the message is still there. */
  changeVisibility(receiptHandle: string, timeoutMs: number): boolean {
    const message = this.#messages.find((held) => held.receiptHandle === receiptHandle);
    if (message === undefined) return false;
    message.visibleAtMs = this.#clock.nowMs() + timeoutMs;
    this.onVisible?.(message.visibleAtMs);
    return true;
  }

  purge(): void {
    this.#messages = [];
  }

  #dropExpired(): void {
    const oldestMs = this.#clock.nowMs() - this.definition.retentionMs;
    if (this.#messages.some((message) => message.sentAtMs < oldestMs)) {
      this.#messages = this.#messages.filter((message) => message.sentAtMs >= oldestMs);
    }
  }
}
