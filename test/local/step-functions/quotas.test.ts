import { describe, expect, it } from 'vitest';
import { LAMBDA, Rig } from './rig.ts';

const one = (state: object) => ({ StartAt: 'S', States: { S: state } });
const task = { Type: 'Task', Resource: LAMBDA, End: true };

describe('256 KiB', () => {
  /** A JSON text of exactly so many bytes. */
  const text = (bytes: number) => 'x'.repeat(bytes - 2);
  const LIMIT = 262_144;

  it.each([
    [LIMIT, 'SUCCEEDED'],
    [LIMIT + 1, 'FAILED'],
  ])('bounds a lambda’s result: %i bytes', async (bytes, status) => {
    const rig = new Rig(one({ ...task, Output: {} }), { answer: () => text(bytes) });

    const run = await rig.run();

    const [ended, error] = await rig.ending(run);
    expect(ended).toBe(status);
    if (status === 'FAILED') {
      expect(error).toBe('States.DataLimitExceeded');
      expect(rig.types(run)).toContain('LambdaFunctionFailed');
    }
  });

  it('counts bytes, not characters', async () => {
    const rig = new Rig(one({ ...task, Output: {} }), { answer: () => 'é'.repeat(131_072) });

    expect(await rig.ending(await rig.run())).toMatchObject({ 1: 'States.DataLimitExceeded' });
  });

  it.each([
    ['Output', { Type: 'Pass', Output: '{% $join([1..60000].($string($) & "x")) %}', End: true }],
    ['Result', { Type: 'Pass', QueryLanguage: 'JSONPath', Result: text(LIMIT + 1), End: true }],
    ['Arguments', { ...task, Arguments: '{% $join([1..60000].($string($) & "x")) %}' }],
    [
      'one variable',
      { Type: 'Pass', Assign: { v: '{% $join([1..60000].($string($) & "x")) %}' }, End: true },
    ],
    [
      'one Assign',
      {
        Type: 'Pass',
        Assign: Object.fromEntries(['a', 'b', 'c'].map((name) => [name, text(100_000)])),
        End: true,
      },
    ],
  ])('bounds %s', async (_, state) => {
    const rig = new Rig(one(state));

    expect(await rig.ending(await rig.run())).toMatchObject({ 1: 'States.DataLimitExceeded' });
  });

  it('is not caught by States.ALL, but by its name', async () => {
    const caught = (name: string) => ({
      StartAt: 'S',
      States: {
        S: { ...task, Catch: [{ ErrorEquals: [name], Output: {}, Next: 'C' }] },
        C: { Type: 'Succeed' },
      },
    });
    const answer = () => text(LIMIT + 1);

    const all = new Rig(caught('States.ALL'), { answer });
    expect(await all.ending(await all.run())).toMatchObject({ 0: 'FAILED' });
    const named = new Rig(caught('States.DataLimitExceeded'), { answer });
    expect(await named.ending(await named.run())).toMatchObject({ 0: 'SUCCEEDED' });
  });

  it('bounds the input', async () => {
    const rig = new Rig(one({ Type: 'Succeed', Output: {} }));

    await expect(rig.start(text(LIMIT + 1))).rejects.toMatchObject({
      code: 'InvalidExecutionInput',
    });
    await expect(rig.start(text(LIMIT))).resolves.toContain(':execution:');
  });
});

it('10 MiB bound all variables together', async () => {
  const more = { Type: 'Pass', Next: 'More', Assign: { n: '{% $n + 1 %}' } };
  const rig = new Rig({
    StartAt: 'A',
    States: {
      A: { Type: 'Pass', Assign: { n: 0, all: '{% $pad("", 262000, "x") %}' }, Next: 'More' },
      More: {
        ...more,
        Assign: { ...more.Assign, all: '{% $pad("", 262000, "x") %}' },
        Next: 'Enough',
      },
      Enough: {
        Type: 'Choice',
        Choices: [{ Condition: '{% $n < 41 %}', Next: 'More' }],
        Default: 'Names',
      },
      Names: {
        Type: 'Map',
        Items: [1],
        ItemProcessor: { StartAt: 'V0', States: manyVariables(60) },
        End: true,
      },
    },
  });

  const run = await rig.run();

  expect(await rig.ending(run)).toMatchObject({
    1: 'States.DataLimitExceeded',
    2: expect.stringMatching(/assigned by the state 'V3\d'/),
  });
});

/** Reassigning one variable is no growth; these are variables of their own, 262,002 bytes each. */
function manyVariables(count: number): object {
  const states = Array.from({ length: count }, (_, index) => [
    `V${index}`,
    {
      Type: 'Pass',
      Assign: { [`v${index}`]: '{% $all %}' },
      ...(index === count - 1 ? { End: true } : { Next: `V${index + 1}` }),
    },
  ]);
  return Object.fromEntries(states);
}

describe('25,000 events', () => {
  const loop = {
    StartAt: 'A',
    States: { A: { Type: 'Pass', Next: 'B' }, B: { Type: 'Pass', Next: 'A' } },
  };

  it('end an execution with the last of them', async () => {
    const rig = new Rig(loop);

    const run = await rig.run();

    expect(await rig.ending(run)).toEqual([
      'FAILED',
      'States.Runtime',
      'The execution reached the maximum number of history events (25000).',
    ]);
    expect(rig.history(run)).toHaveLength(25_000);
    expect(rig.history(run).at(-1)?.type).toBe('ExecutionFailed');
  });

  it('leave no room for a redrive', async () => {
    const rig = new Rig(loop);
    const run = await rig.run();

    await expect(rig.redrive(run)).rejects.toMatchObject({ code: 'ExecutionNotRedrivable' });
    expect(await rig.describe(run)).toMatchObject({ redriveStatus: 'NOT_REDRIVABLE' });
  });

  it('end an execution also from within, and stop what else it runs', async () => {
    const processor = {
      ProcessorConfig: { Mode: 'DISTRIBUTED' },
      StartAt: 'W',
      States: { W: { Type: 'Wait', Seconds: 9_999, End: true } },
    };
    const map = {
      StartAt: 'M',
      States: { M: { Type: 'Map', Items: [1], ItemProcessor: processor, End: true } },
    };
    const rig = new Rig({
      StartAt: 'P',
      States: {
        P: {
          Type: 'Parallel',
          Branches: [loop, map, map],
          Catch: [{ ErrorEquals: ['States.ALL'], Next: 'Caught' }],
          End: true,
        },
        Caught: { Type: 'Succeed' },
      },
    });

    const run = await rig.run();

    expect(await rig.ending(run)).toMatchObject({ 0: 'FAILED', 1: 'States.Runtime' });
    expect(rig.history(run)).toHaveLength(25_000);
    expect(rig.changes.filter(({ detail }) => detail['executionArn'] === run)).toHaveLength(2);
    const mapRuns = rig.sfn.mapRuns(run);
    expect(mapRuns).toMatchObject([{ status: 'ABORTED' }, { status: 'ABORTED' }]);
    expect(mapRuns.map(({ executionCounts }) => executionCounts)).toMatchObject([
      { aborted: 1 },
      { aborted: 1 },
    ]);
  });
});
