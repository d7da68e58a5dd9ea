/**
 * Topics that Longshore may write to: those of its own account and region, for nothing else is granted. Asked
 * where both are known, at a deployment and at a synthesis for one account.
 */
import type { Policy } from './policy.ts';
import { POLICY_MENDS } from './policy-mends.ts';
import { makeProblem, type Problem } from './problem.ts';

export interface Home {
  account: string;
  region: string;
}

/** A problem for each topic of another account or region. */
export function listForeignTopics(policy: Policy, home: Home | undefined): Problem[] {
  if (home === undefined) return [];
  return policy.notifications.flatMap(({ topic_arn }, index) => {
    const [, , , region, account] = topic_arn.split(':');
    if (region === home.region && account === home.account) return [];
    const flaw = {
      code: 'topic_elsewhere',
      what: `is a topic of another account or region than the stack's (${home.account}, ${home.region})`,
      mend: "give one of the stack's own; queues and functions elsewhere can subscribe to it",
    } as const;
    return [makeProblem(flaw, ['notifications', index, 'topic_arn'], policy, POLICY_MENDS)];
  });
}
