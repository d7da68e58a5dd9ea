import { describe, expect, it } from 'vitest';
import { ServiceError } from '#local/service-error.ts';
import { TaskError } from '#local/step-functions/failures.ts';
import { LAMBDA, Rig, START_MS } from './rig.ts';

const DAY_MS = 86_400_000;
const task = { Type: 'Task', Resource: LAMBDA, End: true };
const one = (state: object) => ({ StartAt: 'S', States: { S: state } });
const branch = (name: string, state: object) => ({ StartAt: name, States: { [name]: state } });

/** Fails until told otherwise. */
function breaking(rig: Rig): { mend: () => void } {
  let isBroken = true;
  rig.answer = ({ payload }) => {
    if (isBroken) throw new TaskError('Broken');
    return payload;
  };
  return {
    mend: () => {
      isBroken = false;
    },
  };
}

describe('StopExecution', () => {
  it('aborts with error and cause, and nothing goes on but code that was called', async () => {
    const rig = new Rig(one(task), {
      answer: (_, clock) => clock.sleep(60_000).then(() => 'late'),
    });
    const run = await rig.run({}, 10_000);

    const answer = await rig.stop(run, { error: 'Operator', cause: 'pause' });
    await rig.pass();

    expect(answer).toEqual({ stopDate: START_MS / 1_000 + 10 });
    expect(await rig.ending(run)).toEqual(['ABORTED', 'Operator', 'pause']);
    expect(rig.history(run).at(-1)).toMatchObject({
      type: 'ExecutionAborted',
      executionAbortedEventDetails: { error: 'Operator', cause: 'pause' },
    });
    expect(rig.clock.nowMs()).toBe(START_MS + 60_000);
  });

  it('aborts what has not begun yet', async () => {
    const rig = new Rig(one(task));
    const run = await rig.start();

    await rig.stop(run);
    await rig.pass();

    expect(rig.types(run)).toEqual(['ExecutionStarted', 'ExecutionAborted']);
    expect(rig.calls).toEqual([]);
  });

  it.each(Array.from({ length: 12 }, (_, passes) => passes))(
    'in the middle of other branches’ evaluations is the last event (after %i states)',
    async (passes) => {
      const evaluating = { Output: { a: '{% 1 %}', b: '{% 2 %}' }, Assign: { v: '{% 3 %}' } };
      const loop = (state: object) => ({
        StartAt: 'A',
        States: { A: { ...state, Next: 'B' }, B: { Type: 'Pass', ...evaluating, Next: 'A' } },
      });
      const inner = branch('I', { Type: 'Pass', Output: '{% 1 %}', End: true });
      const distributed = { ProcessorConfig: { Mode: 'DISTRIBUTED' }, ...inner };
      const chain = Array.from({ length: passes }, (_, index) => [
        `S${index}`,
        { Type: 'Pass', Next: index === passes - 1 ? 'T' : `S${index + 1}` },
      ]);
      const rig = new Rig(
        one({
          Type: 'Parallel',
          Branches: [
            loop({ Type: 'Pass', ...evaluating }),
            loop({
              Type: 'Task',
              Resource: LAMBDA,
              Arguments: '{% 1 %}',
              TimeoutSeconds: '{% 5 %}',
            }),
            loop({ Type: 'Map', Items: '{% [1] %}', ItemProcessor: inner }),
            loop({
              Type: 'Map',
              Items: '{% [1] %}',
              ItemSelector: '{% 1 %}',
              ItemProcessor: distributed,
            }),
            {
              StartAt: passes === 0 ? 'T' : 'S0',
              States: { ...Object.fromEntries(chain), T: { ...task, Arguments: 'stop' } },
            },
          ],
          End: true,
        }),
      );
      rig.answer = ({ payload, context }) =>
        payload === 'stop' ? rig.stop(context.executionArn) : {};

      const run = await rig.run();

      expect(rig.types(run).filter((type) => type.startsWith('Execution'))).toEqual([
        'ExecutionStarted',
        'ExecutionAborted',
      ]);
      expect(rig.types(run).at(-1)).toBe('ExecutionAborted');
      expect(rig.sfn.mapRuns(run).map(({ status }) => status)).not.toContain('RUNNING');
    },
  );

  it('of a closed execution changes nothing', async () => {
    const rig = new Rig(one({ Type: 'Succeed' }));
    const run = await rig.run();
    await rig.pass(5_000);

    expect(await rig.stop(run)).toEqual({ stopDate: START_MS / 1_000 });
    expect((await rig.describe(run))['status']).toBe('SUCCEEDED');
  });

  it('stops the children of a Map Run', async () => {
    const rig = new Rig(
      one({
        Type: 'Map',
        Items: [1, 2, 3],
        MaxConcurrency: 2,
        ItemProcessor: { ProcessorConfig: { Mode: 'DISTRIBUTED' }, ...branch('T', task) },
        End: true,
      }),
      { answer: (_, clock) => clock.sleep(60_000) },
    );
    const run = await rig.run({}, 10_000);

    await rig.stop(run);
    await rig.pass();

    const [mapRun = {}] = rig.sfn.mapRuns(run);
    expect(mapRun).toMatchObject({
      status: 'ABORTED',
      executionCounts: { aborted: 3, running: 0, pending: 0 },
    });
    const children = rig.sfn.children(String(mapRun['mapRunArn']));
    expect(children.map(({ status }) => status)).toEqual(['ABORTED', 'ABORTED']);
    expect(rig.typesAfter(run, 'MapRunStarted')).toEqual(['MapRunAborted', 'ExecutionAborted']);
  });
});

