/** A role with one inline policy, made from the rows of grants.ts; each `*` is acknowledged with its reason. */
import type { Stack } from 'aws-cdk-lib';
import {
  Effect,
  PolicyDocument,
  PolicyStatement,
  Role,
  type ServicePrincipal,
} from 'aws-cdk-lib/aws-iam';
import type { Grant } from './grants.ts';
import { acknowledgeWildcard } from './nag.ts';
import { type GrantContext, PLACES, type Place, type PlaceShape } from './places.ts';

export function addRole(
  stack: Stack,
  id: string,
  options: {
    assumedBy: ServicePrincipal;
    description: string;
    context: GrantContext;
    grants: readonly Grant[];
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

/** One statement for each place of the rows, and the reason for every `*` in it. */
function toStatements(
  context: GrantContext,
  grants: readonly Grant[],
): { statements: PolicyStatement[]; wildcards: { arn: string; because: string }[] } {
  const actionsByPlace = new Map<Place, Set<string>>();
  for (const [place, ...actions] of grants) {
    const known = actionsByPlace.get(place) ?? new Set();
    actionsByPlace.set(place, known.union(new Set(actions)));
  }
  const statements: PolicyStatement[] = [];
  const wildcards: { arn: string; because: string }[] = [];
  for (const [place, actions] of actionsByPlace) {
    const shape: PlaceShape = PLACES[place];
    const resources = shape.arns(context);
    for (const resource of resources.filter((one) => one.includes('*'))) {
      if (shape.because === undefined) throw new TypeError(`${place} has a * without a reason`);
      wildcards.push({ arn: resource, because: shape.because });
    }
    statements.push(
      new PolicyStatement({
        effect: Effect.ALLOW,
        actions: [...actions],
        resources,
        ...(shape.conditions !== undefined && { conditions: shape.conditions }),
      }),
    );
  }
  return { statements, wildcards };
}
