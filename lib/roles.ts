/** A role with one inline policy, made from the rows of grants.ts; each `*` is acknowledged with its reason. */
import type { Stack } from 'aws-cdk-lib';
import {
  PolicyDocument,
  type PolicyStatement,
  Role,
  type ServicePrincipal,
} from 'aws-cdk-lib/aws-iam';
import { type GrantContext, toStatements } from './grants.ts';
import { acknowledgeWildcard } from './nag.ts';

export function addRole(
  stack: Stack,
  id: string,
  options: {
    assumedBy: ServicePrincipal;
    description: string;
    context: GrantContext;
    grants: Parameters<typeof toStatements>[1];
    /** What the table cannot know: the role's own log group, the machine's functions. No `*`. */
    own: PolicyStatement[];
  },
): Role {
  const { statements, wildcards } = toStatements(options.context, options.grants);
  const role = new Role(stack, id, {
    assumedBy: options.assumedBy,
    description: options.description,
    inlinePolicies: {
      grants: new PolicyDocument({ statements: [...options.own, ...statements] }),
    },
  });
  for (const { arn, because } of wildcards) acknowledgeWildcard(role, arn, because);
  return role;
}
