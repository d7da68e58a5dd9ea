import { CancelCommandCommand } from '@aws-sdk/client-ssm';
import { describe, expect, it } from 'vitest';
import { parseResultLine } from '#core/result-line.ts';
import type { AgentCommand } from '#local/ssm/managed-host.ts';
import { START_MS } from '../cloud-rig.ts';
import { V1, V2 } from '../hosts/commands.ts';
import { ssmRig } from './ssm-rig.ts';

const MINUTE_MS = 60_000;

describe('an invocation', () => {
  it('brings the agent the lines of the document, the parameters and the time for them', async () => {
    const { cloud, fleet, send, requestOf } = ssmRig([{}]);
    const taken: AgentCommand[] = [];
    for (const host of fleet) {
      host.start = (command) => {
        taken.push(command);
        return { kill: () => {} };
      };
    }

    const id = await send();
    await cloud.run({ untilMs: START_MS + 5_000 });

    expect(taken).toEqual([
      {
        commandId: id,
        lines: ['true'],
        parameters: requestOf().Parameters,
        executionTimeoutMs: 600_000,
      },
    ]);
  });

  it('goes from Pending by InProgress to Success, with times, code and output', async () => {
    const { cloud, send, read } = ssmRig([{}]);
    const seen: (string | undefined)[] = [];

    const id = await send();
    seen.push((await read(id))[0]?.Status);
    await cloud.run({ untilMs: START_MS + 5_000 });
    seen.push((await read(id))[0]?.Status);
    await cloud.settle();

    const [invocation] = await read(id);
    const plugin = invocation?.CommandPlugins?.[0];
    expect([...seen, invocation?.Status]).toEqual(['Pending', 'InProgress', 'Success']);
    expect(plugin).toMatchObject({ Name: 'longshore', ResponseCode: 0, StatusDetails: 'Success' });
    expect(plugin?.ResponseFinishDateTime?.getTime()).toBeGreaterThan(START_MS);
    expect(parseResultLine(plugin?.Output ?? '')).toMatchObject({ cmd: id, outcome: 'updated' });
  });

  it.each([
    {
      what: 'a script that ends with another code than 0',
      spec: { faults: { unhealthyDigests: new Set([V2]) } },
      status: 'Failed',
      details: 'Failed',
      code: 2,
      minutes: 10,
    },
    {
      what: 'a host that is known to be lost',
      spec: { isOffline: true },
      status: 'Failed',
      details: 'Undeliverable',
      code: -1,
      minutes: 1,
    },
    {
      what: 'an agent that takes the command and is silent',
      spec: { faults: { silent: 'before_work' } },
      status: 'TimedOut',
      details: 'DeliveryTimedOut',
      code: -1,
      minutes: 13,
    },
    {
      what: 'an agent whose script takes too long',
      spec: { faults: { slowFactor: 500 } },
      status: 'TimedOut',
      details: 'ExecutionTimedOut',
      code: 137,
      minutes: 11,
    },
  ] as const)('ends as $details for $what', async ({ spec, status, details, code, minutes }) => {
    const { cloud, send, read } = ssmRig([spec]);

    const id = await send();
    await cloud.run({ untilMs: START_MS + minutes * MINUTE_MS });

    expect(await read(id)).toMatchObject([
      { Status: status, StatusDetails: details, CommandPlugins: [{ ResponseCode: code }] },
    ]);
  });

  it('is InProgress on a silent host until both timeouts have passed', async () => {
    const { cloud, send, read } = ssmRig([{ faults: { silent: 'after_work' } }]);
    const id = await send();

    await cloud.run({ untilMs: START_MS + 719_999 });
    const before = await read(id);
    await cloud.run({ untilMs: START_MS + 720_000 });

    expect(before).toMatchObject([{ Status: 'InProgress' }]);
    expect(await read(id)).toMatchObject([{ StatusDetails: 'DeliveryTimedOut' }]);
    expect(cloud.fleet.list[0]?.running('web')).toBe(V2);
  });

  it('waits as Delayed for a host whose loss SSM has not noticed, until the delivery timeout', async () => {
    const { cloud, send, read, fleet } = ssmRig([{}]);
    fleet[0]?.disconnect();
    const id = await send();

    await cloud.run({ untilMs: START_MS + 119_999 });
    const before = await read(id);
    await cloud.run({ untilMs: START_MS + 120_000 });

    expect(before).toMatchObject([{ Status: 'Delayed' }]);
    expect(await read(id)).toMatchObject([{ StatusDetails: 'DeliveryTimedOut' }]);
  });

  it('is delivered when the host comes back in time', async () => {
    const { cloud, send, read, fleet } = ssmRig([{}]);
    fleet[0]?.disconnect();
    const id = await send();

    await cloud.run({ untilMs: START_MS + 60_000 });
    fleet[0]?.connect();
    await cloud.settle();

    expect(await read(id)).toMatchObject([{ Status: 'Success' }]);
  });

  it('is not delivered to a host that comes back too late', async () => {
    const { cloud, send, fleet } = ssmRig([{}]);
    fleet[0]?.disconnect();
    await send();

    await cloud.run({ untilMs: START_MS + 120_000 });
    fleet[0]?.connect();
    await cloud.settle();

    expect(fleet[0]?.running('web')).toBe(V1);
  });

  it('times out on a host that is terminated while it works', async () => {
    const { cloud, send, read, ids } = ssmRig([{}]);
    const id = await send();
    await cloud.run({ untilMs: START_MS + 5_000 });

    cloud.fleet.vanish(ids[0]!);
    await cloud.settle();

    expect(await read(id)).toMatchObject([{ StatusDetails: 'DeliveryTimedOut' }]);
  });
});

