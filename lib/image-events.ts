/**
 * The way of an arrival (a push, a replica, a pull through the cache): the rule on the default bus, the
 * queue, and the lambda that considers the image.
 *
 * Events only say "look", so twice, late and out of order are harmless; lost ones are found by the sweep.
 * What cannot be considered five times ends in the dead-letter queue, which has an alarm.
 */
import { Duration, type Stack } from 'aws-cdk-lib';
import { Rule } from 'aws-cdk-lib/aws-events';
import { SqsQueue } from 'aws-cdk-lib/aws-events-targets';
import { EventSourceMapping, type IFunction } from 'aws-cdk-lib/aws-lambda';
import { Queue, QueueEncryption } from 'aws-cdk-lib/aws-sqs';
import { DEFAULT_TIMEOUT_SECONDS } from './lambda-list.ts';
import { acknowledge } from './nag.ts';

/** Lambda asks for six times the function's timeout, so that no message comes again while it is at work. */
const VISIBILITY_SECONDS = 6 * DEFAULT_TIMEOUT_SECONDS;
const KEPT_DAYS = 14;
const RECEIVES = 5;
const BATCH = 10;
/** Few: looks at one repository race for the same target, and the losers begin again. */
const CONCURRENCY = 5;

export interface Queues {
  images: Queue;
  /** Messages that failed five times. */
  failedImages: Queue;
  /** Events that EventBridge or Lambda gave up on. */
  lostEvents: Queue;
}

export function addQueues(stack: Stack): Queues {
  const add = (id: string, name: string, props: ConstructorParameters<typeof Queue>[2]) =>
    new Queue(stack, id, {
      queueName: `${stack.stackName}-${name}`,
      encryption: QueueEncryption.SQS_MANAGED,
      enforceSSL: true,
      retentionPeriod: Duration.days(KEPT_DAYS),
      ...props,
    });
  const failedImages = add('FailedImages', 'failed-images', {});
  const lostEvents = add('LostEvents', 'lost-events', {});
  const images = add('Images', 'images', {
    visibilityTimeout: Duration.seconds(VISIBILITY_SECONDS),
    deadLetterQueue: { queue: failedImages, maxReceiveCount: RECEIVES },
  });
  acknowledge(
    lostEvents,
    'AwsSolutions-SQS3',
    'It is itself the dead-letter queue of rules and of asynchronous invocations.',
  );
  return { images, failedImages, lostEvents };
}

export function addImageEvents(stack: Stack, queues: Queues, considerImage: IFunction): void {
  new Rule(stack, 'ImagePushed', {
    ruleName: `${stack.stackName}-image-pushed`,
    description: 'A tagged image has arrived in the registry of this account.',
    eventPattern: {
      source: ['aws.ecr'],
      account: [stack.account],
      detailType: ['ECR Image Action', 'ECR Replication Action', 'ECR Pull Through Cache Action'],
      detail: {
        // The children of a multi-arch push come with an empty tag, present but empty.
        'image-tag': [{ 'anything-but': [''] }],
        $or: [
          { 'action-type': ['PUSH', 'REPLICATE'], result: ['SUCCESS'] },
          { 'sync-status': ['SUCCESS'] },
        ],
      },
    },
    targets: [new SqsQueue(queues.images, { deadLetterQueue: queues.lostEvents })],
  });
  new EventSourceMapping(stack, 'ConsiderImageSource', {
    target: considerImage,
    eventSourceArn: queues.images.queueArn,
    batchSize: BATCH,
    reportBatchItemFailures: true,
    maxConcurrency: CONCURRENCY,
  });
}
