import { EventBridgeClient, PutEventsCommand } from '@aws-sdk/client-eventbridge';
import { describe, expect, it } from 'vitest';
import type { CloudEvent } from '#local/events/cloud-event.ts';
import { ACCOUNT, cloudOf, functionResource, handlerOf, REGION, START_MS } from '../cloud-rig.ts';

const PUSH = {
  source: 'aws.ecr',
  detailType: 'ECR Image Action',
  resources: [],
  detail: { 'action-type': 'PUSH' },
};

async function cloudWithRule(rule: Record<string, unknown> = {}) {
  const taken: { atMs: number; event: unknown }[] = [];
  const work = handlerOf((event, runtime) => {
    taken.push({ atMs: runtime.nowMs() - START_MS, event });
  });
  const cloud = await cloudOf(
    {
      Bus: { Type: 'AWS::Events::EventBus', Properties: { Name: 'longshore' } },
      Queue: { Type: 'AWS::SQS::Queue', Properties: { QueueName: 'looks' } },
      Work: functionResource('work'),
      Rule: {
        Type: 'AWS::Events::Rule',
        Properties: {
          EventPattern: { source: ['aws.ecr'], detail: { 'action-type': ['PUSH'] } },
          Targets: [
            { Id: 'queue', Arn: { 'Fn::GetAtt': ['Queue', 'Arn'] } },
            { Id: 'work', Arn: { 'Fn::GetAtt': ['Work', 'Arn'] } },
          ],
          ...rule,
        },
      },
    },
    { work },
  );
  const put = (...Entries: object[]) =>
    new EventBridgeClient(cloud.clientConfig()).send(new PutEventsCommand({ Entries }));
  return { cloud, taken, put, queue: cloud.sqs.queue('looks') };
}

const OWN = { Source: 'longshore', DetailType: 'image.rollout_started', Detail: '{"a":1}' };

describe('a rule', () => {
  it('gives an event in its envelope to all targets', async () => {
    const { cloud, taken, queue } = await cloudWithRule();

    cloud.events.emit(PUSH);
    await cloud.settle();

    const envelope = {
      version: '0',
      id: expect.stringMatching(/^[0-9a-f-]{36}$/),
      'detail-type': 'ECR Image Action',
      source: 'aws.ecr',
      account: ACCOUNT,
      time: '2026-03-02T09:00:00Z',
      region: REGION,
      resources: [],
      detail: { 'action-type': 'PUSH' },
    };
    expect(taken.map(({ event }) => event)).toEqual([envelope]);
    expect(queue.messages.map(({ body }) => JSON.parse(body))).toEqual([envelope]);
  });

  it.each([
    {
      what: 'an event that does not match',
      event: { ...PUSH, detail: { 'action-type': 'DELETE' } },
    },
    { what: 'an event of another source', event: { ...PUSH, source: 'aws.ssm' } },
  ])('takes no notice of $what', async ({ event }) => {
    const { cloud, taken } = await cloudWithRule();

    cloud.events.emit(event);
    await cloud.settle();

    expect(taken).toEqual([]);
  });

  it('takes nothing while it is disabled', async () => {
    const pattern = { source: ['aws.ecr', 'longshore'] };
    const { cloud, put, taken } = await cloudWithRule({ State: 'DISABLED', EventPattern: pattern });

    cloud.events.emit(PUSH);
    await put(OWN);
    await cloud.settle();

    expect(taken).toEqual([]);
  });

  it('takes the events of its own bus', async () => {
    const { cloud, put, taken } = await cloudWithRule({
      EventBusName: { Ref: 'Bus' },
      EventPattern: { source: ['aws.ecr', 'longshore'] },
    });

    cloud.events.emit(PUSH);
    await put(OWN, { ...OWN, EventBusName: 'longshore', DetailType: 'mine' });
    await cloud.settle();

    expect(taken.map(({ event }) => event)).toMatchObject([{ 'detail-type': 'mine' }]);
  });

  it('gives a constant input instead of the event', async () => {
    const { cloud, taken } = await cloudWithRule({
      Targets: [{ Id: 'work', Arn: { 'Fn::GetAtt': ['Work', 'Arn'] }, Input: '{"sweep":true}' }],
    });

    cloud.events.emit(PUSH);
    await cloud.settle();

    expect(taken.map(({ event }) => event)).toEqual([{ sweep: true }]);
  });

  it('takes an event of another account as it stands', async () => {
    const { cloud, taken } = await cloudWithRule();
    const foreign: CloudEvent = {
      version: '0',
      id: 'one',
      'detail-type': 'ECR Image Action',
      source: 'aws.ecr',
      account: '999999999999',
      time: '2026-03-02T09:00:00Z',
      region: 'us-east-1',
      resources: [],
      detail: { 'action-type': 'PUSH' },
    };

    cloud.events.deliver(foreign);
    await cloud.settle();

    expect(taken.map(({ event }) => event)).toEqual([foreign]);
  });

  it('fires on its schedule, whatever else happens', async () => {
    const { cloud, taken } = await cloudWithRule({
      EventPattern: undefined,
      ScheduleExpression: 'rate(15 minutes)',
    });

    await cloud.run({ untilMs: START_MS + 46 * 60_000 });

    expect(taken.map(({ atMs }) => Math.floor(atMs / 60_000))).toEqual([15, 30, 45]);
    expect(taken[0]?.event).toMatchObject({
      source: 'aws.events',
      'detail-type': 'Scheduled Event',
    });
  });

  it.each(['rate(1 minutes)', 'rate(2 minute)', 'rate(0 minutes)', 'cron(0 9 * * ? *)', 'rate(5)'])(
    'is refused with the schedule %s',
    async (ScheduleExpression) => {
      const making = cloudWithRule({ EventPattern: undefined, ScheduleExpression });

      await expect(making).rejects.toThrow(ScheduleExpression);
    },
  );
});

