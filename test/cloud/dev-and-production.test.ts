/**
 * A push for the developers never reaches a host of production, whatever the two policies say: either the pair
 * is refused when it is saved, or there is no container on any host that both could change.
 */
import { SSMClient } from '@aws-sdk/client-ssm';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readHostPage } from '#aws/commands.ts';
import { matchesTag, parseImagePattern } from '#core/image-pattern.ts';
import { judgePolicies } from '#core/judge-policies.ts';
import { containerFor, type Policy } from '#core/policy.ts';
import { listHostTags } from '#core/policy-hosts.ts';
import { parseSettings } from '#core/settings.ts';
import type { HostSpec } from '#local/hosts/fleet.ts';
import { bareCloud } from '../local/cloud-rig.ts';
import {
  containersOf,
  fleets,
  hasClaims,
  policyPairs,
  REPOSITORIES,
  repositoriesOf,
} from './rival-policies.ts';
import { REPOSITORY, startCloud, type TestCloud } from './start-cloud.ts';

type Pair = [dev: Policy, production: Policy];

/** As a deployment judges them; undefined where it refuses. */
function judgePair(documents: readonly Record<string, unknown>[]): Pair | undefined {
  const checked = judgePolicies(JSON.parse(JSON.stringify(documents)), parseSettings({}));
  if (!checked.ok) {
    expect(checked.reason).toMatch(/^production: claims the container /);
    return undefined;
  }
  const [dev, production] = checked.policies.map(({ policy }) => policy);
  if (dev === undefined || production === undefined) throw new Error('a policy is missing');
  return [dev, production];
}

/** What "Plan rollout" finds, asked of SSM as it asks. */
async function selectHosts(fleet: readonly HostSpec[], policy: Policy): Promise<string[]> {
  const cloud = bareCloud();
  for (const host of fleet) cloud.fleet.add(host);
  const { hosts, nextToken } = await readHostPage(
    new SSMClient(cloud.clientConfig()),
    policy,
    undefined,
  );
  expect(nextToken).toBeUndefined();
  for (const host of fleet) if (hosts.includes(String(host.id))) expectSelector(policy, host);
  return hosts;
}

/** As the policy is written, and not as the product reads it. */
function expectSelector({ fleet_id, device_tags, hosts }: Policy, { id, tags = {} }: HostSpec) {
  const held = Object.entries(tags).map(([key, value]) => `${key}:${value}`);
  const fleet = fleet_id === undefined ? [] : [`longshore:fleet:${fleet_id}`];
  expect(held).toEqual(
    expect.arrayContaining(['longshore:enabled:true', ...fleet, ...device_tags]),
  );
  if (hosts.length > 0) expect(hosts).toContain(id);
}

/** `host/container`, for each that a policy may change. */
async function claimsOf(fleet: readonly HostSpec[], policy: Policy): Promise<Set<string>> {
  const hosts = await selectHosts(fleet, policy);
  return new Set(
    hosts.flatMap((host) => containersOf(policy).map((container) => `${host}/${container}`)),
  );
}

describe('two policies that are taken', () => {
  it('never claim the same container of a host, whatever hosts there are', async () => {
    const counts = { taken: 0, refused: 0, claims: 0 };
    await fc.assert(
      fc.asyncProperty(policyPairs, fleets, async (documents, fleet) => {
        const pair = judgePair(documents);
        counts[pair === undefined ? 'refused' : 'taken'] += 1;
        if (pair === undefined) return;

        const [dev, production] = pair;
        const [ofDev, ofProduction] = [
          await claimsOf(fleet, dev),
          await claimsOf(fleet, production),
        ];

        counts.claims += ofDev.size > 0 && ofProduction.size > 0 ? 1 : 0;
        expect([...ofDev].filter((claim) => ofProduction.has(claim))).toEqual([]);
      }),
      { numRuns: 400 },
    );

    // A law about nothing is none.
    expect(counts.taken).toBeGreaterThan(100);
    expect(counts.refused).toBeGreaterThan(20);
    expect(counts.claims).toBeGreaterThan(20);
  });

  it('are refused only where there may be a host that both select', async () => {
    await fc.assert(
      fc.asyncProperty(policyPairs, async (documents) => {
        if (judgePair(documents) !== undefined) return;
        const alone = documents.map((document) => judgePolicies([document], parseSettings({})));
        const policies = alone.flatMap((one) => (one.ok ? [one.policies[0]?.policy] : []));
        const [dev, production] = policies;
        if (dev === undefined || production === undefined) throw new Error('refused by itself');
        const host = hostOfBoth(dev, production);

        expect(await selectHosts([host], dev)).toEqual([host.id]);
        expect(await selectHosts([host], production)).toEqual([host.id]);
      }),
      { numRuns: 100 },
    );
  });

  function hostOfBoth(one: Policy, other: Policy): HostSpec & { id: string } {
    const wanted = [...listHostTags(one), ...listHostTags(other)];
    const lists = [one.hosts, other.hosts].filter((hosts) => hosts.length > 0);
    const [first = ['i-0000000f'], second = first] = lists;
    return {
      id: first.find((id) => second.includes(id)) ?? 'i-00000000',
      tags: {
        'longshore:enabled': 'true',
        ...Object.fromEntries(wanted.map(({ key, value }) => [key, value])),
      },
    };
  }
});

