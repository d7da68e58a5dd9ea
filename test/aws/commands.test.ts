import {
  DescribeInstanceInformationCommand,
  InvalidInstanceId,
  ListCommandInvocationsCommand,
  ListCommandsCommand,
  SendCommandCommand,
  SSMClient,
} from '@aws-sdk/client-ssm';
import { mockClient } from 'aws-sdk-client-mock';
import { beforeEach, describe, expect, it } from 'vitest';
import {
  findCommand,
  openSsm,
  parsePayload,
  readHostPage,
  readInvocations,
  sendCommand,
} from '#aws/commands.ts';
import type { HostCommand } from '#core/host-command.ts';
import { parsePolicy } from '#core/policy.ts';
import { parseSettings } from '#core/settings.ts';
import { NOW_MS, RUNTIME } from './runtime.ts';

const mock = mockClient(SSMClient);
const ssm = openSsm(RUNTIME);

const COMMAND: HostCommand = {
  v: 1,
  op: 'status',
  owner: 'Longshore/web/shop/web',
  rollout: 'web-123456-g7',
  batch: 0,
  chunk: 3,
  gen: 7,
  step: 2,
  deadline: 1_800_000_000,
  timeout: 60,
  container: 'web',
  mode: 'recreate',
};
const SENDING = {
  command: COMMAND,
  hosts: ['i-00000000000000001'],
  document: { name: 'doc', version: '3', hash: 'b'.repeat(64) },
  deliveryTimeoutSeconds: 120,
};

const meta = { $metadata: {}, message: 'no' };
const _throttled = Object.assign(new Error('Rate exceeded'), { name: 'ThrottlingException' });

beforeEach(() => {
  mock.reset();
});

describe('sendCommand', () => {
  it('pins document, version and hash, and hands the payload over as one parameter', async () => {
    mock.on(SendCommandCommand).resolves({ Command: { CommandId: 'c-1' } });

    const id = await sendCommand(ssm, SENDING);

    expect(id).toBe('c-1');
    expect(mock).toHaveReceivedCommandWith(SendCommandCommand, {
      DocumentName: 'doc',
      DocumentVersion: '3',
      DocumentHash: 'b'.repeat(64),
      DocumentHashType: 'Sha256',
      InstanceIds: ['i-00000000000000001'],
      TimeoutSeconds: 120,
      MaxConcurrency: '100%',
      MaxErrors: '100%',
      Comment: 'web-123456-g7 c3 s2 status',
    });
    const [call] = mock.commandCalls(SendCommandCommand);
    const payload = call?.args[0].input.Parameters?.['payload']?.[0] ?? '';
    expect(payload).toMatch(/^[A-Za-z0-9+/=]{1,4096}$/);
    expect(parsePayload(payload)).toEqual(COMMAND);
  });

  it('carries all that a policy may say, in one parameter', async () => {
    mock.on(SendCommandCommand).resolves({ Command: { CommandId: 'c-1' } });
    const command: HostCommand = {
      ...COMMAND,
      op: 'update',
      ref: `registry.example.com/shop/web@sha256:${'a'.repeat(64)}`,
      auto: 1,
      install: btoa('{"Image":"x"}'),
      check: { health: 'docker_health' },
      timing: { retries: 3, interval: 30, htimeout: 30, grace: 0, success: 2, stable: 10 },
    };

    await sendCommand(ssm, { ...SENDING, command });

    const [call] = mock.commandCalls(SendCommandCommand);
    const payload = call?.args[0].input.Parameters?.['payload']?.[0] ?? '';
    expect(payload).toMatch(/^[A-Za-z0-9+/=]{1,4096}$/);
    expect(parsePayload(payload)).toEqual(command);
  });

  it('gives no id where one bad host spoils the call', async () => {
    mock.on(SendCommandCommand).rejects(new InvalidInstanceId(meta));

    expect(await sendCommand(ssm, SENDING)).toBeUndefined();
  });

  it('passes on what it does not know', async () => {
    mock.on(SendCommandCommand).rejects(new Error('AccessDenied'));

    await expect(sendCommand(ssm, SENDING)).rejects.toThrow('AccessDenied');
  });
});

