import { describe, expect, it } from 'vitest';
import { cloudOf, functionResource, handlerOf, START_MS } from '../cloud-rig.ts';

interface Event {
  Records: { messageId: string; body: string; attributes: Record<string, string> }[];
}

async function sourceWith(
  answer: (event: Event, invocation: number) => unknown,
  mapping: Record<string, unknown> = {},
  maxReceiveCount = 3,
) {
  const batches: { atMs: number; bodies: string[] }[] = [];
  const work = handlerOf((event, runtime) => {
    const bodies = (event as Event).Records.map(({ body }) => body);
    batches.push({ atMs: runtime.nowMs() - START_MS, bodies });
    return answer(event as Event, batches.length);
  });
  const arnOf = (id: string) => ({ 'Fn::GetAtt': [id, 'Arn'] });
  const cloud = await cloudOf(
    {
      Dead: { Type: 'AWS::SQS::Queue', Properties: { QueueName: 'dead' } },
      Looks: {
        Type: 'AWS::SQS::Queue',
        Properties: {
          QueueName: 'looks',
          VisibilityTimeout: 360,
          RedrivePolicy: { deadLetterTargetArn: arnOf('Dead'), maxReceiveCount },
        },
      },
      Work: functionResource('work'),
      Source: {
        Type: 'AWS::Lambda::EventSourceMapping',
        Properties: {
          EventSourceArn: arnOf('Looks'),
          FunctionName: { Ref: 'Work' },
          BatchSize: 10,
          FunctionResponseTypes: ['ReportBatchItemFailures'],
          ...mapping,
        },
      },
    },
    { work },
  );
  return { cloud, batches, queue: cloud.sqs.queue('looks'), dead: cloud.sqs.queue('dead') };
}

const failing = (event: Event, ...bodies: string[]) => ({
  batchItemFailures: event.Records.filter(({ body }) => bodies.includes(body)).map(
    ({ messageId }) => ({ itemIdentifier: messageId }),
  ),
});

describe('an event source mapping', () => {
  it('hands over what is in the queue, ten at a time, and deletes it', async () => {
    const { cloud, batches, queue } = await sourceWith(() => ({ batchItemFailures: [] }));
    for (let n = 0; n < 12; n++) queue.send(String(n));

    await cloud.settle();

    expect(batches.map(({ bodies }) => bodies.length)).toEqual([10, 2]);
    expect(queue.messages).toEqual([]);
  });

  it('keeps the named messages for their visibility timeout and deletes the others', async () => {
    const { cloud, batches, queue } = await sourceWith((event, turn) =>
      turn === 1 ? failing(event, 'bad') : undefined,
    );
    for (const body of ['good', 'bad']) queue.send(body);

    await cloud.settle();

    expect(batches.map(({ bodies }) => bodies)).toEqual([['good', 'bad'], ['bad']]);
    const [first, second] = batches.map(({ atMs }) => atMs);
    expect(second! - first!).toBeGreaterThanOrEqual(360_000);
    expect(queue.messages).toEqual([]);
  });

  it.each([
    { what: 'an unknown id', answer: { batchItemFailures: [{ itemIdentifier: 'foreign' }] } },
    { what: 'an empty id', answer: { batchItemFailures: [{ itemIdentifier: '' }] } },
    { what: 'another key', answer: { batchItemFailures: [{ id: 'x' }] } },
    { what: 'a text', answer: 'done' },
  ])('keeps the whole batch where the answer is $what', async ({ answer }) => {
    const { cloud, batches, dead, queue } = await sourceWith(() => answer, {}, 1);
    for (const body of ['a', 'b']) queue.send(body);

    await cloud.settle();

    expect(batches).toHaveLength(1);
    expect(dead.messages.map(({ body }) => body)).toEqual(['a', 'b']);
  });

  it.each([
    { what: 'nothing', answer: undefined },
    { what: 'null', answer: null },
    { what: 'no failures', answer: { batchItemFailures: [] } },
    { what: 'null failures', answer: { batchItemFailures: null } },
  ])('deletes the whole batch where the answer is $what', async ({ answer }) => {
    const { cloud, dead, queue } = await sourceWith(() => answer, {}, 1);
    for (const body of ['a', 'b']) queue.send(body);

    await cloud.settle();

    expect([...queue.messages, ...dead.messages]).toEqual([]);
  });

  it('does not look at the answer where the mapping does not ask for failures', async () => {
    const { cloud, queue, dead } = await sourceWith((event) => failing(event, 'bad'), {
      FunctionResponseTypes: [],
    });
    queue.send('bad');

    await cloud.settle();

    expect([...queue.messages, ...dead.messages]).toEqual([]);
  });

  it('gives up a batch that always fails to the dead-letter queue', async () => {
    const { cloud, batches, dead, queue } = await sourceWith(() => {
      throw new Error('no');
    });
    queue.send('poison');

    await cloud.settle();

    expect(batches).toHaveLength(3);
    expect(dead.messages).toMatchObject([{ body: 'poison', receiveCount: 3 }]);
  });

  it('tells the function how often a message was received', async () => {
    const counts: (string | undefined)[] = [];
    const { cloud, queue } = await sourceWith((event, turn) => {
      counts.push(event.Records[0]?.attributes['ApproximateReceiveCount']);
      return turn < 3 ? failing(event, 'x') : undefined;
    });
    queue.send('x');

    await cloud.settle();

    expect(counts).toEqual(['1', '2', '3']);
  });

  it('gathers messages for its window', async () => {
    const { cloud, batches, queue } = await sourceWith(() => undefined, {
      MaximumBatchingWindowInSeconds: 5,
    });

    queue.send('a');
    await cloud.run({ untilMs: START_MS + 4_000 });
    queue.send('b');
    await cloud.settle();

    expect(batches).toEqual([{ atMs: 5_000, bodies: ['a', 'b'] }]);
  });

  it('invokes no more at once than its MaximumConcurrency', async () => {
    let inside = 0;
    let most = 0;
    const release: (() => void)[] = [];
    const { cloud, batches, queue } = await sourceWith(
      async () => {
        most = Math.max(most, ++inside);
        const { promise, resolve } = Promise.withResolvers<void>();
        release.push(resolve);
        await cloud.clock.suspend(promise);
        inside--;
      },
      { BatchSize: 1, ScalingConfig: { MaximumConcurrency: 2 } },
    );
    for (let n = 0; n < 5; n++) queue.send(String(n));
    cloud.clock.schedule(START_MS + 10_000, () => release.shift()?.());
    for (let turn = 2; turn < 8; turn++) {
      cloud.clock.schedule(START_MS + turn * 10_000, () => release.shift()?.());
    }

    await cloud.settle();

    expect(most).toBe(2);
    expect(batches).toHaveLength(5);
  });
});
