import { describe, expect, it } from 'vitest';
import { TaskError } from '#local/step-functions/failures.ts';
import { LAMBDA, Rig, START_MS } from './rig.ts';

const pass = (output: unknown, next: object = { End: true }) => ({
  Type: 'Pass',
  Output: output,
  ...next,
});

describe('a Wait', () => {
  it.each([
    ['Seconds as a number', { Seconds: 90 }, 90],
    ['Seconds from the input', { Seconds: '{% $states.input.seconds %}' }, 12.5],
    ['a Timestamp', { Timestamp: '2026-01-01T00:05:00Z' }, 300],
    ['a Timestamp of another zone', { Timestamp: '2026-01-01T01:00:30.500+01:00' }, 30.5],
    ['a Timestamp from the input', { Timestamp: '{% $states.input.until %}' }, 60],
    ['a Timestamp in the past', { Timestamp: '2025-12-31T00:00:00Z' }, 0],
  ])('takes %s', async (_, until, seconds) => {
    const rig = new Rig({ StartAt: 'W', States: { W: { Type: 'Wait', ...until, End: true } } });

    const run = await rig.run({ seconds: 12.5, until: '2026-01-01T00:01:00Z' });

    expect(rig.clock.nowMs() - START_MS).toBe(seconds * 1_000);
    expect(rig.types(run)).toEqual([
      'ExecutionStarted',
      'WaitStateEntered',
      'WaitStateExited',
      'ExecutionSucceeded',
    ]);
  });

  it.each([
    [{ Timestamp: '{% $states.input.until %}' }, { until: 'tomorrow' }, 'tomorrow'],
    [{ Timestamp: '{% $states.input.until %}' }, { until: '2026-01-01' }, '2026-01-01'],
    [
      { Timestamp: '{% $states.input.until %}' },
      { until: 5 },
      "Expected 'string', but was 'number'",
    ],
    [{ Seconds: '{% $states.input.seconds %}' }, { seconds: 'ten' }, "Expected 'number'"],
    [{ Seconds: '{% $states.input.seconds %}' }, { seconds: -1 }, "Expected 'number'"],
  ])('refuses %j of %j', async (until, input, cause) => {
    const rig = new Rig({ StartAt: 'W', States: { W: { Type: 'Wait', ...until, End: true } } });

    const run = await rig.run(input);

    expect(await rig.ending(run)).toEqual([
      'FAILED',
      'States.QueryEvaluationError',
      expect.stringContaining(cause),
    ]);
  });
});

describe('a Choice', () => {
  const machine = (choice: object) => ({
    StartAt: 'C',
    States: { C: { Type: 'Choice', ...choice }, A: pass('a'), B: pass('b'), D: pass('d') },
  });
  const byWord = machine({
    Choices: [
      { Condition: "{% $states.input.word = 'a' %}", Next: 'A' },
      { Condition: "{% $states.input.word in ['a', 'b'] %}", Next: 'B' },
    ],
    Default: 'D',
  });

  it.each([
    ['a', 'a', { by: 'choice', index: 0 }],
    ['b', 'b', { by: 'choice', index: 1 }],
    ['c', 'd', { by: 'default' }],
  ])('takes the first rule that holds: %s → %s', async (word, output, move) => {
    const rig = new Rig(byWord);

    const run = await rig.run({ word });

    expect(await rig.ending(run)).toEqual(['SUCCEEDED', output]);
    expect(rig.transitions.at(-1)).toMatchObject({ from: 'C', ...move });
  });

  it('fails where nothing holds and there is no default', async () => {
    const rig = new Rig(machine({ Choices: [{ Condition: false, Next: 'A' }] }));

    const run = await rig.run();

    expect(await rig.ending(run)).toEqual([
      'FAILED',
      'States.NoChoiceMatched',
      expect.stringContaining("the state 'C' (entered at the event id #2)"),
    ]);
  });

  it('wants its conditions to be boolean', async () => {
    const rig = new Rig(machine({ Choices: [{ Condition: "{% 'yes' %}", Next: 'A' }] }));

    const run = await rig.run();

    expect(await rig.ending(run)).toEqual([
      'FAILED',
      'States.QueryEvaluationError',
      "An error occurred while executing the state 'C' (entered at the event id #2). The JSONata " +
        "expression ''yes'' specified for the field 'Choices[0]/Condition' returned an unexpected " +
        "result type. Expected 'boolean', but was 'string' for value: \"yes\"",
    ]);
  });

  it.each([
    [true, { ruled: true }, { by: 'rule' }],
    [false, { ruled: false }, { by: 'default' }],
  ])('gives the output and the variables of the rule that holds (%s)', async (holds, output, v) => {
    const rig = new Rig({
      StartAt: 'C',
      States: {
        C: {
          Type: 'Choice',
          Choices: [
            { Condition: holds, Next: 'D', Output: { ruled: true }, Assign: { by: 'rule' } },
          ],
          Default: 'D',
          Output: { ruled: false },
          Assign: { by: 'default' },
        },
        D: { Type: 'Succeed', Output: { input: '{% $states.input %}', by: '{% $by %}' } },
      },
    });

    const run = await rig.run();

    expect(await rig.ending(run)).toEqual(['SUCCEEDED', { input: output, ...v }]);
  });
});

