/** What a script can say beyond what asl.test.ts tries by the command. */
import { expect, it } from 'vitest';
import { seededRandom } from '#local/seeded-random.ts';
import { runScripted, type ScriptedResult } from '#local/step-functions/scripted-run.ts';

const TOKEN_TASK = {
  Type: 'Task',
  Resource: 'arn:aws:states:::lambda:invoke.waitForTaskToken',
  Arguments: { FunctionName: 'work', Payload: { token: '{% $states.context.Task.Token %}' } },
  TimeoutSeconds: 60,
  End: true,
};

const run = (state: object, script: Partial<Parameters<typeof runScripted>[0]>) =>
  runScripted({
    definition: JSON.stringify({ QueryLanguage: 'JSONata', StartAt: 'S', States: { S: state } }),
    input: '{}',
    results: [],
    random: seededRandom(1),
    startMs: 0,
    ...script,
  });

it('lets the lambda of a token answer where the token is never completed', async () => {
  const { report } = await run(TOKEN_TASK, { results: [{ timeout: true }] });

  const types = report.history.map((event) => (event as { type: string }).type);
  expect(types.slice(2, -1)).toEqual([
    'TaskScheduled',
    'TaskStarted',
    'TaskSubmitted',
    'TaskTimedOut',
  ]);
  expect(report).toMatchObject({ status: 'FAILED', error: 'States.Timeout' });
});

it('tells of each call with its payload and its token', async () => {
  const { calls } = await run(TOKEN_TASK, { results: [{ ok: 1 }] });

  const token = calls[0]?.token;
  expect(token).toMatch(/^AQC/);
  expect(calls).toEqual([
    { stateName: 'S', functionName: expect.stringMatching(/:work$/), payload: { token }, token },
  ]);
});

it('answers children that run at the same time from lists of their own, and counts what is left', async () => {
  const map = {
    Type: 'Map',
    Items: ['a', 'b'],
    MaxConcurrency: 2,
    ToleratedFailurePercentage: 100,
    ItemProcessor: {
      ProcessorConfig: { Mode: 'DISTRIBUTED', ExecutionType: 'STANDARD' },
      StartAt: 'Work',
      States: { Work: { Type: 'Task', Resource: 'work', End: true } },
    },
    End: true,
  };
  const lists: Record<string, ScriptedResult[]> = {
    a: [{ error: 'Bad' }],
    b: [{ ok: 'b' }, { ok: 2 }],
  };

  const { report, mapRuns, unused } = await run(map, { lists, listOf: String });

  expect(report.children.map(({ status }) => status)).toEqual(['FAILED', 'SUCCEEDED']);
  expect(mapRuns).toMatchObject([{ maxConcurrency: 2, itemCounts: { failed: 1, succeeded: 1 } }]);
  expect(unused).toBe(1);
});