describe('the machine’s timeout', () => {
  it('ends the execution and its children', async () => {
    const rig = new Rig({
      TimeoutSeconds: 30,
      ...one({
        Type: 'Map',
        Items: [1],
        ItemProcessor: {
          ProcessorConfig: { Mode: 'DISTRIBUTED' },
          ...branch('W', { Type: 'Wait', Seconds: 60, End: true }),
        },
        End: true,
      }),
    });

    const run = await rig.run();

    expect(await rig.ending(run)).toEqual(['TIMED_OUT']);
    expect(rig.types(run).slice(-2)).toEqual(['MapRunAborted', 'ExecutionTimedOut']);
    expect(rig.clock.nowMs()).toBe(START_MS + 30_000);
  });

  it('counts anew after a redrive', async () => {
    const rig = new Rig({
      TimeoutSeconds: 30,
      ...one({ Type: 'Wait', Timestamp: '2026-01-01T00:00:45Z', End: true }),
    });
    const run = await rig.run();
    expect(await rig.ending(run)).toEqual(['TIMED_OUT']);

    await rig.redrive(run);

    expect(await rig.ending(run)).toMatchObject({ 0: 'SUCCEEDED' });
    expect(rig.clock.nowMs()).toBe(START_MS + 45_000);
  });
});