describe('the events of services', () => {
  it.each([
    { what: 'lost', delays: [], count: 0 },
    { what: 'doubled', delays: [0, 60_000], count: 2 },
    { what: 'late', delays: [3_600_000], count: 1 },
  ])('may be $what', async ({ delays, count }) => {
    const { cloud, taken } = await cloudWithRule();
    cloud.events.disturb = () => delays;

    cloud.events.emit(PUSH);
    await cloud.settle();

    expect(taken).toHaveLength(count);
    const lastMs = taken.at(-1)?.atMs ?? 0;
    expect(lastMs).toBeGreaterThanOrEqual(delays.at(-1) ?? 0);
  });

  it('may come in another order', async () => {
    const { cloud, taken } = await cloudWithRule();
    cloud.events.disturb = ({ detail }) => [detail['n'] === 1 ? 60_000 : 0];

    cloud.events.emit({ ...PUSH, detail: { ...PUSH.detail, n: 1 } });
    cloud.events.emit({ ...PUSH, detail: { ...PUSH.detail, n: 2 } });
    await cloud.settle();

    expect(taken.map(({ event }) => (event as CloudEvent).detail['n'])).toEqual([2, 1]);
  });
});

describe('PutEvents', () => {
  it('records what a bus of ours is given', async () => {
    const { cloud, put } = await cloudWithRule();

    const answer = await put({ ...OWN, EventBusName: 'longshore', Resources: ['arn:x'] });

    expect(answer).toMatchObject({
      FailedEntryCount: 0,
      Entries: [{ EventId: expect.any(String) }],
    });
    expect(cloud.events.recorded).toMatchObject([
      {
        busName: 'longshore',
        event: { source: 'longshore', detail: { a: 1 }, resources: ['arn:x'] },
      },
    ]);
  });

  it.each([
    {
      what: 'a source of AWS',
      entry: { ...OWN, Source: 'aws.ecr' },
      code: 'NotAuthorizedForSourceException',
    },
    { what: 'no source', entry: { ...OWN, Source: '' }, code: 'InvalidArgument' },
    { what: 'no detail type', entry: { ...OWN, DetailType: undefined }, code: 'InvalidArgument' },
    { what: 'a detail that is no JSON', entry: { ...OWN, Detail: '{' }, code: 'MalformedDetail' },
    {
      what: 'a detail that is no object',
      entry: { ...OWN, Detail: '[1]' },
      code: 'MalformedDetail',
    },
  ])('refuses an entry with $what and takes the others', async ({ entry, code }) => {
    const { cloud, put, taken } = await cloudWithRule();

    const answer = await put(entry, { ...OWN, EventBusName: 'longshore' });
    await cloud.settle();

    expect(answer.FailedEntryCount).toBe(1);
    expect(answer.Entries?.map(({ ErrorCode }) => ErrorCode)).toEqual([code, undefined]);
    expect(cloud.events.recorded).toHaveLength(1);
    expect(taken).toEqual([]);
  });

  it.each([
    { what: 'no entries', entries: [] },
    { what: '11 entries', entries: Array.from({ length: 11 }, () => OWN) },
    {
      what: 'more than 1 MiB',
      entries: [{ ...OWN, Detail: JSON.stringify({ a: 'x'.repeat(1_048_576) }) }],
    },
  ])('refuses a call with $what', async ({ entries }) => {
    const { put } = await cloudWithRule();

    await expect(put(...entries)).rejects.toMatchObject({ name: 'ValidationException' });
  });

  it('refuses a bus that is not there', async () => {
    const { put } = await cloudWithRule();

    const putting = put({ ...OWN, EventBusName: 'elsewhere' });

    await expect(putting).rejects.toMatchObject({ name: 'ResourceNotFoundException' });
  });

  it('puts on the default bus what rules there may take', async () => {
    const { cloud, put, taken } = await cloudWithRule({ EventPattern: { source: ['longshore'] } });

    await put(OWN);
    await cloud.settle();

    expect(taken).toHaveLength(1);
    expect(cloud.events.recorded).toEqual([]);
  });
});
