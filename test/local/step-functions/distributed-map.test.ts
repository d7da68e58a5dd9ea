import { describe, expect, it } from 'vitest';
import { TaskError } from '#local/step-functions/failures.ts';
import { isToleranceExceeded } from '#local/step-functions/map-run.ts';
import { LAMBDA, Rig, START_MS } from './rig.ts';

const task = { Type: 'Task', Resource: LAMBDA, End: true };

const machine = (fields: object = {}, states: object = { T: task }) => ({
  StartAt: 'Set',
  States: {
    Set: { Type: 'Pass', Assign: { secret: 1 }, Next: 'M' },
    M: {
      Type: 'Map',
      Items: '{% $states.input %}',
      Label: 'chunks',
      ItemProcessor: {
        ProcessorConfig: { Mode: 'DISTRIBUTED', ExecutionType: 'STANDARD' },
        StartAt: 'T',
        States: states,
      },
      End: true,
      ...fields,
    },
  },
});

const range = (count: number) => Array.from({ length: count }, (_, index) => index);

/** Fails for the given items. */
const failing =
  (...items: number[]) =>
  ({ payload }: { payload: unknown }) => {
    if (items.includes(Number(payload))) throw new TaskError('Bad', `item ${payload}`);
    return { done: payload };
  };

function childrenOf(rig: Rig, run: string): Record<string, unknown>[] {
  return rig.sfn.mapRuns(run).flatMap((mapRun) => rig.sfn.children(String(mapRun['mapRunArn'])));
}

