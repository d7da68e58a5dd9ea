/**
 * Two policies that could claim the same container on the same host: each would undo what the other did. Only
 * what they say is compared, not the hosts that there are: a host may get its tags tomorrow.
 */
import { hasGlob, matchesGlob, parseImagePattern } from './image-pattern.ts';
import { containerFor, type Policy } from './policy.ts';
import { listHostTags } from './policy-hosts.ts';

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

/** For each policy the first that could claim the same: of the others, then of those before it. */
export function listClaims(
  policies: readonly Claimant[],
  others: readonly Claimant[] = [],
): Claim[] {
  const known = new Map<string, Claims[]>();
  const add = (claims: Claims) => {
    const sharing = known.get(claims.key);
    if (sharing === undefined) known.set(claims.key, [claims]);
    else sharing.push(claims);
  };
  for (const other of others) add(claimsOf(other));
  return policies.flatMap((policy, index) => {
    const claims = claimsOf(policy);
    const other = findRival(known, claims);
    add(claims);
    return other === undefined ? [] : [{ index, other: other.id, container: claims.container }];
  });
}

interface Claims extends Hosts {
  id: string;
  container: string;
  key: string;
}

function claimsOf(policy: Claimant): Claims {
  return {
    id: policy.id,
    container: containerGlob(policy),
    key: containerKey(policy),
    tags: tagsOf(policy),
    hosts: new Set(policy.hosts),
  };
}

/** A name can meet the same name, and globs: among thousands of policies those are few. */
function findRival(
  known: ReadonlyMap<string, readonly Claims[]>,
  claims: Claims,
): Claims | undefined {
  const keys = claims.key === ANY_CONTAINER ? [...known.keys()] : [claims.key, ANY_CONTAINER];
  for (const key of keys) {
    const rival = known
      .get(key)
      ?.find((other) => globsMeet(other.container, claims.container) && areMet(other, claims));
    if (rival !== undefined) return rival;
  }
  return undefined;
}

const ANY_CONTAINER = '*';

/** The key of the index `byContainer`: a name, or one key for all whose containers are named by a glob. */
export function containerKey(policy: Claimant): string {
  const container = containerGlob(policy);
  return hasGlob(container) ? ANY_CONTAINER : `=${container}`;
}

/** The keys under which stands whoever may claim a container of this name. */
export function rivalKeys(container: string): string[] {
  return [`=${container}`, ANY_CONTAINER];
}

/** The name of the policy's containers: as its repositories end, where it meets several. */
function containerGlob(policy: Claimant): string {
  const { repository = '' } = parseImagePattern(policy.image_pattern) ?? {};
  return containerFor(policy, repository);
}

function tagsOf(policy: Claimant): Map<string, string> {
  return new Map(listHostTags(policy).map(({ key, value }) => [key, value]));
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

export const CLAIM_MEND =
  'give one of them another fleet_id, a device tag with another value, or another container';

/** What a person is told of it. */
export function describeClaim({ other, container }: Omit<Claim, 'index'>): string {
  return `claims the container ${container} on hosts that ${other} may claim too; ${CLAIM_MEND}`;
}