describe('a redrive goes on', () => {
  it('at a Task that failed, scheduled from scratch with the same input', async () => {
    const rig = new Rig({
      StartAt: 'First',
      States: {
        First: { Type: 'Pass', Output: { n: 1 }, Assign: { v: 'kept' }, Next: 'T' },
        T: { ...task, Arguments: { n: '{% $states.input.n %}', v: '{% $v %}' } },
      },
    });
    const { mend } = breaking(rig);
    const run = await rig.run();
    mend();

    await rig.redrive(run);

    expect(await rig.ending(run)).toEqual(['SUCCEEDED', { n: 1, v: 'kept' }]);
    expect(rig.typesAfter(run, 'ExecutionFailed')).toEqual([
      'ExecutionRedriven',
      'LambdaFunctionScheduled',
      'LambdaFunctionStarted',
      'LambdaFunctionSucceeded',
      'TaskStateExited',
      'ExecutionSucceeded',
    ]);
    expect(rig.types(run).filter((type) => type === 'PassStateEntered')).toHaveLength(1);
    expect(rig.transitions.at(-1)).toMatchObject({ by: 'redrive', to: 'T' });
  });

  it('with all its retries', async () => {
    const rig = new Rig(one({ ...task, Retry: [{ ErrorEquals: ['Broken'], MaxAttempts: 2 }] }));
    breaking(rig);
    const run = await rig.run();
    expect(rig.calls).toHaveLength(3);

    await rig.redrive(run);

    expect(rig.calls).toHaveLength(6);
  });

  it('with another token, while the code of the first attempt still runs', async () => {
    const rig = new Rig(
      one({
        ...task,
        Resource: 'arn:aws:states:::lambda:invoke.waitForTaskToken',
        Arguments: { FunctionName: LAMBDA },
      }),
      {
        answer: ({ context }, clock) =>
          clock.sleep(rig.calls.length === 1 ? 60_000 : 0).then(() => context.token),
      },
    );
    const run = await rig.run({}, 1_000);
    await rig.stop(run);
    await rig.redrive(run);
    const [first, second] = rig.calls.map(({ context }) => context.token);

    const dead = rig.sfn.apply('SendTaskSuccess', { taskToken: first, output: '1' });
    await expect(dead).rejects.toMatchObject({ code: 'TaskTimedOut' });
    await rig.sfn.apply('SendTaskSuccess', { taskToken: second, output: '2' });
    await rig.pass();

    expect(await rig.ending(run)).toEqual(['SUCCEEDED', 2]);
    expect(rig.types(run).filter((type) => type === 'TaskSubmitted')).toHaveLength(1);
  });

  it.each([
    ['a Wait for Seconds, in full', { Seconds: 100 }, 10, 110],
    ['a Wait for a Timestamp to come', { Timestamp: '2026-01-01T00:01:40Z' }, 10, 100],
    ['a Wait for a Timestamp that has passed', { Timestamp: '2026-01-01T00:01:40Z' }, 500, 500],
  ])('at %s', async (_, until, resumedAfter, ends) => {
    const rig = new Rig(one({ Type: 'Wait', ...until, End: true }));
    const run = await rig.run({}, 5_000);
    await rig.stop(run);
    await rig.pass((resumedAfter - 5) * 1_000);

    await rig.redrive(run);

    expect(await rig.ending(run)).toEqual(['SUCCEEDED', {}]);
    expect(rig.clock.nowMs() - START_MS).toBe(ends * 1_000);
    expect(rig.types(run).filter((type) => type === 'WaitStateEntered')).toHaveLength(1);
  });

  it('at a Fail, and fails again', async () => {
    const rig = new Rig({
      StartAt: 'T',
      States: {
        T: { ...task, Catch: [{ ErrorEquals: ['States.ALL'], Next: 'F' }] },
        F: { Type: 'Fail', Error: 'Caught' },
      },
    });
    const { mend } = breaking(rig);
    const run = await rig.run();
    mend();

    await rig.redrive(run);

    expect(await rig.ending(run)).toEqual(['FAILED', 'Caught']);
    expect(rig.calls).toHaveLength(1);
    expect(rig.typesAfter(run, 'ExecutionRedriven')).toEqual(['ExecutionFailed']);
  });

  it('at a Choice, which decides again', async () => {
    const rig = new Rig({
      StartAt: 'C',
      States: {
        C: {
          Type: 'Choice',
          Choices: [
            { Condition: '{% $states.context.Execution.RedriveCount > 0 %}', Next: 'Done' },
          ],
        },
        Done: { Type: 'Succeed' },
      },
    });
    const run = await rig.run();
    expect(await rig.ending(run)).toMatchObject({ 1: 'States.NoChoiceMatched' });

    await rig.redrive(run);

    expect(await rig.ending(run)).toEqual(['SUCCEEDED', {}]);
  });

  it('in a Parallel only in the branches that have not ended well', async () => {
    const rig = new Rig(
      one({
        Type: 'Parallel',
        Branches: [
          branch('Done', { ...task, Arguments: 'done' }),
          branch('Failed', { ...task, Arguments: 'failed' }),
          branch('Stopped', {
            Type: 'Wait',
            Timestamp: '2026-01-01T00:00:30Z',
            Output: 'w',
            End: true,
          }),
        ],
        End: true,
      }),
    );
    rig.answer = async ({ payload }, clock) => {
      if (payload === 'failed') await clock.sleep(1_000);
      if (payload === 'failed' && rig.calls.length < 3) throw new TaskError('Broken');
      return payload;
    };
    const run = await rig.run();

    await rig.redrive(run);

    expect(await rig.ending(run)).toEqual(['SUCCEEDED', ['done', 'failed', 'w']]);
    expect(rig.calls.map(({ payload }) => payload)).toEqual(['done', 'failed', 'failed']);
    expect(rig.types(run).filter((type) => type === 'ParallelStateStarted')).toHaveLength(1);
  });

  it('in a Parallel in all branches, where their results were too large', async () => {
    const rig = new Rig(
      one({ Type: 'Parallel', Branches: [branch('A', task), branch('B', task)], End: true }),
    );
    rig.answer = () => (rig.calls.length <= 2 ? 'x'.repeat(200_000) : 'small');
    const run = await rig.run();
    expect(await rig.ending(run)).toMatchObject({ 1: 'States.DataLimitExceeded' });

    await rig.redrive(run);

    expect(await rig.ending(run)).toEqual(['SUCCEEDED', ['small', 'small']]);
  });

  it('in an inline Map only in the iterations that have not ended well', async () => {
    const rig = new Rig(
      one({
        Type: 'Map',
        Items: ['a', 'b', 'c', 'd'],
        MaxConcurrency: 2,
        ItemProcessor: branch('T', { ...task, Arguments: '{% $states.input %}' }),
        End: true,
      }),
    );
    let isBroken = true;
    rig.answer = async ({ payload }, clock) => {
      await clock.sleep(payload === 'c' ? 5_000 : 1_000);
      if (payload === 'c' && isBroken) throw new TaskError('Broken');
      return payload;
    };
    const run = await rig.run();
    isBroken = false;

    await rig.redrive(run);

    expect(await rig.ending(run)).toEqual(['SUCCEEDED', ['a', 'b', 'c', 'd']]);
    expect(rig.calls.map(({ payload }) => payload)).toEqual(['a', 'b', 'c', 'd', 'c']);
  });

  it('more than once', async () => {
    const rig = new Rig(one(task));
    const { mend } = breaking(rig);
    const run = await rig.run();
    await rig.redrive(run);
    await rig.pass(1_000);
    mend();

    await rig.redrive(run);

    expect(await rig.describe(run)).toMatchObject({
      status: 'SUCCEEDED',
      redriveCount: 2,
      redriveDate: START_MS / 1_000 + 1,
      redriveStatus: 'NOT_REDRIVABLE',
    });
    expect(await rig.describe(run)).not.toHaveProperty('error');
  });
});

