import { describe, expect, it } from 'vitest';
import { ServiceError } from '#local/service-error.ts';
import { TaskError } from '#local/step-functions/failures.ts';
import { type Call, LAMBDA, Rig, START_MS } from './rig.ts';

const INVOKE = 'arn:aws:states:::lambda:invoke';

const machine = (task: object) => ({
  StartAt: 'T',
  States: { T: { Type: 'Task', Resource: LAMBDA, End: true, ...task } },
});

const tokenTask = (fields: object = {}) =>
  machine({
    Resource: `${INVOKE}.waitForTaskToken`,
    Arguments: { FunctionName: LAMBDA, Payload: { token: '{% $states.context.Task.Token %}' } },
    ...fields,
  });

const tokenOf = (rig: Rig, call = 0) => rig.calls[call]?.context.token ?? 'none';

const seconds = (rig: Rig) => (rig.clock.nowMs() - START_MS) / 1_000;

/** The code of the refusal, or 'taken'. */
async function send(rig: Rig, action: string, input: object): Promise<string> {
  try {
    await rig.sfn.apply(action, { ...input });
    return 'taken';
  } catch (error) {
    if (error instanceof ServiceError) return error.code;
    throw error;
  }
}

describe('a lambda by its ARN', () => {
  it('gets the arguments and gives the result', async () => {
    const rig = new Rig(
      machine({ Arguments: { id: '{% $states.input.id %}' }, Output: '{% $states.result.n %}' }),
      { answer: () => ({ n: 5 }) },
    );

    const run = await rig.run({ id: 'a' });

    expect(rig.calls).toEqual([
      { functionArn: LAMBDA, payload: { id: 'a' }, context: { executionArn: run, stateName: 'T' } },
    ]);
    expect(await rig.ending(run)).toEqual(['SUCCEEDED', 5]);
  });

  it('gets the input where there are no arguments, and null for nothing comes back', async () => {
    const rig = new Rig(machine({}), { answer: () => undefined });

    const run = await rig.run({ id: 'a' });

    expect(rig.calls[0]?.payload).toEqual({ id: 'a' });
    expect(await rig.ending(run)).toEqual(['SUCCEEDED', null]);
  });

  it('cannot change what the machine holds', async () => {
    const rig = new Rig(machine({ Output: '{% $states.input %}' }), {
      answer: ({ payload }) => {
        Object.assign(payload as object, { id: 'changed' });
        return {};
      },
    });

    expect(await rig.ending(await rig.run({ id: 'a' }))).toEqual(['SUCCEEDED', { id: 'a' }]);
  });

  it('that throws anything but a TaskError is a fault of its surroundings', async () => {
    const rig = new Rig(machine({ Catch: [{ ErrorEquals: ['States.ALL'], Next: 'T' }] }), {
      answer: () => {
        throw new Error('a bug');
      },
    });

    await expect(rig.run()).rejects.toThrow('a bug');
  });
});

describe('a task’s time', () => {
  it('stands still while its code works', async () => {
    const rig = new Rig(machine({ TimeoutSeconds: 1 }), {
      answer: () => new Promise((resolve) => setImmediate(() => resolve('done'))),
    });

    expect(await rig.ending(await rig.run())).toEqual(['SUCCEEDED', 'done']);
  });

  it.each([
    ['a number', 30, 30],
    ['an expression', '{% $states.input.limit %}', 12],
  ])('ends at its timeout (%s), and what comes later is ignored', async (_, timeout, limit) => {
    const rig = new Rig(machine({ TimeoutSeconds: timeout }), {
      answer: async (_call, clock) => {
        await clock.sleep(3_600_000);
        return 'late';
      },
    });

    const run = await rig.run({ limit: 12 });

    expect(await rig.ending(run)).toEqual(['FAILED', 'States.Timeout']);
    expect(
      rig
        .history(run)
        .slice(2)
        .map(({ type, timestamp }) => [type, timestamp - START_MS / 1_000]),
    ).toEqual([
      ['LambdaFunctionScheduled', 0],
      ['LambdaFunctionStarted', 0],
      ['LambdaFunctionTimedOut', limit],
      ['ExecutionFailed', limit],
    ]);
    expect(seconds(rig)).toBe(3_600);
  });

  it('ends also for code that never settles, as long as it waits on the clock', async () => {
    const rig = new Rig(machine({ TimeoutSeconds: 30 }), {
      answer: (_call, clock) => clock.suspend(new Promise(() => {})),
    });

    expect(await rig.ending(await rig.run())).toEqual(['FAILED', 'States.Timeout']);
  });

  it('is told to its code', async () => {
    const rig = new Rig(tokenTask({ TimeoutSeconds: 30, HeartbeatSeconds: 7 }));

    await rig.run();

    expect(rig.calls[0]?.context).toMatchObject({ timeoutMs: 30_000, heartbeatMs: 7_000 });
  });

  it('is refused where it is no number', async () => {
    const rig = new Rig(machine({ TimeoutSeconds: '{% "soon" %}' }));

    expect(await rig.ending(await rig.run())).toEqual([
      'FAILED',
      'States.QueryEvaluationError',
      expect.stringContaining("specified for the field 'TimeoutSeconds' returned an unexpected"),
    ]);
  });
});

