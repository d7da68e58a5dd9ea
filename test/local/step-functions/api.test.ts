import { describe, expect, it } from 'vitest';
import { ServiceError } from '#local/service-error.ts';
import { LAMBDA, MACHINE, Rig, START_MS } from './rig.ts';

const DAY_MS = 86_400_000;
const one = (state: object) => ({ StartAt: 'S', States: { S: state } });
const waiting = one({ Type: 'Wait', Seconds: 3_600, End: true });
const done = one({ Type: 'Succeed' });

async function refusal(rig: Rig, action: string, input: object): Promise<[string, string]> {
  try {
    await rig.sfn.apply(action, { ...input });
  } catch (error) {
    if (error instanceof ServiceError) return [error.code, error.message];
    throw error;
  }
  return ['taken', ''];
}

describe('the name of an execution', () => {
  it('with the same input is the same execution while that runs', async () => {
    const rig = new Rig(waiting);
    const request = { stateMachineArn: rig.arn, name: 'n', input: '{"a":1}' };
    const first = await rig.sfn.apply('StartExecution', request);
    await rig.pass(60_000);

    expect(await rig.sfn.apply('StartExecution', request)).toEqual(first);
    expect(rig.sfn.executions(rig.arn)).toHaveLength(1);
  });

  it.each([
    ['another input', waiting, '{"a": 1}'],
    ['a closed execution', done, '{"a":1}'],
  ])('is refused for %s', async (_, definition, input) => {
    const rig = new Rig(definition);
    await rig.run({ a: 1 }, 1_000);

    expect(
      await refusal(rig, 'StartExecution', { stateMachineArn: rig.arn, name: 'run', input }),
    ).toEqual([
      'ExecutionAlreadyExists',
      "Execution Already Exists: 'arn:aws:states:eu-west-1:111111111111:execution:machine:run'",
    ]);
  });

  it('of an aborted execution is taken too', async () => {
    const rig = new Rig(waiting);
    await rig.stop(await rig.run({}, 1_000));

    await expect(rig.start()).rejects.toMatchObject({ code: 'ExecutionAlreadyExists' });
  });

  it.each([
    [90 * DAY_MS - 1, 'ExecutionAlreadyExists'],
    [90 * DAY_MS, 'taken'],
  ])('is free again after 90 days (%i ms: %s)', async (laterMs, expected) => {
    const rig = new Rig(done);
    await rig.run();
    await rig.pass(laterMs);

    const [code] = await refusal(rig, 'StartExecution', {
      stateMachineArn: rig.arn,
      name: 'run',
      input: '{}',
    });

    expect(code).toBe(expected);
    expect(rig.sfn.executions(rig.arn)).toHaveLength(1);
  });

  it.each([
    ...[...' \t\n?*<>{}[]"#%\\^|~`$&,;:/\u0001\u0085'].map((character) => `a${character}b`),
    '',
    'x'.repeat(81),
  ])('is refused: %j', async (name) => {
    expect(
      await refusal(new Rig(done), 'StartExecution', { stateMachineArn: MACHINE, name }),
    ).toEqual(['InvalidName', `Invalid Name: '${name}'`]);
  });

  it.each(['web-a1b2c3-g1767225600-r1', 'x'.repeat(80), "a.b_c+d=e@f!(g)'"])(
    'is taken: %s',
    async (name) => {
      expect(
        (await refusal(new Rig(done), 'StartExecution', { stateMachineArn: MACHINE, name }))[0],
      ).toBe('taken');
    },
  );

  it('is made up where none is given', async () => {
    const rig = new Rig(done);

    const { executionArn } = await rig.sfn.apply('StartExecution', { stateMachineArn: rig.arn });

    expect(executionArn).toMatch(/:machine:[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab]/);
  });
});