describe('a redrive of a Distributed Map', () => {
  const map = (fields: object = {}) =>
    one({
      Type: 'Map',
      Items: [0, 1, 2, 3],
      MaxConcurrency: 2,
      ItemProcessor: {
        ProcessorConfig: { Mode: 'DISTRIBUTED' },
        StartAt: 'Before',
        States: {
          Before: {
            ...task,
            End: undefined,
            Arguments: { before: '{% $states.input %}' },
            Output: '{% $states.input %}',
            Next: 'T',
          },
          T: task,
        },
      },
      End: true,
      ...fields,
    });

  function childrenOf(rig: Rig, run: string): Record<string, unknown>[] {
    return rig.sfn.mapRuns(run).flatMap((mapRun) => rig.sfn.children(String(mapRun['mapRunArn'])));
  }

  it('redrives the children that failed or were stopped, and starts those that never began', async () => {
    let isBroken = true;
    const rig = new Rig(map());
    rig.answer = async ({ payload }, clock) => {
      if (payload === 1) await clock.sleep(1_000);
      if (payload === 2) await clock.sleep(60_000);
      if (payload === 1 && isBroken) throw new TaskError('Broken');
      return payload;
    };
    const run = await rig.run();
    const before = childrenOf(rig, run);
    expect(before.map(({ status }) => status)).toEqual(['SUCCEEDED', 'FAILED', 'ABORTED']);
    expect(before[1]).toMatchObject({ redriveStatus: 'REDRIVABLE_BY_MAP_RUN' });
    isBroken = false;

    await rig.redrive(run);

    expect(await rig.ending(run)).toEqual(['SUCCEEDED', [0, 1, 2, 3]]);
    const after = childrenOf(rig, run);
    expect(after.map(({ redriveCount }) => redriveCount)).toEqual([0, 1, 1, 0]);
    expect(after.slice(0, 3).map(({ executionArn }) => executionArn)).toEqual(
      before.map(({ executionArn }) => executionArn),
    );
    expect(
      rig.calls.filter(({ payload }) => JSON.stringify(payload) === '{"before":1}'),
    ).toHaveLength(1);
    expect(rig.sfn.mapRuns(run)).toMatchObject([{ status: 'SUCCEEDED', redriveCount: 1 }]);
    expect(rig.typesAfter(run, 'ExecutionRedriven')).toEqual([
      'MapRunRedriven',
      'MapRunSucceeded',
      'MapStateSucceeded',
      'MapStateExited',
      'ExecutionSucceeded',
    ]);
  });

  it('goes on after a Stop of the parent', async () => {
    const rig = new Rig(map(), {
      answer: ({ payload }, clock) => clock.sleep(1_000).then(() => payload),
    });
    const run = await rig.run({}, 3_500);
    await rig.stop(run);
    expect(childrenOf(rig, run).map(({ status }) => status)).toEqual([
      'SUCCEEDED',
      'SUCCEEDED',
      'ABORTED',
      'ABORTED',
    ]);

    await rig.redrive(run);

    expect(await rig.ending(run)).toEqual(['SUCCEEDED', [0, 1, 2, 3]]);
  });

  it('runs no child again where the Stop came right after the last of them', async () => {
    const rig = new Rig(map());
    const run = await rig.start();
    rig.onChange = () => {
      const statuses = childrenOf(rig, run).map(({ status }) => status);
      const areDone = statuses.length === 4 && statuses.every((status) => status === 'SUCCEEDED');
      if (areDone) queueMicrotask(() => void rig.stop(run));
    };
    await rig.pass();
    expect(await rig.ending(run)).toEqual(['ABORTED']);
    expect(rig.types(run).at(-1)).toBe('ExecutionAborted');
    expect(rig.sfn.mapRuns(run)).toMatchObject([{ status: 'ABORTED' }]);

    rig.onChange = () => {};
    await rig.redrive(run);

    expect(await rig.ending(run)).toMatchObject({ 0: 'SUCCEEDED' });
    expect(rig.calls).toHaveLength(8);
  });

  it('is not to be had child by child', async () => {
    const rig = new Rig(map());
    breaking(rig);
    const run = await rig.run();
    const [child] = childrenOf(rig, run);

    const redriven = rig.sfn.apply('RedriveExecution', { executionArn: child?.['executionArn'] });

    await expect(redriven).rejects.toMatchObject({ code: 'ExecutionNotRedrivable' });
  });

  it('leaves those failed that closed too long ago', async () => {
    const rig = new Rig({
      StartAt: 'M',
      States: {
        M: { ...map({ ToleratedFailureCount: 1 }).States.S, Next: 'W', End: undefined },
        W: { Type: 'Wait', Seconds: 1, End: true },
      },
    });
    let isBroken = true;
    rig.answer = async ({ payload }, clock) => {
      if (payload === 0) throw new TaskError('Broken');
      if (payload === 1) await clock.sleep(15 * DAY_MS);
      if (payload === 1 && isBroken) throw new TaskError('Broken');
      return payload;
    };
    const run = await rig.run();
    expect(await rig.ending(run)).toMatchObject({ 1: 'States.ExceedToleratedFailureThreshold' });
    expect(rig.sfn.mapRuns(run)[0]).toMatchObject({
      executionCounts: { failuresNotRedrivable: 1 },
    });
    isBroken = false;

    await rig.redrive(run);

    expect(
      childrenOf(rig, run)
        .map(({ status }) => status)
        .sort(),
    ).toEqual(['FAILED', 'SUCCEEDED', 'SUCCEEDED', 'SUCCEEDED']);
    expect((await rig.describe(run))['status']).toBe('SUCCEEDED');
  });

  it('starts nothing where those that stay failed are too many already', async () => {
    const rig = new Rig(
      one({
        Type: 'Map',
        Items: [0, 1],
        MaxConcurrency: 1,
        ItemProcessor: {
          ProcessorConfig: { Mode: 'DISTRIBUTED' },
          StartAt: 'C',
          States: {
            C: {
              Type: 'Choice',
              Choices: [{ Condition: '{% $states.input = 0 %}', Next: 'A' }],
              Default: 'T',
            },
            A: { Type: 'Pass', Next: 'B' },
            B: { Type: 'Pass', Next: 'A' },
            T: task,
          },
        },
        End: true,
      }),
    );
    const run = await rig.run();
    expect(childrenOf(rig, run)).toMatchObject([
      { status: 'FAILED', redriveStatus: 'NOT_REDRIVABLE' },
    ]);

    await rig.redrive(run);

    expect(await rig.ending(run)).toMatchObject({ 1: 'States.ExceedToleratedFailureThreshold' });
    expect(childrenOf(rig, run)).toHaveLength(1);
  });

  it('makes a new run where the results were too large', async () => {
    const rig = new Rig(map());
    rig.answer = () => (rig.calls.length <= 8 ? 'x'.repeat(100_000) : 'small');
    const run = await rig.run();
    expect(await rig.ending(run)).toMatchObject({ 1: 'States.DataLimitExceeded' });

    await rig.redrive(run);

    expect(await rig.ending(run)).toMatchObject({ 0: 'SUCCEEDED' });
    expect(rig.sfn.mapRuns(run)).toHaveLength(2);
  });

  it('keeps a run that had succeeded when the state failed after it', async () => {
    const rig = new Rig(
      map({ Output: '{% $states.context.Execution.RedriveCount > 0 ? 1 : $nothing %}' }),
    );
    const run = await rig.run();
    expect(await rig.ending(run)).toMatchObject({ 1: 'States.QueryEvaluationError' });

    await rig.redrive(run);

    expect(await rig.ending(run)).toEqual(['SUCCEEDED', 1]);
    expect(rig.calls).toHaveLength(8);
    expect(rig.sfn.mapRuns(run)).toMatchObject([{ redriveCount: 0 }]);
  });
});

