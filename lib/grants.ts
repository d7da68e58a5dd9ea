/** Who may do what: one row for each lambda and for each machine, one role each. */
import type { LambdaName } from './lambda-list.ts';
import type { Place } from './places.ts';

export type Grant = readonly [place: Place, ...actions: string[]];

/** Writing a rollout, publishing what its log owes, and opening what a Redrive opens again. */
const WRITE_ROLLOUT: Grant[] = [
  ['rollouts', 'dynamodb:PutItem', 'dynamodb:UpdateItem'],
  ['bus', 'events:PutEvents'],
  ['rollout executions', 'states:DescribeExecution'],
];
const READ_ROLLOUT: Grant = ['rollouts', 'dynamodb:GetItem'];
/** The gate, in one read. */
const GATE: Grant[] = [
  ['policies', 'dynamodb:BatchGetItem'],
  ['rollouts', 'dynamodb:BatchGetItem'],
];
/** An execution of an earlier release says less, and the record is read for it before the gate. */
const STEP: Grant[] = [...GATE, READ_ROLLOUT, ...WRITE_ROLLOUT];
const READ_PARTS: Grant = ['rollouts', 'dynamodb:Query'];
const COMPLETE_TOKEN: Grant = ['task tokens', 'states:SendTaskSuccess'];
const START: Grant = ['rollout machine', 'states:StartExecution'];
/** Where Lambda puts the event of an invocation that failed every time. */
const LOSE: Grant = ['lost events', 'sqs:SendMessage'];
const LOOK: Grant = ['image queue', 'sqs:SendMessage'];
/** A chunk's step reads the gate and the chunk at once. */
const CHUNK_STEP: Grant[] = [...GATE, ...WRITE_ROLLOUT];
const READ_STEP: Grant[] = [...CHUNK_STEP, ['commands', 'ssm:ListCommandInvocations']];
const SEND_STEP: Grant[] = [
  ...READ_STEP,
  ['documents', 'ssm:SendCommand'],
  ['opted-in hosts', 'ssm:SendCommand'],
  ['commands', 'ssm:ListCommands'],
  ['managed nodes', 'ssm:DescribeInstanceInformation'],
  COMPLETE_TOKEN,
  // The sender, where another was first to write it, or SSM refused the call.
  READ_ROLLOUT,
];

export const LAMBDA_GRANTS: Readonly<Record<LambdaName, readonly Grant[]>> = {
  'plan-rollout': [
    ...STEP,
    READ_PARTS,
    ['policies by container', 'dynamodb:Query'],
    ['policies', 'dynamodb:GetItem'],
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
  'update-hosts': [...SEND_STEP, READ_PARTS],
  'read-results': [...READ_STEP, READ_PARTS],
  'check-health': SEND_STEP,
  'read-health': READ_STEP,
  'restore-failed-hosts': SEND_STEP,
  'record-chunk': [...CHUNK_STEP, READ_PARTS],
  'restore-hosts': SEND_STEP,
  'read-restores': READ_STEP,
  'record-restores': CHUNK_STEP,
  'control-rollout': [
    READ_ROLLOUT,
    ...WRITE_ROLLOUT,
    ['policies', 'dynamodb:GetItem', 'dynamodb:BatchGetItem', 'dynamodb:PutItem'],
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
  notify: [
    READ_ROLLOUT,
    READ_PARTS,
    ['rollouts', 'dynamodb:PutItem'],
    ['topics', 'sns:Publish'],
    LOSE,
  ],
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
