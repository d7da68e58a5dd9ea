import { readdirSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { readEnvironment } from '#aws/environment.ts';
import { parseSettings } from '#core/settings.ts';
import { LAMBDA_NAMES, LAMBDAS, type LambdaShape } from '#lib/lambda-list.ts';
import { renameStack } from '#test/cloud/rename-stack.ts';
import { named, ofType, type Resources, synthesize } from './template.ts';
import type { PropertiesOf } from './template-shapes.ts';

const resources = synthesize();

describe('logical ids', () => {
  // CloudFormation replaces what changes its logical id: a machine is deleted with every paused rollout in
  // it, a table with its items. Change this list only with a plan for what runs.
  it.each([
    ['RolloutMachine', 'AWS::StepFunctions::StateMachine'],
    ['RolloutMachineRole6AE7F7C8', 'AWS::IAM::Role'],
    ['ControlMachine', 'AWS::StepFunctions::StateMachine'],
    ['PoliciesTableB128A423', 'AWS::DynamoDB::Table'],
    ['RolloutsTable4EA492DF', 'AWS::DynamoDB::Table'],
    ['HostsTable3E8ABB46', 'AWS::DynamoDB::Table'],
  ])('%s stays %s', (id, type) => {
    expect(resources[id]?.Type).toBe(type);
  });

  it('has no other machine and no other table', () => {
    expect(ofType(resources, 'AWS::StepFunctions::StateMachine')).toHaveLength(2);
    expect(ofType(resources, 'AWS::DynamoDB::Table')).toHaveLength(3);
  });
});

describe('tables', () => {
  it.each([
    ['policies', ['policy:S', 'item:S']],
    ['rollouts', ['rollout:S', 'item:S']],
    ['hosts', ['host:S', 'container:S']],
  ])('%s is on demand, kept and keyed by %j', (name, keys) => {
    const table = named(resources, 'AWS::DynamoDB::Table', `-${name}`);

    expect(table).toMatchObject({
      DeletionPolicy: 'Retain',
      UpdateReplacePolicy: 'Retain',
      Properties: {
        BillingMode: 'PAY_PER_REQUEST',
        DeletionProtectionEnabled: true,
        PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true },
        SSESpecification: { SSEEnabled: true },
      },
    });
    expect(keysOf(table.Properties)).toEqual(keys);
  });

  it.each([
    ['policies', 'byRepository', ['repository_key:S', 'repository_prefix:S'], 'ALL'],
    ['policies', 'byContainer', ['container_key:S'], 'ALL'],
    ['rollouts', 'byStatus', ['status:S', 'started_at_ms:N'], 'KEYS_ONLY'],
    ['rollouts', 'byPolicy', ['policy:S', 'started_at_ms:N'], 'KEYS_ONLY'],
  ])('%s has the index %s by %j, with %s', (name, index, keys, projection) => {
    const table = named(resources, 'AWS::DynamoDB::Table', `-${name}`);

    const found = table.Properties.GlobalSecondaryIndexes?.find(
      ({ IndexName }) => IndexName === index,
    );

    expect(keysOf(table.Properties, found?.KeySchema)).toEqual(keys);
    expect(found?.Projection).toEqual({ ProjectionType: projection });
  });

  it('expires items of rollouts alone', () => {
    const expiring = ofType(resources, 'AWS::DynamoDB::Table').flatMap(([id, { Properties }]) =>
      Properties.TimeToLiveSpecification ? [[id, Properties.TimeToLiveSpecification]] : [],
    );

    expect(expiring).toEqual([
      ['RolloutsTable4EA492DF', { AttributeName: 'expires_at', Enabled: true }],
    ]);
  });

  it('gives up what the settings turn off', () => {
    const bare = synthesize({
      settings: { retain_tables: false, deletion_protection: false, point_in_time_recovery: false },
    });

    for (const [, table] of ofType(bare, 'AWS::DynamoDB::Table')) {
      expect(table.DeletionPolicy).toBe('Delete');
      expect(table.Properties.DeletionProtectionEnabled).toBe(false);
      const { PointInTimeRecoveryEnabled } = table.Properties.PointInTimeRecoverySpecification;
      expect(PointInTimeRecoveryEnabled).toBe(false);
    }
  });

  function keysOf(table: PropertiesOf<'AWS::DynamoDB::Table'>, schema = table.KeySchema): string[] {
    const types = new Map(
      table.AttributeDefinitions.map((one) => [one.AttributeName, one.AttributeType]),
    );
    return schema.map(({ AttributeName }) => `${AttributeName}:${types.get(AttributeName)}`);
  }
});