describe('a Distributed Map', () => {
  it('runs each item as an execution of its own, with its own history', async () => {
    const rig = new Rig(machine(), { answer: failing() });

    const run = await rig.run([0, 1]);

    expect(await rig.ending(run)).toEqual(['SUCCEEDED', [{ done: 0 }, { done: 1 }]]);
    const children = childrenOf(rig, run);
    expect(children).toHaveLength(2);
    expect(children[0]).toMatchObject({
      executionArn: expect.stringMatching(/:execution:machine\/chunks:[0-9a-f-]{36}$/),
      stateMachineArn: `${rig.arn}/chunks`,
      mapRunArn: expect.stringMatching(/:mapRun:machine\/chunks:[0-9a-f-]{36}$/),
      input: '0',
      output: '{"done":0}',
      status: 'SUCCEEDED',
    });
    expect(rig.types(String(children[0]?.['executionArn']))).toEqual([
      'ExecutionStarted',
      'TaskStateEntered',
      'LambdaFunctionScheduled',
      'LambdaFunctionStarted',
      'LambdaFunctionSucceeded',
      'TaskStateExited',
      'ExecutionSucceeded',
    ]);
  });

  it('tells in the parent’s history of the Map Run alone', async () => {
    const rig = new Rig(machine(), { answer: failing() });

    const run = await rig.run(range(50));

    expect(rig.typesAfter(run, 'PassStateExited')).toEqual([
      'MapStateEntered',
      'MapStateStarted',
      'MapRunStarted',
      'MapRunSucceeded',
      'MapStateSucceeded',
      'MapStateExited',
      'ExecutionSucceeded',
    ]);
    expect(rig.history(run)[4]).toMatchObject({ mapStateStartedEventDetails: { length: 50 } });
    expect(rig.history(run)[5]).toMatchObject({
      mapRunStartedEventDetails: { mapRunArn: rig.sfn.mapRuns(run)[0]?.['mapRunArn'] },
    });
  });

  it.each([
    [{ MaxConcurrency: 4 }, 4],
    [{ MaxConcurrency: '{% $count($states.input) / 5 %}' }, 2],
    [{}, 10],
    [{ MaxConcurrency: 0 }, 10],
  ])('runs at most so many children at once: %j', async (fields, limit) => {
    let running = 0;
    let most = 0;
    const rig = new Rig(machine(fields), {
      answer: async (_, clock) => {
        most = Math.max(most, ++running);
        await clock.sleep(1_000);
        running--;
        return {};
      },
    });

    await rig.run(range(10));

    expect(most).toBe(limit);
    expect(rig.clock.nowMs() - START_MS).toBe(Math.ceil(10 / limit) * 1_000);
  });

  it('shows its children no variable', async () => {
    const look = { Type: 'Pass', Output: '{% $exists($secret) %}', End: true };
    const rig = new Rig(machine({}, { T: look }));

    expect(await rig.ending(await rig.run([0]))).toEqual(['SUCCEEDED', [false]]);
  });

  it('makes each child’s input of its item', async () => {
    const ItemSelector = { chunk: '{% $states.context.Map.Item.Value %}', s: '{% $secret %}' };
    const rig = new Rig(machine({ ItemSelector }), { answer: ({ payload }) => payload });

    expect(await rig.ending(await rig.run([7]))).toEqual(['SUCCEEDED', [{ chunk: 7, s: 1 }]]);
  });

  it('ends at once for an empty list', async () => {
    const rig = new Rig(machine());

    expect(await rig.ending(await rig.run([]))).toEqual(['SUCCEEDED', []]);
  });

  it('labels its executions itself where it has no label', async () => {
    const rig = new Rig(machine({ Label: undefined }));

    const run = await rig.run([0]);

    const [child] = childrenOf(rig, run);
    expect(child?.['stateMachineArn']).toMatch(/:stateMachine:machine\/[0-9a-f-]{36}$/);
  });

  it('fails where its results together are too large', async () => {
    const rig = new Rig(machine(), { answer: () => 'x'.repeat(100_000) });

    const run = await rig.run([0, 1, 2]);

    expect(await rig.ending(run)).toEqual([
      'FAILED',
      'States.DataLimitExceeded',
      "The state/task 'M' returned a result with a size exceeding the maximum number of bytes service limit.",
    ]);
    expect(rig.typesAfter(run, 'MapRunStarted')).toEqual([
      'MapRunFailed',
      'MapStateFailed',
      'ExecutionFailed',
    ]);
  });

  it('fails with an ItemSelector that fails', async () => {
    const rig = new Rig(machine({ ItemSelector: { a: '{% $nothing %}' } }));

    const run = await rig.run([0, 1]);

    expect(await rig.ending(run)).toMatchObject({ 1: 'States.QueryEvaluationError' });
    expect(rig.sfn.mapRuns(run)).toMatchObject([{ status: 'FAILED' }]);
  });

  it('is stopped by the failure of a branch beside it', async () => {
    const { M } = machine().States;
    const failing = { W: { Type: 'Wait', Seconds: 1, Next: 'F' }, F: { Type: 'Fail' } };
    const Branches = [
      { StartAt: 'M', States: { M } },
      { StartAt: 'W', States: failing },
    ];
    const rig = new Rig(
      { StartAt: 'P', States: { P: { Type: 'Parallel', Branches, End: true } } },
      { answer: (_, clock) => clock.sleep(60_000) },
    );

    const run = await rig.run([0]);

    expect(rig.typesAfter(run, 'FailStateEntered')).toEqual([
      'MapRunAborted',
      'MapStateAborted',
      'ParallelStateFailed',
      'ExecutionFailed',
    ]);
    expect(childrenOf(rig, run)).toMatchObject([{ status: 'ABORTED' }]);
  });

  it('makes a new Map Run in a retry', async () => {
    const rig = new Rig(machine({ Retry: [{ ErrorEquals: ['States.ALL'], MaxAttempts: 1 }] }), {
      answer: (call) => (rig.calls.length < 3 ? failing(1)(call) : failing()(call)),
    });

    const run = await rig.run([0, 1]);

    expect(await rig.ending(run)).toEqual(['SUCCEEDED', [{ done: 0 }, { done: 1 }]]);
    expect(rig.sfn.mapRuns(run)).toMatchObject([
      { status: 'FAILED', executionCounts: { succeeded: 1, failed: 1 } },
      { status: 'SUCCEEDED', executionCounts: { succeeded: 2 } },
    ]);
  });
});

