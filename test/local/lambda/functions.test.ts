import { SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { describe, expect, it } from 'vitest';
import type { Runtime } from '#aws/runtime.ts';
import type { InvocationFault } from '#local/lambda/invocation.ts';
import { LambdaError } from '#local/lambda/lambda-error.ts';
import {
  ACCOUNT,
  cloudOf,
  functionResource,
  handlerOf,
  inFiber,
  REGION,
  START_MS,
} from '../cloud-rig.ts';

const QueueUrl = `https://sqs.${REGION}.amazonaws.com/${ACCOUNT}/out`;
const OUT = { Type: 'AWS::SQS::Queue', Properties: { QueueName: 'out' } };

async function send(runtime: Runtime, body: string) {
  await new SQSClient(runtime.clientConfig).send(
    new SendMessageCommand({ QueueUrl, MessageBody: body }),
  );
}

/** A function that sends three messages, one after the other. */
const threeSends = handlerOf(async (event, runtime) => {
  for (const body of ['one', 'two', 'three']) await send(runtime, body);
  return { echo: event };
});

function cloudWithWork(handler = threeSends, properties = {}) {
  return cloudOf({ Out: OUT, Work: functionResource('work', properties) }, { work: handler });
}

const bodies = (cloud: Awaited<ReturnType<typeof cloudOf>>) =>
  cloud.sqs.queue('out').messages.map(({ body }) => body);

describe('an invocation', () => {
  it('answers what the handler returns', async () => {
    const cloud = await cloudWithWork();

    const answer = await cloud.invoke('longshore-work', { a: 1 });

    expect(answer).toEqual({ echo: { a: 1 } });
  });

  it.each<{ fault: InvocationFault; errorName: string; sent: string[] }>([
    { fault: { kind: 'die_before', call: 1 }, errorName: 'Lambda.Unknown', sent: [] },
    { fault: { kind: 'die_after', call: 1 }, errorName: 'Lambda.Unknown', sent: ['one'] },
    { fault: { kind: 'die_before', call: 2 }, errorName: 'Lambda.Unknown', sent: ['one'] },
    {
      fault: { kind: 'die_after', call: 3 },
      errorName: 'Lambda.Unknown',
      sent: ['one', 'two', 'three'],
    },
    {
      fault: { kind: 'zombie', call: 2, resumeAfterMs: 9_000 },
      errorName: 'Sandbox.Timedout',
      sent: ['one'],
    },
    {
      fault: { kind: 'refused', errorName: 'Lambda.TooManyRequestsException' },
      errorName: 'Lambda.TooManyRequestsException',
      sent: [],
    },
  ])('that meets $fault fails as $errorName after $sent', async ({ fault, errorName, sent }) => {
    const cloud = await cloudWithWork();
    cloud.functions.fault = () => fault;

    const invoking = cloud.invoke('longshore-work', {});

    await expect(invoking).rejects.toMatchObject({ errorName });
    expect(bodies(cloud)).toEqual(sent);
    expect(cloud.clock.nowMs()).toBe(START_MS);
  });

  it('that died does nothing more, however long one waits', async () => {
    const cloud = await cloudWithWork();
    cloud.functions.fault = () => ({ kind: 'die_before', call: 2 });

    await cloud.invoke('longshore-work', {}).catch(() => undefined);
    await cloud.run({ untilMs: START_MS + 86_400_000 });

    expect(bodies(cloud)).toEqual(['one']);
  });

  it('that died does nothing more beside its death either', async () => {
    const cloud = await cloudWithWork(
      handlerOf(async (_event, runtime) => {
        await Promise.all(['one', 'two', 'three'].map((body) => send(runtime, body)));
      }),
    );
    cloud.functions.fault = () => ({ kind: 'die_before', call: 1 });

    await cloud.invoke('longshore-work', {}).catch(() => undefined);
    await cloud.settle();

    expect(bodies(cloud)).toEqual([]);
  });

  it('that has ended is not timed out later', async () => {
    const cloud = await cloudWithWork();
    cloud.functions.fault = ({ earlier }) =>
      earlier === 0 ? { kind: 'die_before', call: 1 } : undefined;

    for (let turn = 0; turn < 2; turn++) {
      await cloud.invoke('longshore-work', {}).catch(() => undefined);
    }
    await cloud.run({ untilMs: START_MS + 86_400_000 });

    expect(cloud.logs).toHaveLength(1);
  });

  it('that is a zombie outlives its own timeout', async () => {
    const cloud = await cloudWithWork();
    cloud.functions.fault = () => ({ kind: 'zombie', call: 1, resumeAfterMs: 90_000 });

    await cloud.invoke('longshore-work', {}).catch(() => undefined);
    await cloud.settle();

    expect(bodies(cloud)).toEqual(['one', 'two', 'three']);
    expect(cloud.logs).toHaveLength(1);
  });

  it('that is a mortal zombie ends at its timeout', async () => {
    const cloud = await cloudWithWork();
    cloud.functions.fault = () => ({
      kind: 'zombie',
      call: 1,
      resumeAfterMs: 90_000,
      isMortal: true,
    });

    await cloud.invoke('longshore-work', {}).catch(() => undefined);
    await cloud.settle();

    expect(bodies(cloud)).toEqual([]);
    expect(cloud.logs).toHaveLength(1);
  });

  it('that is a zombie goes on at its time, for nobody', async () => {
    const cloud = await cloudWithWork();
    cloud.functions.fault = () => ({ kind: 'zombie', call: 2, resumeAfterMs: 9_000 });

    await cloud.invoke('longshore-work', {}).catch(() => undefined);
    await cloud.run({ untilMs: START_MS + 8_999 });
    const before = bodies(cloud);
    await cloud.run({ untilMs: START_MS + 9_000 });

    expect(before).toEqual(['one']);
    expect(bodies(cloud)).toEqual(['one', 'two', 'three']);
  });

  it('is met by a fault at its own call, not at that of one beside it', async () => {
    const cloud = await cloudWithWork();
    cloud.functions.fault = ({ earlier }) =>
      earlier === 0 ? { kind: 'die_after', call: 1 } : undefined;

    const both = await inFiber(cloud, () =>
      Promise.allSettled([
        cloud.functions.invoke('longshore-work', {}),
        cloud.functions.invoke('longshore-work', {}),
      ]),
    );

    expect(both.map(({ status }) => status)).toEqual(['rejected', 'fulfilled']);
    expect(bodies(cloud).toSorted()).toEqual(['one', 'one', 'three', 'two']);
  });

  it('is timed out in virtual time, and goes no further', async () => {
    const slow = handlerOf(async (_event, runtime) => {
      for (const body of ['at 0 s', 'at 2 s', 'at 4 s']) await send(runtime, body);
    });
    const cloud = await cloudOf(
      { Out: OUT, Work: functionResource('work', { Timeout: 3 }) },
      { work: slow },
      { latencyMs: () => 2_000 },
    );

    const invoking = cloud.invoke('longshore-work', {});

    await expect(invoking).rejects.toMatchObject({
      errorName: 'Sandbox.Timedout',
      errorCause: expect.stringContaining('Task timed out after 3.00 seconds'),
    });
    expect(cloud.clock.nowMs()).toBe(START_MS + 3_000);
    await cloud.settle();
    expect(bodies(cloud)).toEqual(['at 0 s', 'at 2 s']);
  });

  it('fails by the name of the error that the handler threw', async () => {
    class LostRaceError extends Error {
      override readonly name = 'LostRaceError';
    }
    const cloud = await cloudWithWork(
      handlerOf(() => {
        throw new LostRaceError('somebody was faster');
      }),
    );

    const error = await cloud.invoke('longshore-work', {}).catch((caught: unknown) => caught);

    expect(error).toBeInstanceOf(LambdaError);
    const { errorName, errorCause } = error as LambdaError;
    expect(errorName).toBe('LostRaceError');
    expect(JSON.parse(errorCause)).toMatchObject({
      errorType: 'LostRaceError',
      errorMessage: 'somebody was faster',
      trace: expect.any(Array),
    });
  });

  it('passes its event and its answer through JSON', async () => {
    const cloud = await cloudWithWork(handlerOf((event) => ({ event, gone: undefined })));
    const event = { at: new Date(0), gone: undefined };

    const answer = await cloud.invoke('longshore-work', event);

    expect(answer).toEqual({ event: { at: '1970-01-01T00:00:00.000Z' } });
  });
});

describe('a sandbox', () => {
  const counting = {
    on: () => {
      let invocations = 0;
      let inside = 0;
      let most = 0;
      return async (event: unknown) => {
        invocations++;
        most = Math.max(most, ++inside);
        await (event as { gate?: Promise<void> }).gate;
        for (let turn = 0; turn < 5; turn++) await Promise.resolve();
        inside--;
        return { invocations, most };
      };
    },
  };

  it('is used again when its invocation has ended', async () => {
    const cloud = await cloudWithWork(counting as never);

    await cloud.invoke('longshore-work', {});
    const second = await cloud.invoke('longshore-work', {});

    expect(second).toEqual({ invocations: 2, most: 1 });
  });

  it('is never shared by two invocations at once', async () => {
    const cloud = await cloudWithWork(counting as never);

    const both = await inFiber(cloud, () =>
      Promise.all([
        cloud.functions.invoke('longshore-work', {}),
        cloud.functions.invoke('longshore-work', {}),
      ]),
    );

    expect(both).toEqual([
      { invocations: 1, most: 1 },
      { invocations: 1, most: 1 },
    ]);
  });
});

describe('a sandbox that died', () => {
  it('is not used again', async () => {
    let sandboxes = 0;
    const cloud = await cloudWithWork({
      on: (runtime) => {
        sandboxes++;
        return () => send(runtime, 'one');
      },
    });
    cloud.functions.fault = ({ earlier }) =>
      earlier === 0 ? { kind: 'die_after', call: 1 } : undefined;

    for (let turn = 0; turn < 3; turn++) {
      await cloud.invoke('longshore-work', {}).catch(() => undefined);
    }

    expect(sandboxes).toBe(2);
  });
});

describe('an asynchronous event', () => {
  it('is tried again after one and two minutes, then goes to the dead-letter queue', async () => {
    const atMs: number[] = [];
    const failing = handlerOf((_event, runtime) => {
      atMs.push(runtime.nowMs() - START_MS);
      throw new Error('no');
    });
    const cloud = await cloudWithWork(failing, {
      DeadLetterConfig: { TargetArn: { 'Fn::GetAtt': ['Out', 'Arn'] } },
    });

    cloud.functions.invokeAsync('longshore-work', { n: 1 });
    await cloud.settle();

    expect(atMs).toEqual([0, 60_000, 180_000]);
    expect(bodies(cloud)).toEqual(['{"n":1}']);
  });

  it('is tried as often as the function says', async () => {
    const resources = {
      Work: functionResource('work'),
      Config: {
        Type: 'AWS::Lambda::EventInvokeConfig',
        Properties: {
          FunctionName: { Ref: 'Work' },
          MaximumRetryAttempts: 0,
          Qualifier: '$LATEST',
        },
      },
    };
    const failing = handlerOf(() => Promise.reject(new Error('no')));
    const cloud = await cloudOf(resources, { work: failing });

    cloud.functions.invokeAsync('longshore-work', {});
    await cloud.settle();

    expect(cloud.functions.invocations('longshore-work')).toBe(1);
  });
});

describe('the log', () => {
  it('keeps the lines of a function, parsed, with the invocation that wrote them', async () => {
    const cloud = await cloudWithWork(
      handlerOf((_event, runtime, context) => {
        runtime.console?.info(JSON.stringify({ level: 'INFO', message: 'hello' }));
        runtime.console?.log('plain');
        return context.awsRequestId;
      }),
    );

    const requestId = await cloud.invoke('longshore-work', {});

    const of = { atMs: START_MS, functionName: 'longshore-work', requestId };
    expect(cloud.logs).toEqual([
      { ...of, line: { level: 'INFO', message: 'hello' } },
      { ...of, line: { message: 'plain' } },
    ]);
  });

  it('says of an invocation that died that it did', async () => {
    const cloud = await cloudWithWork();
    cloud.functions.fault = () => ({ kind: 'die_before', call: 1 });

    await cloud.invoke('longshore-work', {}).catch(() => undefined);

    expect(cloud.logs.map(({ line }) => line)).toEqual([
      { level: 'PLATFORM', message: expect.stringContaining('Lambda.Unknown') },
    ]);
  });
});
