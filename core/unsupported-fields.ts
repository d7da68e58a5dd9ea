/**
 * Fields of a policy whose behaviour a later version brings. They are part of the document already, and
 * are refused where they ask for something: a topic that is silently never written to is an alarm that
 * nobody hears. Who saves or deploys a policy asks this after `parsePolicy`.
 */
import { splitRegistry } from './image-reference.ts';
import type { Policy } from './policy.ts';
import { POLICY_MENDS } from './policy-mends.ts';
import { makeProblem, type Problem } from './problem.ts';

interface Feature {
  path: string[];
  isAsked: (policy: Policy) => boolean;
  mend: string;
}

const FEATURES: readonly Feature[] = [
  {
    path: ['image_pattern'],
    isAsked: ({ image_pattern }) => splitRegistry(image_pattern)[0] !== '',
    mend: "name a repository of the stack's own ECR",
  },
];

/** A problem for each field that asks for what this version does not do. */
export function listUnsupported(policy: Policy): Problem[] {
  return FEATURES.filter(({ isAsked }) => isAsked(policy)).map(({ path, mend }) => {
    const flaw = { code: 'not_yet_supported', what: 'is not supported yet', mend } as const;
    return makeProblem(flaw, path, policy, POLICY_MENDS);
  });
}
