/**
 * What a forecast is made of: the registry, the hosts, and what a stack has stored. Reads alone; whoever
 * asks needs ecr:DescribeImages, ssm:DescribeInstanceInformation, dynamodb:GetItem, BatchGetItem and Query
 * on the stack's tables and, where a policy spreads over zones, ec2:DescribeInstances.
 */
import { ResourceNotFoundException } from '@aws-sdk/client-dynamodb';
import type { EC2Client } from '@aws-sdk/client-ec2';
import type { ECRClient } from '@aws-sdk/client-ecr';
import type { SSMClient } from '@aws-sdk/client-ssm';
import type { Facts } from '#core/foresee-policy.ts';
import type { Policy } from '#core/policy.ts';
import { standingOf } from '#core/rollout.ts';
import type { Settings } from '#core/settings.ts';
import type { RolloutStatus } from '#core/status.ts';
import type { StoredPolicy } from '#core/stored-policy.ts';
import type { Target } from '#core/target.ts';
import { openSsm } from './commands.ts';
import { readStretch } from './find-hosts.ts';
import { readPolicy } from './policy-store.ts';
import { readRivals } from './read-rivals.ts';
import { openEc2 } from './read-zones.ts';
import { openRegistry } from './registry.ts';
import { readRollout, readTarget } from './rollout-store.ts';
import type { Runtime } from './runtime.ts';
import { openStackTables, type Store } from './store.ts';

export interface LookAhead {
  ecr: ECRClient;
  ssm: SSMClient;
  ec2: EC2Client;
  store: Store;
  nowMs(): number;
}

/** `stack`: the name of a stack, deployed or not; its tables carry it. */
export function openLookAhead(runtime: Runtime, stack: string): LookAhead {
  return {
    ecr: openRegistry(runtime),
    ssm: openSsm(runtime),
    ec2: openEc2(runtime),
    store: openStackTables(runtime, stack),
    nowMs: runtime.nowMs,
  };
}

/** The region that the calls go to. */
export function regionOf({ ecr }: LookAhead): Promise<string> {
  return ecr.config.region();
}

/** Every host that the policy selects; `tell` hears how many there are so far, where they are many. */
export async function readFleet(
  services: LookAhead,
  policy: Policy,
  tell: (found: number) => void,
): Promise<Facts['hosts']> {
  const hosts: string[] = [];
  const zoneOf = new Map<string, string>();
  let offline = 0;
  let next: string | undefined;
  do {
    const stretch = await readStretch(services, policy, next);
    // A token lives for some minutes, and these calls follow one another at once.
    if (stretch === undefined) throw new RangeError('SSM does not go on with its list of hosts');
    hosts.push(...stretch.hosts);
    offline += stretch.offline;
    for (const [host, zone] of stretch.zoneOf) zoneOf.set(host, zone);
    next = stretch.nextToken;
    if (next !== undefined) tell(hosts.length);
  } while (next !== undefined);
  return { hosts, offline, zoneOf };
}

export interface Stored {
  policy: StoredPolicy | undefined;
  target: Target | undefined;
  activeStatus: RolloutStatus | undefined;
  rivals: Policy[];
}

/** What the stack has stored of a policy and a repository; undefined where there is no such stack. */
export async function readStored(
  { store }: LookAhead,
  policy: Policy,
  repository: string,
  settings: Settings,
): Promise<Stored | undefined> {
  try {
    const stored = await readPolicy(store, policy.id);
    const target = await readTarget(store, policy.id, repository);
    const id = target?.active?.rollout;
    const activeStatus = id === undefined ? undefined : await readStanding(store, id);
    const own = { policy: policy.id, repository, settings: policy };
    const { others } = await readRivals(store, own, settings);
    return { policy: stored, target, activeStatus, rivals: [...others] };
  } catch (error) {
    if (error instanceof ResourceNotFoundException) return undefined;
    throw error;
  }
}

/** Whoever made the target's rollout may have died before its record was written: a look makes it then. */
async function readStanding(store: Store, id: string): Promise<RolloutStatus> {
  const rollout = await readRollout(store, id);
  return rollout === undefined ? 'pending' : standingOf(rollout);
}