describe('Succeed and Fail', () => {
  it('end the chain with what they are told', async () => {
    const rig = new Rig({
      StartAt: 'S',
      States: { S: { Type: 'Succeed', Output: { n: '{% $states.input.n + 1 %}' } } },
    });

    expect(await rig.ending(await rig.run({ n: 1 }))).toEqual(['SUCCEEDED', { n: 2 }]);
  });

  it('want error and cause to be texts', async () => {
    const rig = new Rig({ StartAt: 'F', States: { F: { Type: 'Fail', Error: '{% 5 %}' } } });

    expect(await rig.ending(await rig.run())).toEqual([
      'FAILED',
      'States.QueryEvaluationError',
      expect.stringContaining("Expected 'string', but was 'number' for value: 5"),
    ]);
  });
});

describe('variables', () => {
  it('hold from the next state on, and are assigned from the old values all at once', async () => {
    const rig = new Rig({
      StartAt: 'First',
      States: {
        First: { Type: 'Pass', Assign: { x: 1, y: 2 }, Next: 'Second' },
        Second: {
          Type: 'Pass',
          Assign: { x: '{% $y %}', y: '{% $x %}' },
          Output: ['{% $x %}', '{% $y %}'],
          Next: 'Third',
        },
        Third: pass(['{% $states.input %}', '{% $x %}', '{% $y %}']),
      },
    });

    expect(await rig.ending(await rig.run())).toEqual(['SUCCEEDED', [[1, 2], 2, 1]]);
  });

  it('are read by inner chains, and stay inside where these assign them', async () => {
    const inner = (name: string) => ({
      StartAt: `${name}1`,
      States: {
        [`${name}1`]: {
          Type: 'Pass',
          Assign: { mine: '{% $outer & $states.input %}' },
          Next: `${name}2`,
        },
        [`${name}2`]: pass('{% $mine %}'),
      },
    });
    const rig = new Rig({
      StartAt: 'Set',
      States: {
        Set: { Type: 'Pass', Assign: { outer: 'o' }, Next: 'P' },
        P: { Type: 'Parallel', Arguments: '!', Branches: [inner('A'), inner('B')], Next: 'M' },
        M: {
          Type: 'Map',
          Items: ['1', '2'],
          ItemProcessor: inner('C'),
          Next: 'Look',
          Assign: { r: '{% $states.result %}' },
        },
        Look: pass({
          p: '{% $states.input %}',
          leaked: "{% $exists($mine) ? 'yes' : 'no' %}",
          r: '{% $r %}',
        }),
      },
    });

    expect(await rig.ending(await rig.run())).toEqual([
      'SUCCEEDED',
      { p: ['o1', 'o2'], leaked: 'no', r: ['o1', 'o2'] },
    ]);
  });

  it('are seen and set by a Catch, with the error', async () => {
    const rig = new Rig({
      StartAt: 'P',
      States: {
        P: {
          Type: 'Parallel',
          Branches: [{ StartAt: 'F', States: { F: { Type: 'Fail', Error: 'Bad', Cause: 'so' } } }],
          Assign: { kept: 'never' },
          Catch: [
            {
              ErrorEquals: ['Bad'],
              Assign: { why: '{% $states.errorOutput.Cause %}' },
              Output: { n: '{% $states.input.n %}', error: '{% $states.errorOutput.Error %}' },
              Next: 'Look',
            },
          ],
          End: true,
        },
        Look: pass({ in: '{% $states.input %}', why: '{% $why %}', kept: '{% $exists($kept) %}' }),
      },
    });

    expect(await rig.ending(await rig.run({ n: 7 }))).toEqual([
      'SUCCEEDED',
      { in: { n: 7, error: 'Bad' }, why: 'so', kept: false },
    ]);
  });
});

describe('the context object', () => {
  it('tells of the execution, the state, the machine', async () => {
    const rig = new Rig({
      StartAt: 'W',
      States: { W: { Type: 'Wait', Seconds: 60, Next: 'P' }, P: pass('{% $states.context %}') },
    });

    const run = await rig.run({ n: 1 });

    expect(await rig.ending(run)).toEqual([
      'SUCCEEDED',
      {
        Execution: {
          Id: run,
          Input: { n: 1 },
          Name: 'run',
          RoleArn: 'arn:aws:iam::111111111111:role/machine',
          StartTime: '2026-01-01T00:00:00.000Z',
          RedriveCount: 0,
        },
        State: { EnteredTime: '2026-01-01T00:01:00.000Z', Name: 'P' },
        StateMachine: { Id: rig.arn, Name: 'machine' },
      },
    ]);
  });

  it('tells of retries, redrives and items', async () => {
    const context = '$states.context';
    const task = {
      Type: 'Task',
      Resource: LAMBDA,
      Arguments: {
        item: `{% ${context}.Map.Item %}`,
        retries: `{% ${context}.State.RetryCount %}`,
        redrives: `{% ${context}.Execution.RedriveCount %}`,
        redriven: `{% $exists(${context}.Execution.RedriveTime) %}`,
      },
      Retry: [{ ErrorEquals: ['Again'], MaxAttempts: 1 }],
      End: true,
    };
    const rig = new Rig({
      StartAt: 'M',
      States: {
        M: {
          Type: 'Map',
          Items: ['x'],
          ItemProcessor: { StartAt: 'T', States: { T: task } },
          End: true,
        },
      },
    });
    rig.answer = () => {
      if (rig.calls.length < 3) throw new TaskError('Again');
      return {};
    };

    const run = await rig.run();
    await rig.redrive(run);

    const item = { Index: 0, Value: 'x' };
    expect(rig.calls.map(({ payload }) => payload)).toEqual([
      { item, retries: 0, redrives: 0, redriven: false },
      { item, retries: 1, redrives: 0, redriven: false },
      { item, retries: 0, redrives: 1, redriven: true },
    ]);
  });
});