describe('RedriveExecution', () => {
  const refused = async (rig: Rig, executionArn: string) => {
    try {
      await rig.sfn.apply('RedriveExecution', { executionArn });
      return 'taken';
    } catch (error) {
      return error instanceof ServiceError ? error.message : String(error);
    }
  };

  it.each([
    ['SUCCEEDED', { Type: 'Succeed' }, 0, 'Execution is SUCCEEDED'],
    ['RUNNING', { Type: 'Wait', Seconds: 1_000, End: true }, 0, 'Execution is RUNNING'],
    ['FAILED', { Type: 'Fail' }, 14 * DAY_MS, 'taken'],
    ['FAILED', { Type: 'Fail' }, 14 * DAY_MS + 1, 'Execution redrivable period exceeded'],
  ])('of an execution that is %s: %j after %i ms: %s', async (status, state, laterMs, expected) => {
    const rig = new Rig(one(state));
    const run = await rig.run({}, 0);
    expect((await rig.describe(run))['status']).toBe(status);
    await rig.pass(laterMs);

    const answer = await refused(rig, run);

    expect(answer).toContain(expected);
    if (expected !== 'taken') {
      expect(await rig.describe(run)).toMatchObject({
        redriveStatus: 'NOT_REDRIVABLE',
        redriveStatusReason: expect.stringContaining(expected),
      });
    }
  });

  it('needs an execution', async () => {
    expect(await refused(new Rig(one({ Type: 'Fail' })), 'arn:none')).toContain('Does Not Exist');
  });

  it('with the same client token within 15 minutes is the same redrive', async () => {
    const rig = new Rig(one({ Type: 'Fail' }));
    const run = await rig.run();
    const redrive = (clientToken?: string) =>
      rig.sfn.apply('RedriveExecution', {
        executionArn: run,
        ...(clientToken ? { clientToken } : {}),
      });
    const first = await redrive('a');
    await rig.pass(60_000);

    expect(await redrive('a')).toEqual(first);
    await rig.pass();
    expect((await rig.describe(run))['redriveCount']).toBe(1);

    await redrive('b');
    await rig.pass(15 * 60_000);
    await redrive('a');
    await rig.pass();
    expect((await rig.describe(run))['redriveCount']).toBe(3);
  });

  it('remembers ten client tokens', async () => {
    const rig = new Rig(one({ Type: 'Fail' }));
    const run = await rig.run();
    for (const clientToken of 'abcdefghijk') {
      await rig.sfn.apply('RedriveExecution', { executionArn: run, clientToken });
      await rig.pass();
    }

    await rig.sfn.apply('RedriveExecution', { executionArn: run, clientToken: 'b' });
    expect((await rig.describe(run))['redriveCount']).toBe(11);
    await rig.sfn.apply('RedriveExecution', { executionArn: run, clientToken: 'a' });
    expect((await rig.describe(run))['redriveCount']).toBe(12);
  });
});
