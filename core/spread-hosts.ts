/**
 * Hosts in an order that takes from every availability zone in proportion, so that no batch and no chunk
 * is a zone alone while others wait. Hybrid hosts have no zone and are a group of their own; so are those
 * that EC2 does not know (any more).
 *
 * The law: of the first k of N hosts, a zone that holds n of them has more than k·n/N − 1 and less than
 * k·n/N + 1. Host j of a zone (from 0) therefore has a span of places, from ⌊j·N/n⌋ until ⌈(j + 1)·N/n⌉.
 * Whoever always takes, of the spans that have begun, the one that ends first misses none: the spans are
 * those of a fair schedule of one processor (Baruah et al., "Proportionate Progress", 1996).
 *
 *   a1 … a6, b1, b2, b3, c1  →  a1 a2 b1 a3 b2 a4 a5 b3 a6 c1
 */

/** `zoneOf` names the zone of each host that has a known one. The hosts of a zone keep their order. */
export function spreadHosts(
  hosts: readonly string[],
  zoneOf: ReadonlyMap<string, string>,
): string[] {
  const groups = groupHosts(hosts, zoneOf);
  return hosts.flatMap((_, place) => {
    const begun = groups.filter((group) => startOf(group, hosts.length) <= place);
    begun.sort((one, other) => endOf(one, hosts.length) - endOf(other, hosts.length));
    return begun.slice(0, 1).flatMap(takeFrom);
  });
}

interface Group {
  hosts: string[];
  taken: number;
}

/** By name, so that the same hosts give the same order. */
function groupHosts(hosts: readonly string[], zoneOf: ReadonlyMap<string, string>): Group[] {
  const groups = new Map<string, Group>();
  for (const host of hosts) {
    const name = zoneOf.get(host) ?? (host.startsWith('mi-') ? 'hybrid' : 'unknown');
    const group = groups.get(name) ?? { hosts: [], taken: 0 };
    group.hosts.push(host);
    groups.set(name, group);
  }
  const byName = [...groups].toSorted(([one], [other]) => (one < other ? -1 : 1));
  return byName.map(([, group]) => group);
}

/** Both are exact: a quotient of whole numbers that is whole is so in floating point, too. */
function startOf({ hosts, taken }: Group, count: number): number {
  return Math.floor((taken * count) / hosts.length);
}

function endOf({ hosts, taken }: Group, count: number): number {
  return Math.ceil(((taken + 1) * count) / hosts.length);
}

function takeFrom(group: Group): string[] {
  group.taken += 1;
  return group.hosts.slice(group.taken - 1, group.taken);
}