describe('findCommand', () => {
  it('finds a command by its comment, on a later page', async () => {
    mock
      .on(ListCommandsCommand)
      .resolvesOnce({ Commands: [{ CommandId: 'other', Comment: 'else' }], NextToken: 'n' })
      .resolvesOnce({ Commands: [{ CommandId: 'c-1', Comment: 'web-123456-g7 c3 s2 status' }] });

    expect(await findCommand(ssm, 'doc', COMMAND, NOW_MS)).toBe('c-1');
    expect(mock).toHaveReceivedNthCommandWith(ListCommandsCommand, 2, { NextToken: 'n' });
  });

  it('gives up after ten pages', async () => {
    mock.on(ListCommandsCommand).resolves({ Commands: [], NextToken: 'n' });

    expect(await findCommand(ssm, 'doc', COMMAND, NOW_MS)).toBeUndefined();
    expect(mock).toHaveReceivedCommandTimes(ListCommandsCommand, 10);
  });
});

describe('readInvocations', () => {
  it('tells the exit code of a script that has ended', async () => {
    mock.on(ListCommandInvocationsCommand).resolves({
      CommandInvocations: [
        { InstanceId: 'i-1', Status: 'Success', CommandPlugins: [{ ResponseCode: 0 }] },
        { InstanceId: 'i-2', Status: 'Failed', CommandPlugins: [{ ResponseCode: 36 }] },
        { InstanceId: 'i-3', Status: 'InProgress', CommandPlugins: [{ ResponseCode: -1 }] },
        { InstanceId: 'i-4', Status: 'Pending', CommandPlugins: [] },
      ],
    });

    expect(await readInvocations(ssm, 'c-1')).toEqual([
      { host: 'i-1', status: 'Success', exitCode: 0 },
      { host: 'i-2', status: 'Failed', exitCode: 36 },
      { host: 'i-3', status: 'InProgress' },
      { host: 'i-4', status: 'Pending' },
    ]);
  });

  it('spells a status without its spaces, and takes a line only if it is one', async () => {
    mock.on(ListCommandInvocationsCommand).resolves({
      CommandInvocations: [
        { InstanceId: 'i-1', StatusDetails: 'Delivery Timed Out' },
        { InstanceId: 'i-2', Status: 'Success', CommandPlugins: [{ Output: 'HS1 {"v":1,' }] },
      ],
    });

    expect(await readInvocations(ssm, 'c-1')).toEqual([
      { host: 'i-1', status: 'DeliveryTimedOut' },
      { host: 'i-2', status: 'Success' },
    ]);
  });
});

describe('readHostPage', () => {
  it('asks for the opt-in tag with every other, and counts who is offline', async () => {
    const document = {
      id: 'web',
      image_pattern: 'shop/web:*',
      fleet_id: 'production',
      device_tags: ['note:a:b'],
    };
    const parsed = parsePolicy(document, parseSettings({}));
    if (!parsed.ok) throw new Error('the policy is good');
    mock.on(DescribeInstanceInformationCommand).resolves({
      InstanceInformationList: [
        { InstanceId: 'i-1', PingStatus: 'Online' },
        { InstanceId: 'i-2', PingStatus: 'ConnectionLost' },
      ],
      NextToken: '',
    });

    const page = await readHostPage(ssm, parsed.policy, undefined);

    expect(page).toEqual({ hosts: ['i-1'], offline: 1 });
    expect(mock).toHaveReceivedCommandWith(DescribeInstanceInformationCommand, {
      Filters: [
        { Key: 'tag:longshore:enabled', Values: ['true'] },
        { Key: 'tag:longshore:fleet', Values: ['production'] },
        { Key: 'tag:note', Values: ['a:b'] },
      ],
    });
  });
});