describe('lambdas', () => {
  it('are the files of lambdas/, no more and no fewer', () => {
    const files = readdirSync('lambdas').map((file) => file.replace(/\.ts$/, ''));

    expect([...LAMBDA_NAMES].sort()).toEqual(files.sort());
  });

  it.each(LAMBDA_NAMES)('%s runs on Node 24 and arm64, and finds its whole environment', (name) => {
    const { Properties } = named(resources, 'AWS::Lambda::Function', `Longshore-${name}`);
    const env = { AWS_REGION: 'eu-west-1', ...asStrings(Properties.Environment.Variables) };

    const read = readEnvironment({ nowMs: () => 0, env, clientConfig: {} });

    expect(Properties).toMatchObject({ Runtime: 'nodejs24.x', Architectures: ['arm64'] });
    expect(read.settings).toEqual(parseSettings({}));
    expect(read.STACK_NAME).toBe('Longshore');
    expect(env).toMatchObject({
      POWERTOOLS_SERVICE_NAME: 'longshore',
      POWERTOOLS_METRICS_NAMESPACE: 'Longshore',
      REGISTRY_HOST: '111122223333.dkr.ecr.eu-west-1.{"Ref":"AWS::URLSuffix"}',
    });
  });

  it.each(LAMBDA_NAMES)('%s has a role and a log of its own', (name) => {
    const { id, Properties } = named(resources, 'AWS::Lambda::Function', `Longshore-${name}`);
    const others = ofType(resources, 'AWS::Lambda::Function').filter(([other]) => other !== id);

    expect(others.map(([, other]) => other.Properties.Role)).not.toContainEqual(Properties.Role);
    const log = resources[Properties.LoggingConfig.LogGroup.Ref];
    expect(log?.Properties).toEqual({
      LogGroupName: `/aws/lambda/Longshore-${name}`,
      RetentionInDays: 30,
    });
  });

  it.each(['consider-image', 'control-rollout', 'sweep'])(
    '%s, which starts executions, is deployed after every step that reads their input',
    (name) => {
      const { DependsOn = [] } = named(resources, 'AWS::Lambda::Function', `Longshore-${name}`);

      const steps = ['PlanRollout', 'AwaitApproval', 'OpenBatch', 'JudgeBatch', 'HoldForOperator'];
      for (const step of [...steps, 'PlanRollback', 'CloseRollout']) {
        expect(DependsOn).toContainEqual(expect.stringMatching(new RegExp(`^${step}[0-9A-F]{8}$`)));
      }
    },
  );

  it('takes a minute, but five for what reads pages', () => {
    const slow = LAMBDA_NAMES.filter(
      (name) => (LAMBDAS[name] as LambdaShape).timeoutSeconds === 300,
    );

    expect(slow).toEqual(['plan-rollout', 'close-rollout', 'sweep', 'apply-policies']);
  });

  it('sends the settings of the context on', () => {
    const changed = synthesize({
      settings: {
        MAX_FAILURE_RATE: 0.5,
        registry_host: 'registry.example.com:5000',
        log_level: 'DEBUG',
      },
    });

    const { Properties } = named(changed, 'AWS::Lambda::Function', '-sweep');
    const { SETTINGS, REGISTRY_HOST, POWERTOOLS_LOG_LEVEL } = Properties.Environment.Variables;

    expect(JSON.parse(String(SETTINGS))).toMatchObject({ MAX_FAILURE_RATE: 0.5 });
    expect(REGISTRY_HOST).toBe('registry.example.com:5000');
    expect(POWERTOOLS_LOG_LEVEL).toBe('DEBUG');
  });

  it('is traced only where the settings say so', () => {
    const traced = synthesize({ settings: { tracing: true } });

    const modes = (stack: Resources) =>
      LAMBDA_NAMES.map(
        (name) =>
          named(stack, 'AWS::Lambda::Function', `Longshore-${name}`).Properties.TracingConfig,
      );

    expect(new Set(modes(resources))).toEqual(new Set([undefined]));
    expect(new Set(modes(traced).map((mode) => mode?.Mode))).toEqual(new Set(['Active']));
  });
});

