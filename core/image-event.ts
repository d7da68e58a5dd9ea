/**
 * What a message on the image queue asks for. An image arrives by a push, by a replication from another
 * registry, or through the cache of an upstream registry; each counts as a push. An event only says "look": what it claims about tags and
 * digests is never deployed, the registry is asked.
 *
 * AWS's events are read loosely and minimally (fields come and go); our own messages strictly. A cross
 * account forward may carry `aws.ecr` of another account: account and region must be ours.
 */
import * as z from 'zod';
import { repositoryName } from './image-reference.ts';

const Arrived = z.object({
  'repository-name': z.string().min(1).max(256),
  'image-tag': z.string().max(300).optional(),
});

/** Of a push and of a replica that came from another registry. */
const Done = Arrived.extend({ 'action-type': z.string(), result: z.string() });

const fromEcr = <Type extends string, Detail extends z.ZodType>(type: Type, detail: Detail) =>
  z.object({
    source: z.literal('aws.ecr'),
    'detail-type': z.literal(type),
    account: z.string(),
    region: z.string(),
    detail,
  });

const ArrivalEvent = z.discriminatedUnion('detail-type', [
  fromEcr('ECR Image Action', Done),
  fromEcr('ECR Replication Action', Done),
  fromEcr('ECR Pull Through Cache Action', Arrived.extend({ 'sync-status': z.string() })),
]);
type ArrivalEvent = z.infer<typeof ArrivalEvent>;

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
  const arrival = ArrivalEvent.safeParse(message);
  if (!arrival.success) return ignored('neither an arrival in ECR nor a look');
  const { account, region, detail } = arrival.data;
  if (account !== home.account || region !== home.region) {
    return ignored(`from ${account} in ${region}, not from this stack's account`);
  }
  const unfinished = whyUnfinished(arrival.data);
  if (unfinished !== undefined) return ignored(unfinished);
  const tag = detail['image-tag'] ?? '';
  if (tag === '') return ignored('an untagged manifest (a platform or an attestation of an index)');
  // A repository of the own ECR may look like a registry's: the name says which it is.
  const repository = repositoryName({ registry: '', repository: detail['repository-name'] });
  return { kind: 'push', repository, tag };
}

function ignored(reason: string): ImageMessage {
  return { kind: 'ignored', reason };
}

/** Other things happen to images under the same types of event; and what is attempted may fail. */
function whyUnfinished(event: ArrivalEvent): string | undefined {
  if (event['detail-type'] === 'ECR Pull Through Cache Action') {
    const status = event.detail['sync-status'];
    return status === 'SUCCESS' ? undefined : `${status} is no finished pull through the cache`;
  }
  const isReplica = event['detail-type'] === 'ECR Replication Action';
  const { 'action-type': action, result } = event.detail;
  if (action === (isReplica ? 'REPLICATE' : 'PUSH') && result === 'SUCCESS') return undefined;
  return `${action} ${result} is no finished ${isReplica ? 'replication' : 'push'}`;
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
