/** What MiniStack's Step Functions lacks: emulator/step_functions.py and emulator/lambda_errors.py. */
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import {
  DescribeMapRunCommand,
  type DescribeMapRunCommandOutput,
  ListMapRunsCommand,
  SendTaskFailureCommand,
  SFNClient,
  StopExecutionCommand,
} from '@aws-sdk/client-sfn';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Account } from './account.ts';
import { EventQueue } from './doubles/event-queue.ts';
import { deployLambda, execution, startMachine } from './doubles/small-machine.ts';
import { INPUT, map, openPlace, succeed, task, tokenTask } from './doubles/small-tasks.ts';

const LOOK_EVERY_MS = 50;
/** For what must not happen: three times what a task takes here, and longer than its first retry waits. */
const NOTHING_MS = 2_000;

const account = new Account();
const sfn = new SFNClient({});
let events: EventQueue;

beforeAll(async () => {
  await account.start();
  events = await EventQueue.open('executions', 'aws.states');
  await deployLambda();
});

afterAll(() => account.stop());

const RETRY = [{ ErrorEquals: ['LostRaceError'], IntervalSeconds: 1, MaxAttempts: 2 }];

async function mapRun(executionArn: string): Promise<DescribeMapRunCommandOutput> {
  const { mapRuns = [] } = await sfn.send(new ListMapRunsCommand({ executionArn }));
  return sfn.send(new DescribeMapRunCommand({ mapRunArn: mapRuns[0]?.mapRunArn }));
}

describe('a Distributed Map', () => {
  const answering = map(
    { Say: task({ say: `{% ${INPUT}.value %}`, answer: `{% ${INPUT} %}` }) },
    { Output: { answers: '{% $states.result %}' }, End: true },
  );

  it('gives each child an execution and an input of its own', async () => {
    const { file, said } = openPlace();
    const input = { file, items: ['a', 'b'], atOnce: 2 };

    const parent = await startMachine('own-input', { Each: answering }, input);

    const { status, output = '{}' } = await execution(parent);
    expect(status).toBe('SUCCEEDED');
    expect(JSON.parse(output)).toEqual({
      answers: [
        { file, value: 'a', index: 0, parent },
        { file, value: 'b', index: 1, parent },
      ],
    });
    expect(said().toSorted()).toEqual(['a', 'b']);
  });

  it('has its children in turn, as many at once as the expression says', async () => {
    const { file, said, line } = openPlace();
    const each = map({ Wait: tokenTask() }, { End: true });
    const arn = await startMachine('in-turn', { Each: each }, { file, items: [1, 2], atOnce: 1 });

    const first = await line(1);

    expect(await mapRun(arn)).toMatchObject({
      maxConcurrency: 1,
      itemCounts: { total: 2, running: 1, pending: 1 },
    });
    await succeed(first, 'one');
    await succeed(await line(2), 'two');
    expect(await execution(arn)).toMatchObject({ status: 'SUCCEEDED', output: '["one", "two"]' });
    expect(said()).toHaveLength(2);
  });

  it.each([
    [100, 'SUCCEEDED', undefined],
    [0, 'FAILED', 'States.ExceedToleratedFailureThreshold'],
  ])(
    'with %i per cent that may fail, one of two that fails makes it %s',
    async (share, status, error) => {
      const { file, said } = openPlace();
      const each = map(
        { Say: task({ say: `{% ${INPUT}.value %}`, failures: 1 }) },
        { ToleratedFailurePercentage: '{% $states.input.share %}', Output: {}, End: true },
      );
      const input = { file, items: ['bad', 'good'], atOnce: 1, share };

      const seen = await execution(await startMachine(`share-${share}`, { Each: each }, input));

      expect(seen).toMatchObject({ status, ...(error !== undefined && { error }) });
      expect(said()).toEqual(['bad', 'good']);
    },
  );
});

it('a lambda that throws fails its task by the name of the error', async () => {
  const { file, said } = openPlace();
  const say = task({ say: 'once', failures: 9 });

  const seen = await execution(await startMachine('thrown', { Say: say }, { file }));

  expect(seen).toMatchObject({ status: 'FAILED', error: 'LostRaceError' });
  expect(JSON.parse(seen.cause ?? '{}')).toMatchObject({ errorMessage: 'on purpose' });
  expect(said()).toEqual(['once']);
});

it('a task is tried again by the name of the error', async () => {
  const { file, said } = openPlace();
  const say = task({ say: 'twice', failures: 1 }, { Retry: RETRY, End: true });

  const { status } = await execution(await startMachine('again', { Say: say }, { file }));

  expect(status).toBe('SUCCEEDED');
  expect(said()).toEqual(['twice', 'twice']);
});

