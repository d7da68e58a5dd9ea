/** The queue of looks: what arrives there says only that somebody should look at a repository. */
import {
  SendMessageBatchCommand,
  type SendMessageBatchRequestEntry,
  SendMessageCommand,
  SQSClient,
} from '@aws-sdk/client-sqs';
import { ThrottledError } from '#core/errors.ts';
import type { LookMessage } from '#core/image-event.ts';
import type { SpreadLook } from '#core/plan-looks.ts';
import { readEnvironment } from './environment.ts';
import type { Runtime } from './runtime.ts';

export interface ImageQueue {
  client: SQSClient;
  url: string;
}

type Because = LookMessage['look']['because'];

/** SendMessageBatch takes 10. */
export const LOOKS_PER_CALL = 10;
/** A batch may be taken in part; what was not is sent again. */
const ATTEMPTS = 3;

export function openImageQueue(runtime: Runtime): ImageQueue {
  return {
    client: new SQSClient(runtime.clientConfig),
    url: readEnvironment(runtime).IMAGE_QUEUE_URL,
  };
}

export async function sendLook(
  queue: ImageQueue,
  repository: string,
  because: Because,
): Promise<void> {
  await queue.client.send(
    new SendMessageCommand({ QueueUrl: queue.url, MessageBody: bodyOf(repository, because) }),
  );
}

/** Sends at most ten looks in one call. Throws ThrottledError naming those that the queue never took. */
export async function sendLooks(
  queue: ImageQueue,
  looks: readonly SpreadLook[],
  because: Because,
): Promise<void> {
  let left = looks.map(({ repository, delaySeconds }, index) => ({
    repository,
    entry: {
      Id: String(index),
      MessageBody: bodyOf(repository, because),
      ...(delaySeconds > 0 && { DelaySeconds: delaySeconds }),
    },
  }));
  for (let attempt = 0; attempt < ATTEMPTS && left.length > 0; attempt += 1) {
    const refused = await sendEntries(
      queue,
      left.map(({ entry }) => entry),
    );
    left = left.filter(({ entry }) => refused.has(entry.Id));
  }
  if (left.length === 0) return;
  const names = left.map(({ repository }) => repository).join(', ');
  throw new ThrottledError(`the queue did not take the looks at ${names}`);
}

/** The ids of the entries that the queue did not take. */
async function sendEntries(
  queue: ImageQueue,
  entries: SendMessageBatchRequestEntry[],
): Promise<Set<string | undefined>> {
  const answer = await queue.client.send(
    new SendMessageBatchCommand({ QueueUrl: queue.url, Entries: entries }),
  );
  return new Set(answer.Failed?.map(({ Id }) => Id));
}

function bodyOf(repository: string, because: Because): string {
  const message: LookMessage = { look: { repository, because } };
  return JSON.stringify(message);
}
