/**
 * An SQS event source mapping: Lambda's poller between a queue and a function.
 *
 * What the function leaves in the queue comes back after the visibility timeout; the poller neither
 * shortens it nor counts. With `ReportBatchItemFailures` the answer names the messages to keep; an
 * answer that is not of that form keeps the whole batch, and an empty one keeps none.
 */
import * as z from 'zod';
import type { VirtualClock } from '../clock.ts';
import { drawMs, type Random, type RangeMs } from '../seeded-random.ts';
import type { Queue, QueueMessage } from '../sqs/queue.ts';
import { messageAttributes } from '../sqs/sqs.ts';
import type { Functions } from './functions.ts';
import { LambdaError } from './lambda-error.ts';

export interface EventSourceDefinition {
  functionArn: string;
  region: string;
  batchSize: number;
  batchWindowMs: number;
  reportsItemFailures: boolean;
  /** Invocations at once; the service allows 2 to 1,000, default 1,000. */
  maximumConcurrency?: number;
}

/** From a message that is visible to the poller that sees it. */
const POLL_MS: RangeMs = [20, 200];

const Failures = z.looseObject({
  batchItemFailures: z.array(z.looseObject({ itemIdentifier: z.string().min(1) })).nullish(),
});

export class EventSource {
  readonly #definition: EventSourceDefinition;
  readonly #queue: Queue;
  readonly #functions: Functions;
  readonly #clock: VirtualClock;
  readonly #random: Random;
  #inFlight = 0;
  #pollAtMs = Number.POSITIVE_INFINITY;
  #cancelPoll: () => void = () => {};

  constructor(
    definition: EventSourceDefinition,
    environment: { queue: Queue; functions: Functions; clock: VirtualClock; random: Random },
  ) {
    this.#definition = definition;
    this.#queue = environment.queue;
    this.#functions = environment.functions;
    this.#clock = environment.clock;
    this.#random = environment.random;
    this.#queue.onVisible = (atMs) => this.#pollLater(atMs);
  }

  #pollLater(visibleAtMs: number): void {
    const waitMs = Math.max(drawMs(this.#random, POLL_MS), this.#definition.batchWindowMs);
    const atMs = Math.max(visibleAtMs, this.#clock.nowMs()) + waitMs;
    if (atMs >= this.#pollAtMs) return;
    this.#cancelPoll();
    this.#pollAtMs = atMs;
    this.#cancelPoll = this.#clock.schedule(atMs, () => this.#poll());
  }

  #poll(): void {
    this.#pollAtMs = Number.POSITIVE_INFINITY;
    const { batchSize, maximumConcurrency = 1000 } = this.#definition;
    while (this.#inFlight < maximumConcurrency) {
      const batch = this.#queue.receive(batchSize);
      if (batch.length === 0) break;
      this.#inFlight++;
      this.#clock.spawn(() => this.#handOver(batch));
    }
    this.#pollNext();
  }

  /** One timer for the message that becomes visible next; none for an empty queue. */
  #pollNext(): void {
    const visible = this.#queue.messages.map((message) => message.visibleAtMs);
    if (visible.length === 0) {
      this.#cancelPoll();
      this.#pollAtMs = Number.POSITIVE_INFINITY;
    } else if (this.#inFlight < (this.#definition.maximumConcurrency ?? 1000)) {
      this.#pollLater(Math.min(...visible));
    }
  }

  async #handOver(batch: readonly QueueMessage[]): Promise<void> {
    const handles = batch.map((message) => message.receiptHandle);
    try {
      const answer = await this.#functions.invoke(this.#definition.functionArn, {
        Records: batch.map((message) => this.#record(message)),
      });
      const kept = this.#kept(batch, answer);
      batch.forEach((message, index) => {
        const handle = handles[index];
        if (handle && !kept.has(message.messageId)) this.#queue.delete(handle);
      });
    } catch (error) {
      if (!(error instanceof LambdaError)) throw error;
    } finally {
      this.#inFlight--;
      this.#pollNext();
    }
  }

  #kept(batch: readonly QueueMessage[], answer: unknown): Set<string> {
    if (!this.#definition.reportsItemFailures) return new Set();
    const all = new Set(batch.map((message) => message.messageId));
    if (answer === null || answer === undefined) return new Set();
    const parsed = Failures.safeParse(answer);
    if (!parsed.success) return all;
    const named = (parsed.data.batchItemFailures ?? []).map((failure) => failure.itemIdentifier);
    return named.every((id) => all.has(id)) ? new Set(named) : all;
  }

  #record(message: QueueMessage): Record<string, unknown> {
    return {
      messageId: message.messageId,
      receiptHandle: message.receiptHandle,
      body: message.body,
      attributes: messageAttributes(message),
      messageAttributes: {},
      md5OfBody: message.md5,
      eventSource: 'aws:sqs',
      eventSourceARN: this.#queue.definition.arn,
      awsRegion: this.#definition.region,
    };
  }
}