describe('two stacks', () => {
  const NAMES =
    /^(TableName|QueueName|FunctionName|StateMachineName|LogGroupName|AlarmName|RoleName|Name|PolicyName)$/;

  it('have no physical name in common', () => {
    const one = namesOf(synthesize({ stackName: 'Longshore' }));
    const two = namesOf(synthesize({ stackName: 'Staging' }));

    expect(one.size).toBeGreaterThan(50);
    expect([...one].filter((name) => two.has(name))).toEqual([]);
  });

  it('differ in their names, so that one may be played under another', () => {
    const renamed = renameStack({ Resources: resources }, 'Longshore', 'Staging');

    expect(namesOf((renamed as { Resources: Resources }).Resources)).toEqual(
      namesOf(synthesize({ stackName: 'Staging' })),
    );
  });

  it.each(['1st', 'with_underscore', 'x'.repeat(41)])('refuses %s as a name', (stackName) => {
    expect(() => synthesize({ stackName })).toThrow(/[Ss]tack name/);
  });

  function namesOf(stack: Resources): Set<string> {
    // An inline policy's name is its role's own, and a role has no fixed name.
    return new Set(
      Object.values(stack).flatMap(({ Type, Properties }) =>
        Object.entries(Properties).flatMap(([key, value]) =>
          NAMES.test(key) && typeof value === 'string' && Type !== 'AWS::IAM::Policy'
            ? [value]
            : [],
        ),
      ),
    );
  }
});

describe('alarms', () => {
  it.each([
    ['failed-images', 'ApproximateNumberOfMessagesVisible'],
    ['lost-events', 'ApproximateNumberOfMessagesVisible'],
    ['executions-failed', 'ExecutionsFailed'],
    ['executions-timed-out', 'ExecutionsTimedOut'],
    ['control-failed', 'ExecutionsFailed'],
    ['consider-image-errors', 'Errors'],
    ['notices-refused', 'NoticesRefused'],
  ])('%s watches %s and names its section of the runbook', (name, metric) => {
    const { Properties } = named(resources, 'AWS::CloudWatch::Alarm', `Longshore-${name}`);

    expect(Properties).toMatchObject({
      MetricName: metric,
      Threshold: 0,
      TreatMissingData: 'notBreaching',
    });
    expect(Properties.AlarmDescription).toMatch(new RegExp(`docs/runbook\\.md#${name}$`));
  });

  it('are these seven', () => {
    expect(ofType(resources, 'AWS::CloudWatch::Alarm')).toHaveLength(7);
  });
});

function asStrings(variables: Record<string, unknown>): Record<string, string> {
  const flat = (value: unknown): string => {
    if (typeof value === 'string') return value;
    const join = (value as { 'Fn::Join'?: [string, unknown[]] })['Fn::Join'];
    return join ? join[1].map(flat).join(join[0]) : JSON.stringify(value);
  };
  return Object.fromEntries(Object.entries(variables).map(([key, value]) => [key, flat(value)]));
}
