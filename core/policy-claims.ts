/**
 * Two policies that could claim the same container on the same host: each would undo what the other did. Only
 * what they say is compared, not the hosts that there are: a host may get its tags tomorrow.
 */
import { hasGlob, matchesGlob, parseImagePattern } from './image-pattern.ts';
import { containerFor, type Policy } from './policy.ts';
import { splitDeviceTag } from './policy-hosts.ts';

type Claimant = Pick<
  Policy,
  'id' | 'image_pattern' | 'container' | 'fleet_id' | 'device_tags' | 'hosts'
>;

export interface Claim {
  /** Index of the later policy of the two. */
  index: number;
  other: string;
  /** A name; a glob where the container is named after its repository. */
  container: string;
}

const FLEET_TAG = 'longshore:fleet';

/** For each policy the first one before it that could claim the same. */
export function listClaims(policies: readonly Claimant[]): Claim[] {
  const claims = policies.map((policy) => ({
    id: policy.id,
    container: containerGlob(policy),
    tags: tagsOf(policy),
    hosts: new Set(policy.hosts),
  }));
  return claims.flatMap((claim, index) => {
    const other = claims
      .slice(0, index)
      .find((earlier) => globsMeet(earlier.container, claim.container) && areMet(earlier, claim));
    return other === undefined ? [] : [{ index, other: other.id, container: claim.container }];
  });
}

/** The name of the policy's containers: as its repositories end, where it meets several. */
function containerGlob(policy: Claimant): string {
  const { repository = '' } = parseImagePattern(policy.image_pattern) ?? {};
  return containerFor(policy, repository);
}

function tagsOf(policy: Claimant): Map<string, string> {
  const tags = policy.device_tags.map(splitDeviceTag);
  const pairs = tags.map(({ key, value }) => [key, value] as const);
  return new Map(
    policy.fleet_id === undefined ? pairs : [...pairs, [FLEET_TAG, policy.fleet_id] as const],
  );
}

interface Hosts {
  tags: ReadonlyMap<string, string>;
  hosts: ReadonlySet<string>;
}

/** Whether one host could be both's: a tag has one value, and a list names all that it selects. */
function areMet(one: Hosts, other: Hosts): boolean {
  for (const [key, value] of one.tags) {
    if ((other.tags.get(key) ?? value) !== value) return false;
  }
  return one.hosts.size === 0 || other.hosts.size === 0 || !one.hosts.isDisjointFrom(other.hosts);
}

/** Whether some text is met by both: two that hold a star differ only in what stands before and behind. */
function globsMeet(one: string, other: string): boolean {
  if (!hasGlob(one)) return matchesGlob(other, one);
  if (!hasGlob(other)) return matchesGlob(one, other);
  const [heads, tails] = [
    [one, other].map((glob) => glob.slice(0, glob.indexOf('*'))),
    [one, other].map((glob) => glob.slice(glob.lastIndexOf('*') + 1)),
  ];
  const [head = '', otherHead = ''] = heads;
  const [tail = '', otherTail = ''] = tails;
  return (
    (head.startsWith(otherHead) || otherHead.startsWith(head)) &&
    (tail.endsWith(otherTail) || otherTail.endsWith(tail))
  );
}

/** What a person is told of it. */
export function describeClaim({ other, container }: Omit<Claim, 'index'>): string {
  return `claims the container ${container} on hosts that ${other} may claim too; give one of them another fleet_id, a device tag with another value, or another container`;
}
