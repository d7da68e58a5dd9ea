import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { StateFailure, TaskError } from '#local/step-functions/failures.ts';
import { isErrorMatched, planRetry } from '#local/step-functions/retry-catch.ts';
import { LAMBDA, Rig, START_MS } from './rig.ts';

describe('ErrorEquals', () => {
  it.each([
    [['Bad'], 'Bad', true],
    [['Bad'], 'bad', false],
    [['Bad'], 'BadLuck', false],
    [['Other', 'Bad'], 'Bad', true],
    [['States.ALL'], 'Bad', true],
    [['States.ALL'], undefined, true],
    [['States.ALL'], 'States.Timeout', true],
    [['States.ALL'], 'States.QueryEvaluationError', true],
    [['States.ALL'], 'States.DataLimitExceeded', false],
    [['States.DataLimitExceeded'], 'States.DataLimitExceeded', true],
    [['States.ALL'], 'States.Runtime', false],
    [['States.Runtime'], 'States.Runtime', false],
    [['States.TaskFailed'], 'Bad', true],
    [['States.TaskFailed'], 'States.Timeout', false],
    [['States.TaskFailed'], 'States.DataLimitExceeded', false],
    [['States.Timeout'], 'States.Timeout', true],
    [['States.HeartbeatTimeout'], 'States.Timeout', false],
  ])('%j meets %s: %s', (errorEquals, name, isMatched) => {
    expect(isErrorMatched(errorEquals, new StateFailure(name))).toBe(isMatched);
  });
});

describe('a retry', () => {
  const failure = new StateFailure('Bad');
  const delays = (retrier: object, count: number) =>
    Array.from({ length: count }, (_, used) => {
      return planRetry([{ ErrorEquals: ['Bad'], ...retrier }], [used], failure, () => 0.5)?.delayMs;
    });

  it.each([
    [{}, [1_000, 2_000, 4_000, undefined]],
    [{ IntervalSeconds: 3, BackoffRate: 1.5 }, [3_000, 4_500, 6_750, undefined]],
    [{ IntervalSeconds: 10, MaxDelaySeconds: 15 }, [10_000, 15_000, 15_000, undefined]],
    [{ BackoffRate: 1, MaxAttempts: 1 }, [1_000, undefined]],
    [{ MaxAttempts: 0 }, [undefined]],
    [{ JitterStrategy: 'FULL' as const }, [500, 1_000, 2_000, undefined]],
    [{ JitterStrategy: 'NONE' as const }, [1_000, 2_000, 4_000, undefined]],
  ])('%j waits %j', (retrier, expected) => {
    expect(delays(retrier, expected.length)).toEqual(expected);
  });

  it('with full jitter waits anything up to the delay without it', () => {
    const anyRetrier = fc.record({
      IntervalSeconds: fc.integer({ min: 1, max: 100 }),
      BackoffRate: fc.double({ min: 1, max: 3, noNaN: true }),
      MaxDelaySeconds: fc.integer({ min: 1, max: 1_000 }),
    });
    const share = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });
    fc.assert(
      fc.property(anyRetrier, fc.integer({ min: 0, max: 9 }), share, (fields, used, drawn) => {
        const retrier = { ErrorEquals: ['Bad'], MaxAttempts: 10, ...fields };
        const plain = planRetry([retrier], [used], failure, () => drawn)?.delayMs ?? -1;
        const full = { ...retrier, JitterStrategy: 'FULL' as const };
        const jittered = planRetry([full], [used], failure, () => drawn)?.delayMs ?? -1;

        expect(plain).toBeLessThanOrEqual(fields.MaxDelaySeconds * 1_000);
        expect(jittered).toBeGreaterThanOrEqual(0);
        expect(jittered).toBeLessThanOrEqual(plain);
        expect(jittered).toBeCloseTo(plain * drawn, -1);
      }),
    );
  });

  it('takes the first retrier that matches, and counts each by itself', async () => {
    const errors = ['A', 'B', 'A', 'B', 'A'];
    const rig = new Rig(
      {
        StartAt: 'T',
        States: {
          T: {
            Type: 'Task',
            Resource: LAMBDA,
            Retry: [
              { ErrorEquals: ['A'], MaxAttempts: 2, IntervalSeconds: 1, BackoffRate: 1 },
              { ErrorEquals: ['States.ALL'], MaxAttempts: 5, IntervalSeconds: 10, BackoffRate: 1 },
            ],
            End: true,
          },
        },
      },
      {
        answer: () => {
          throw new TaskError(errors.shift() ?? 'none');
        },
      },
    );

    const run = await rig.run();

    expect(await rig.ending(run)).toEqual(['FAILED', 'A']);
    expect(rig.clock.nowMs() - START_MS).toBe(22_000);
    expect(rig.transitions.filter(({ by }) => by === 'retry').map(({ index }) => index)).toEqual([
      0, 1, 0, 1,
    ]);
    expect(rig.sfn.stateTransitions(run)).toBe(5);
  });

  it('draws its jitter from the given source', async () => {
    const rig = new Rig(
      {
        StartAt: 'T',
        States: {
          T: {
            Type: 'Task',
            Resource: LAMBDA,
            Retry: [
              { ErrorEquals: ['A'], MaxAttempts: 1, IntervalSeconds: 100, JitterStrategy: 'FULL' },
            ],
            End: true,
          },
        },
      },
      {
        random: () => 0.25,
        answer: () => {
          throw new TaskError('A');
        },
      },
    );

    await rig.run();

    expect(rig.clock.nowMs() - START_MS).toBe(25_000);
  });
});

describe('a Catch', () => {
  const machine = (task: object) => ({
    StartAt: 'T',
    States: {
      T: { Type: 'Task', Resource: LAMBDA, End: true, ...task },
      One: { Type: 'Pass', Output: 1, End: true },
      Two: { Type: 'Pass', Output: 2, End: true },
    },
  });

  it('answers what no retrier answers any more', async () => {
    const rig = new Rig(
      machine({
        Retry: [{ ErrorEquals: ['Bad'], MaxAttempts: 2 }],
        Catch: [
          { ErrorEquals: ['Other'], Next: 'One' },
          { ErrorEquals: ['States.TaskFailed'], Next: 'Two' },
        ],
      }),
      {
        answer: () => {
          throw new TaskError('Bad');
        },
      },
    );

    const run = await rig.run();

    expect(await rig.ending(run)).toEqual(['SUCCEEDED', 2]);
    expect(rig.calls).toHaveLength(3);
    expect(rig.transitions.at(-1)).toMatchObject({ from: 'T', to: 'Two', by: 'catch', index: 1 });
  });

  it('answers a failed evaluation too', async () => {
    const catchers = [{ ErrorEquals: ['States.QueryEvaluationError'], Next: 'Two' }];
    const rig = new Rig(machine({ Output: '{% $nothing %}', Catch: catchers }));

    const run = await rig.run();

    expect(await rig.ending(run)).toEqual(['SUCCEEDED', 2]);
    expect(rig.types(run)).toContain('EvaluationFailed');
  });

  it('does not answer its own failed evaluation', async () => {
    const rig = new Rig(
      machine({ Catch: [{ ErrorEquals: ['States.ALL'], Output: '{% $nothing %}', Next: 'Two' }] }),
      {
        answer: () => {
          throw new TaskError('Bad');
        },
      },
    );

    const run = await rig.run();

    expect(await rig.ending(run)).toEqual([
      'FAILED',
      'States.QueryEvaluationError',
      expect.stringContaining("specified for the field 'Catch[0]/Output' returned nothing"),
    ]);
  });
});
