import { DynamoDBClient, PutItemCommand, QueryCommand } from '@aws-sdk/client-dynamodb';
import { DescribeExecutionCommand, SFNClient, StartExecutionCommand } from '@aws-sdk/client-sfn';
import { describe, expect, it } from 'vitest';
import { ACCOUNT, cloudOf, functionResource, handlerOf, REGION, START_MS } from '../cloud-rig.ts';

const arnOf = (id: string) => ({ 'Fn::GetAtt': [id, 'Arn'] });
const echo = handlerOf((event) => ({ echo: event }));

function machine(definition: object, substitutions?: Record<string, unknown>) {
  return {
    Type: 'AWS::StepFunctions::StateMachine',
    Properties: {
      StateMachineName: 'longshore-rollout',
      DefinitionString: JSON.stringify(definition),
      ...(substitutions && { DefinitionSubstitutions: substitutions }),
    },
  };
}
const task = (Resource: string) => ({
  QueryLanguage: 'JSONata',
  StartAt: 'Work',
  States: { Work: { Type: 'Task', Resource, End: true } },
});

async function execute(cloud: Awaited<ReturnType<typeof cloudOf>>, input: object) {
  const sfn = new SFNClient(cloud.clientConfig());
  const stateMachineArn = cloud.machines.get('longshore-rollout');
  const { executionArn } = await sfn.send(
    new StartExecutionCommand({ stateMachineArn, input: JSON.stringify(input) }),
  );
  await cloud.settle();
  return sfn.send(new DescribeExecutionCommand({ executionArn }));
}

describe('a stack', () => {
  it('has its machines call its functions, by the substitutions of the template', async () => {
    const cloud = await cloudOf(
      {
        Work: functionResource('work'),
        Machine: machine(task(`\${WorkFunctionArn}`), { WorkFunctionArn: arnOf('Work') }),
      },
      { work: echo },
    );

    const execution = await execute(cloud, { a: 1 });

    expect(execution).toMatchObject({ status: 'SUCCEEDED', output: '{"echo":{"a":1}}' });
  });

  it('tells a machine how a function failed, by name and cause', async () => {
    class GoneError extends Error {
      override readonly name = 'GoneError';
    }
    const cloud = await cloudOf(
      { Work: functionResource('work'), Machine: machine(task(`\${Arn}`), { Arn: arnOf('Work') }) },
      { work: handlerOf(() => Promise.reject(new GoneError('it is gone'))) },
    );

    const execution = await execute(cloud, {});

    expect(execution).toMatchObject({ status: 'FAILED', error: 'GoneError' });
    expect(JSON.parse(execution.cause ?? '')).toMatchObject({ errorMessage: 'it is gone' });
  });

  it('raises the events of its executions', async () => {
    const heard: unknown[] = [];
    const cloud = await cloudOf(
      {
        Work: functionResource('work'),
        Listener: functionResource('listener'),
        Machine: machine(task(`\${Arn}`), { Arn: arnOf('Work') }),
        Rule: {
          Type: 'AWS::Events::Rule',
          Properties: {
            EventPattern: {
              source: ['aws.states'],
              detail: { stateMachineArn: [{ Ref: 'Machine' }], status: ['SUCCEEDED'] },
            },
            Targets: [{ Id: 'listener', Arn: arnOf('Listener') }],
          },
        },
      },
      { work: echo, listener: handlerOf((event) => void heard.push(event)) },
    );

    await execute(cloud, {});

    expect(heard).toMatchObject([{ 'detail-type': 'Step Functions Execution Status Change' }]);
  });

  it('gives a function its environment, resolved, and the region', async () => {
    const cloud = await cloudOf(
      {
        Queue: { Type: 'AWS::SQS::Queue' },
        Work: functionResource('work', {
          Environment: { Variables: { QUEUE: { Ref: 'Queue' }, PLAIN: 'x' } },
        }),
      },
      { work: handlerOf((_, { env }) => env) },
    );

    const env = await cloud.invoke('longshore-work', {});

    expect(env).toEqual({
      AWS_REGION: REGION,
      AWS_LAMBDA_FUNCTION_NAME: 'longshore-work',
      QUEUE: `https://sqs.${REGION}.amazonaws.com/${ACCOUNT}/longshore-Queue`,
      PLAIN: 'x',
    });
    expect(cloud.runtimeFor('longshore-work').nowMs()).toBe(START_MS);
  });

  it('finds the file of a function without a name by its construct', async () => {
    const cloud = await cloudOf(
      {
        JudgeBatch1234: {
          Type: 'AWS::Lambda::Function',
          Metadata: { 'aws:cdk:path': 'Longshore/JudgeBatch/Resource' },
        },
      },
      { 'judge-batch': echo, batch: handlerOf(() => 'wrong') },
    );

    expect(await cloud.invoke('longshore-JudgeBatch1234', 1)).toEqual({ echo: 1 });
  });

  it('finds the file of the longest name in which the name of a function ends', async () => {
    const cloud = await cloudOf(
      { Watch: functionResource('watch-health') },
      { health: handlerOf(() => 'wrong'), 'watch-health': echo },
    );

    expect(await cloud.invoke('longshore-watch-health', 1)).toEqual({ echo: 1 });
  });

  it('has its tables with their indexes', async () => {
    const cloud = await cloudOf({
      Table: {
        Type: 'AWS::DynamoDB::Table',
        Properties: {
          TableName: 'rollouts',
          BillingMode: 'PAY_PER_REQUEST',
          KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' }],
          AttributeDefinitions: [
            { AttributeName: 'id', AttributeType: 'S' },
            { AttributeName: 'status', AttributeType: 'S' },
          ],
          GlobalSecondaryIndexes: [
            {
              IndexName: 'byStatus',
              KeySchema: [{ AttributeName: 'status', KeyType: 'HASH' }],
              Projection: { ProjectionType: 'ALL' },
              ContributorInsightsSpecification: { Enabled: false },
            },
          ],
          TimeToLiveSpecification: { AttributeName: 'expires_at', Enabled: true },
        },
      },
    });
    const client = new DynamoDBClient(cloud.clientConfig());

    await client.send(
      new PutItemCommand({
        TableName: 'rollouts',
        Item: { id: { S: 'a' }, status: { S: 'held' } },
      }),
    );
    const found = await client.send(
      new QueryCommand({
        TableName: 'rollouts',
        IndexName: 'byStatus',
        KeyConditionExpression: '#s = :s',
        ExpressionAttributeNames: { '#s': 'status' },
        ExpressionAttributeValues: { ':s': { S: 'held' } },
      }),
    );

    expect(found.Items).toEqual([{ id: { S: 'a' }, status: { S: 'held' } }]);
  });

  it('creates its custom resources, by way of the provider framework or without', async () => {
    const created: unknown[] = [];
    const custom = (ServiceToken: unknown) => ({
      Type: 'Custom::Policies',
      Properties: { ServiceToken, policies: '[]' },
    });

    await cloudOf(
      {
        Apply: functionResource('apply'),
        Framework: {
          Type: 'AWS::Lambda::Function',
          Properties: {
            Handler: 'framework.onEvent',
            Environment: { Variables: { USER_ON_EVENT_FUNCTION_ARN: arnOf('Apply') } },
          },
        },
        ByFramework: custom(arnOf('Framework')),
        Direct: custom(arnOf('Apply')),
      },
      { apply: handlerOf((event) => void created.push(event)) },
    );

    expect(created).toMatchObject([
      {
        RequestType: 'Create',
        LogicalResourceId: 'ByFramework',
        ResourceProperties: { policies: '[]' },
      },
      { RequestType: 'Create', LogicalResourceId: 'Direct', ResourceType: 'Custom::Policies' },
    ]);
  });

  it('is prepared before its custom resources are created', async () => {
    const order: string[] = [];

    await cloudOf(
      {
        Apply: functionResource('apply'),
        Policies: { Type: 'Custom::Policies', Properties: { ServiceToken: arnOf('Apply') } },
      },
      { apply: handlerOf(() => void order.push('created')) },
      { prepare: () => void order.push('prepared') },
    );

    expect(order).toEqual(['prepared', 'created']);
  });
});