describe('a reply that comes after everything has timed out', () => {
  it('changes nothing any more', async () => {
    const { cloud, send, read, command, fleet } = ssmRig([{}]);
    const id = await send();
    await cloud.run({ untilMs: START_MS + 5_000 });
    fleet[0]?.disconnect();

    await cloud.run({ untilMs: START_MS + 800_000 });
    fleet[0]?.connect();
    await cloud.settle();

    expect(await read(id)).toMatchObject([
      { StatusDetails: 'DeliveryTimedOut', CommandPlugins: [{ ResponseCode: -1, Output: '' }] },
    ]);
    expect(await command(id)).toMatchObject({ StatusDetails: 'Success', CompletedCount: 1 });
  });
});

describe('a command', () => {
  const failing = { faults: { unhealthyDigests: new Set([V2]) } };
  const lost = { isOffline: true };
  const silent = { faults: { silent: 'before_work' as const } };

  it.each([
    { hosts: [{}, {}], MaxErrors: '0', status: 'Success', details: 'Success' },
    { hosts: [{}, failing], MaxErrors: '0', status: 'Failed', details: 'Failed' },
    { hosts: [{}, failing], MaxErrors: '100%', status: 'Failed', details: 'Incomplete' },
    { hosts: [{}, lost], MaxErrors: '100%', status: 'Success', details: 'Success' },
    { hosts: [{}, silent], MaxErrors: '0', status: 'TimedOut', details: 'DeliveryTimedOut' },
    { hosts: [{}, silent], MaxErrors: '100%', status: 'Success', details: 'Success' },
  ])(
    'of $hosts with MaxErrors $MaxErrors ends as $details',
    async ({ hosts, MaxErrors, status, details }) => {
      const { cloud, send, command } = ssmRig(hosts);

      const id = await send({ MaxErrors });
      await cloud.settle();

      expect(await command(id)).toMatchObject({
        Status: status,
        StatusDetails: details,
        CompletedCount: 2,
      });
    },
  );

  it('counts its targets, those that ended, failed and timed out', async () => {
    const { cloud, send, command } = ssmRig([{}, failing, silent, lost]);

    const id = await send();
    await cloud.settle();

    expect(await command(id)).toMatchObject({
      TargetCount: 4,
      CompletedCount: 4,
      ErrorCount: 1,
      DeliveryTimedOutCount: 1,
    });
  });

  it('terminates what was not sent yet once more than MaxErrors hosts have failed', async () => {
    const quick = { faults: { work: 'docker_down' as const } };
    const { cloud, send, read } = ssmRig([quick, {}, {}, {}], {
      ssm: { latencies: { reportMs: [0, 0] } },
    });

    const id = await send({ MaxErrors: '0', MaxConcurrency: '1' });
    await cloud.settle();

    expect((await read(id)).map(({ StatusDetails }) => StatusDetails)).toEqual([
      'Failed',
      'Terminated',
      'Terminated',
      'Terminated',
    ]);
    expect(cloud.fleet.list.map((host) => host.running('web'))).toEqual([V1, V1, V1, V1]);
  });

  it('has no more hosts under way than MaxConcurrency', async () => {
    const { cloud, send, read } = ssmRig(Array.from({ length: 8 }, () => ({})));
    const id = await send({ MaxConcurrency: '25%' });
    let most = 0;

    for (let second = 1; second < 400; second++) {
      await cloud.run({ untilMs: START_MS + second * 1_000 });
      const working = (await read(id)).filter(({ Status }) => Status === 'InProgress');
      most = Math.max(most, working.length);
    }

    expect(most).toBe(2);
  });

  it('reaches one host, then two more for each that was reached', async () => {
    const { cloud, ids, send } = ssmRig(
      Array.from({ length: 50 }, () => ({})),
      {
        ssm: { latencies: { deliveryMs: [1_000, 1_000] } },
        hosts: { timings: { prepareMs: [0, 0] } },
      },
    );
    await send();

    const reached: number[] = [];
    for (let second = 1; second <= 5; second++) {
      await cloud.run({ untilMs: START_MS + second * 1_000 });
      reached.push(
        ids.filter((id) => cloud.fleet.log(id).some(({ kind }) => kind === 'accepted')).length,
      );
    }

    expect(reached).toEqual([1, 3, 7, 15, 31]);
  });
});

