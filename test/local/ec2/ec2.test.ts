import {
  DescribeInstancesCommand,
  type DescribeInstancesCommandInput,
  DescribeRegionsCommand,
  EC2Client,
} from '@aws-sdk/client-ec2';
import { describe, expect, it } from 'vitest';
import { bareCloud } from '../cloud-rig.ts';
import { clientOf, open } from '../serve/place.ts';

function fleetOf(...zones: (string | undefined)[]) {
  const cloud = bareCloud();
  const hosts = zones.map((zone) => cloud.fleet.add(zone === undefined ? {} : { zone }).id);
  cloud.fleet.add({ id: 'mi-00000000000000001', kind: 'hybrid' });
  const ec2 = new EC2Client(cloud.clientConfig());
  const ask = async (input: DescribeInstancesCommandInput) => {
    const { Reservations = [], NextToken } = await ec2.send(new DescribeInstancesCommand(input));
    const instances = Reservations.flatMap(({ Instances = [] }) => Instances);
    const found = instances.map(({ InstanceId, Placement }) => [
      InstanceId,
      Placement?.AvailabilityZone,
    ]);
    return { found, NextToken };
  };
  const of = (...Values: string[]) => ({ Filters: [{ Name: 'instance-id', Values }] });
  return { cloud, ec2, hosts, ask, of };
}

describe('DescribeInstances', () => {
  it('gives the zones of the instances that are asked for, a, b and c in turn', async () => {
    const { cloud, hosts, ask, of } = fleetOf(undefined, undefined, undefined, undefined, 'f');

    const { found } = await ask(of(...hosts));

    const zones = ['a', 'b', 'c', 'a', 'f'];
    expect(found).toEqual(hosts.map((host, index) => [host, `eu-west-1${zones[index]}`]));
    expect(cloud.apiCalls.get('ec2:DescribeInstances')).toBe(1);
  });

  it('says nothing of hybrid hosts, of those that it does not know, and of those that are gone', async () => {
    const { cloud, hosts, ask, of } = fleetOf('a', 'none', 'b');
    cloud.fleet.vanish(hosts[2] ?? '');

    const { found } = await ask(of(...hosts, 'mi-00000000000000001', 'i-9'));

    expect(found).toEqual([[hosts[0], 'eu-west-1a']]);
  });

  it('gives pages', async () => {
    const { hosts, ask, of } = fleetOf(...Array.from({ length: 12 }, () => 'a'));

    const first = await ask({ ...of(...hosts), MaxResults: 5 });
    const second = await ask({ ...of(...hosts), MaxResults: 5, NextToken: first.NextToken });
    const third = await ask({ ...of(...hosts), MaxResults: 5, NextToken: second.NextToken });

    const pages = [first, second, third].map(({ found }) => found.map(([host]) => host));
    expect(pages.map((page) => page.length)).toEqual([5, 5, 2]);
    expect(pages.flat()).toEqual(hosts);
    expect(third.NextToken).toBeUndefined();
  });

  it.each([
    ['200 values', 200, 'no refusal'],
    ['201 values', 201, 'FilterLimitExceeded'],
  ])('takes a filter of %s: %d, %s', async (_, count, code) => {
    const { ask, of } = fleetOf('a');
    const ids = Array.from({ length: count }, (_one, index) => `i-${index}`);

    const outcome = await ask(of(...ids)).then(
      () => 'no refusal',
      (error: Error) => error.name,
    );

    expect(outcome).toBe(code);
  });

  it.each([
    ['too few a page', { MaxResults: 4 }],
    ['a foreign token', { NextToken: 'abc' }],
    ['another filter', { Filters: [{ Name: 'vpc-id', Values: ['vpc-1'] }] }],
    ['no filter', { Filters: [] }],
  ])('refuses %s', async (_, input) => {
    const { ask, of } = fleetOf('a');

    await expect(ask({ ...of('i-1'), ...input })).rejects.toMatchObject({
      name: 'InvalidParameterValue',
    });
  });
});

it('knows no other operation', async () => {
  const { ec2 } = fleetOf('a');

  await expect(ec2.send(new DescribeRegionsCommand({}))).rejects.toMatchObject({
    name: 'InvalidAction',
    message: 'EC2: DescribeRegions',
  });
});

describe('EC2 on a port', () => {
  it('is asked by its own protocol, and refuses in it', async () => {
    const { cloud, hosts, of } = fleetOf('b');
    const served = await open({
      services: ['ec2'],
      answer: ({ operation, input }) => cloud.ec2.apply(operation, { ...input }),
    });
    const ec2 = new EC2Client(clientOf(served.endpoint));

    const { Reservations } = await ec2.send(new DescribeInstancesCommand(of(...hosts)));
    const refused = ec2.send(new DescribeRegionsCommand({}));

    const [instance] = Reservations?.[0]?.Instances ?? [];
    expect(instance?.Placement?.AvailabilityZone).toBe('eu-west-1b');
    await expect(refused).rejects.toMatchObject({ name: 'InvalidAction' });
  });
});
