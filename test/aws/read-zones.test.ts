import { DescribeInstancesCommand, EC2Client } from '@aws-sdk/client-ec2';
import { mockClient } from 'aws-sdk-client-mock';
import { beforeEach, describe, expect, it } from 'vitest';
import { openEc2, readZones } from '#aws/read-zones.ts';
import { ThrottledError } from '#core/errors.ts';
import { RUNTIME } from './runtime.ts';

const mock = mockClient(EC2Client);
const ec2 = openEc2(RUNTIME);

beforeEach(() => {
  mock.reset();
});

function refusal(name: string): Error {
  return Object.assign(new Error('No.'), { name });
}

describe('readZones', () => {
  it('reads every page, and leaves out whoever has no zone', async () => {
    mock
      .on(DescribeInstancesCommand)
      .resolvesOnce({
        Reservations: [
          {
            Instances: [
              { InstanceId: 'i-01', Placement: { AvailabilityZone: 'eu-west-1a' } },
              { InstanceId: 'i-02', Placement: { AvailabilityZone: 'eu-west-1b' } },
            ],
          },
          { Instances: [{ InstanceId: 'i-03' }] },
        ],
        NextToken: 'more',
      })
      .resolvesOnce({ Reservations: [] });

    const zones = await readZones(ec2, ['i-01', 'mi-0a', 'i-02', 'i-03', 'i-04']);

    expect([...zones]).toEqual([
      ['i-01', 'eu-west-1a'],
      ['i-02', 'eu-west-1b'],
    ]);
    const Filters = [{ Name: 'instance-id', Values: ['i-01', 'i-02', 'i-03', 'i-04'] }];
    const asked = mock.commandCalls(DescribeInstancesCommand).map(({ args: [{ input }] }) => input);
    expect(asked).toEqual([
      { Filters, MaxResults: 1000 },
      { Filters, MaxResults: 1000, NextToken: 'more' },
    ]);
  });

  it.each([
    [200, [200]],
    [201, [200, 1]],
    [0, []],
  ])('asks for %d hosts in parts of %j', async (count, parts) => {
    mock.on(DescribeInstancesCommand).resolves({ Reservations: [] });
    const hosts = Array.from({ length: count }, (_, index) => `i-${index}`);

    await readZones(ec2, [...hosts, 'mi-0a']);

    const asked = mock.commandCalls(DescribeInstancesCommand);
    expect(asked.map(({ args: [{ input }] }) => input.Filters?.[0]?.Values?.length)).toEqual(parts);
  });

  it.each(['RequestLimitExceeded', 'Throttling'])(
    'is throttled by %s, and says so',
    async (name) => {
      mock.on(DescribeInstancesCommand).rejects(refusal(name));

      await expect(readZones(ec2, ['i-01'])).rejects.toThrow(new ThrottledError(`EC2: ${name}`));
    },
  );

  it('does not take a refusal for hosts without a zone', async () => {
    mock.on(DescribeInstancesCommand).rejects(refusal('UnauthorizedOperation'));

    await expect(readZones(ec2, ['i-01'])).rejects.toThrow('No.');
  });
});