/** Every repository with an image, and hosts on which all containers run one of them. */
function startWith(pair: Pair, fleet: readonly HostSpec[]): Promise<TestCloud> {
  return startCloud({
    hosts: 0,
    policies: pair.map((policy) => JSON.parse(JSON.stringify(policy))),
    prepare: ({ ecr, fleet: hosts }) => {
      for (const name of REPOSITORIES) if (name !== REPOSITORY) ecr.createRepository(name);
      const images = REPOSITORIES.map((name) => [name, ecr.push(name, { tag: 'v1' })] as const);
      const running = images.map(([name, digest]) => [containerFor({}, name), digest]);
      for (const host of fleet) hosts.add({ ...host, containers: Object.fromEntries(running) });
    },
  });
}

interface Change {
  host: string;
  container: string;
  policy: string;
  repository: string;
}

/** What hosts let policies change, host by host. */
function changesOf({ cloud }: TestCloud): Change[] {
  return cloud.fleet.list.flatMap(({ id }) =>
    cloud.fleet.log(id).flatMap((event) => {
      if (event.kind !== 'accepted') return [];
      const [, policy = '', ...repository] = event.mark.owner.split('/');
      return [{ host: id, container: event.container, policy, repository: repository.join('/') }];
    }),
  );
}

/** What runs, by `host/container`. */
function runningOn({ cloud }: TestCloud): Map<string, string | undefined> {
  const names = REPOSITORIES.map((name) => containerFor({}, name));
  return new Map(
    cloud.fleet.list.flatMap((host) =>
      names.map((name) => [`${host.id}/${name}`, host.running(name)] as const),
    ),
  );
}

describe('a push for the developers', () => {
  const pushes = fc.record({
    repository: fc.constantFrom(...REPOSITORIES),
    tag: fc.constantFrom('v2', 'main', 'v10'),
  });
  const taken = fc
    .tuple(policyPairs, fleets, pushes)
    .map(([documents, fleet, push]) => ({ pair: judgePair(documents), fleet, push }))
    .filter(
      ({ pair, fleet, push }) =>
        pair !== undefined && wants(pair[0], push) && pair.every((one) => hasClaims(one, fleet)),
    );

  it('changes what their policy selects, and nothing of production', async () => {
    let besideProduction = 0;
    await fc.assert(
      fc.asyncProperty(taken, async ({ pair, fleet, push }) => {
        if (pair === undefined) throw new Error('this pair is refused');
        const [dev, production] = pair;
        const test = await startWith(pair, fleet);
        const before = runningOn(test);
        const earlier = changesOf(test).length;

        test.cloud.ecr.push(push.repository, { tag: push.tag });
        await test.cloud.settle();

        const changes = changesOf(test);
        const ofProduction = await claimsOf(fleet, production);
        for (const change of changes) await judgeChange(change, pair, fleet);
        if (!wants(production, push)) {
          const after = runningOn(test);
          for (const place of ofProduction) expect(after.get(place)).toBe(before.get(place));
          besideProduction += changes.length > earlier ? 1 : 0;
        }
        // By some choices v1 goes before main.
        const isNewer = push.tag !== 'main' && dev.update_strategy !== 'manual';
        if (isNewer) expect(changes.map(({ policy }) => policy)).toContain(dev.id);
        expect(await test.watch.violations()).toEqual([]);
      }),
      { numRuns: 20 },
    );

    // A law about nothing is none.
    expect(besideProduction).toBeGreaterThan(2);
  }, 180_000);

  /** Its owner wants the repository, names the container and selects the host; the other policy claims no such place. */
  async function judgeChange(change: Change, pair: Pair, fleet: readonly HostSpec[]) {
    const { host, container, repository } = change;
    const [owner, other] = change.policy === 'dev' ? pair : [pair[1], pair[0]];
    expect(change.policy).toBe(owner.id);
    expect(repositoriesOf(owner)).toContain(repository);
    expect(container).toBe(containerFor(owner, repository));
    expect(await selectHosts(fleet, owner)).toContain(host);
    expect(await claimsOf(fleet, other)).not.toContain(`${host}/${container}`);
  }

  function wants(policy: Policy, { repository, tag }: { repository: string; tag: string }) {
    const pattern = parseImagePattern(policy.image_pattern);
    if (pattern === undefined || !matchesTag(pattern, tag)) return false;
    return repositoriesOf(policy).includes(repository);
  }
});