describe('a mistake in the wiring', () => {
  const rule = (target: object, pattern: object = { source: ['aws.ecr'] }) => ({
    Type: 'AWS::Events::Rule',
    Properties: { EventPattern: pattern, Targets: [{ Id: 'one', ...target }] },
  });
  const mapping = (properties: object) => ({
    Type: 'AWS::Lambda::EventSourceMapping',
    Properties: { EventSourceArn: arnOf('Queue'), FunctionName: { Ref: 'Work' }, ...properties },
  });
  const Work = functionResource('work');
  const Queue = { Type: 'AWS::SQS::Queue' };
  const nowhere = `arn:aws:lambda:${REGION}:${ACCOUNT}:function:nowhere`;

  it.each<{ what: string; resources: Record<string, unknown>; reason: string }>([
    {
      what: 'a placeholder that nothing fills',
      resources: { Machine: machine(task(`\${JudgeBatchFunctionArn}`)) },
      reason: `nothing stands for \${JudgeBatchFunctionArn}`,
    },
    {
      what: 'a placeholder of another name',
      resources: { Work, Machine: machine(task(`\${Work}`), { Wrok: arnOf('Work') }) },
      reason: `nothing stands for \${Work}`,
    },
    {
      what: 'a machine that calls no function',
      resources: { Machine: machine(task(nowhere)) },
      reason: 'there is no function',
    },
    {
      what: 'a machine without a definition',
      resources: { Machine: { Type: 'AWS::StepFunctions::StateMachine' } },
      reason: 'neither DefinitionString nor Definition',
    },
    {
      what: 'a rule whose target is not there',
      resources: { Rule: rule({ Arn: nowhere }) },
      reason: 'neither a queue nor a function',
    },
    {
      what: 'a rule that changes its input',
      resources: { Work, Rule: rule({ Arn: arnOf('Work'), InputPath: '$.detail' }) },
      reason: 'InputPath',
    },
    {
      what: 'a rule with an unknown operator',
      resources: { Work, Rule: rule({ Arn: arnOf('Work') }, { source: [{ matches: 'x' }] }) },
      reason: 'unrecognized match type matches',
    },
    {
      what: 'a rule on a bus that is not there',
      resources: {
        Rule: {
          Type: 'AWS::Events::Rule',
          Properties: { EventBusName: 'gone', EventPattern: { source: ['x'] } },
        },
      },
      reason: 'which is not there',
    },
    {
      what: 'a variable that names nothing',
      resources: {
        Work: functionResource('work', { Environment: { Variables: { TABLE: { Ref: 'Gone' } } } }),
      },
      reason: 'there is no resource Gone',
    },
    {
      what: 'a variable that is no text',
      resources: {
        Work: functionResource('work', { Environment: { Variables: { N: { a: 1 } } } }),
      },
      reason: 'no text stands for N',
    },
    {
      what: 'a function without a file',
      resources: { Odd: functionResource('odd') },
      reason: 'no file of lambdas/ is longshore-odd',
    },
    {
      what: 'a dead-letter queue that is not there',
      resources: {
        Work: functionResource('work', { DeadLetterConfig: { TargetArn: 'arn:aws:sqs:x:y:gone' } }),
      },
      reason: 'there is no queue',
    },
    {
      what: 'a redrive to a queue that is not there',
      resources: {
        Queue: {
          Type: 'AWS::SQS::Queue',
          Properties: { RedrivePolicy: { deadLetterTargetArn: 'arn:gone', maxReceiveCount: 3 } },
        },
      },
      reason: 'there is no queue arn:gone',
    },
    {
      what: 'a mapping of a queue that is not there',
      resources: { Work, Source: mapping({ EventSourceArn: 'arn:gone' }) },
      reason: 'there is no queue arn:gone',
    },
    {
      what: 'a mapping to a function that is not there',
      resources: { Queue, Source: mapping({ FunctionName: 'gone' }) },
      reason: 'there is no function gone',
    },
    {
      what: 'a custom resource of no function',
      resources: { Custom: { Type: 'Custom::X', Properties: { ServiceToken: nowhere } } },
      reason: 'there is no function',
    },
    {
      what: 'a custom resource that fails',
      resources: {
        Fails: functionResource('fails'),
        Custom: { Type: 'Custom::X', Properties: { ServiceToken: arnOf('Fails') } },
      },
      reason: 'Custom was not created: Error',
    },
  ])('is told when the cloud is made: $what', async ({ resources, reason }) => {
    const handlers = { work: echo, fails: handlerOf(() => Promise.reject(new Error('no'))) };

    const making = cloudOf(resources, handlers);

    await expect(making).rejects.toThrow(reason);
  });

  it('is told where there is no template', async () => {
    const making = cloudOf({ A: { Properties: {} } });

    await expect(making).rejects.toMatchObject({ name: 'WiringError' });
  });
});

