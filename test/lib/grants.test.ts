import { describe, expect, it } from 'vitest';
import { ofType, type Resource, type Statement, statementsOf, synthesize } from './template.ts';

const resources = synthesize();
const traced = synthesize({ settings: { tracing: true, machine_logging: 'ALL' } });

const HERE = 'eu-west-1:111122223333';

/** Every `*` that an IAM policy of the template may hold, and why it has to. */
const WILDCARDS: Record<string, string> = {
  [`arn:<AWS::Partition>:ecr:${HERE}:repository/*`]:
    'policies name the repositories, and change without a deployment; reads only',
  [`arn:<AWS::Partition>:states:${HERE}:stateMachine:Longshore-rollout/*`]:
    "the task tokens of a Map's children: their machine is called by the Map's label",
  [`arn:<AWS::Partition>:states:${HERE}:execution:Longshore-rollout:*`]:
    "executions are named after rollouts; the machine is this stack's own",
  [`arn:<AWS::Partition>:states:${HERE}:execution:Longshore-rollout/*`]:
    "a Map's children are named by UUID; the machine is this stack's own",
  [`arn:<AWS::Partition>:ssm:${HERE}:document/Longshore-host-*`]:
    'a rollout keeps the document that it began with, and its name carries a hash',
  [`arn:<AWS::Partition>:ec2:${HERE}:instance/*`]: 'hosts come and go; bound to the opt-in tag',
  [`arn:<AWS::Partition>:ssm:${HERE}:managed-instance/*`]:
    'hybrid hosts come and go; bound to the opt-in tag',
  '<ApplyPolicies736A213B.Arn>:*': "CDK's provider may invoke any version of one function",
};

/** Actions that take no resource at all. */
const WITHOUT_RESOURCE: Record<string, string> = {
  'ssm:DescribeInstanceInformation': 'reads which hosts there are',
  'ssm:ListCommands': 'reads what was sent',
  'ssm:ListCommandInvocations': 'reads what hosts answered',
  'logs:CreateLogDelivery': 'Step Functions delivers its log by it',
  'logs:GetLogDelivery': 'Step Functions delivers its log by it',
  'logs:UpdateLogDelivery': 'Step Functions delivers its log by it',
  'logs:DeleteLogDelivery': 'Step Functions delivers its log by it',
  'logs:ListLogDeliveries': 'Step Functions delivers its log by it',
  'logs:PutResourcePolicy': 'Step Functions delivers its log by it',
  'logs:DescribeResourcePolicies': 'Step Functions delivers its log by it',
  'logs:DescribeLogGroups': 'Step Functions delivers its log by it',
  'xray:PutTraceSegments': 'only with the setting tracing',
  'xray:PutTelemetryRecords': 'only with the setting tracing',
  'xray:GetSamplingRules': 'only with the setting tracing',
  'xray:GetSamplingTargets': 'only with the setting tracing',
};

function wildcardsOf(statements: readonly Statement[]): { resources: string[]; actions: string[] } {
  const allowed = statements.filter(({ effect }) => effect === 'Allow');
  return {
    resources: allowed.flatMap((one) => one.resources.filter((r) => r.includes('*') && r !== '*')),
    actions: allowed.flatMap(({ actions, resources: on }) =>
      actions.filter((action) => action.includes('*') || on.includes('*')),
    ),
  };
}

describe('a * in an IAM policy', () => {
  it.each([
    ['as it comes', resources],
    ['with tracing and the whole log', traced],
  ])('stands only where a reason is written, %s', (_, stack) => {
    const { resources: starred, actions } = wildcardsOf(statementsOf(stack));

    expect(starred.filter((resource) => !(resource in WILDCARDS))).toEqual([]);
    expect(actions.filter((action) => !(action in WITHOUT_RESOURCE))).toEqual([]);
  });

  it('has no reason left over from one that is gone', () => {
    const { resources: starred, actions } = wildcardsOf(statementsOf(traced));

    expect(Object.keys(WILDCARDS).filter((one) => !starred.includes(one))).toEqual([]);
    expect(Object.keys(WITHOUT_RESOURCE).filter((one) => !actions.includes(one))).toEqual([]);
  });

  it('does not hide behind NotAction, NotResource or a managed policy', () => {
    const hidden = statementsOf(resources).filter(({ rest }) =>
      rest.some((key) => key.startsWith('Not')),
    );
    const managed = ofType(resources, 'AWS::IAM::Role').filter(
      ([, { Properties }]) => Properties.ManagedPolicyArns,
    );

    expect(hidden).toEqual([]);
    expect(managed).toEqual([]);
  });
});

describe('SendCommand', () => {
  const sending = statementsOf(resources).filter(({ actions }) =>
    actions.includes('ssm:SendCommand'),
  );

  it('is given to the steps that send, and to nothing else', () => {
    const owners = new Set(sending.map(({ owner }) => owner.replace(/Role[0-9A-F]{8}$/, '')));

    expect([...owners].sort()).toEqual([
      'CheckHealth',
      'RestoreFailedHosts',
      'RestoreHosts',
      'UpdateHosts',
    ]);
  });

  it('reaches only hosts with the opt-in tag, and only by our own documents', () => {
    for (const { resources: on, condition } of sending) {
      const isDocument = on.every((resource) => resource.includes(':document/Longshore-host-'));
      const hasTag =
        JSON.stringify(condition) ===
        '{"StringEquals":{"ssm:resourceTag/longshore:enabled":"true"}}';
      // The tag must not be asked of the document, which has none.
      expect({ on, isDocument, hasTag: isDocument ? !condition : hasTag }).toMatchObject({
        hasTag: true,
      });
    }
    expect(sending).toHaveLength(8);
  });
});

describe('the rollout machine', () => {
  const role = Object.entries(resources).find(([id]) => id.startsWith('RolloutMachineRole'));
  const own = statementsOf(resources).filter(({ owner }) => owner === role?.[0]);

  it('may invoke exactly the lambdas that its definition names', () => {
    const machine = resources['RolloutMachine'] as Resource;
    const substituted = Object.values(machine.Properties.DefinitionSubstitutions).map((value) =>
      (value as { 'Fn::GetAtt': string[] })['Fn::GetAtt'].join('.'),
    );

    const invoked = own.find(({ actions }) => actions.includes('lambda:InvokeFunction'));

    expect(invoked?.resources.sort()).toEqual(substituted.map((arn) => `<${arn}>`).sort());
  });

  it('is trusted for its own account and machine alone', () => {
    const [statement] = role?.[1].Properties.AssumeRolePolicyDocument.Statement ?? [];

    expect(statement.Principal).toEqual({ Service: 'states.amazonaws.com' });
    expect(statement.Condition.StringEquals).toEqual({ 'aws:SourceAccount': '111122223333' });
    expect(JSON.stringify(statement.Condition.ArnLike)).toContain('stateMachine:Longshore-rollout');
  });

  it('starts, watches, stops and redrives its own Maps', () => {
    const actions = own
      .flatMap((one) => one.actions)
      .filter((action) => action.startsWith('states'));

    expect([...new Set(actions)].sort()).toEqual([
      'states:DescribeExecution',
      'states:RedriveExecution',
      'states:StartExecution',
      'states:StopExecution',
    ]);
  });
});
