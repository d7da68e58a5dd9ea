/** The queue of looks: what arrives there says only that somebody should look at a repository. */
import { SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import type { LookMessage } from '#core/image-event.ts';
import { readEnvironment } from './environment.ts';
import type { Runtime } from './runtime.ts';

export interface ImageQueue {
  client: SQSClient;
  url: string;
}

export function openImageQueue(runtime: Runtime): ImageQueue {
  return {
    client: new SQSClient(runtime.clientConfig),
    url: readEnvironment(runtime).IMAGE_QUEUE_URL,
  };
}

export async function sendLook(
  queue: ImageQueue,
  repository: string,
  because: LookMessage['look']['because'],
): Promise<void> {
  const message: LookMessage = { look: { repository, because } };
  await queue.client.send(
    new SendMessageCommand({ QueueUrl: queue.url, MessageBody: JSON.stringify(message) }),
  );
}
