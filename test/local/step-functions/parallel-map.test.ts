import { describe, expect, it } from 'vitest';
import { TaskError } from '#local/step-functions/failures.ts';
import { LAMBDA, Rig, START_MS } from './rig.ts';

const task = { Type: 'Task', Resource: LAMBDA, End: true };
const branch = (name: string, state: object) => ({ StartAt: name, States: { [name]: state } });
const wait = (seconds: number) => ({ Type: 'Wait', Seconds: seconds, End: true });
const fail = { Type: 'Fail', Error: 'Bad' };

describe('a Parallel', () => {
  it('gives its branches’ outputs in their order, whichever ends first', async () => {
    const rig = new Rig({
      StartAt: 'P',
      States: {
        P: {
          Type: 'Parallel',
          Arguments: { n: 1 },
          Branches: [
            branch('Slow', { Type: 'Wait', Seconds: 5, Output: 'slow', End: true }),
            branch('Fast', { Type: 'Wait', Seconds: 1, End: true }),
          ],
          End: true,
        },
      },
    });

    expect(await rig.ending(await rig.run())).toEqual(['SUCCEEDED', ['slow', { n: 1 }]]);
    expect(rig.clock.nowMs() - START_MS).toBe(5_000);
  });

  it('stops the other branches at the first failure, also those within', async () => {
    const rig = new Rig(
      {
        StartAt: 'P',
        States: {
          P: {
            Type: 'Parallel',
            Branches: [
              branch('W', wait(3_600)),
              branch('T', task),
              branch('Inner', {
                Type: 'Parallel',
                Branches: [branch('V', wait(3_600))],
                End: true,
              }),
              {
                StartAt: 'Later',
                States: { Later: { ...wait(1), End: undefined, Next: 'F' }, F: fail },
              },
            ],
            End: true,
          },
        },
      },
      { answer: (_, clock) => clock.sleep(10_000).then(() => 'late') },
    );

    const run = await rig.run();

    expect(await rig.ending(run)).toEqual(['FAILED', 'Bad']);
    expect(rig.typesAfter(run, 'FailStateEntered')).toEqual([
      'WaitStateAborted',
      'TaskStateAborted',
      'WaitStateAborted',
      'ParallelStateAborted',
      'ParallelStateFailed',
      'ExecutionFailed',
    ]);
    expect(rig.history(run).at(-1)?.timestamp).toBe(START_MS / 1_000 + 1);
  });

  it('begins all branches anew in a retry', async () => {
    const rig = new Rig(
      {
        StartAt: 'P',
        States: {
          P: {
            Type: 'Parallel',
            Branches: [
              branch('A', { ...task, Arguments: 'a' }),
              branch('B', { ...task, Arguments: 'b' }),
            ],
            Retry: [{ ErrorEquals: ['Bad'] }],
            End: true,
          },
        },
      },
      {
        answer: ({ payload }) => {
          if (payload === 'b' && rig.calls.length < 4) throw new TaskError('Bad');
          return payload;
        },
      },
    );

    expect(await rig.ending(await rig.run())).toEqual(['SUCCEEDED', ['a', 'b']]);
    expect(rig.calls.map(({ payload }) => payload)).toEqual(['a', 'b', 'a', 'b']);
  });
});

describe('an inline Map', () => {
  const map = (fields: object, state: object = task) => ({
    StartAt: 'M',
    States: { M: { Type: 'Map', ItemProcessor: branch('I', state), End: true, ...fields } },
  });

  it.each([
    [{ MaxConcurrency: 3 }, 7, 3],
    [{ MaxConcurrency: '{% $states.input.limit %}' }, 7, 2],
    [{}, 100, 40],
    [{ MaxConcurrency: 0 }, 100, 40],
    [{ MaxConcurrency: 1_000 }, 100, 40],
  ])('with %j runs of %i items %i at once', async (fields, count, limit) => {
    let running = 0;
    let most = 0;
    const rig = new Rig(map({ Items: `{% $range(1, ${count}, 1) %}`, ...fields }), {
      answer: async ({ payload }, clock) => {
        most = Math.max(most, ++running);
        await clock.sleep(1_000);
        running--;
        return payload;
      },
    });

    const run = await rig.run({ limit: 2 });

    const items = Array.from({ length: count }, (_, index) => index + 1);
    expect(await rig.ending(run)).toEqual(['SUCCEEDED', items]);
    expect(most).toBe(limit);
    expect(rig.clock.nowMs() - START_MS).toBe(Math.ceil(count / limit) * 1_000);
  });

  it('gives an empty list for an empty list', async () => {
    const rig = new Rig(map({ Items: [] }));

    const run = await rig.run();

    expect(await rig.ending(run)).toEqual(['SUCCEEDED', []]);
    expect(rig.types(run)).toEqual([
      'ExecutionStarted',
      'MapStateEntered',
      'MapStateStarted',
      'MapStateSucceeded',
      'MapStateExited',
      'ExecutionSucceeded',
    ]);
  });

  it('fails with its first failed iteration, and stops the others', async () => {
    const processor = {
      StartAt: 'W',
      States: { W: { Type: 'Wait', Seconds: '{% $states.input %}', Next: 'F' }, F: fail },
    };
    const rig = new Rig(map({ Items: [30, 1, 40], ItemProcessor: processor }));

    const run = await rig.run();

    expect(await rig.ending(run)).toEqual(['FAILED', 'Bad']);
    const ends = rig.history(run).slice(-7);
    expect(ends.map(({ type }) => type)).toEqual([
      'MapIterationFailed',
      'WaitStateAborted',
      'MapIterationAborted',
      'WaitStateAborted',
      'MapIterationAborted',
      'MapStateFailed',
      'ExecutionFailed',
    ]);
    expect(ends.map((event) => event.previousEventId)).toEqual([
      ...Array<number>(6).fill((ends[0]?.id ?? 0) - 1),
      ends[5]?.id,
    ]);
    expect(ends[2]).toMatchObject({ mapIterationAbortedEventDetails: { index: 0, name: 'M' } });
  });

  it('wants a list', async () => {
    const rig = new Rig(map({ Items: '{% $states.input.items %}' }));

    const run = await rig.run({ items: 'abc' });

    expect(await rig.ending(run)).toEqual([
      'FAILED',
      'States.QueryEvaluationError',
      "An error occurred while executing the state 'M' (entered at the event id #2). The JSONata " +
        "expression '$states.input.items' specified for the field 'Items' returned an unexpected " +
        "result type. Expected 'array', but was 'string' for value: \"abc\"",
    ]);
    expect(rig.typesAfter(run, 'MapStateEntered')).toEqual([
      'EvaluationFailed',
      'MapStateFailed',
      'ExecutionFailed',
    ]);
  });

  it('may make each iteration’s input of its item', async () => {
    const rig = new Rig(
      map({
        Items: ['a', 'b'],
        ItemSelector: {
          value: '{% $states.context.Map.Item.Value %}',
          index: '{% $states.context.Map.Item.Index %}',
          of: '{% $states.input.name %}',
        },
      }),
      { answer: ({ payload }) => payload },
    );

    expect(await rig.ending(await rig.run({ name: 'n' }))).toEqual([
      'SUCCEEDED',
      [
        { value: 'a', index: 0, of: 'n' },
        { value: 'b', index: 1, of: 'n' },
      ],
    ]);
  });
});
