import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { packZones, unpackZones } from '#core/host-zones.ts';
import { planHosts } from '#core/plan-hosts.ts';
import { spreadHosts } from '#core/spread-hosts.ts';
import { aPolicy } from './fixtures.ts';

/** `a1`, `a2`, … of zone a, and so on: the first letter is the zone. */
function fleetOf(counts: Record<string, number>): string[] {
  return Object.entries(counts).flatMap(([zone, count]) =>
    Array.from({ length: count }, (_, index) => `${zone}${index + 1}`),
  );
}

function zonesOf(hosts: readonly string[]): Map<string, string> {
  return new Map(hosts.map((host) => [host, host.slice(0, 1)]));
}

function spread(hosts: readonly string[]): string[] {
  return spreadHosts(hosts, zonesOf(hosts));
}

const fleets = fc
  .array(fc.integer({ min: 1, max: 40 }), { minLength: 1, maxLength: 9 })
  .map(
    (counts): Record<string, number> =>
      Object.fromEntries(counts.map((count, index) => ['abcdefghi'[index], count])),
  );

describe('hosts that are spread', () => {
  it.each([
    ['alike', { a: 3, b: 3, c: 3 }, 'a1 b1 c1 a2 b2 c2 a3 b3 c3'],
    ['uneven', { a: 6, b: 3, c: 1 }, 'a1 a2 b1 a3 b2 a4 a5 b3 a6 c1'],
    ['in one zone', { a: 4 }, 'a1 a2 a3 a4'],
    ['nowhere', {}, ''],
  ])('%s', (_, counts, order) => {
    expect(spread(fleetOf(counts)).join(' ')).toBe(order);
  });

  it('have, however many are taken, their zone’s share within one host', () => {
    fc.assert(
      fc.property(fleets, (counts) => {
        const hosts = fleetOf(counts);

        const order = spread(hosts);

        expect(order.toSorted()).toEqual(hosts.toSorted());
        for (const [zone, count] of Object.entries(counts)) {
          let taken = 0;
          for (const [index, host] of order.entries()) {
            if (host.startsWith(zone)) taken += 1;
            const share = ((index + 1) * count) / hosts.length;
            expect(Math.abs(taken - share)).toBeLessThan(1);
          }
        }
      }),
    );
  });

  it('are taken by the name of their zone where nothing else tells them apart', () => {
    expect(spread(['b1', 'c1', 'a1'])).toEqual(['a1', 'b1', 'c1']);
  });

  it('keep the order within their zone', () => {
    fc.assert(
      fc.property(fleets, (counts) => {
        const hosts = fleetOf(counts);

        const order = spread(hosts);

        for (const zone of Object.keys(counts)) {
          const own = (one: string) => one.startsWith(zone);
          expect(order.filter(own)).toEqual(hosts.filter(own));
        }
      }),
    );
  });

  it('are in groups of their own where they are hybrid, and where EC2 does not know them', () => {
    const hosts = ['i-1', 'i-2', 'i-3', 'i-4', 'mi-1', 'mi-2', 'i-8', 'i-9'];
    const zones = new Map(['i-1', 'i-2', 'i-3', 'i-4'].map((host) => [host, 'a']));

    const order = spreadHosts(hosts, zones);

    expect(order.slice(0, 4).toSorted()).toEqual(['i-1', 'i-2', 'i-8', 'mi-1']);
    expect(order.slice(4).toSorted()).toEqual(['i-3', 'i-4', 'i-9', 'mi-2']);
  });
});

describe('a plan that spreads over zones', () => {
  const hosts = fleetOf({ a: 50, b: 30, c: 20 });
  const counts = (part: readonly string[]) =>
    ['a', 'b', 'c'].map((zone) => part.filter((host) => host.startsWith(zone)).length);
  const policy = aPolicy({ spread: 'zones', max_unavailable: 10 });

  it('has each batch and each chunk take from every zone in proportion', () => {
    const { plan, chunks } = planHosts(policy, hosts, zonesOf(hosts));

    const batches = plan.batches.map((batch) =>
      counts(chunks.slice(batch.first_chunk, batch.first_chunk + batch.chunks).flat()),
    );
    expect(batches).toEqual([
      [5, 3, 2],
      [20, 12, 8],
      [25, 15, 10],
    ]);
    expect(new Set(chunks.map((chunk) => counts(chunk).join()))).toEqual(new Set(['5,3,2']));
  });

  it('is the same in whatever order hosts are found', () => {
    const shuffled = fc.shuffledSubarray(hosts, { minLength: hosts.length });
    const plan = planHosts(policy, hosts, zonesOf(hosts));

    fc.assert(
      fc.property(shuffled, (other) => {
        expect(planHosts(policy, other, zonesOf(other))).toEqual(plan);
      }),
      { numRuns: 20 },
    );
  });

  it('has the hosts that the policy names first all the same', () => {
    const first = ['i-00000002', 'i-00000001', 'i-00000003'];
    const zones = new Map([...zonesOf(hosts), ...first.map((host) => [host, 'c'] as const)]);
    const named = aPolicy({ spread: 'zones', first_batch: first });

    const { chunks } = planHosts(named, [...hosts, ...first], zones);

    expect(chunks[0]).toEqual(first.toSorted());
    expect(counts(chunks[1] ?? []).every((count) => count > 0)).toBe(true);
  });

  it('is in the order of their ids where the policy does not ask for it', () => {
    const { chunks } = planHosts(aPolicy(), hosts, zonesOf(hosts));

    expect(chunks.flat()).toEqual(hosts.toSorted());
  });
});

describe('zones beside their hosts', () => {
  it('are a name once, and a number for each host', () => {
    const zones = new Map([
      ['i-1', 'eu-west-1b'],
      ['i-2', 'eu-west-1a'],
      ['i-4', 'eu-west-1b'],
    ]);

    expect(packZones(['i-1', 'i-2', 'mi-3', 'i-4'], zones)).toEqual({
      zones: ['eu-west-1a', 'eu-west-1b'],
      zone_of: [2, 1, 0, 2],
    });
  });

  it('come out as they went in', () => {
    const host = fc.stringMatching(/^i-[0-9a-f]{4}$/);
    const zone = fc.option(fc.constantFrom('a', 'b', 'c'));
    fc.assert(
      fc.property(fc.dictionary(host, zone), (found) => {
        const hosts = Object.keys(found);
        const known = hosts.flatMap((one): [string, string][] => {
          const name = found[one];
          return name === null || name === undefined ? [] : [[one, name]];
        });

        expect(unpackZones(hosts, packZones(hosts, new Map(known)))).toEqual(known);
      }),
    );
  });

  it('are none for hosts that were stored without', () => {
    expect(unpackZones(['i-1'], { zones: [], zone_of: [] })).toEqual([]);
  });
});
