/**
 * What a message on the image queue asks for. An event only says "look": what it claims about tags and
 * digests is never deployed, the registry is asked.
 *
 * AWS's events are read loosely and minimally (fields come and go); our own messages strictly. A cross
 * account forward may carry `aws.ecr` of another account: account and region must be ours.
 */
import * as z from 'zod';

const PushEvent = z.object({
  source: z.literal('aws.ecr'),
  'detail-type': z.literal('ECR Image Action'),
  account: z.string(),
  region: z.string(),
  detail: z.object({
    'action-type': z.string(),
    result: z.string(),
    'repository-name': z.string().min(1).max(256),
    'image-digest': z.string().optional(),
    'image-tag': z.string().max(300).optional(),
  }),
});

/** Sent by whoever writes a policy, ends a rollout, or sweeps. */
export const LookMessage = z.strictObject({
  look: z.strictObject({
    repository: z.string().min(1).max(512),
    because: z.enum(['policy', 'sweep', 'closed']),
  }),
});
export type LookMessage = z.infer<typeof LookMessage>;

export type ImageMessage =
  | { kind: 'push'; repository: string; tag: string }
  | { kind: 'look'; repository: string; because: string }
  | { kind: 'ignored'; reason: string };

export function judgeImageMessage(
  message: unknown,
  home: { account: string; region: string },
): ImageMessage {
  const look = LookMessage.safeParse(message);
  if (look.success) return { kind: 'look', ...look.data.look };
  const push = PushEvent.safeParse(message);
  if (!push.success) return { kind: 'ignored', reason: 'neither a push event of ECR nor a look' };
  const { account, region, detail } = push.data;
  if (account !== home.account || region !== home.region) {
    return {
      kind: 'ignored',
      reason: `from ${account} in ${region}, not from this stack's account`,
    };
  }
  if (detail['action-type'] !== 'PUSH' || detail.result !== 'SUCCESS') {
    return {
      kind: 'ignored',
      reason: `${detail['action-type']} ${detail.result} is no finished push`,
    };
  }
  const tag = detail['image-tag'] ?? '';
  if (tag === '') {
    return {
      kind: 'ignored',
      reason: 'an untagged manifest (a platform or an attestation of an index)',
    };
  }
  return { kind: 'push', repository: detail['repository-name'], tag };
}

/** The body of a queue message; undefined where it is not JSON. */
export function parseMessage(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    return undefined;
  }
}

/** What a rollout that a message leads to is to say about where it came from. */
export function causeOf(message: Exclude<ImageMessage, { kind: 'ignored' }>): {
  repository: string;
  tag: string | undefined;
  triggeredBy: 'ecr' | 'sweep' | 'manual';
  event: string;
} {
  const { repository } = message;
  if (message.kind === 'push') {
    const event = JSON.stringify({ push: { repository, tag: message.tag } });
    return { repository, tag: message.tag, triggeredBy: 'ecr', event };
  }
  const event = JSON.stringify({ look: { repository, because: message.because } });
  const triggeredBy = message.because === 'policy' ? 'manual' : 'sweep';
  return { repository, tag: undefined, triggeredBy, event };
}
