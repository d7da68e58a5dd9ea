/**
 * Planning, a turn at a time: a turn reads pages of hosts and stores them with the token of the next page,
 * in an item that is never changed again. Whoever plans, and however often, continues the same chain; so
 * the plan is a pure function of what is stored. Zones are asked for only where the policy spreads over them.
 */
import type { EC2Client } from '@aws-sdk/client-ec2';
import type { SSMClient } from '@aws-sdk/client-ssm';
import { InvalidNextToken } from '@aws-sdk/client-ssm';
import * as z from 'zod';
import { pad } from '#core/chunk.ts';
import { ThrottledError } from '#core/errors.ts';
import { packZones, unpackZones } from '#core/host-zones.ts';
import type { FoundHosts } from '#core/judge-plan.ts';
import { planHosts, planItems } from '#core/plan-hosts.ts';
import type { Policy } from '#core/policy.ts';
import type { Rollout } from '#core/rollout.ts';
import { HOSTS_PER_PAGE, readHostPage } from './commands.ts';
import { sha256 } from './hash.ts';
import { HOSTS_ASKED, readZones } from './read-zones.ts';
import { parseItem, putItems, putNewItem, queryRollout, type Store } from './store.ts';

/** 5,000 hosts a turn: an item of 120 KB, and at SSM's pace well under a lambda's five minutes. */
const PAGES_PER_TURN = 100;
/** So many pages have no more hosts than EC2 is asked for at once. */
const PAGES_PER_STRETCH = HOSTS_ASKED / HOSTS_PER_PAGE;
const TURN_MS = 120_000;

const HostsItem = z.object({
  hosts: z.array(z.string()),
  offline: z.int(),
  /** Where the policy spreads over zones. */
  zones: z.array(z.string()).default([]),
  zone_of: z.array(z.int()).default([]),
  next_token: z.string().optional(),
});

interface Discovery {
  ssm: SSMClient;
  ec2: EC2Client;
  nowMs(): number;
}

interface PlannedHosts extends FoundHosts {
  zoneOf: ReadonlyMap<string, string>;
}

export type Turn = { kind: 'more' } | { kind: 'expired' } | ({ kind: 'found' } & PlannedHosts);

/** Continues the chain by one turn; `found` once its last page is stored. */
export async function readHostsTurn(
  services: Discovery & { store: Store },
  rollout: Rollout,
): Promise<Turn> {
  const prefix = `hosts#${pad(rollout.plan_attempt, 3)}#`;
  const stored: z.infer<typeof HostsItem>[] = [];
  for await (const item of queryRollout(services.store, rollout.rollout, prefix)) {
    stored.push(parseItem(HostsItem, item, `the hosts found for ${rollout.rollout}`));
  }
  const next = stored.at(-1)?.next_token;
  if (stored.length > 0 && next === undefined) return { kind: 'found', ...joinTurns(stored) };
  const turn = await readTurn(services, rollout.settings, next);
  if (turn === undefined) return { kind: 'expired' };
  const { offline, hosts, nextToken, zoneOf } = turn;
  const item = {
    hosts,
    offline,
    ...(rollout.settings.spread === 'zones' && packZones(hosts, zoneOf)),
    ...(nextToken !== undefined && { next_token: nextToken }),
  };
  await putNewItem(services.store, services.store.rollouts, {
    rollout: rollout.rollout,
    item: `${prefix}${pad(stored.length, 5)}`,
    ...item,
  });
  if (nextToken !== undefined) return { kind: 'more' };
  return { kind: 'found', ...joinTurns([...stored, HostsItem.parse(item)]) };
}

function joinTurns(turns: readonly z.infer<typeof HostsItem>[]): PlannedHosts {
  return {
    hosts: turns.flatMap(({ hosts }) => hosts),
    offline: turns.reduce((sum, { offline }) => sum + offline, 0),
    zoneOf: new Map(turns.flatMap((turn) => unpackZones(turn.hosts, turn))),
  };
}

interface FoundTurn extends PlannedHosts {
  hosts: string[];
  nextToken: string | undefined;
}

/** Undefined where SSM does not take the token any more: the chain has to begin again. */
export async function readTurn(
  services: Discovery,
  settings: Policy,
  from: string | undefined,
): Promise<FoundTurn | undefined> {
  const untilMs = services.nowMs() + TURN_MS;
  const zoneOf = new Map<string, string>();
  const turn: FoundTurn = { hosts: [], offline: 0, zoneOf, nextToken: from };
  for (let pages = 0; pages < PAGES_PER_TURN; pages += PAGES_PER_STRETCH) {
    try {
      const stretch = await readStretch(services, settings, turn.nextToken);
      turn.hosts.push(...stretch.hosts);
      turn.offline += stretch.offline;
      turn.nextToken = stretch.nextToken;
      for (const [host, zone] of stretch.zoneOf) zoneOf.set(host, zone);
      if (stretch.isThrottled) break;
    } catch (error) {
      if (error instanceof InvalidNextToken) return undefined;
      // What was read is kept: a turn that begins again at its first page would never end.
      if (error instanceof ThrottledError && pages > 0) break;
      throw error;
    }
    if (turn.nextToken === undefined || services.nowMs() >= untilMs) break;
  }
  return turn;
}

/** Some pages, and the zones of their hosts where the policy wants them. */
async function readStretch(
  { ssm, ec2 }: Discovery,
  settings: Policy,
  from: string | undefined,
): Promise<FoundTurn & { isThrottled: boolean }> {
  const hosts: string[] = [];
  let offline = 0;
  let isThrottled = false;
  let nextToken = from;
  for (let page = 0; page < PAGES_PER_STRETCH && !isThrottled; page += 1) {
    try {
      const answer = await readHostPage(ssm, settings, nextToken);
      hosts.push(...answer.hosts);
      offline += answer.offline;
      nextToken = answer.nextToken;
    } catch (error) {
      if (!(error instanceof ThrottledError) || page === 0) throw error;
      isThrottled = true;
    }
    if (nextToken === undefined) break;
  }
  const zoneOf =
    settings.spread === 'zones' ? await readZones(ec2, hosts) : new Map<string, string>();
  return { hosts, offline, zoneOf, nextToken, isThrottled };
}

/** Stores the plan's items (the same, whoever writes them) and gives what `meta` is to hold of it. */
export async function storePlan(
  store: Store,
  rollout: Rollout,
  { hosts, offline, zoneOf }: PlannedHosts,
): Promise<{ plan: NonNullable<Rollout['plan']>; plan_hash: string }> {
  const { plan, chunks, canonical } = planHosts(rollout.settings, hosts, zoneOf);
  const items = planItems(chunks).map((item) => ({ rollout: rollout.rollout, ...item }));
  await putItems(store, store.rollouts, items);
  return {
    plan: { ...plan, ...(offline > 0 && { offline }) },
    plan_hash: sha256(canonical),
  };
}
