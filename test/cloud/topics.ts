/** A policy with two topics to name, what they hear, and what becomes of whoever tells. */
import { POLICY, STACK, type Start, startCloud, type TestCloud } from './start-cloud.ts';

export const MINUTE = 60_000;
export const OPS = 'arn:aws:sns:eu-west-1:111122223333:ops';
export const CHAT = 'arn:aws:sns:eu-west-1:111122223333:chat';

export function start(
  policy: Record<string, unknown> = {},
  options: Start = {},
): Promise<TestCloud> {
  const notifications = [{ topic_arn: OPS }];
  return startCloud({
    hosts: 6,
    policies: [{ ...POLICY, staged_batches: ['2 hosts', 1], notifications, ...policy }],
    prepare: (cloud) => {
      cloud.sns.createTopic('ops');
      cloud.sns.createTopic('chat');
    },
    ...options,
  });
}

export const MANUAL = { update_strategy: 'manual' };
export const BOTH = { notifications: [{ topic_arn: OPS }, { topic_arn: CHAT }] };

export function subjects({ cloud }: TestCloud, topic = OPS): unknown[] {
  return cloud.sns.messages.filter(({ topicArn }) => topicArn === topic).map((one) => one.subject);
}

export function ids({ cloud }: TestCloud): unknown[] {
  return cloud.sns.messages.map(({ topicArn, attributes }) => `${topicArn} ${attributes['id']}`);
}

/** What the alarm of the stack counts, and whose count it is. */
export function rung({ cloud }: TestCloud): unknown[] {
  return cloud.logs
    .filter(({ line }) => line['stack'] === STACK && 'NoticesRefused' in line)
    .map(({ functionName, line }) => [
      functionName.replace(`${STACK}-`, ''),
      line['NoticesRefused'],
    ]);
}

/** Whoever tells dies every time, until it is mended. */
export function silence({ cloud }: TestCloud): () => void {
  cloud.functions.fault = ({ functionName }) =>
    functionName === `${STACK}-notify` ? { kind: 'die_before', call: 1 } : undefined;
  return () => {
    cloud.functions.fault = undefined;
  };
}

export function messageOf(line: Readonly<Record<string, unknown>>): string {
  return String(line['message']);
}

/** How often the sweep found that nobody was told. */
export function announced({ cloud }: TestCloud): number {
  return cloud.logs.filter(({ line }) => messageOf(line) === 'nobody was told: announced again')
    .length;
}

export const ASKED =
  'shop-web #1 waits for an approval: 6 hosts are planned; a person has to approve the plan';
export const DONE = 'shop-web #1 is completed: v2 went through every batch';
export const HELD = /^shop-web #1 is held: batch 1: High failure rate detected: /;