describe('the cloud', () => {
  it('settles while schedules rest, at the time of the last event', async () => {
    const cloud = await cloudOf(
      {
        Work: functionResource('work'),
        Rule: {
          Type: 'AWS::Events::Rule',
          Properties: {
            ScheduleExpression: 'rate(5 minutes)',
            Targets: [{ Id: 'w', Arn: arnOf('Work') }],
          },
        },
      },
      { work: echo },
    );
    cloud.clock.schedule(START_MS + 3_600_000, () => {});
    cloud.clock.schedule(START_MS + 365 * 86_400_000, () => {});

    await cloud.settle();
    const settledMs = cloud.clock.nowMs();
    const during = cloud.functions.invocations('longshore-work');
    await cloud.run({ untilMs: settledMs + 11 * 60_000 });

    expect(settledMs).toBe(START_MS + 3_600_000);
    expect([during, cloud.functions.invocations('longshore-work')]).toEqual([0, 2]);
  });

  it('says of an image whether the registry of the account has it', async () => {
    const cloud = await cloudOf({});
    cloud.ecr.createRepository('shop/web');
    const digest = cloud.ecr.push('shop/web', { tag: 'v1' });
    const host = `${ACCOUNT}.dkr.ecr.${REGION}.amazonaws.com`;
    const { isInRegistry } = cloud.fleet.images;

    const known = [
      `${host}/shop/web@${digest}`,
      `${host}/shop/web@sha256:${'0'.repeat(64)}`,
      `${host}/shop/none@${digest}`,
      `ghcr.io/shop/web@${digest}`,
    ].map((ref) => isInRegistry(ref));

    expect(known).toEqual([true, false, false, true]);
  });
});
