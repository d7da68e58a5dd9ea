/**
 * The hosts of a plan, found a stretch at a time: each reads pages of hosts and stores them with the token of the
 * next page, in an item that is never changed again. Whoever plans, and however often, continues the same chain; so
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
import type { Policy } from '#core/policy.ts';
import type { Rollout } from '#core/rollout.ts';
import { HOSTS_PER_PAGE, readHostPage } from './commands.ts';
import { HOSTS_ASKED, readZones } from './read-zones.ts';
import { both, parseItem, putNewItem, queryRollout, type Store } from './store.ts';

/** 5,000 hosts a stretch: an item of 120 KB, and at SSM's pace well under a lambda's five minutes. */
const PAGES_PER_STRETCH = 100;
/** So many pages have no more hosts than EC2 is asked for at once. */
const PAGES_AT_ONCE = HOSTS_ASKED / HOSTS_PER_PAGE;
const STRETCH_MS = 120_000;

const HostsItem = z.object({
  hosts: z.array(z.string()),
  offline: z.int(),
  /** Where the policy spreads over zones. */
  zones: z.array(z.string()).default([]),
  zone_of: z.array(z.int()).default([]),
  next_token: z.string().optional(),
});
type StoredStretch = z.infer<typeof HostsItem>;

interface Discovery {
  ssm: SSMClient;
  ec2: EC2Client;
  nowMs(): number;
}

export interface PlannedHosts extends FoundHosts {
  zoneOf: ReadonlyMap<string, string>;
}

export type Found<B> =
  | { kind: 'more' }
  | { kind: 'expired' }
  | ({ kind: 'found'; beside: B } & PlannedHosts);

/** A list that expired begins again as another chain; nearly always the first is the only one. */
const FIRST_CHAIN = 1;

/** What is stored of the first chain: it is known where that is before `meta` is read. */
export function readFirstChain(store: Store, rollout: string): Promise<StoredStretch[]> {
  return readChain(store, rollout, FIRST_CHAIN);
}

/**
 * Continues the chain by one stretch; `found` once its last page is stored, with what is read beside it: after
 * the hosts were found, which takes its time, and while they are stored.
 */
export async function findHosts<B>(
  services: Discovery & { store: Store },
  rollout: Rollout,
  firstChain: readonly StoredStretch[],
  readBeside: () => Promise<B>,
): Promise<Found<B>> {
  const chain = rollout.plan_attempt;
  const stored =
    chain === FIRST_CHAIN ? firstChain : await readChain(services.store, rollout.rollout, chain);
  const next = stored.at(-1)?.next_token;
  if (stored.length > 0 && next === undefined) {
    return { kind: 'found', ...joinStretches(stored), beside: await readBeside() };
  }
  const stretch = await readStretch(services, rollout.settings, next);
  if (stretch === undefined) return { kind: 'expired' };
  const { offline, hosts, nextToken, zoneOf } = stretch;
  const item = {
    hosts,
    offline,
    ...(rollout.settings.spread === 'zones' && packZones(hosts, zoneOf)),
    ...(nextToken !== undefined && { next_token: nextToken }),
  };
  const put = putNewItem(services.store, services.store.rollouts, {
    rollout: rollout.rollout,
    item: `${chainPrefix(chain)}${pad(stored.length, 5)}`,
    ...item,
  });
  if (nextToken !== undefined) {
    await put;
    return { kind: 'more' };
  }
  const [beside] = await both(readBeside(), put);
  return { kind: 'found', ...joinStretches([...stored, HostsItem.parse(item)]), beside };
}

function chainPrefix(chain: number): string {
  return `hosts#${pad(chain, 3)}#`;
}

async function readChain(store: Store, rollout: string, chain: number): Promise<StoredStretch[]> {
  const stored: StoredStretch[] = [];
  for await (const item of queryRollout(store, rollout, chainPrefix(chain))) {
    stored.push(parseItem(HostsItem, item, `the hosts found for ${rollout}`));
  }
  return stored;
}

function joinStretches(stretches: readonly StoredStretch[]): PlannedHosts {
  return {
    hosts: stretches.flatMap(({ hosts }) => hosts),
    offline: stretches.reduce((sum, { offline }) => sum + offline, 0),
    zoneOf: new Map(stretches.flatMap((stretch) => unpackZones(stretch.hosts, stretch))),
  };
}

interface FoundStretch extends PlannedHosts {
  hosts: string[];
  nextToken: string | undefined;
}

/** Undefined where SSM does not take the token any more: the chain has to begin again. */
export async function readStretch(
  services: Discovery,
  settings: Policy,
  from: string | undefined,
): Promise<FoundStretch | undefined> {
  const untilMs = services.nowMs() + STRETCH_MS;
  const zoneOf = new Map<string, string>();
  const stretch: FoundStretch = { hosts: [], offline: 0, zoneOf, nextToken: from };
  for (let read = 0; read < PAGES_PER_STRETCH; read += PAGES_AT_ONCE) {
    try {
      const pages = await readPages(services, settings, stretch.nextToken);
      stretch.hosts.push(...pages.hosts);
      stretch.offline += pages.offline;
      stretch.nextToken = pages.nextToken;
      for (const [host, zone] of pages.zoneOf) zoneOf.set(host, zone);
      if (pages.isThrottled) break;
    } catch (error) {
      if (error instanceof InvalidNextToken) return undefined;
      // What was read is kept: a stretch that begins again at its first page would never end.
      if (error instanceof ThrottledError && read > 0) break;
      throw error;
    }
    if (stretch.nextToken === undefined || services.nowMs() >= untilMs) break;
  }
  return stretch;
}

/** Some pages, and the zones of their hosts where the policy wants them. */
async function readPages(
  { ssm, ec2 }: Discovery,
  settings: Policy,
  from: string | undefined,
): Promise<FoundStretch & { isThrottled: boolean }> {
  const hosts: string[] = [];
  let offline = 0;
  let isThrottled = false;
  let nextToken = from;
  for (let page = 0; page < PAGES_AT_ONCE && !isThrottled; page += 1) {
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
