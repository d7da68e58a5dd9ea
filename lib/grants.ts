/**
 * Who may do what: one row for each lambda and for each machine, one role each.
 *
 * A place with a `*` in its ARNs says why, next to it; there is no other way to a `*`, and a test walks
 * the template for any that has come in beside this table.
 */
import { Aws, type Stack } from 'aws-cdk-lib';
import { Effect, PolicyStatement } from 'aws-cdk-lib/aws-iam';
import { documentPrefix } from './command-document.ts';
import type { LambdaName } from './lambda-list.ts';

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

interface PlaceShape {
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

const PLACES = {
  policies: { arns: (c) => [c.policiesTable] },
  'policies by repository': { arns: (c) => [`${c.policiesTable}/index/byRepository`] },
  'policies by container': { arns: (c) => [`${c.policiesTable}/index/byContainer`] },
  rollouts: { arns: (c) => [c.rolloutsTable] },
  'rollouts by status': { arns: (c) => [`${c.rolloutsTable}/index/byStatus`] },
  hosts: { arns: (c) => [c.hostsTable] },
  'image queue': { arns: (c) => [c.imageQueue] },
  'lost events': { arns: (c) => [c.lostEvents] },
  bus: { arns: (c) => [c.bus] },
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

type Place = keyof typeof PLACES;
type Grant = readonly [place: Place, ...actions: string[]];

/** Writing a rollout, publishing what its log owes, and opening what a Redrive opens again. */
const WRITE_ROLLOUT: Grant[] = [
  ['rollouts', 'dynamodb:PutItem', 'dynamodb:UpdateItem'],
  ['bus', 'events:PutEvents'],
  ['rollout executions', 'states:DescribeExecution'],
];
const READ_ROLLOUT: Grant = ['rollouts', 'dynamodb:GetItem'];
const STEP: Grant[] = [['policies', 'dynamodb:GetItem'], READ_ROLLOUT, ...WRITE_ROLLOUT];
const READ_PARTS: Grant = ['rollouts', 'dynamodb:Query'];
const COMPLETE_TOKEN: Grant = ['task tokens', 'states:SendTaskSuccess'];
const START: Grant = ['rollout machine', 'states:StartExecution'];
/** Where Lambda puts the event of an invocation that failed every time. */
const LOSE: Grant = ['lost events', 'sqs:SendMessage'];
const LOOK: Grant = ['image queue', 'sqs:SendMessage'];
/** A chunk's step reads the gate and the chunk at once. */
const CHUNK_STEP: Grant[] = [
  ['policies', 'dynamodb:BatchGetItem'],
  ['rollouts', 'dynamodb:BatchGetItem'],
  ...WRITE_ROLLOUT,
];
const READ_STEP: Grant[] = [...CHUNK_STEP, ['commands', 'ssm:ListCommandInvocations']];
const SEND_STEP: Grant[] = [
  ...READ_STEP,
  ['documents', 'ssm:SendCommand'],
  ['opted-in hosts', 'ssm:SendCommand'],
  ['commands', 'ssm:ListCommands'],
  ['managed nodes', 'ssm:DescribeInstanceInformation'],
  COMPLETE_TOKEN,
];

export const LAMBDA_GRANTS: Readonly<Record<LambdaName, readonly Grant[]>> = {
  'plan-rollout': [
    ...STEP,
    READ_PARTS,
    ['policies by container', 'dynamodb:Query'],
    ['policies', 'dynamodb:BatchGetItem'],
    ['rollouts', 'dynamodb:BatchWriteItem'],
    ['managed nodes', 'ssm:DescribeInstanceInformation'],
    ['instances', 'ec2:DescribeInstances'],
    ['repositories', 'ecr:DescribeImages'],
  ],
  'await-approval': [...STEP, COMPLETE_TOKEN],
  'open-batch': [...STEP, READ_PARTS],
  'judge-batch': [...STEP, READ_PARTS],
  'hold-for-operator': [...STEP, COMPLETE_TOKEN],
  'plan-rollback': [...STEP, READ_PARTS, ['policies', 'dynamodb:PutItem']],
  'close-rollout': [
    ...STEP,
    READ_PARTS,
    ['policies', 'dynamodb:PutItem'],
    ['hosts', 'dynamodb:BatchWriteItem'],
    LOOK,
  ],
  'update-hosts': SEND_STEP,
  'read-results': READ_STEP,
  'check-health': SEND_STEP,
  'read-health': READ_STEP,
  'restore-failed-hosts': SEND_STEP,
  'record-chunk': [...CHUNK_STEP, READ_PARTS],
  'restore-hosts': SEND_STEP,
  'read-restores': READ_STEP,
  'record-restores': CHUNK_STEP,
  'control-rollout': [
    ...STEP,
    ['policies', 'dynamodb:BatchGetItem', 'dynamodb:PutItem'],
    ['repositories', 'ecr:DescribeImages'],
    ['rollout executions', 'states:RedriveExecution'],
    START,
    COMPLETE_TOKEN,
  ],
  'consider-image': [
    ['image queue', 'sqs:ReceiveMessage', 'sqs:DeleteMessage', 'sqs:GetQueueAttributes'],
    READ_ROLLOUT,
    ...WRITE_ROLLOUT,
    ['policies by repository', 'dynamodb:Query'],
    ['policies', 'dynamodb:BatchGetItem', 'dynamodb:PutItem'],
    ['repositories', 'ecr:DescribeImages'],
    START,
    COMPLETE_TOKEN,
  ],
  'listen-to-executions': [READ_ROLLOUT, ...WRITE_ROLLOUT, LOSE],
  'listen-to-commands': [READ_ROLLOUT, COMPLETE_TOKEN, LOSE],
  sweep: [
    READ_ROLLOUT,
    ...WRITE_ROLLOUT,
    READ_PARTS,
    ['policies', 'dynamodb:Scan', 'dynamodb:GetItem', 'dynamodb:PutItem'],
    ['rollouts by status', 'dynamodb:Query'],
    ['repositories', 'ecr:DescribeRepositories'],
    START,
    COMPLETE_TOKEN,
    LOOK,
    LOSE,
  ],
  'apply-policies': [
    ['policies', 'dynamodb:Scan', 'dynamodb:Query', 'dynamodb:PutItem', 'dynamodb:DeleteItem'],
    READ_ROLLOUT,
    LOOK,
  ],
};

/** The rollout machine's own, beside invoking the lambdas that it names: its Maps start, watch and end children. */
export const MACHINE_GRANTS: readonly Grant[] = [
  ['rollout machine', 'states:StartExecution'],
  ['rollout executions', 'states:DescribeExecution', 'states:StopExecution'],
  [
    'chunk executions',
    'states:DescribeExecution',
    'states:StopExecution',
    'states:RedriveExecution',
  ],
];
export const MACHINE_LOG_GRANTS: readonly Grant[] = [
  [
    'log delivery',
    'logs:CreateLogDelivery',
    'logs:GetLogDelivery',
    'logs:UpdateLogDelivery',
    'logs:DeleteLogDelivery',
    'logs:ListLogDeliveries',
    'logs:PutResourcePolicy',
    'logs:DescribeResourcePolicies',
    'logs:DescribeLogGroups',
  ],
];
export const TRACE_GRANTS: readonly Grant[] = [
  [
    'traces',
    'xray:PutTraceSegments',
    'xray:PutTelemetryRecords',
    'xray:GetSamplingRules',
    'xray:GetSamplingTargets',
  ],
];

/** One statement for each place of the rows, and the reason for every `*` in it. */
export function toStatements(
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
