import { describe, expect, it } from 'vitest';
import { listForeignTopics } from '#core/policy-topics.ts';
import { aPolicy } from './fixtures.ts';

const HOME = { account: '111122223333', region: 'eu-west-1' };
const OWN = 'arn:aws:sns:eu-west-1:111122223333:ops';
const AFAR = 'arn:aws:sns:us-east-1:111122223333:ops';
const FOREIGN = 'arn:aws:sns:eu-west-1:999999999999:ops';

function told(...arns: string[]) {
  return aPolicy({ notifications: arns.map((topic_arn) => ({ topic_arn })) });
}

describe('listForeignTopics', () => {
  it('names each topic of another account or region, and how to mend it', () => {
    const problems = listForeignTopics(told(OWN, AFAR, FOREIGN), HOME);

    expect(problems.map(({ path, code }) => [path, code])).toEqual([
      ['notifications.1.topic_arn', 'topic_elsewhere'],
      ['notifications.2.topic_arn', 'topic_elsewhere'],
    ]);
    expect(problems[0]?.message).toBe(
      `notifications.1.topic_arn: "${AFAR}" is a topic of another account or region than the stack's (111122223333, eu-west-1); give one of the stack's own; queues and functions elsewhere can subscribe to it`,
    );
  });

  it('says nothing where nobody knows yet where the stack will be', () => {
    expect(listForeignTopics(told(AFAR), undefined)).toEqual([]);
  });
});