describe('refusals', () => {
  it.each([
    ['StartExecution', { stateMachineArn: 'arn:none' }, 'StateMachineDoesNotExist'],
    ['StartExecution', { stateMachineArn: MACHINE, input: 'not json' }, 'InvalidExecutionInput'],
    ['StartExecution', { stateMachineArn: MACHINE, input: '' }, 'InvalidExecutionInput'],
    ['StartExecution', { stateMachineArn: MACHINE, input: { a: 1 } }, 'ValidationException'],
    ['StartExecution', {}, 'ValidationException'],
    ['DescribeStateMachine', { stateMachineArn: 'arn:none' }, 'StateMachineDoesNotExist'],
    ['DescribeExecution', { executionArn: 'arn:none' }, 'ExecutionDoesNotExist'],
    ['StopExecution', { executionArn: 'arn:none' }, 'ExecutionDoesNotExist'],
    [
      'StopExecution',
      { executionArn: 'arn:none', cause: 'x'.repeat(32_769) },
      'ValidationException',
    ],
    ['StopExecution', { executionArn: 'arn:none', error: 'x'.repeat(257) }, 'ValidationException'],
    ['GetExecutionHistory', { executionArn: 'arn:none' }, 'ExecutionDoesNotExist'],
    ['GetExecutionHistory', { executionArn: 'arn:none', maxResults: 1_001 }, 'ValidationException'],
    ['ListMapRuns', { executionArn: 'arn:none' }, 'ExecutionDoesNotExist'],
    ['DescribeMapRun', { mapRunArn: 'arn:none' }, 'ResourceNotFound'],
    ['ListExecutions', { mapRunArn: 'arn:none' }, 'ResourceNotFound'],
    ['ListExecutions', {}, 'ValidationException'],
    ['ListExecutions', { stateMachineArn: MACHINE, mapRunArn: 'x' }, 'ValidationException'],
    ['ListExecutions', { stateMachineArn: MACHINE, nextToken: 'made up' }, 'InvalidToken'],
    ['RedriveExecution', { executionArn: 'arn:none', clientToken: '' }, 'ValidationException'],
    ['TestState', {}, 'UnknownOperationException'],
    ['toString', {}, 'UnknownOperationException'],
  ])('of %s %j: %s', async (action, input, code) => {
    expect((await refusal(new Rig(done), action, input))[0]).toBe(code);
  });
});

describe('machines', () => {
  it('are described and listed', async () => {
    const rig = new Rig(done);

    const listed = {
      stateMachineArn: MACHINE,
      name: 'machine',
      type: 'STANDARD',
      creationDate: START_MS / 1_000,
    };
    expect(await rig.sfn.apply('ListStateMachines', {})).toEqual({ stateMachines: [listed] });
    expect(await rig.sfn.apply('DescribeStateMachine', { stateMachineArn: MACHINE })).toMatchObject(
      {
        ...listed,
        status: 'ACTIVE',
        definition: JSON.stringify({ QueryLanguage: 'JSONata', ...done }),
      },
    );
  });

  it('may be created again as they are, and not otherwise', async () => {
    const rig = new Rig(done);
    const { definition, roleArn } = await rig.sfn.apply('DescribeStateMachine', {
      stateMachineArn: MACHINE,
    });
    const request = { name: 'machine', definition, roleArn };

    expect(await rig.sfn.apply('CreateStateMachine', request)).toEqual({
      stateMachineArn: MACHINE,
      creationDate: START_MS / 1_000,
    });
    expect(
      (
        await refusal(rig, 'CreateStateMachine', {
          ...request,
          definition: JSON.stringify(waiting),
        })
      )[0],
    ).toBe('StateMachineAlreadyExists');
  });

  it('keep, when updated, their running executions as they were', async () => {
    const rig = new Rig(one({ Type: 'Wait', Seconds: 60, Output: 'old', End: true }));
    const old = await rig.run({}, 1_000);
    const definition = JSON.stringify(one({ Type: 'Pass', Result: 'new', End: true }));
    await rig.sfn.apply('UpdateStateMachine', { stateMachineArn: MACHINE, definition });

    const fresh = await rig.start({}, 'fresh');
    await rig.pass();

    expect(await rig.ending(old)).toEqual(['SUCCEEDED', 'old']);
    expect(await rig.ending(fresh)).toEqual(['SUCCEEDED', 'new']);
  });
});