describe('tolerance', () => {
  it.each([
    [{}, 0, 10, false],
    [{}, 1, 10, true],
    [{ failureCount: 2 }, 2, 10, false],
    [{ failureCount: 2 }, 3, 10, true],
    [{ failurePercentage: 20 }, 2, 10, false],
    [{ failurePercentage: 20 }, 3, 10, true],
    [{ failurePercentage: 33.3 }, 1, 3, true],
    [{ failurePercentage: 100 }, 10, 10, false],
    [{ failureCount: 0 }, 1, 10, true],
    [{ failureCount: 5, failurePercentage: 10 }, 2, 10, true],
    [{ failureCount: 1, failurePercentage: 90 }, 2, 10, true],
    [{ failureCount: 1, failurePercentage: 10 }, 1, 10, false],
  ])('%j with %i of %i failed is exceeded: %s', (tolerance, failed, total, isExceeded) => {
    expect(isToleranceExceeded(tolerance, failed, total)).toBe(isExceeded);
  });

  it('lets the map succeed with the results of those that did', async () => {
    const rig = new Rig(machine({ ToleratedFailurePercentage: '{% $secret * 50 %}' }), {
      answer: failing(0, 2),
    });

    const run = await rig.run(range(4));

    expect(await rig.ending(run)).toEqual(['SUCCEEDED', [{ done: 1 }, { done: 3 }]]);
    expect(rig.sfn.mapRuns(run)).toMatchObject([
      {
        status: 'SUCCEEDED',
        toleratedFailurePercentage: 50,
        executionCounts: { succeeded: 2, failed: 2, total: 4, pending: 0, running: 0 },
      },
    ]);
  });

  it('exceeded fails the map, stops the running children and starts no more', async () => {
    const rig = new Rig(machine({ MaxConcurrency: 3, ToleratedFailureCount: 1 }), {
      answer: async (call, clock) => {
        await clock.sleep(1_000 * (Number(call.payload) + 1));
        return failing(0, 1)(call);
      },
    });

    const run = await rig.run(range(10));

    const cause = 'The specified tolerated failure threshold was exceeded';
    expect(await rig.ending(run)).toEqual([
      'FAILED',
      'States.ExceedToleratedFailureThreshold',
      cause,
    ]);
    expect(rig.typesAfter(run, 'MapRunStarted')).toEqual([
      'MapRunFailed',
      'MapStateFailed',
      'ExecutionFailed',
    ]);
    expect(childrenOf(rig, run).map(({ status }) => status)).toEqual([
      'FAILED',
      'FAILED',
      'ABORTED',
      'ABORTED',
    ]);
    expect(rig.sfn.mapRuns(run)[0]).toMatchObject({
      status: 'FAILED',
      executionCounts: { failed: 2, aborted: 8, pending: 0, total: 10 },
    });
  });

  it('counts a child that was stopped', async () => {
    const rig = new Rig(machine({ ToleratedFailureCount: 1 }), {
      answer: (_, clock) => clock.sleep(60_000),
    });
    const run = await rig.run([0, 1], 1_000);
    for (const child of childrenOf(rig, run)) await rig.stop(String(child['executionArn']));

    await rig.pass();

    expect(await rig.ending(run)).toMatchObject({ 1: 'States.ExceedToleratedFailureThreshold' });
  });

  it('exceeded while a child’s input is being made leaves that child unborn', async () => {
    const fields = {
      MaxConcurrency: 2,
      ToleratedFailureCount: 1,
      ItemSelector: '{% $states.context.Map.Item.Value %}',
      Catch: [{ ErrorEquals: ['States.ExceedToleratedFailureThreshold'], Next: 'Set' }],
    };
    const rig = new Rig(machine(fields), { answer: (_, clock) => clock.sleep(60_000) });
    const run = await rig.run(range(3), 1_000);

    const stops = childrenOf(rig, run).map((child) => rig.stop(String(child['executionArn'])));
    await Promise.all(stops);
    await rig.pass(0);

    const [mapRun = {}] = rig.sfn.mapRuns(run);
    expect(mapRun['status']).toBe('FAILED');
    expect(rig.sfn.children(String(mapRun['mapRunArn'])).map(({ status }) => status)).toEqual([
      'ABORTED',
      'ABORTED',
    ]);
  });
});
