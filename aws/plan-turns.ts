/**
 * Planning, a turn at a time: a turn reads pages of hosts and stores them with the token of the next page,
 * in an item that is never changed again. Whoever plans, and however often, continues the same chain; so
 * the plan is a pure function of what is stored.
 */
import type { SSMClient } from '@aws-sdk/client-ssm';
import { InvalidNextToken } from '@aws-sdk/client-ssm';
import * as z from 'zod';
import { pad } from '#core/chunk.ts';
import { ThrottledError } from '#core/errors.ts';
import type { FoundHosts } from '#core/judge-plan.ts';
import { planHosts, planItems } from '#core/plan-hosts.ts';
import type { Rollout } from '#core/rollout.ts';
import { readHostPage } from './commands.ts';
import { sha256 } from './hash.ts';
import { parseItem, putItems, putNewItem, queryRollout, type Store } from './store.ts';

/** 5,000 hosts a turn: an item of 110 KB, and at SSM's pace well under a lambda's five minutes. */
const PAGES_PER_TURN = 100;
const TURN_MS = 120_000;

const HostsItem = z.object({
  hosts: z.array(z.string()),
  offline: z.int(),
  next_token: z.string().optional(),
});

export type Turn =
  | { kind: 'more' }
  | { kind: 'expired' }
  | { kind: 'found'; hosts: string[]; offline: number };

/** Continues the chain by one turn; `found` once its last page is stored. */
export async function readHostsTurn(
  services: { store: Store; ssm: SSMClient; nowMs(): number },
  rollout: Rollout,
): Promise<Turn> {
  const prefix = `hosts#${pad(rollout.plan_attempt, 3)}#`;
  const hosts: string[] = [];
  let offline = 0;
  let turns = 0;
  let next: string | undefined;
  for await (const item of queryRollout(services.store, rollout.rollout, prefix)) {
    const stored = parseItem(HostsItem, item, `the hosts found for ${rollout.rollout}`);
    hosts.push(...stored.hosts);
    offline += stored.offline;
    next = stored.next_token;
    turns += 1;
  }
  if (turns > 0 && next === undefined) return { kind: 'found', hosts, offline };
  const turn = await readPages(services, rollout, next);
  if (turn === undefined) return { kind: 'expired' };
  await putNewItem(services.store, services.store.rollouts, {
    rollout: rollout.rollout,
    item: `${prefix}${pad(turns, 5)}`,
    ...turn,
  });
  if (turn.next_token !== undefined) return { kind: 'more' };
  return { kind: 'found', hosts: [...hosts, ...turn.hosts], offline: offline + turn.offline };
}

/** Undefined where SSM does not take the token any more: the chain has to begin again. */
async function readPages(
  services: { ssm: SSMClient; nowMs(): number },
  rollout: Rollout,
  from: string | undefined,
): Promise<z.infer<typeof HostsItem> | undefined> {
  const until = services.nowMs() + TURN_MS;
  const found: z.infer<typeof HostsItem> = { hosts: [], offline: 0 };
  let next = from;
  for (let page = 0; page < PAGES_PER_TURN; page += 1) {
    try {
      const answer = await readHostPage(services.ssm, rollout.settings, next);
      found.hosts.push(...answer.hosts);
      found.offline += answer.offline;
      next = answer.nextToken;
    } catch (error) {
      if (error instanceof InvalidNextToken) return undefined;
      // What was read is kept: a turn that begins again at its first page would never end.
      if (error instanceof ThrottledError && page > 0) break;
      throw error;
    }
    if (next === undefined) return found;
    if (services.nowMs() >= until) break;
  }
  return next === undefined ? found : { ...found, next_token: next };
}

/** Stores the plan's items (the same, whoever writes them) and gives what `meta` is to hold of it. */
export async function storePlan(
  store: Store,
  rollout: Rollout,
  { hosts, offline }: FoundHosts,
): Promise<{ plan: NonNullable<Rollout['plan']>; plan_hash: string }> {
  const { plan, chunks, canonical } = planHosts(rollout.settings, hosts);
  const items = planItems(chunks).map((item) => ({ rollout: rollout.rollout, ...item }));
  await putItems(store, store.rollouts, items);
  return {
    plan: { ...plan, ...(offline > 0 && { offline }) },
    plan_hash: sha256(canonical),
  };
}