describe('executions', () => {
  it('are described with dates as seconds', async () => {
    const rig = new Rig(waiting);
    await rig.pass(1_500);
    const run = await rig.run({ a: 1 });

    expect(await rig.describe(run)).toEqual({
      executionArn: run,
      stateMachineArn: MACHINE,
      name: 'run',
      status: 'SUCCEEDED',
      startDate: START_MS / 1_000 + 1.5,
      stopDate: START_MS / 1_000 + 3_601.5,
      input: '{"a":1}',
      inputDetails: { included: true },
      output: '{"a":1}',
      outputDetails: { included: true },
      redriveCount: 0,
      redriveStatus: 'NOT_REDRIVABLE',
      redriveStatusReason: 'Execution is SUCCEEDED and cannot be redriven',
    });
  });

  it('are listed newest first, by status, in pages', async () => {
    const rig = new Rig({
      StartAt: 'C',
      States: {
        C: {
          Type: 'Choice',
          Choices: [{ Condition: '{% $states.input.ok %}', Next: 'S' }],
          Default: 'F',
        },
        S: { Type: 'Succeed' },
        F: { Type: 'Fail' },
      },
    });
    for (const index of [0, 1, 2, 3, 4, 5]) {
      await rig.start({ ok: index % 2 === 0 }, `run-${index}`);
      await rig.pass(1_000);
    }
    const names = async (more: object) => {
      const page = await rig.sfn.apply('ListExecutions', { stateMachineArn: MACHINE, ...more });
      const executions = page['executions'] as { name: string }[];
      return [...executions.map(({ name }) => name), page['nextToken']];
    };

    expect(await names({ statusFilter: 'FAILED' })).toEqual(['run-5', 'run-3', 'run-1', undefined]);
    expect(await names({ statusFilter: 'RUNNING' })).toEqual([undefined]);
    const [first, second, nextToken] = await names({ maxResults: 2, statusFilter: 'SUCCEEDED' });
    expect([first, second]).toEqual(['run-4', 'run-2']);
    expect(await names({ maxResults: 2, statusFilter: 'SUCCEEDED', nextToken })).toEqual([
      'run-0',
      undefined,
    ]);
  });

  it('have histories that are read in pages, from either end', async () => {
    const rig = new Rig(waiting);
    const executionArn = await rig.run();
    const read = async (more: object) => {
      const page = await rig.sfn.apply('GetExecutionHistory', { executionArn, ...more });
      return {
        ids: (page['events'] as { id: number }[]).map(({ id }) => id),
        next: page['nextToken'],
      };
    };

    expect((await read({})).ids).toEqual([1, 2, 3, 4]);
    const first = await read({ maxResults: 3, reverseOrder: true });
    expect(first.ids).toEqual([4, 3, 2]);
    const rest = await read({ maxResults: 3, reverseOrder: true, nextToken: first.next });
    expect(rest).toEqual({ ids: [1], next: undefined });
  });

  it('do not share what they answer with their histories', async () => {
    const rig = new Rig(waiting);
    const executionArn = await rig.run();
    const page = await rig.sfn.apply('GetExecutionHistory', { executionArn });

    (page['events'] as unknown[]).pop();

    expect(rig.history(executionArn)).toHaveLength(4);
  });
});

describe('Map Runs', () => {
  const map = one({
    Type: 'Map',
    Items: [0, 1, 2],
    MaxConcurrency: 1,
    ToleratedFailureCount: 1,
    ItemProcessor: {
      ProcessorConfig: { Mode: 'DISTRIBUTED' },
      StartAt: 'W',
      States: { W: { Type: 'Wait', Seconds: 60, End: true } },
    },
    End: true,
  });

  it('are listed and described while they run', async () => {
    const rig = new Rig(map);
    const executionArn = await rig.run({}, 90_000);

    const { mapRuns } = await rig.sfn.apply('ListMapRuns', { executionArn });
    const [{ mapRunArn }] = mapRuns as [{ mapRunArn: string }];
    expect(mapRuns).toMatchObject([{ executionArn, startDate: START_MS / 1_000 }]);
    const counts = { total: 3, succeeded: 1, running: 1, pending: 1, failed: 0, resultsWritten: 1 };
    expect(await rig.sfn.apply('DescribeMapRun', { mapRunArn })).toMatchObject({
      mapRunArn,
      executionArn,
      status: 'RUNNING',
      maxConcurrency: 1,
      toleratedFailureCount: 1,
      toleratedFailurePercentage: 0,
      redriveCount: 0,
      itemCounts: counts,
      executionCounts: counts,
    });
  });

  it('list their children', async () => {
    const rig = new Rig(map);
    const run = await rig.run({}, 90_000);
    const mapRunArn = rig.sfn.mapRuns(run)[0]?.['mapRunArn'];

    const { executions } = await rig.sfn.apply('ListExecutions', { mapRunArn });

    expect(executions).toMatchObject([
      { status: 'RUNNING', mapRunArn },
      { status: 'SUCCEEDED', mapRunArn },
    ]);
    expect(
      (await rig.sfn.apply('ListExecutions', { stateMachineArn: MACHINE }))['executions'],
    ).toHaveLength(1);
  });
});

describe('state transitions', () => {
  it('are counted for each execution and for all', async () => {
    const rig = new Rig({
      StartAt: 'A',
      States: {
        A: { Type: 'Pass', Next: 'M' },
        M: {
          Type: 'Map',
          Items: [0, 1],
          ItemProcessor: {
            ProcessorConfig: { Mode: 'DISTRIBUTED' },
            StartAt: 'X',
            States: { X: { Type: 'Task', Resource: LAMBDA, Next: 'Y' }, Y: { Type: 'Succeed' } },
          },
          End: true,
        },
      },
    });

    const run = await rig.run();

    expect(rig.sfn.stateTransitions(run)).toBe(2);
    expect(rig.sfn.stateTransitions()).toBe(6);
    expect(rig.transitions.map(({ from, to, by }) => `${from ?? ''}>${to} ${by}`)).toEqual([
      '>A start',
      'A>M next',
      '>X start',
      '>X start',
      'X>Y next',
      'X>Y next',
    ]);
  });
});
