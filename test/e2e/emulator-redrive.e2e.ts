/** RedriveExecution, which MiniStack lacks: emulator/redrive.py. */
import { setTimeout as delay } from 'node:timers/promises';
import {
  DescribeExecutionCommand,
  RedriveExecutionCommand,
  SFNClient,
  StopExecutionCommand,
} from '@aws-sdk/client-sfn';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Account } from './account.ts';
import { EventQueue } from './doubles/event-queue.ts';
import { deployLambda, execution, startMachine } from './doubles/small-machine.ts';
import { INPUT, map, openPlace, succeed, task, tokenTask } from './doubles/small-tasks.ts';

/** For what must not happen: three times what a task takes here. */
const NOTHING_MS = 2_000;
const AFTER = { After: task({ say: 'after' }) };

const account = new Account();
const sfn = new SFNClient({});
let events: EventQueue;

beforeAll(async () => {
  await account.start();
  events = await EventQueue.open('executions', 'aws.states');
  await deployLambda();
});

afterAll(() => account.stop());

const stop = (executionArn: string) => sfn.send(new StopExecutionCommand({ executionArn }));
const redrive = (executionArn: string, clientToken?: string) =>
  sfn.send(new RedriveExecutionCommand({ executionArn, clientToken }));
const look = (executionArn: string) => sfn.send(new DescribeExecutionCommand({ executionArn }));

describe('an execution that was stopped and is redriven', () => {
  it('goes on in the state where it stood, with a new token, and to its end', async () => {
    const { file, said, line } = openPlace();
    const states = {
      Before: task({ say: 'before' }, { Next: 'Wait' }),
      Wait: tokenTask({}, { Next: 'After' }),
      ...AFTER,
    };
    const arn = await startMachine('redriven', states, { file });
    const old = await line(2);
    await stop(arn);

    const stopped = await look(arn);
    await redrive(arn);
    const running = await look(arn);
    const token = await line(3);
    await succeed(token, 'done');
    const ended = await execution(arn);

    expect(stopped).toMatchObject({ status: 'ABORTED', redriveCount: 0 });
    expect(stopped.redriveStatus).toBe('REDRIVABLE');
    expect(running).toMatchObject({ status: 'RUNNING', redriveCount: 1 });
    expect(running.redriveStatus).toBe('NOT_REDRIVABLE');
    expect(ended).toMatchObject({ status: 'SUCCEEDED', redriveCount: 1 });
    expect(token).not.toBe(old);
    expect(said()).toEqual(['before', old, token, 'after']);
    const told = (await events.all()).filter(({ detail }) => detail['executionArn'] === arn);
    expect(told.map(({ detail }) => detail['status'])).toEqual([
      'RUNNING',
      'ABORTED',
      'RUNNING',
      'SUCCEEDED',
    ]);
  });

  it('is walked once: what is left of the walk before goes nowhere', async () => {
    const { file, said, line } = openPlace();
    const states = { Wait: tokenTask({}, { Next: 'After' }), ...AFTER };
    const arn = await startMachine('walked-once', states, { file });
    const old = await line(1);
    await stop(arn);
    await redrive(arn);
    const token = await line(2);

    await succeed(old, 'from before');
    await delay(NOTHING_MS);
    const meanwhile = said();
    await succeed(token, 'done');
    await execution(arn);

    expect(meanwhile).toEqual([old, token]);
    expect(said()).toEqual([old, token, 'after']);
  });

  it('keeps its variables, and the input of its state', async () => {
    const { file, line } = openPlace();
    const states = {
      Keep: {
        Type: 'Pass',
        Assign: { kept: 'a variable' },
        Output: { word: 'an input' },
        Next: 'Wait',
      },
      Wait: tokenTask({}, { Output: '{% [$kept, $states.input.word] %}', End: true }),
    };
    const arn = await startMachine('kept', states, { file });
    await line(1);
    await stop(arn);

    await redrive(arn);
    await succeed(await line(2), 'done');

    const { output = '' } = await execution(arn);
    expect(JSON.parse(output)).toEqual(['a variable', 'an input']);
  });

  it('has children that go on where they stood, and none that runs twice', async () => {
    const { file, said, line } = openPlace();
    const children = {
      First: task({ say: `{% 'first ' & ${INPUT}.value %}` }, { Next: 'Wait' }),
      Wait: tokenTask({}, { Next: 'Last' }),
      Last: task({ say: `{% 'last ' & ${INPUT}.value %}`, answer: `{% ${INPUT}.value %}` }),
    };
    const each = map(children, {
      ToleratedFailurePercentage: 100,
      Output: '{% $states.result %}',
      End: true,
    });
    const input = { file, items: ['a', 'b', 'c'], atOnce: 1 };
    const arn = await startMachine('redriven-children', { Each: each }, input);
    await succeed(await line(2), 'done');
    const old = await line(5);
    await stop(arn);

    await redrive(arn);
    const token = await line(6);
    await succeed(token, 'done');
    await succeed(await line(9), 'done');
    const { status, output = '' } = await execution(arn);

    expect(status).toBe('SUCCEEDED');
    expect(JSON.parse(output)).toEqual(['a', 'b', 'c']);
    const words = said().filter((word) => /^(first|last) /.test(word));
    expect(words).toEqual(['first a', 'last a', 'first b', 'last b', 'first c', 'last c']);
    expect(token).not.toBe(old);
  });

  it('may be stopped and redriven again', async () => {
    const { file, said, line } = openPlace();
    const states = { Wait: tokenTask({}, { Next: 'After' }), ...AFTER };
    const arn = await startMachine('again-and-again', states, { file });
    for (const time of [1, 2]) {
      await line(time);
      await stop(arn);
      await redrive(arn);
    }

    await succeed(await line(3), 'done');

    expect(await execution(arn)).toMatchObject({ status: 'SUCCEEDED', redriveCount: 2 });
    expect(said()).toHaveLength(4);
  });
});

it('an execution that failed tries its step again', async () => {
  const { file, said } = openPlace();
  const states = {
    Before: task({ say: 'before' }, { Next: 'Say' }),
    Say: task({ say: 'said', failures: 2 }),
  };
  const arn = await startMachine('failed', states, { file });
  const { status } = await execution(arn);

  await redrive(arn);

  expect(status).toBe('FAILED');
  expect((await execution(arn)).status).toBe('SUCCEEDED');
  expect(said()).toEqual(['before', 'said', 'said']);
});

describe('a redrive', () => {
  it('asked for twice by one token is one', async () => {
    const { file, line } = openPlace();
    const arn = await startMachine('token', { Wait: tokenTask() }, { file });
    await line(1);
    await stop(arn);

    const first = await redrive(arn, 'mine');
    const second = await redrive(arn, 'mine');

    expect(second.redriveDate).toEqual(first.redriveDate);
    expect((await look(arn)).redriveCount).toBe(1);
    await stop(arn);
  });

  it('is refused to an execution that runs, and to one that has succeeded', async () => {
    const { file, line } = openPlace();
    const arn = await startMachine('refused', { Wait: tokenTask() }, { file });
    const token = await line(1);
    const refusal = { name: 'ExecutionNotRedrivable' };

    await expect(redrive(arn)).rejects.toMatchObject(refusal);
    await succeed(token, 'done');
    await execution(arn);

    await expect(redrive(arn)).rejects.toMatchObject(refusal);
    await expect(redrive(`${arn}-other`)).rejects.toMatchObject({ name: 'ExecutionDoesNotExist' });
  });
});
