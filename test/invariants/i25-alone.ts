/**
 * What is poison to one stops no others: a message of the image queue is taken a bounded number of times, and the
 * others of its batch are not taken again with it. (That each policy has its decision, whatever others are, is 8; that
 * each rollout goes on, whatever its hosts are, is 12.)
 */
import * as z from 'zod';
import type { Check } from './check.ts';

/** Before a message is laid aside; as often again where its lambda died or was throttled. */
const RECEIVES = 10;

const Batch = z.object({
  Records: z.array(
    z.object({
      messageId: z.string(),
      attributes: z.object({ ApproximateReceiveCount: z.coerce.number() }),
    }),
  ),
});

export const poisonAlone: Check = {
  name: 'I25',
  begin: ({ report }) => {
    const known = new Set<string>();
    return {
      onCall: ({ caller }) => {
        if (caller === undefined || known.has(caller.requestId)) return;
        known.add(caller.requestId);
        const batch = Batch.safeParse(caller.payload);
        for (const { messageId, attributes } of batch.data?.Records ?? []) {
          const count = attributes.ApproximateReceiveCount;
          if (count > RECEIVES) report(`message ${messageId} is taken for the ${count}th time`);
        }
      },
    };
  },
};
