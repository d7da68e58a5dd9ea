import {
  ConditionalCheckFailedException,
  DynamoDBClient,
  GetItemCommand,
  ResourceNotFoundException,
} from '@aws-sdk/client-dynamodb';
import { DescribeImagesCommand, ECRClient, RepositoryNotFoundException } from '@aws-sdk/client-ecr';
import { DescribeExecutionCommand, ExecutionDoesNotExist, SFNClient } from '@aws-sdk/client-sfn';
import { QueueDoesNotExist, SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import {
  CreateDocumentCommand,
  InvalidInstanceId,
  SendCommandCommand,
  SSMClient,
  ThrottlingException,
} from '@aws-sdk/client-ssm';
import { GetCallerIdentityCommand, GetSessionTokenCommand, STSClient } from '@aws-sdk/client-sts';
import { describe, expect, it } from 'vitest';
import { ServiceError } from '#local/service-error.ts';
import { ACCOUNT, bareCloud, inFiber, REGION } from './cloud-rig.ts';

const QUEUE = `https://sqs.${REGION}.amazonaws.com/${ACCOUNT}/looks`;

function cloudWithQueue() {
  const cloud = bareCloud();
  const queue = cloud.sqs.createQueue({
    name: 'looks',
    arn: `arn:aws:sqs:${REGION}:${ACCOUNT}:looks`,
    url: QUEUE,
    visibilityTimeoutMs: 30_000,
    delayMs: 0,
    retentionMs: 345_600_000,
  });
  return { cloud, queue };
}

describe('the wire', () => {
  it.each([
    {
      what: 'ECR',
      call: (config: object) =>
        new ECRClient(config).send(new DescribeImagesCommand({ repositoryName: 'none' })),
      error: RepositoryNotFoundException,
    },
    {
      what: 'SSM',
      call: async (config: object) => {
        const ssm = new SSMClient(config);
        const Content = JSON.stringify({
          schemaVersion: '2.2',
          mainSteps: [{ action: 'a', name: 'n' }],
        });
        await ssm.send(new CreateDocumentCommand({ Name: 'doc', Content }));
        const InstanceIds = ['i-0123456789abcdef0'];
        return ssm.send(new SendCommandCommand({ DocumentName: 'doc', InstanceIds }));
      },
      error: InvalidInstanceId,
    },
    {
      what: 'SQS',
      call: (config: object) =>
        new SQSClient(config).send(new SendMessageCommand({ QueueUrl: QUEUE, MessageBody: 'x' })),
      error: QueueDoesNotExist,
    },
    {
      what: 'Step Functions',
      call: (config: object) =>
        new SFNClient(config).send(
          new DescribeExecutionCommand({
            executionArn: `arn:aws:states:${REGION}:${ACCOUNT}:execution:m:e`,
          }),
        ),
      error: ExecutionDoesNotExist,
    },
    {
      what: 'DynamoDB',
      call: (config: object) =>
        new DynamoDBClient(config).send(
          new GetItemCommand({ TableName: 'none', Key: { id: { S: '1' } } }),
        ),
      error: ResourceNotFoundException,
    },
  ])('gives the typed errors of $what to its client', async ({ call, error }) => {
    const cloud = bareCloud();

    const refusal = await call(cloud.clientConfig()).catch((caught: unknown) => caught);

    expect(refusal).toBeInstanceOf(error);
    expect((refusal as Error).message).not.toBe('');
  });

  it('hands on the members of an error beyond its message', async () => {
    const { cloud } = cloudWithQueue();
    const Item = { id: { S: '1' } };
    cloud.wire.fault = () => ({
      kind: 'refused',
      error: new ServiceError('ConditionalCheckFailedException', 'no', { fields: { Item } }),
    });
    const client = new DynamoDBClient(cloud.clientConfig());

    const refusal = await client
      .send(new GetItemCommand({ TableName: 't', Key: Item }))
      .catch((caught: unknown) => caught);

    expect(refusal).toBeInstanceOf(ConditionalCheckFailedException);
    expect(refusal).toMatchObject({ message: 'no', Item });
  });

  it('counts every attempt and waits between them in virtual time', async () => {
    const { cloud } = cloudWithQueue();
    let refusals = 2;
    cloud.wire.fault = () =>
      refusals-- > 0
        ? { kind: 'refused', error: new ServiceError('ThrottlingException', 'Rate exceeded') }
        : undefined;
    const startMs = cloud.clock.nowMs();
    const client = new SQSClient(cloud.clientConfig(3));

    await inFiber(cloud, () =>
      client.send(new SendMessageCommand({ QueueUrl: QUEUE, MessageBody: 'look' })),
    );

    expect(cloud.apiCalls.get('sqs:SendMessage')).toBe(3);
    expect(cloud.clock.nowMs()).toBeGreaterThan(startMs);
  });

  it('gives up after the last attempt with the error of the service', async () => {
    const cloud = bareCloud();
    cloud.wire.fault = () => ({
      kind: 'refused',
      error: new ServiceError('ThrottlingException', 'Rate exceeded'),
    });
    const client = new SSMClient(cloud.clientConfig(3));

    const work = inFiber(cloud, () =>
      client.send(new SendCommandCommand({ DocumentName: 'doc', InstanceIds: [] })),
    );

    await expect(work).rejects.toBeInstanceOf(ThrottlingException);
    expect(cloud.apiCalls.get('ssm:SendCommand')).toBe(3);
  });

  it.each([
    { kind: 'lost_answer', messages: 2 },
    { kind: 'lost_request', messages: 1 },
  ] as const)('makes a call with a $kind again: $messages messages', async ({ kind, messages }) => {
    const { cloud, queue } = cloudWithQueue();
    let isFirst = true;
    cloud.wire.fault = () => {
      const fault = isFirst ? { kind } : undefined;
      isFirst = false;
      return fault;
    };
    const client = new SQSClient(cloud.clientConfig(3));

    await inFiber(cloud, () =>
      client.send(new SendMessageCommand({ QueueUrl: QUEUE, MessageBody: 'look' })),
    );

    expect(queue.messages).toHaveLength(messages);
    expect(cloud.apiCalls.get('sqs:SendMessage')).toBe(2);
  });

  it('tells of each call with who made it and how it ended', async () => {
    const { cloud } = cloudWithQueue();
    const told: unknown[] = [];
    cloud.wire.onCall = ({ service, operation, caller }, outcome) =>
      told.push({ service, operation, caller, isRefused: 'error' in outcome });
    const client = new SQSClient(cloud.clientConfig());

    await client.send(new SendMessageCommand({ QueueUrl: QUEUE, MessageBody: 'look' }));

    expect(told).toEqual([
      { service: 'sqs', operation: 'SendMessage', caller: undefined, isRefused: false },
    ]);
  });

  it('lets a fault of the emulation surface from the clock', async () => {
    const cloud = bareCloud();
    cloud.ecr.apply = async () => {
      throw new TypeError('a fault of the emulation');
    };
    const client = new ECRClient(cloud.clientConfig());

    await client
      .send(new DescribeImagesCommand({ repositoryName: 'shop/web' }))
      .catch(() => undefined);

    await expect(cloud.run({})).rejects.toThrow('a fault of the emulation');
  });

  it('answers who calls, by the query protocol, and refuses by it', async () => {
    const cloud = bareCloud();
    const client = new STSClient(cloud.clientConfig());

    const { Arn, Account } = await client.send(new GetCallerIdentityCommand({}));
    const refusal = client.send(new GetSessionTokenCommand({}));

    expect([Arn, Account]).toEqual([`arn:aws:iam::${ACCOUNT}:user/local`, ACCOUNT]);
    await expect(refusal).rejects.toMatchObject({ name: 'UnknownOperationException' });
    expect(cloud.apiCalls.get('sts:GetCallerIdentity')).toBe(1);
  });

  it('refuses an operation that no emulation knows', async () => {
    const cloud = bareCloud();

    const calls = [
      cloud.ssm,
      cloud.ecr,
      cloud.sqs,
      cloud.events,
      cloud.dynamo,
      cloud.stepFunctions,
      cloud.sts,
    ];

    for (const service of calls) {
      await expect(service.apply('Frobnicate', {})).rejects.toMatchObject({
        code: 'UnknownOperationException',
      });
    }
  });
});
