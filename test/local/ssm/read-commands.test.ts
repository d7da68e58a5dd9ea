import {
  GetCommandInvocationCommand,
  ListCommandInvocationsCommand,
  ListCommandsCommand,
} from '@aws-sdk/client-ssm';
import { describe, expect, it } from 'vitest';
import { START_MS } from '../cloud-rig.ts';
import { ssmRig } from './ssm-rig.ts';

describe('ListCommands', () => {
  it('gives the newest first, in pages, filtered', async () => {
    const { cloud, client, send } = ssmRig([{}]);
    cloud.ssm.documents.create(
      'other-host',
      { schemaVersion: '2.2', mainSteps: [{ action: 'a', name: 'n' }] },
      0,
    );
    await send({ Comment: 'early' });
    await cloud.run({ untilMs: START_MS + 60_000 });
    for (let n = 0; n < 3; n++) await send({ Comment: `late ${n}` });
    await send({ Comment: 'other', DocumentName: 'other-host', Parameters: {} });

    const Filters = [
      { key: 'InvokedAfter' as const, value: new Date(START_MS + 30_000).toISOString() },
      { key: 'DocumentName' as const, value: 'longshore-host' },
    ];
    const first = await client.send(new ListCommandsCommand({ Filters, MaxResults: 2 }));
    const second = await client.send(
      new ListCommandsCommand({ Filters, MaxResults: 2, NextToken: first.NextToken }),
    );

    expect(first.Commands?.map(({ Comment }) => Comment)).toEqual(['late 2', 'late 1']);
    expect(second.Commands?.map(({ Comment }) => Comment)).toEqual(['late 0']);
    expect(second.NextToken).toBeUndefined();
  });

  it.each([
    { what: '51 a page', input: { MaxResults: 51 }, name: 'ValidationException' },
    { what: 'a foreign token', input: { NextToken: 'x' }, name: 'InvalidNextToken' },
    {
      what: 'no instant',
      input: { Filters: [{ key: 'InvokedAfter' as const, value: 'soon' }] },
      name: 'InvalidFilterKey',
    },
  ])('refuses $what', async ({ input, name }) => {
    const { client, send } = ssmRig([{}]);
    await send();

    await expect(client.send(new ListCommandsCommand(input))).rejects.toMatchObject({ name });
  });
});

describe('ListCommandInvocations', () => {
  it('gives 50 a page at most', async () => {
    const { client } = ssmRig([]);

    const asking = client.send(new ListCommandInvocationsCommand({ MaxResults: 51 }));

    await expect(asking).rejects.toMatchObject({ name: 'ValidationException' });
  });

  it('gives the invocations of a host, or of a status', async () => {
    const { cloud, client, send, ids } = ssmRig([{}, { isOffline: true }]);
    await send();
    await cloud.settle();
    const list = async (input: object) =>
      (await client.send(new ListCommandInvocationsCommand(input))).CommandInvocations;

    expect(await list({ InstanceId: ids[0] })).toMatchObject([{ Status: 'Success' }]);
    expect(await list({ Filters: [{ key: 'Status', value: 'Failed' }] })).toMatchObject([
      { InstanceId: ids[1] },
    ]);
  });

  it('gives no plugins without Details', async () => {
    const { client, send } = ssmRig([{}]);
    const CommandId = await send();

    const answer = await client.send(new ListCommandInvocationsCommand({ CommandId }));

    expect(answer.CommandInvocations).toMatchObject([{ CommandPlugins: [] }]);
  });

  it('keeps the first 2,500 characters of an output, GetCommandInvocation the first 24,000', async () => {
    const { cloud, client, send, ids, fleet } = ssmRig([{}]);
    const host = fleet[0]!;
    const stdout = `HS1 ${'x'.repeat(30_000)}`;
    host.start = (_, report) => {
      report({ exitCode: 3, stdout, stderr: 'y'.repeat(9_000) });
      return { kill: () => {} };
    };
    const CommandId = await send();
    await cloud.settle();

    const list = await client.send(new ListCommandInvocationsCommand({ CommandId, Details: true }));
    const whole = await client.send(
      new GetCommandInvocationCommand({ CommandId, InstanceId: ids[0] }),
    );

    expect(list.CommandInvocations?.[0]?.CommandPlugins?.[0]?.Output).toBe(stdout.slice(0, 2_500));
    expect(whole).toMatchObject({
      ResponseCode: 3,
      Status: 'Failed',
      StandardOutputContent: stdout.slice(0, 24_000),
      StandardErrorContent: 'y'.repeat(8_000),
    });
  });

  it('parts what was printed from the errors', async () => {
    const { cloud, send, read } = ssmRig([{ faults: { work: 'docker_down' } }]);
    const id = await send();
    await cloud.settle();

    const output = (await read(id))[0]?.CommandPlugins?.[0]?.Output;

    expect(output).toMatch(
      /^HS1 .*\n\n----------ERROR-------\nfailed to run commands: exit status 30$/,
    );
  });
});

describe('reads that are not consistent yet', () => {
  it('do not see a command that was just sent', async () => {
    const { cloud, client, send, read, command, ids } = ssmRig([{}], {
      ssm: { visibleAfterMs: [1_000, 1_000] },
    });
    const get = (CommandId: string) =>
      client.send(new GetCommandInvocationCommand({ CommandId, InstanceId: ids[0] }));
    const id = await send();

    const early = [await command(id), await read(id)];
    const { Commands } = await client.send(new ListCommandsCommand({}));
    const refusal = await get(id).catch((error: Error) => error.name);
    await cloud.run({ untilMs: START_MS + 1_000 });

    expect([...early, Commands]).toEqual([undefined, [], []]);
    expect(refusal).toBe('InvocationDoesNotExist');
    expect(await read(id)).toHaveLength(1);
    await expect(get(id)).resolves.toBeDefined();
  });

  it('are told apart from a host that the command does not name, and another plugin', async () => {
    const { client, send, ids } = ssmRig([{}]);
    const CommandId = await send();
    const get = (input: object) =>
      client
        .send(new GetCommandInvocationCommand({ CommandId, InstanceId: ids[0], ...input }))
        .catch((error: Error) => error.name);

    expect(await get({ InstanceId: 'i-0fffffffffffffff0' })).toBe('InvocationDoesNotExist');
    expect(await get({ PluginName: 'other' })).toBe('InvalidPluginName');
  });
});
