/**
 * The places that a row of grants.ts may name, and their ARNs.
 *
 * A place with a `*` in its ARNs says why, next to it; there is no other way to a `*`, and a test walks
 * the template for any that has come in beside this table.
 */
import { Aws, type Stack } from 'aws-cdk-lib';
import { documentPrefix } from './command-document.ts';

/** What the stack's own resources are called; the rest of a place is made from the stack's name. */
export interface GrantContext {
  stack: Stack;
  policiesTable: string;
  rolloutsTable: string;
  hostsTable: string;
  imageQueue: string;
  lostEvents: string;
  bus: string;
}

export interface PlaceShape {
  arns: (context: GrantContext) => string[];
  /** Why there is a `*`: required where there is one. */
  because?: string;
  conditions?: Record<string, Record<string, string>>;
}

const arn = (stack: Stack, service: string, rest: string) =>
  `arn:${Aws.PARTITION}:${service}:${stack.region}:${stack.account}:${rest}`;
const execution = ({ stack }: GrantContext, rest: string) =>
  arn(stack, 'states', `execution:${stack.stackName}-rollout${rest}`);
const machine = ({ stack }: GrantContext, rest = '') =>
  arn(stack, 'states', `stateMachine:${stack.stackName}-rollout${rest}`);

export const PLACES = {
  policies: { arns: (c) => [c.policiesTable] },
  'policies by repository': { arns: (c) => [`${c.policiesTable}/index/byRepository`] },
  'policies by container': { arns: (c) => [`${c.policiesTable}/index/byContainer`] },
  rollouts: { arns: (c) => [c.rolloutsTable] },
  'rollouts by status': { arns: (c) => [`${c.rolloutsTable}/index/byStatus`] },
  hosts: { arns: (c) => [c.hostsTable] },
  'image queue': { arns: (c) => [c.imageQueue] },
  'lost events': { arns: (c) => [c.lostEvents] },
  bus: { arns: (c) => [c.bus] },
  topics: {
    arns: ({ stack }) => [arn(stack, 'sns', '*')],
    because:
      "Which topics are told is said by the policies, which change without a deployment. Of the stack's own account and region alone.",
  },
  repositories: {
    arns: ({ stack }) => [arn(stack, 'ecr', 'repository/*')],
    because:
      'Which repositories are asked is said by the policies, which change without a deployment. Reads only.',
  },
  'rollout machine': { arns: (c) => [machine(c)] },
  'task tokens': {
    arns: (c) => [machine(c), machine(c, '/*')],
    because:
      'A token of a chunk belongs to a child of a Distributed Map, whose machine ARN ends in the label of its Map.',
  },
  'rollout executions': {
    arns: (c) => [execution(c, ':*')],
    because: 'An execution is named after its rollout. The prefix is the machine of this stack.',
  },
  'chunk executions': {
    arns: (c) => [execution(c, '/*')],
    because:
      'The Map names its children by label and UUID. The prefix is the machine of this stack.',
  },
  documents: {
    arns: ({ stack }) => [arn(stack, 'ssm', `document/${documentPrefix(stack.stackName)}*`)],
    because:
      'A rollout keeps the document that it started with, and its name carries a hash: those of earlier releases must stay usable.',
  },
  'opted-in hosts': {
    arns: ({ stack }) => [arn(stack, 'ec2', 'instance/*'), arn(stack, 'ssm', 'managed-instance/*')],
    because: 'Hosts come and go; the condition lets through only those that carry the opt-in tag.',
    conditions: { StringEquals: { 'ssm:resourceTag/longshore:enabled': 'true' } },
  },
  'managed nodes': {
    arns: () => ['*'],
    because: 'ssm:DescribeInstanceInformation takes no resource. It reads only.',
  },
  instances: {
    arns: () => ['*'],
    because: 'ec2:DescribeInstances takes no resource. It reads only.',
  },
  commands: {
    arns: () => ['*'],
    because: 'ssm:ListCommands and ssm:ListCommandInvocations take no resource. They read only.',
  },
  'log delivery': {
    arns: () => ['*'],
    because:
      'The log delivery of CloudWatch Logs takes no resource; Step Functions needs it to log at all.',
  },
  traces: {
    arns: () => ['*'],
    because: 'X-Ray takes no resource. Only with the setting `tracing`.',
  },
} as const satisfies Record<string, PlaceShape>;

export type Place = keyof typeof PLACES;
