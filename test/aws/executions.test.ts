import {
  DescribeExecutionCommand,
  ExecutionAlreadyExists,
  ExecutionDoesNotExist,
  ExecutionLimitExceeded,
  ExecutionNotRedrivable,
  InvalidToken,
  RedriveExecutionCommand,
  SendTaskSuccessCommand,
  SFNClient,
  StartExecutionCommand,
  TaskDoesNotExist,
  TaskTimedOut,
} from '@aws-sdk/client-sfn';
import { mockClient } from 'aws-sdk-client-mock';
import { beforeEach, describe, expect, it } from 'vitest';
import {
  completeToken,
  executionArn,
  openMachine,
  readExecution,
  redriveExecution,
  startExecution,
} from '#aws/executions.ts';
import { LostRaceError, ThrottledError } from '#core/errors.ts';
import { RUNTIME } from './runtime.ts';

const mock = mockClient(SFNClient);
const machine = openMachine(RUNTIME);
const meta = { $metadata: {}, message: 'no' };
const LOOK = { verdict: 'look', reason: 'r' };

beforeEach(() => {
  mock.reset();
});

it('names an execution after its rollout and run', () => {
  expect(executionArn(machine, 'web-123456-g7', 2)).toBe(
    'arn:aws:states:eu-west-1:111122223333:execution:Longshore-rollout:web-123456-g7-r2',
  );
});

const RUN = { rollout: 'web-123456-g7', run: 2, policy: 'web', repository: 'shop/web' };

describe('startExecution', () => {
  it('has an input that is the same every time, so that a start may be repeated', async () => {
    mock.on(StartExecutionCommand).resolves({});

    expect(await startExecution(machine, RUN)).toBe('started');
    expect(mock).toHaveReceivedCommandWith(StartExecutionCommand, {
      name: 'web-123456-g7-r2',
      input: '{"rolloutId":"web-123456-g7","run":2,"policy":"web","repository":"shop/web"}',
    });
  });

  it('says that an execution of that name has been', async () => {
    mock.on(StartExecutionCommand).rejects(new ExecutionAlreadyExists(meta));

    expect(await startExecution(machine, RUN)).toBe('exists');
  });

  it('passes on what it does not know', async () => {
    mock.on(StartExecutionCommand).rejects(new Error('StateMachineDeleting'));

    await expect(startExecution(machine, RUN)).rejects.toThrow('StateMachineDeleting');
  });
});

describe('completeToken', () => {
  it.each([
    ['timed out', new TaskTimedOut(meta)],
    ['is not known', new TaskDoesNotExist(meta)],
    ['is not one', new InvalidToken(meta)],
  ])('takes a token that %s for no error', async (_name, error) => {
    mock.on(SendTaskSuccessCommand).rejects(error);

    await expect(completeToken(machine, 'token', LOOK)).resolves.toBeUndefined();
  });

  it('passes on a token that could not be completed', async () => {
    mock.on(SendTaskSuccessCommand).rejects(new Error('AccessDenied'));

    await expect(completeToken(machine, 'token', LOOK)).rejects.toThrow('AccessDenied');
  });

  it('has nothing to do without a token', async () => {
    await completeToken(machine, undefined, LOOK);

    expect(mock.calls()).toHaveLength(0);
  });
});

describe('readExecution', () => {
  it('knows nothing of one that never was', async () => {
    mock.on(DescribeExecutionCommand).rejects(new ExecutionDoesNotExist(meta));

    expect(await readExecution(machine, 'arn')).toBeUndefined();
  });

  it('counts no redrive where none is named', async () => {
    mock.on(DescribeExecutionCommand).resolves({ status: 'ABORTED', cause: 'lunch' });

    expect(await readExecution(machine, 'arn')).toEqual({
      status: 'ABORTED',
      redriveCount: 0,
      error: '',
      cause: 'lunch',
      isRedrivable: false,
    });
  });
});

describe('redriveExecution', () => {
  const refused = new ExecutionNotRedrivable(meta);

  it('is told apart from other Redrives by its token', async () => {
    mock.on(RedriveExecutionCommand).resolves({});

    await redriveExecution(machine, 'arn', 'token-1');

    expect(mock).toHaveReceivedCommandWith(RedriveExecutionCommand, {
      executionArn: 'arn',
      clientToken: 'token-1',
    });
  });

  it('is content with an execution that runs already', async () => {
    mock.on(RedriveExecutionCommand).rejects(refused);
    mock.on(DescribeExecutionCommand).resolves({ status: 'RUNNING', redriveCount: 1 });

    await expect(redriveExecution(machine, 'arn', 'token-1')).resolves.toBeUndefined();
  });

  it.each([
    ['cannot be redriven any more: it is looked at again', refused, LostRaceError],
    ['is one too many now: it is tried later', new ExecutionLimitExceeded(meta), ThrottledError],
    ['fails otherwise', new Error('AccessDenied'), Error],
  ])('throws where the execution %s', async (_, error, thrown) => {
    mock.on(RedriveExecutionCommand).rejects(error);
    mock.on(DescribeExecutionCommand).resolves({ status: 'ABORTED' });

    await expect(redriveExecution(machine, 'arn', 'token-1')).rejects.toThrow(thrown);
  });
});
