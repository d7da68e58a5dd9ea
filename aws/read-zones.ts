/** Which availability zone a host is in: EC2 knows. Asked only where a policy spreads over zones. */
import { DescribeInstancesCommand, EC2Client, type Instance } from '@aws-sdk/client-ec2';
import { ThrottledError } from '#core/errors.ts';
import type { Runtime } from './runtime.ts';

/** A filter of EC2 takes at most 200 values. */
export const HOSTS_ASKED = 200;
/** Of a page: as many as EC2 gives. */
const MAX_RESULTS = 1000;

export function openEc2(runtime: Runtime): EC2Client {
  return new EC2Client(runtime.clientConfig);
}

/** The zones of those that EC2 knows: hybrid hosts, and instances that are gone, have none. */
export async function readZones(
  ec2: EC2Client,
  hosts: readonly string[],
): Promise<Map<string, string>> {
  const zones = new Map<string, string>();
  const instances = hosts.filter((host) => host.startsWith('i-'));
  for (let from = 0; from < instances.length; from += HOSTS_ASKED) {
    for await (const { InstanceId: host, Placement } of readInstances(
      ec2,
      instances.slice(from, from + HOSTS_ASKED),
    )) {
      const zone = Placement?.AvailabilityZone;
      if (host !== undefined && zone !== undefined) zones.set(host, zone);
    }
  }
  return zones;
}

async function* readInstances(ec2: EC2Client, ids: string[]): AsyncGenerator<Instance> {
  let next: string | undefined;
  do {
    const answer = await slowly(
      ec2.send(
        new DescribeInstancesCommand({
          // By a filter: named as ids, a single one that is gone would fail the whole question.
          Filters: [{ Name: 'instance-id', Values: ids }],
          MaxResults: MAX_RESULTS,
          ...(next !== undefined && { NextToken: next }),
        }),
      ),
    );
    for (const { Instances = [] } of answer.Reservations ?? []) yield* Instances;
    next = answer.NextToken === '' ? undefined : answer.NextToken;
  } while (next !== undefined);
}

/** What EC2 throttles is for the machine to ask later, with jitter. */
async function slowly<T>(call: Promise<T>): Promise<T> {
  try {
    return await call;
  } catch (error) {
    if (error instanceof Error && /RequestLimitExceeded|Throttl/.test(error.name)) {
      throw new ThrottledError(`EC2: ${error.name}`, { cause: error });
    }
    throw error;
  }
}