describe('lambda:invoke', () => {
  it.each([
    ['an ARN', LAMBDA],
    ['a name', 'work'],
  ])('calls the function by %s, and wraps its answer', async (_, FunctionName) => {
    const rig = new Rig(machine({ Resource: INVOKE, Arguments: { FunctionName, Payload: [1] } }), {
      answer: () => 'x',
    });

    const run = await rig.run();

    expect(rig.calls[0]).toMatchObject({ functionArn: LAMBDA, payload: [1] });
    const response = { ExecutedVersion: '$LATEST', Payload: 'x', StatusCode: 200 };
    expect(await rig.ending(run)).toEqual(['SUCCEEDED', response]);
    expect(rig.history(run)[2]).toMatchObject({
      type: 'TaskScheduled',
      taskScheduledEventDetails: {
        resource: 'invoke',
        resourceType: 'lambda',
        region: 'eu-west-1',
      },
    });
  });

  it('needs a function’s name', async () => {
    const rig = new Rig(machine({ Resource: INVOKE, Arguments: {} }));

    expect(await rig.ending(await rig.run())).toEqual([
      'FAILED',
      'States.Runtime',
      'The Arguments of lambda:invoke name no FunctionName.',
    ]);
  });
});

describe('a task token', () => {
  it('completes its task with an output', async () => {
    const rig = new Rig(tokenTask());
    const run = await rig.run();
    expect((await rig.describe(run))['status']).toBe('RUNNING');

    expect(await send(rig, 'SendTaskSuccess', { taskToken: tokenOf(rig), output: '{"n":1}' })).toBe(
      'taken',
    );
    await rig.pass();

    expect(rig.calls[0]?.payload).toEqual({ token: tokenOf(rig) });
    expect(await rig.ending(run)).toEqual(['SUCCEEDED', { n: 1 }]);
    expect(rig.types(run)).toEqual([
      'ExecutionStarted',
      'TaskStateEntered',
      'TaskScheduled',
      'TaskStarted',
      'TaskSubmitted',
      'TaskSucceeded',
      'TaskStateExited',
      'ExecutionSucceeded',
    ]);
  });

  it('fails its task with an error', async () => {
    const rig = new Rig(tokenTask());
    const run = await rig.run();

    const failure = { taskToken: tokenOf(rig), error: 'Bad', cause: 'so' };
    expect(await send(rig, 'SendTaskFailure', failure)).toBe('taken');
    await rig.pass();

    expect(await rig.ending(run)).toEqual(['FAILED', 'Bad', 'so']);
    expect(rig.types(run)).toContain('TaskFailed');
  });

  it('may be completed while its lambda still runs, whose end then means nothing', async () => {
    const rig = new Rig(tokenTask());
    rig.answer = async ({ context }, clock) => {
      await send(rig, 'SendTaskSuccess', { taskToken: context.token, output: '"early"' });
      await clock.sleep(5_000);
      throw new TaskError('TooLate');
    };

    const run = await rig.run();

    expect(await rig.ending(run)).toEqual(['SUCCEEDED', 'early']);
    expect(rig.types(run)).not.toContain('TaskSubmitted');
    expect(seconds(rig)).toBe(5);
  });

  it('dies with its lambda’s failure', async () => {
    const rig = new Rig(tokenTask(), {
      answer: () => {
        throw new TaskError('Broken', 'in the lambda');
      },
    });

    const run = await rig.run();

    expect(await rig.ending(run)).toEqual(['FAILED', 'Broken', 'in the lambda']);
    expect(await send(rig, 'SendTaskHeartbeat', { taskToken: tokenOf(rig) })).toBe('TaskTimedOut');
  });

  const dead: [string, object, (rig: Rig, run: string) => Promise<unknown>][] = [
    [
      'was completed',
      {},
      (rig) => send(rig, 'SendTaskSuccess', { taskToken: tokenOf(rig), output: '1' }),
    ],
    ['timed out', { TimeoutSeconds: 60 }, (rig) => rig.pass(60_000)],
    ['missed its heartbeat', { HeartbeatSeconds: 60 }, (rig) => rig.pass(60_000)],
    ['was stopped', {}, (rig, run) => rig.stop(run)],
  ];
  it.each(dead)('is dead once its task %s', async (_, fields, end) => {
    const rig = new Rig(tokenTask(fields));
    const run = await rig.run({}, 0);
    await end(rig, run);
    await rig.pass(0);

    for (const [action, more] of [
      ['SendTaskSuccess', { output: '{}' }],
      ['SendTaskFailure', {}],
      ['SendTaskHeartbeat', {}],
    ] as const) {
      expect(await send(rig, action, { taskToken: tokenOf(rig), ...more })).toBe('TaskTimedOut');
    }
  });

  it.each([
    ['SendTaskSuccess', { taskToken: 'nonsense', output: '{}' }, 'InvalidToken'],
    ['SendTaskHeartbeat', { taskToken: 'nonsense' }, 'InvalidToken'],
    [
      'SendTaskFailure',
      { taskToken: 'AQCQAAAAKgAAAAMAAAAAAAAA00000000-0000-4000-8000-000000000000' },
      'TaskDoesNotExist',
    ],
    ['SendTaskSuccess', { taskToken: 'nonsense', output: 'not json' }, 'InvalidOutput'],
    [
      'SendTaskSuccess',
      { taskToken: 'nonsense', output: JSON.stringify('x'.repeat(262_143)) },
      'InvalidOutput',
    ],
    ['SendTaskFailure', { taskToken: 'nonsense', error: 'x'.repeat(257) }, 'ValidationException'],
  ])('is checked: %s', async (action, input, code) => {
    expect(await send(new Rig(tokenTask()), action, input)).toBe(code);
  });

  it('lives by heartbeats', async () => {
    const rig = new Rig(tokenTask({ HeartbeatSeconds: 60, TimeoutSeconds: 600 }));
    const run = await rig.run({}, 50_000);
    for (const _ of [1, 2, 3]) {
      await send(rig, 'SendTaskHeartbeat', { taskToken: tokenOf(rig) });
      await rig.pass(50_000);
    }

    expect((await rig.describe(run))['status']).toBe('RUNNING');

    await rig.pass();
    expect(await rig.ending(run)).toEqual(['FAILED', 'States.Timeout']);
    expect(rig.history(run).at(-1)?.timestamp).toBe(START_MS / 1_000 + 150 + 60);
  });

  it('does not outlive its timeout by heartbeats', async () => {
    const rig = new Rig(tokenTask({ HeartbeatSeconds: 60, TimeoutSeconds: 100 }));
    const run = await rig.run({}, 50_000);
    await send(rig, 'SendTaskHeartbeat', { taskToken: tokenOf(rig) });

    await rig.pass();

    expect(rig.history(run).at(-1)?.timestamp).toBe(START_MS / 1_000 + 100);
  });

  it.each(['States.Timeout', 'States.HeartbeatTimeout'])(
    'whose heartbeat is missed is caught as %s',
    async (name) => {
      const rig = new Rig({
        StartAt: 'T',
        States: {
          T: {
            ...tokenTask({ HeartbeatSeconds: 5 }).States.T,
            Catch: [{ ErrorEquals: [name], Next: 'Caught' }],
          },
          Caught: { Type: 'Succeed' },
        },
      });

      expect(await rig.ending(await rig.run())).toEqual([
        'SUCCEEDED',
        { Error: 'States.Timeout', Cause: '' },
      ]);
    },
  );

  it('is another one in each attempt', async () => {
    const rig = new Rig(
      tokenTask({
        TimeoutSeconds: 5,
        Retry: [{ ErrorEquals: ['States.Timeout'], MaxAttempts: 2 }],
      }),
    );

    await rig.run();

    const tokens = rig.calls.map(({ context }: Call) => context.token);
    expect(new Set(tokens).size).toBe(3);
  });
});
