import { describe, expect, it } from 'vitest';
import { compilePattern } from '#local/events/pattern.ts';
import { named, ofType, synthesize } from './template.ts';

const resources = synthesize();

const ACCOUNT = '111122223333';
const MACHINE = `arn:aws:states:eu-west-1:${ACCOUNT}:stateMachine:Longshore-rollout`;

/** The rule's pattern as EventBridge reads it. */
function patternOf(rule: string): (event: unknown) => boolean {
  const { Properties } = named(resources, 'AWS::Events::Rule', `Longshore-${rule}`);
  const text = JSON.stringify(Properties.EventPattern)
    // The one token that is left when account and region are known.
    .replace(
      /\{"Fn::Join":\["",\["arn:",\{"Ref":"AWS::Partition"\},"([^"]*)"\]\]\}/g,
      '"arn:aws$1"',
    );
  return compilePattern(JSON.parse(text));
}

describe('an arrival', () => {
  const push = (detail: object, envelope: object = {}) => ({
    version: '0',
    'detail-type': 'ECR Image Action',
    source: 'aws.ecr',
    account: ACCOUNT,
    region: 'eu-west-1',
    resources: [],
    detail: {
      result: 'SUCCESS',
      'repository-name': 'shop/web',
      'image-digest': `sha256:${'a'.repeat(64)}`,
      'action-type': 'PUSH',
      'image-tag': 'v2',
      'manifest-media-type': 'application/vnd.oci.image.index.v1+json',
      ...detail,
    },
    ...envelope,
  });

  it.each([
    ['of a tag', push({}), true],
    ['of a child of a multi-arch image, whose tag is empty', push({ 'image-tag': '' }), false],
    ['without a tag', push({ 'image-tag': undefined }), false],
    ['that failed', push({ result: 'FAILURE' }), false],
    ['into another account', push({}, { account: '999999999999' }), false],
    ['that is none, but a deletion', push({ 'action-type': 'DELETE' }), false],
    ['that is none, but an archiving', push({ 'action-type': 'UPDATE_STORAGE_CLASS' }), false],
    ['that somebody else tells of', push({}, { source: 'my.ecr' }), false],
    ['that is told of as a scan', push({}, { 'detail-type': 'ECR Image Scan' }), false],
    ['without a result', push({ result: undefined }), false],
  ])('by a push %s: considered is %3$s', (_, event, considered) => {
    const matches = patternOf('image-pushed');

    expect(matches(JSON.parse(JSON.stringify(event)))).toBe(considered);
  });
});

describe('an arrival without a push', () => {
  const arn = `arn:aws:ecr:eu-west-1:${ACCOUNT}:repository/shop/web`;
  const envelope = {
    version: '0',
    source: 'aws.ecr',
    account: ACCOUNT,
    region: 'eu-west-1',
    resources: [arn],
  };
  const image = {
    'repository-name': 'shop/web',
    'image-digest': `sha256:${'a'.repeat(64)}`,
    'image-tag': 'v2',
  };
  const replica = (detail: object, type = 'ECR Replication Action') => ({
    ...envelope,
    'detail-type': type,
    detail: {
      result: 'SUCCESS',
      ...image,
      'source-account': '999999999999',
      'action-type': 'REPLICATE',
      'source-region': 'us-west-2',
      ...detail,
    },
  });
  const cached = (detail: object, type = 'ECR Pull Through Cache Action') => ({
    ...envelope,
    'detail-type': type,
    detail: {
      'rule-version': '1',
      'sync-status': 'SUCCESS',
      'ecr-repository-prefix': 'docker-hub',
      'upstream-registry-url': 'registry-1.docker.io',
      ...image,
      ...detail,
    },
  });
  const failure = { 'failure-code': 'UpstreamAccessDenied', 'failure-reason': 'no' };

  it.each([
    ['a replica', replica({}), true],
    ['a replica that failed', replica({ result: 'FAILED' }), false],
    ['a child of a replicated index', replica({ 'image-tag': '' }), false],
    ['a replica without a tag', replica({ 'image-tag': undefined }), false],
    ['a replica into another account', { ...replica({}), account: '999999999999' }, false],
    ['an image through the cache', cached({}), true],
    ['a pull that failed', cached({ 'sync-status': 'FAILED', ...failure }), false],
    ['a child of a cached index', cached({ 'image-tag': '' }), false],
    ['a pull without a tag', cached({ 'image-tag': undefined }), false],
    ['an action of another type', replica({}, 'ECR Referrer Action'), false],
    ['a change of scanning', replica({}, 'ECR Scan Resource Change'), false],
    ['an artifact', cached({}, 'ECR Artifact Action'), false],
  ])('%s: considered is %3$s', (_, event, considered) => {
    const matches = patternOf('image-pushed');

    expect(matches(JSON.parse(JSON.stringify(event)))).toBe(considered);
  });
});

describe('what becomes of an execution', () => {
  const end = (detail: object) => ({
    'detail-type': 'Step Functions Execution Status Change',
    source: 'aws.states',
    account: ACCOUNT,
    detail: { stateMachineArn: MACHINE, status: 'ABORTED', ...detail },
  });

  it.each([
    ['a Stop', end({}), true],
    ['a failure', end({ status: 'FAILED' }), true],
    ['a time-out', end({ status: 'TIMED_OUT' }), true],
    ['a success', end({ status: 'SUCCEEDED' }), false],
    ['a start, or a Redrive', end({ status: 'RUNNING' }), true],
    ['a child of a Map', end({ stateMachineArn: `${MACHINE}/chunks` }), false],
    ['another machine', end({ stateMachineArn: `${MACHINE}2` }), false],
  ])('%s: heard is %3$s', (_, event, heard) => {
    expect(patternOf('execution-status')(event)).toBe(heard);
  });
});

describe('the end of a command', () => {
  const end = (detail: object) => ({
    'detail-type': 'EC2 Command Status-change Notification',
    source: 'aws.ssm',
    account: ACCOUNT,
    detail: { 'document-name': 'Longshore-host-01234567', status: 'Success', ...detail },
  });

  it.each([
    ['a success', end({}), true],
    ['a failure', end({ status: 'Failed' }), true],
    ['a time-out', end({ status: 'TimedOut' }), true],
    ['a cancellation', end({ status: 'Cancelled' }), true],
    ['one that is not over', end({ status: 'InProgress' }), false],
    ["another stack's", end({ 'document-name': 'Staging-host-01234567' }), false],
    ["somebody else's", end({ 'document-name': 'AWS-RunShellScript' }), false],
  ])('%s: heard is %3$s', (_, event, heard) => {
    expect(patternOf('command-ended')(event)).toBe(heard);
  });

  it('is heard for the document of this very release', () => {
    const [[, document] = []] = ofType(resources, 'AWS::SSM::Document');

    expect(patternOf('command-ended')(end({ 'document-name': document?.Properties.Name }))).toBe(
      true,
    );
  });
});

describe('news of a rollout', () => {
  const news = (detail: object, envelope: object = {}) => ({
    'detail-type': 'image.rollout_held',
    source: 'longshore',
    account: ACCOUNT,
    detail: { rollout_id: 'shop-web-1', status: 'held', notifies: true, ...detail },
    ...envelope,
  });

  it.each([
    ['a hold', news({}), true],
    ['an approval that is asked for', news({ status: 'awaiting_approval' }), true],
    ['an end', news({ status: 'rollback_failed' }), true],
    ['a batch', news({ status: 'in_progress' }), false],
    ['what a person did', news({ status: 'cancelled' }), false],
    ['a hold under a policy that names no topic', news({ notifies: false }), false],
    ["somebody else's", news({}, { source: 'my.app' }), false],
    ['of another account', news({}, { account: '999999999999' }), false],
  ])('%s: told is %3$s', (_, event, told) => {
    expect(patternOf('rollout-news')(event)).toBe(told);
  });

  it('is heard on the bus of this stack alone', () => {
    const { id } = named(resources, 'AWS::Events::EventBus', 'Longshore');

    const { Properties } = named(resources, 'AWS::Events::Rule', 'Longshore-rollout-news');

    expect(Properties['EventBusName']).toEqual({ Ref: id });
  });
});

describe('the sweep', () => {
  it.each([
    [15, 'rate(15 minutes)'],
    [1, 'rate(1 minute)'],
    [60, 'rate(1 hour)'],
  ])('runs every %i minutes: %s', (minutes, expression) => {
    const stack = synthesize({ settings: { sweep_minutes: minutes } });

    const { Properties } = named(stack, 'AWS::Events::Rule', 'Longshore-sweep');

    expect(Properties.ScheduleExpression).toBe(expression);
  });
});

describe('what EventBridge or Lambda gives up on', () => {
  const { id: lostId } = named(resources, 'AWS::SQS::Queue', 'Longshore-lost-events');

  it.each(ofType(resources, 'AWS::Events::Rule'))('is kept by %s', (_, { Properties }) => {
    for (const target of Properties.Targets) {
      expect(target.DeadLetterConfig).toEqual({ Arn: { 'Fn::GetAtt': [lostId, 'Arn'] } });
    }
  });

  it.each([
    ['listen-to-executions', 2],
    ['listen-to-commands', 2],
    ['notify', 2],
    ['sweep', 0],
  ])('%s is tried again %i times, then kept', (name, attempts) => {
    const { id } = named(resources, 'AWS::Lambda::Function', `Longshore-${name}`);

    const configured = ofType(resources, 'AWS::Lambda::EventInvokeConfig').find(
      ([, { Properties }]) => Properties.FunctionName.Ref === id,
    );

    expect(configured?.[1].Properties).toMatchObject({
      Qualifier: '$LATEST',
      MaximumRetryAttempts: attempts,
      DestinationConfig: { OnFailure: { Destination: { 'Fn::GetAtt': [lostId, 'Arn'] } } },
    });
  });
});

describe('who may send to whom', () => {
  it('lets each rule invoke the functions that it has as targets, and nobody else', () => {
    const targets = ofType(resources, 'AWS::Events::Rule').flatMap(([rule, { Properties }]) =>
      Properties.Targets.filter(({ Arn }) => isA('AWS::Lambda::Function', Arn)).map(({ Arn }) => ({
        Action: 'lambda:InvokeFunction',
        FunctionName: Arn,
        Principal: 'events.amazonaws.com',
        SourceArn: { 'Fn::GetAtt': [rule, 'Arn'] },
      })),
    );

    const permissions = ofType(resources, 'AWS::Lambda::Permission').map(
      ([, { Properties }]) => Properties,
    );

    expect(targets).toHaveLength(4);
    expect(permissions.sort(bySource)).toEqual(targets.sort(bySource));
  });

  it.each(ofType(resources, 'AWS::SQS::Queue'))(
    'lets the rules into %s that send there, and nobody else',
    (queue) => {
      const arn = { 'Fn::GetAtt': [queue, 'Arn'] };
      const sending = ofType(resources, 'AWS::Events::Rule').filter(([, { Properties }]) =>
        Properties.Targets.some(({ Arn, DeadLetterConfig }) =>
          [Arn, DeadLetterConfig?.Arn].some((to) => to?.['Fn::GetAtt'][0] === queue),
        ),
      );

      const [[, policy] = []] = ofType(resources, 'AWS::SQS::QueuePolicy').filter(
        ([, { Properties }]) => Properties.Queues[0].Ref === queue,
      );
      const allowed = policy?.Properties.PolicyDocument.Statement.filter(
        ({ Effect }) => Effect === 'Allow',
      );

      expect(allowed).toEqual(
        sending.map(([rule]) =>
          expect.objectContaining({
            Action: expect.arrayContaining(['sqs:SendMessage']),
            Condition: { ArnEquals: { 'aws:SourceArn': { 'Fn::GetAtt': [rule, 'Arn'] } } },
            Principal: { Service: 'events.amazonaws.com' },
            Resource: [arn],
          }),
        ),
      );
    },
  );

  const isA = (type: string, { 'Fn::GetAtt': [id] }: { 'Fn::GetAtt': [string, string] }) =>
    resources[id]?.Type === type;
  const bySource = (one: { SourceArn: unknown }, other: { SourceArn: unknown }) =>
    JSON.stringify(one.SourceArn) < JSON.stringify(other.SourceArn) ? -1 : 1;
});

describe('the image queue', () => {
  const queue = named(resources, 'AWS::SQS::Queue', 'Longshore-images').Properties;

  it('hides a message for six times the lambda’s time-out', () => {
    const { Timeout } = named(
      resources,
      'AWS::Lambda::Function',
      'Longshore-consider-image',
    ).Properties;

    expect(queue.VisibilityTimeout).toBeGreaterThanOrEqual(6 * Timeout);
  });

  it('gives a message up after five tries, and keeps it for 14 days', () => {
    const [failedId = '', failed] =
      ofType(resources, 'AWS::SQS::Queue').find(([, { Properties }]) =>
        Properties.QueueName.endsWith('-failed-images'),
      ) ?? [];

    expect(queue.RedrivePolicy).toEqual({
      maxReceiveCount: 5,
      deadLetterTargetArn: { 'Fn::GetAtt': [failedId, 'Arn'] },
    });
    expect(failed?.Properties.MessageRetentionPeriod).toBe(14 * 86_400);
  });

  it('hands a few messages at once to consider-image, each of which may fail alone', () => {
    const [[, source] = []] = ofType(resources, 'AWS::Lambda::EventSourceMapping');

    expect(source?.Properties).toMatchObject({
      BatchSize: 10,
      FunctionResponseTypes: ['ReportBatchItemFailures'],
      ScalingConfig: { MaximumConcurrency: 5 },
    });
  });

  it.each(ofType(resources, 'AWS::SQS::Queue'))(
    '%s is encrypted, and spoken to by TLS alone',
    (id, one) => {
      const policy = ofType(resources, 'AWS::SQS::QueuePolicy').find(
        ([, { Properties }]) => Properties.Queues[0].Ref === id,
      )?.[1];

      expect(one.Properties.SqsManagedSseEnabled).toBe(true);
      expect(policy?.Properties.PolicyDocument.Statement).toContainEqual(
        expect.objectContaining({
          Effect: 'Deny',
          Condition: { Bool: { 'aws:SecureTransport': 'false' } },
        }),
      );
    },
  );
});

describe('the bus', () => {
  it('carries the name of the stack', () => {
    const [[, bus] = []] = ofType(resources, 'AWS::Events::EventBus');

    expect(bus?.Properties.Name).toBe('Longshore');
  });
});