describe('CancelCommand', () => {
  it('ends what was not delivered, and kills what runs', async () => {
    const hosts = { timings: { pullMs: [60_000, 60_000] as const } };
    const { cloud, client, send, read, fleet } = ssmRig([{}, {}], { hosts });
    fleet[1]?.disconnect();
    const id = await send();
    await cloud.run({ untilMs: START_MS + 5_000 });

    await client.send(new CancelCommandCommand({ CommandId: id }));
    const statuses = (await read(id)).map(({ Status }) => Status);
    await cloud.settle();

    expect(statuses).toEqual(['Cancelling', 'Cancelled']);
    expect((await read(id)).map(({ Status }) => Status)).toEqual(['Cancelled', 'Cancelled']);
    expect(fleet.map((host) => host.running('web'))).toEqual([V1, V1]);
  });

  it('concerns the named hosts', async () => {
    const { cloud, client, send, read, ids } = ssmRig([{}, {}]);
    const id = await send();
    await cloud.run({ untilMs: START_MS + 5_000 });

    await client.send(new CancelCommandCommand({ CommandId: id, InstanceIds: [ids[0]!] }));
    await cloud.settle();

    expect((await read(id)).map(({ Status }) => Status)).toEqual(['Cancelled', 'Success']);
  });

  it('gives no guarantee: a host that has lost its connection goes on', async () => {
    const { cloud, client, send, read, fleet } = ssmRig([{}]);
    const id = await send();
    await cloud.run({ untilMs: START_MS + 5_000 });
    fleet[0]?.disconnect();

    await client.send(new CancelCommandCommand({ CommandId: id }));
    await cloud.settle();

    expect(await read(id)).toMatchObject([{ StatusDetails: 'DeliveryTimedOut' }]);
    expect(fleet[0]?.running('web')).toBe(V2);
  });

  it('refuses a command that is not there', async () => {
    const { client } = ssmRig([]);

    const cancelling = client.send(new CancelCommandCommand({ CommandId: '0'.repeat(36) }));

    await expect(cancelling).rejects.toMatchObject({ name: 'InvalidCommandId' });
  });
});

describe('the events of SSM', () => {
  it('tell of the command with its parameters, and of each invocation', async () => {
    const { cloud, events, send, requestOf, ids } = ssmRig([{}]);

    const id = await send();
    await cloud.settle();

    const of = (type: string) => events.filter((event) => event['detail-type'] === type);
    const commands = of('EC2 Command Status-change Notification');
    expect(commands.map(({ detail }) => detail['status']).toSorted()).toEqual([
      'InProgress',
      'Success',
    ]);
    expect(commands.find(({ detail }) => detail['status'] === 'Success')).toMatchObject({
      source: 'aws.ssm',
      resources: [`arn:aws:ec2:eu-west-1:111122223333:instance/${ids[0]}`],
      detail: {
        'command-id': id,
        'document-name': 'longshore-host',
        'expire-after': '2026-03-02T09:12:00.000Z',
        'requested-date-time': '2026-03-02T09:00:00.000Z',
        parameters: requestOf().Parameters,
        status: 'Success',
      },
    });
    expect(of('EC2 Command Invocation Status-change Notification').at(-1)?.detail).toEqual({
      'command-id': id,
      'document-name': 'longshore-host',
      'instance-id': ids[0],
      'requested-date-time': '2026-03-02T09:00:00.000Z',
      status: 'Success',
    });
  });
});