describe('a task with a token', () => {
  it('fails at once where its lambda throws', async () => {
    const { file, said } = openPlace();
    const wait = tokenTask({ failures: 9 });

    const seen = await execution(await startMachine('token-thrown', { Wait: wait }, { file }));

    expect(seen).toMatchObject({ status: 'FAILED', error: 'LostRaceError' });
    expect(said()).toHaveLength(1);
  });

  it('has a new token each time that it is tried', async () => {
    const { file, said, line } = openPlace();
    const wait = tokenTask({ failures: 1 }, { Retry: RETRY, End: true });
    const arn = await startMachine('token-again', { Wait: wait }, { file });

    const [first, second] = [await line(1), await line(2)];

    expect(first).not.toBe(second);
    await expect(succeed(first, 'late')).rejects.toMatchObject({ name: 'TaskDoesNotExist' });
    await succeed(second, 'done');
    expect(await execution(arn)).toMatchObject({ status: 'SUCCEEDED', output: '"done"' });
    expect(said()).toHaveLength(2);
  });

  it('is done when its token is, whatever becomes of the lambda', async () => {
    const { folder, file, line } = openPlace();
    const until = path.join(folder, 'go');
    const wait = tokenTask({ until, failures: 9 });
    const arn = await startMachine('token-early', { Wait: wait }, { file });

    await succeed(await line(1), 'done');
    writeFileSync(until, '');

    expect(await execution(arn)).toMatchObject({ status: 'SUCCEEDED', output: '"done"' });
  });

  it('times out after as many seconds as the expression says', async () => {
    const { file } = openPlace();
    const Catch = [{ ErrorEquals: ['States.Timeout'], Output: 'too late', Next: 'End' }];
    const TimeoutSeconds = `{% ${INPUT}.seconds %}`;
    const states = {
      Wait: tokenTask({}, { TimeoutSeconds, Catch, Next: 'End' }),
      End: { Type: 'Pass', End: true },
    };

    const seen = await execution(await startMachine('token-late', states, { file, seconds: 1 }));

    expect(seen).toMatchObject({ status: 'SUCCEEDED', output: '"too late"' });
  });

  it('fails by SendTaskFailure', async () => {
    const { file, line } = openPlace();
    const arn = await startMachine('token-failed', { Wait: tokenTask() }, { file });

    const taskToken = await line(1);
    await sfn.send(new SendTaskFailureCommand({ taskToken, error: 'TooLateError', cause: 'why' }));

    expect(await execution(arn)).toMatchObject({ error: 'TooLateError', cause: 'why' });
  });
});

describe('an execution that is stopped', () => {
  const after = { After: task({ say: 'after' }) };

  it('says so on the bus, and stays so when its task fails', async () => {
    const { file, line } = openPlace();
    const executionArn = await startMachine('stopped', { Wait: tokenTask() }, { file });
    const taskToken = await line(1);

    await sfn.send(new StopExecutionCommand({ executionArn, error: 'Stop', cause: 'let me look' }));
    await sfn.send(new SendTaskFailureCommand({ taskToken, error: 'TooLateError' }));

    await delay(NOTHING_MS);
    expect(await execution(executionArn)).toMatchObject({
      status: 'ABORTED',
      error: 'Stop',
      cause: 'let me look',
    });
    const told = (await events.all()).filter(
      ({ detail }) => detail['name'] === nameOf(executionArn),
    );
    expect(told.map(({ detail }) => detail['status'])).toEqual(['RUNNING', 'ABORTED']);
    expect(told[1]).toMatchObject({
      'detail-type': 'Step Functions Execution Status Change',
      resources: [executionArn],
      detail: { executionArn, stopDate: expect.any(Number) },
    });
  });

  it('does not go on when its task succeeds', async () => {
    const { file, said, line } = openPlace();
    const states = { Wait: tokenTask({}, { Next: 'After' }), ...after };
    const executionArn = await startMachine('stopped-waiting', states, { file });
    const token = await line(1);

    await sfn.send(new StopExecutionCommand({ executionArn }));
    await succeed(token, 'done');

    await delay(NOTHING_MS);
    expect(said()).toEqual([token]);
    expect((await execution(executionArn)).status).toBe('ABORTED');
  });

  it('does not try its task again', async () => {
    const { file, said, line } = openPlace();
    const states = { Say: task({ say: 'said', failures: 9 }, { Retry: RETRY, End: true }) };
    const executionArn = await startMachine('stopped-failing', states, { file });
    await line(1);

    await sfn.send(new StopExecutionCommand({ executionArn }));

    await delay(NOTHING_MS);
    expect(said()).toEqual(['said']);
  });

  it('moves no child either', async () => {
    const { file, said, line } = openPlace();
    const children = { Wait: tokenTask({}, { Next: 'After' }), ...after };
    const each = map(children, { ToleratedFailurePercentage: 100, Next: 'After' });
    const executionArn = await startMachine(
      'stopped-children',
      { Each: each, ...after },
      { file, items: ['a', 'b', 'c'], atOnce: 2 },
    );
    const tokens = [await line(1), await line(2)];

    await sfn.send(new StopExecutionCommand({ executionArn }));
    for (const token of tokens) await succeed(token, 'done');

    while ((await mapRun(executionArn)).status === 'RUNNING') await delay(LOOK_EVERY_MS);
    await delay(NOTHING_MS);
    expect(said()).toEqual(tokens);
    expect((await execution(executionArn)).status).toBe('ABORTED');
  });
});

const nameOf = (executionArn: string) => executionArn.split(':').at(-1);
