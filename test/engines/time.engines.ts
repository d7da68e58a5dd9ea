/** The second engine's virtual time: waits, back-offs and time-outs take as long as they say, and no longer. */
import { beforeAll, describe, expect, it } from 'vitest';
import * as z from 'zod';
import { type Script, START_MS, TIMEOUT, thrown } from '#test/statemachines/story.ts';
import { runSecond, type SecondReport } from './second-engine.ts';

const TOKEN_TASK = {
  Type: 'Task',
  Resource: 'arn:aws:states:::lambda:invoke.waitForTaskToken',
  Arguments: { FunctionName: 'work', Payload: { token: '{% $states.context.Task.Token %}' } },
};
const LAMBDA_TASK = {
  Type: 'Task',
  Resource: 'arn:aws:lambda:eu-west-1:111111111111:function:work',
};
const CAUGHT = { Catch: [{ ErrorEquals: ['States.Timeout'], Next: 'Late' }] };
const RETRIED = { Retry: [{ ErrorEquals: ['Busy'], IntervalSeconds: 3, BackoffRate: 2 }] };

const run = (state: object, ...results: Script['results']): Script => ({
  definition: JSON.stringify({
    QueryLanguage: 'JSONata',
    StartAt: 'First',
    States: {
      First: { ...state, Next: 'Last' },
      Late: { Type: 'Fail' },
      Last: { Type: 'Succeed' },
    },
  }),
  input: '{}',
  startMs: START_MS,
  results,
  byChunk: {},
});

const RUNS = {
  instant: run({ Type: 'Wait', Timestamp: '2026-01-01T02:00:00Z' }),
  passed: run({ Type: 'Wait', Timestamp: '2025-01-01T00:00:00Z' }),
  seconds: run({ Type: 'Wait', Seconds: 90 }),
  token: run({ ...TOKEN_TASK, ...CAUGHT, TimeoutSeconds: 100 }, TIMEOUT),
  lambda: run({ ...LAMBDA_TASK, ...CAUGHT, TimeoutSeconds: '{% 40 + 2 %}' }, TIMEOUT),
  uncaught: run({ ...TOKEN_TASK, TimeoutSeconds: 60 }, TIMEOUT),
  backOff: run({ ...LAMBDA_TASK, ...RETRIED }, thrown('Busy'), thrown('Busy'), { ok: {} }),
} as const;

let reports: Record<string, SecondReport> = {};

beforeAll(() => {
  const told = runSecond(Object.values(RUNS));
  reports = Object.fromEntries(
    Object.keys(RUNS).map((name, index) => [name, told[index]]),
  ) as typeof reports;
});

const Event = z.object({ type: z.string(), timestamp: z.string() });

/** The events of these types, with the seconds since the start. */
function eventsOf(name: keyof typeof RUNS, types: RegExp): [type: string, atSeconds: number][] {
  const events = z.array(Event).parse(reports[name]?.history);
  return events
    .filter(({ type }) => types.test(type))
    .map(({ type, timestamp }) => [type, (Date.parse(timestamp) - START_MS) / 1000]);
}

describe('a Wait of the second engine', () => {
  it.each([
    ['instant', 7200],
    ['passed', 0],
    ['seconds', 90],
  ] as const)('is entered and left: %s', (name, atSeconds) => {
    expect(eventsOf(name, /^WaitState/)).toEqual([
      ['WaitStateEntered', 0],
      ['WaitStateExited', atSeconds],
    ]);
    expect(reports[name]?.status).toBe('SUCCEEDED');
  });
});

describe('a task of the second engine that never answers', () => {
  it.each([
    ['token', 'TaskTimedOut', 100],
    ['lambda', 'LambdaFunctionTimedOut', 42],
  ] as const)('is caught as States.Timeout: %s', (name, type, atSeconds) => {
    expect(eventsOf(name, /TimedOut$|^FailStateEntered/)).toEqual([
      [type, atSeconds],
      ['FailStateEntered', atSeconds],
    ]);
  });

  it('fails the execution where nothing catches it', () => {
    expect(reports['uncaught']).toMatchObject({ status: 'FAILED', error: 'States.Timeout' });
  });
});

describe('a Retry of the second engine', () => {
  it('waits longer from one attempt to the next', () => {
    expect(eventsOf('backOff', /Scheduled$/).map(([, atSeconds]) => atSeconds)).toEqual([0, 3, 9]);
  });
});
