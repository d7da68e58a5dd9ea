/**
 * The zones of hosts as they are stored beside them: a name once, and a small number for each host. A zone
 * in full for each of 5,000 hosts would be 55 KB more in an item of 100; so it is 15.
 */
export interface PackedZones {
  zones: string[];
  /** For each host, in their order: 0 for no known zone, else the place of its zone, from 1. */
  zone_of: number[];
}

export function packZones(
  hosts: readonly string[],
  zoneOf: ReadonlyMap<string, string>,
): PackedZones {
  const zones = [...new Set(hosts.flatMap((host) => zoneOf.get(host) ?? []))].toSorted();
  const numbers = new Map(zones.map((zone, index) => [zone, index + 1]));
  return { zones, zone_of: hosts.map((host) => numbers.get(zoneOf.get(host) ?? '') ?? 0) };
}

export function unpackZones(
  hosts: readonly string[],
  { zones, zone_of }: PackedZones,
): [host: string, zone: string][] {
  return hosts.flatMap((host, index) => {
    const zone = zones[(zone_of[index] ?? 0) - 1];
    return zone === undefined ? [] : [[host, zone]];
  });
}
