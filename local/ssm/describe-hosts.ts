/**
 * DescribeInstanceInformation: pages of registered nodes. A page may be short or even empty while a
 * token says that there is more; only a missing token is the end.
 */
import * as z from 'zod';
import type { Random } from '../seeded-random.ts';
import { ServiceError } from '../service-error.ts';
import { parseInput } from '../service-input.ts';
import type { ManagedHost, ManagedHosts } from './managed-host.ts';

const DescribeHosts = z.strictObject({
  Filters: z
    .array(z.strictObject({ Key: z.string().min(1), Values: z.array(z.string()).min(1).max(100) }))
    .default([]),
  MaxResults: z.int().min(5).max(50).default(10),
  NextToken: z.string().optional(),
});
type Filter = z.infer<typeof DescribeHosts>['Filters'][number];

export function describeHosts(
  input: Record<string, unknown>,
  hosts: ManagedHosts,
  context: { random: Random; shortPageShare: number },
): Record<string, unknown> {
  const { Filters, MaxResults, NextToken } = parseInput(DescribeHosts, input);
  const tags = Filters.filter(({ Key }) => Key.startsWith('tag:'));
  if (tags.length > 0 && tags.length < Filters.length) {
    throw new ServiceError('InvalidInstanceInformationFilterValue', 'tag filters stand alone');
  }
  const { random, shortPageShare } = context;
  const isShort = shortPageShare > 0 && random() < shortPageShare;
  const most = isShort ? Math.floor(random() * MaxResults) : MaxResults;

  const list = named(hosts, Filters) ?? hosts.list;
  const found: ManagedHost[] = [];
  let position = nextMatch(list, Filters, readToken(NextToken));
  for (
    ;
    position < list.length && found.length < most;
    position = nextMatch(list, Filters, position)
  ) {
    const host = list[position++];
    if (host) found.push(host);
  }
  return {
    InstanceInformationList: found.map(view),
    ...(position < list.length && { NextToken: `after-${position}` }),
  };
}

/** The hosts that an `InstanceIds` filter names, so that a fleet need not be searched for them. */
function named(hosts: ManagedHosts, filters: readonly Filter[]): ManagedHost[] | undefined {
  const ids = filters.find(({ Key }) => Key === 'InstanceIds')?.Values;
  return ids?.flatMap((id) => hosts.find(id) ?? []);
}

function nextMatch(list: readonly ManagedHost[], filters: readonly Filter[], from: number): number {
  for (let position = from; position < list.length; position++) {
    const host = list[position];
    if (host && filters.every((filter) => matches(host, filter))) return position;
  }
  return list.length;
}

function readToken(token: string | undefined): number {
  if (token === undefined) return 0;
  const position = /^after-(\d+)$/.exec(token)?.[1];
  if (position === undefined) throw new ServiceError('InvalidNextToken');
  return Number(position);
}

function matches(host: ManagedHost, { Key, Values }: Filter): boolean {
  if (Key.startsWith('tag:')) {
    const value = host.tags.get(Key.slice('tag:'.length));
    return value !== undefined && Values.includes(value);
  }
  switch (Key) {
    case 'InstanceIds':
      return Values.includes(host.id);
    case 'PingStatus':
      return Values.includes(host.pingStatus);
    case 'ResourceType':
      return Values.includes(resourceType(host));
    case 'tag-key':
      return Values.some((key) => host.tags.has(key));
    default:
      throw new ServiceError('InvalidFilterKey', `The filter key ${Key} is not valid.`);
  }
}

function resourceType(host: ManagedHost): string {
  return host.id.startsWith('mi-') ? 'ManagedInstance' : 'EC2Instance';
}

function view(host: ManagedHost): Record<string, unknown> {
  return {
    InstanceId: host.id,
    PingStatus: host.pingStatus,
    LastPingDateTime: host.lastPingAtMs / 1000,
    AgentVersion: '3.3.2746.0',
    IsLatestVersion: true,
    PlatformType: 'Linux',
    PlatformName: 'Amazon Linux',
    PlatformVersion: '2023',
    ResourceType: resourceType(host),
    ComputerName: `${host.id}.internal`,
    IPAddress: '10.0.0.1',
  };
}
