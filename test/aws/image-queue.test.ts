import {
  SendMessageBatchCommand,
  type SendMessageBatchRequestEntry,
  SQSClient,
} from '@aws-sdk/client-sqs';
import { mockClient } from 'aws-sdk-client-mock';
import { beforeEach, describe, expect, it } from 'vitest';
import { openImageQueue, sendLooks } from '#aws/image-queue.ts';
import { RUNTIME } from './runtime.ts';

const mock = mockClient(SQSClient);
const queue = openImageQueue(RUNTIME);
const LOOKS = [
  { repository: 'shop/web', delaySeconds: 0 },
  { repository: 'shop/api', delaySeconds: 7 },
];
const refused = (Id: string) => ({ Id, Code: 'InternalError', SenderFault: false });

function sent(call: number): SendMessageBatchRequestEntry[] {
  return mock.commandCalls(SendMessageBatchCommand)[call]?.args[0].input.Entries ?? [];
}

beforeEach(() => {
  mock.reset();
});

describe('sendLooks', () => {
  it('sends them in one call, each at its time', async () => {
    mock.on(SendMessageBatchCommand).resolves({ Successful: [] });

    await sendLooks(queue, LOOKS, 'sweep');

    expect(sent(0)).toEqual([
      { Id: '0', MessageBody: '{"look":{"repository":"shop/web","because":"sweep"}}' },
      {
        Id: '1',
        MessageBody: '{"look":{"repository":"shop/api","because":"sweep"}}',
        DelaySeconds: 7,
      },
    ]);
    expect(mock).toHaveReceivedCommandTimes(SendMessageBatchCommand, 1);
  });

  it('sends again what the queue did not take, and that alone', async () => {
    mock
      .on(SendMessageBatchCommand)
      .resolvesOnce({ Failed: [refused('1')] })
      .resolves({ Failed: [] });

    await sendLooks(queue, LOOKS, 'sweep');

    expect(sent(1).map(({ Id }) => Id)).toEqual(['1']);
    expect(mock).toHaveReceivedCommandTimes(SendMessageBatchCommand, 2);
  });

  it('names those that the queue never took', async () => {
    mock.on(SendMessageBatchCommand).resolves({ Failed: [refused('1')] });

    await expect(sendLooks(queue, LOOKS, 'sweep')).rejects.toMatchObject({
      name: 'ThrottledError',
      message: 'the queue did not take the looks at shop/api',
    });
    expect(mock).toHaveReceivedCommandTimes(SendMessageBatchCommand, 3);
  });

  it('sends nothing where there is nothing to look at', async () => {
    await sendLooks(queue, [], 'sweep');

    expect(mock).not.toHaveReceivedCommand(SendMessageBatchCommand);
  });
});
