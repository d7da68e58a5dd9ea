/**
 * Messages of the image queue: pushes from ECR by way of EventBridge, and looks of our own. A message that
 * fails is given back alone (ReportBatchItemFailures) and comes again, five times, then to the DLQ.
 */

import * as z from 'zod';
import { considerRepository } from '#aws/consider.ts';
import { defineHandler } from '#aws/define-handler.ts';
import { readEnvironment } from '#aws/environment.ts';
import { openRegistry } from '#aws/registry.ts';
import { openWalkServices } from '#aws/walk.ts';
import { causeOf, judgeImageMessage, parseMessage } from '#core/image-event.ts';

/** A tag that the registry does not show yet is looked for twice more; then it is gone. */
const LOOKS_FOR_A_TAG = 3;

const SqsEvent = z.object({
  Records: z.array(
    z.object({
      messageId: z.string(),
      body: z.string(),
      attributes: z.object({ ApproximateReceiveCount: z.coerce.number() }),
    }),
  ),
});

export const handler = defineHandler({
  Input: SqsEvent,
  services: (runtime) => ({
    ...openWalkServices(runtime),
    ecr: openRegistry(runtime),
    env: readEnvironment(runtime),
  }),
  run: async ({ Records }, { services, log, nowMs }) => {
    const { env } = services;
    const batchItemFailures: { itemIdentifier: string }[] = [];
    for (const record of Records) {
      const message = judgeImageMessage(parseMessage(record.body), {
        account: env.ACCOUNT_ID,
        region: env.AWS_REGION,
      });
      if (message.kind === 'ignored') {
        log.info('message ignored', { message: record.messageId, reason: message.reason });
        continue;
      }
      try {
        const cause = causeOf(message);
        const outcome = await considerRepository(services, log, cause, nowMs());
        if (outcome === 'done') continue;
        const looks = record.attributes.ApproximateReceiveCount;
        const isGone = looks >= LOOKS_FOR_A_TAG;
        log.info(isGone ? 'tag is gone' : 'tag is not there yet', { ...cause, looks });
        if (!isGone) batchItemFailures.push({ itemIdentifier: record.messageId });
      } catch (error) {
        // The one place where a message's failure is its own: the others of the batch go on.
        log.error('the message failed', error instanceof Error ? error : String(error));
        batchItemFailures.push({ itemIdentifier: record.messageId });
      }
    }
    return { batchItemFailures };
  },
});
