import { DynamoDBClient, GetItemCommand } from '@aws-sdk/client-dynamodb';
import { DescribeRepositoriesCommand, ECRClient } from '@aws-sdk/client-ecr';
import { EventBridgeClient, PutEventsCommand } from '@aws-sdk/client-eventbridge';
import { ListStateMachinesCommand, SFNClient } from '@aws-sdk/client-sfn';
import { GetQueueUrlCommand, SQSClient } from '@aws-sdk/client-sqs';
import { ListCommandsCommand, SSMClient } from '@aws-sdk/client-ssm';
import { afterEach, describe, expect, it } from 'vitest';
import { bareCloud } from './cloud-rig.ts';

/** What the SDK asks about the process that it runs in; nothing of it changes a call. */
const HARMLESS = new Set([
  'AWS_EXECUTION_ENV',
  'AWS_LAMBDA_FUNCTION_NAME',
  'AWS_ENABLE_DEFAULT_SOCKET_TIMEOUT_2026',
  'AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED',
]);

const realEnv = process.env;
afterEach(() => {
  process.env = realEnv;
});

/** Every variable of AWS that somebody asks for. */
function watchEnvironment(): Set<string> {
  const asked = new Set<string>();
  process.env = new Proxy(realEnv, {
    get: (env, name) => {
      if (String(name).startsWith('AWS_')) asked.add(String(name));
      return Reflect.get(env, name);
    },
  });
  return asked;
}

type Config = ReturnType<ReturnType<typeof bareCloud>['clientConfig']>;

describe('the configuration of clients', () => {
  it.each<[string, (config: Config) => Promise<unknown>]>([
    [
      'DynamoDB',
      (config) =>
        new DynamoDBClient(config).send(
          new GetItemCommand({ TableName: 'table', Key: { id: { S: '1' } } }),
        ),
    ],
    ['ECR', (config) => new ECRClient(config).send(new DescribeRepositoriesCommand({}))],
    [
      'EventBridge',
      (config) =>
        new EventBridgeClient(config).send(
          new PutEventsCommand({ Entries: [{ Source: 'a', DetailType: 'b', Detail: '{}' }] }),
        ),
    ],
    ['Step Functions', (config) => new SFNClient(config).send(new ListStateMachinesCommand({}))],
    ['SQS', (config) => new SQSClient(config).send(new GetQueueUrlCommand({ QueueName: 'queue' }))],
    ['SSM', (config) => new SSMClient(config).send(new ListCommandsCommand({}))],
  ])('of %s leaves nothing to be looked for in the environment or in files', async (_, call) => {
    const cloud = bareCloud();
    const asked = watchEnvironment();

    await call(cloud.clientConfig()).catch(() => undefined);

    expect([...cloud.apiCalls.values()]).toEqual([1]);
    expect([...asked].filter((name) => !HARMLESS.has(name))).toEqual([]);
  });
});
