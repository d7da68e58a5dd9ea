import { describe, expect, it } from 'vitest';
import * as z from 'zod';
import { flattenReference } from '#lib/nag.ts';
import {
  grantsOf,
  HERE,
  named,
  ofType,
  type Statement,
  statementsOf,
  synthesize,
} from './template.ts';

const resources = synthesize();
const traced = synthesize({ settings: { tracing: true, machine_logging: 'ALL' } });

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
  [`arn:<AWS::Partition>:sns:${HERE}:*`]:
    "policies name the topics, and change without a deployment; the stack's own account and region",
  '<ApplyPolicies736A213B.Arn>:*': "CDK's provider may invoke any version of one function",
};

/** Actions that take no resource at all. */
const WITHOUT_RESOURCE: Record<string, string> = {
  'ec2:DescribeInstances': 'reads which zones they are in',
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

const MACHINE = `arn:<AWS::Partition>:states:${HERE}:stateMachine:Longshore-rollout`;
const EXECUTION = `arn:<AWS::Partition>:states:${HERE}:execution:Longshore-rollout`;

/** What the machine's role may do beside invoking its lambdas, and what Step Functions needs it for. */
const MACHINE_OWN: Record<string, string> = {
  [`states:StartExecution on ${MACHINE}`]: 'a Distributed Map starts its children',
  [`states:DescribeExecution on ${EXECUTION}:*`]: 'a Distributed Map watches its children',
  [`states:DescribeExecution on ${EXECUTION}/*`]: 'they are named by the label of the Map',
  [`states:StopExecution on ${EXECUTION}:*`]: 'a Map that ends early stops its children',
  [`states:StopExecution on ${EXECUTION}/*`]: 'they are named by the label of the Map',
  [`states:RedriveExecution on ${EXECUTION}/*`]: 'a Redrive goes on with the children that failed',
};
const withoutResource = (service: string) =>
  Object.keys(WITHOUT_RESOURCE)
    .filter((action) => action.startsWith(`${service}:`))
    .map((action) => `${action} on *`);

describe('the rollout machine', () => {
  it.each([
    ['without a log', { machine_logging: 'OFF' }, []],
    ['as it comes', {}, withoutResource('logs')],
    ['with tracing', { tracing: true }, [...withoutResource('logs'), ...withoutResource('xray')]],
  ])('may invoke the lambdas that it names, run its Maps, and no more: %s', (_, settings, more) => {
    const stack = synthesize({ settings });
    const { Properties } = named(stack, 'AWS::StepFunctions::StateMachine', 'Longshore-rollout');

    const granted = grantsOf(stack, Properties.RoleArn['Fn::GetAtt'][0]);

    const invoked = Object.values(Properties.DefinitionSubstitutions).map(
      (arn) => `lambda:InvokeFunction on ${flattenReference(arn)}`,
    );
    expect(granted).toEqual([...invoked, ...Object.keys(MACHINE_OWN), ...more].sort());
  });

  it('is the only one that may run Maps: the control machine invokes its lambda', () => {
    const { Properties } = named(
      resources,
      'AWS::StepFunctions::StateMachine',
      'Longshore-control',
    );

    const granted = grantsOf(resources, Properties.RoleArn['Fn::GetAtt'][0]);

    const [invoked] = Object.values(Properties.DefinitionSubstitutions).map(flattenReference);
    expect(granted).toEqual(
      [`lambda:InvokeFunction on ${invoked}`, ...withoutResource('logs')].sort(),
    );
  });

  it('is trusted for its own account and machine alone', () => {
    const { Properties } = named(resources, 'AWS::StepFunctions::StateMachine', '-rollout');
    const [[, role] = []] = ofType(resources, 'AWS::IAM::Role').filter(
      ([id]) => id === Properties.RoleArn['Fn::GetAtt'][0],
    );

    const [statement, ...others] = role?.Properties.AssumeRolePolicyDocument.Statement ?? [];

    expect(others).toEqual([]);
    expect(statement).toMatchObject({
      Principal: { Service: 'states.amazonaws.com' },
      Condition: { StringEquals: { 'aws:SourceAccount': '111122223333' } },
    });
    expect(arnsOf(statement?.Condition)).toEqual([MACHINE, `${MACHINE}/*`]);
  });

  function arnsOf(condition: unknown): string[] {
    const ArnLike = z.object({ ArnLike: z.object({ 'aws:SourceArn': z.array(z.unknown()) }) });
    return ArnLike.parse(condition).ArnLike['aws:SourceArn'].map(flattenReference);
  }
});

describe("CDK's provider", () => {
  it('may call the one function that its environment names', () => {
    const name = 'Longshore-policies-provider';
    const { Properties } = named(resources, 'AWS::Lambda::Function', name);
    const called = flattenReference(Properties.Environment.Variables['USER_ON_EVENT_FUNCTION_ARN']);
    const log = `<${Properties.LoggingConfig.LogGroup.Ref}.Arn>`;

    expect(grantsOf(resources, Properties.Role['Fn::GetAtt'][0])).toEqual([
      `lambda:GetFunction on ${called}`,
      `lambda:InvokeFunction on ${called}`,
      `lambda:InvokeFunction on ${called}:*`,
      `logs:CreateLogStream on ${log}`,
      `logs:PutLogEvents on ${log}`,
    ]);
  });
});

describe('a role', () => {
  it('belongs to one function or to the machine, and trusts its service alone', () => {
    const functions = ofType(resources, 'AWS::Lambda::Function').map(
      ([, { Properties }]) => `${Properties.Role['Fn::GetAtt'][0]} lambda.amazonaws.com`,
    );
    const machines = ofType(resources, 'AWS::StepFunctions::StateMachine').map(
      ([, { Properties }]) => `${Properties.RoleArn['Fn::GetAtt'][0]} states.amazonaws.com`,
    );

    const trusted = ofType(resources, 'AWS::IAM::Role').flatMap(([id, { Properties }]) =>
      Properties.AssumeRolePolicyDocument.Statement.map(
        ({ Principal }) => `${id} ${Principal.Service}`,
      ),
    );

    expect(trusted.sort()).toEqual([...functions, ...machines].sort());
  });
});
