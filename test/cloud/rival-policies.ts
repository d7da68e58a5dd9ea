/**
 * Random pairs of policies, for developers and for production, that want the same more often than not: few fleets,
 * few tags, few hosts, few repositories, in all the ways in which a policy may name them.
 */
import fc from 'fast-check';
import { matchesRepository, parseImagePattern } from '#core/image-pattern.ts';
import { containerFor, type Policy } from '#core/policy.ts';
import { listHostTags } from '#core/policy-hosts.ts';
import type { HostSpec } from '#local/hosts/fleet.ts';

export const REPOSITORIES = ['shop/web', 'shop/web-dev', 'shop/api', 'team/web', 'team/api-dev'];
const HOSTS = Array.from({ length: 8 }, (_, index) => `i-${String(index).padStart(17, '0')}`);
const VALUES = {
  'longshore:fleet': ['dev', 'production'],
  stage: ['dev', 'live'],
  role: ['web', 'api'],
};

/** A tag with one of its values, or without. */
const tags = fc
  .record({
    'longshore:fleet': fc.option(fc.constantFrom(...VALUES['longshore:fleet']), { nil: undefined }),
    stage: fc.option(fc.constantFrom(...VALUES.stage), { nil: undefined }),
    role: fc.option(fc.constantFrom(...VALUES.role), { nil: undefined }),
  })
  .map((held) => Object.entries(held).filter(([, value]) => value !== undefined));

const selection = fc
  .record({
    tags,
    hosts: fc.oneof(
      { weight: 2, arbitrary: fc.constant([]) },
      { weight: 1, arbitrary: fc.subarray(HOSTS, { minLength: 1, maxLength: 4 }) },
    ),
  })
  .map(({ tags: wanted, hosts }) => {
    const fleet = wanted.find(([key]) => key === 'longshore:fleet')?.[1];
    const others = wanted.filter(([key]) => key !== 'longshore:fleet');
    const isAll = wanted.length === 0 && hosts.length === 0;
    return {
      ...(fleet !== undefined && { fleet_id: fleet }),
      device_tags: others.map(([key, value]) => `${key}:${value}`),
      hosts,
      all_hosts: isAll,
    };
  });

/** Patterns of several repositories name their containers themselves. */
const images = fc.oneof(
  fc.record({
    image_pattern: fc.constantFrom(...REPOSITORIES, 'shop/web:v*', 'shop/web-dev:main'),
    container: fc.option(fc.constantFrom('web', 'api'), { nil: undefined }),
  }),
  fc.record({
    image_pattern: fc.constantFrom('shop/*', '*/web', 'shop/web*', '*/*-dev', 'team/*:v*', '*/*'),
  }),
);

const steps = fc.oneof(
  fc.constantFrom({ update_strategy: 'auto' }, { update_strategy: 'manual' }, {}),
  fc.constant({ staged_batches: ['1 host', 1], batch_delay_minutes: 0 }),
);

const choice = fc.constantFrom(
  { type: 'newest-push' },
  { type: 'alphabetical' },
  { type: 'numerical', filter: { pattern: '(\\d+)$', extract: '$1' } },
);

function policyNamed(id: string): fc.Arbitrary<Record<string, unknown>> {
  return fc
    .tuple(selection, images, steps, choice)
    .map(([hosts, image, step, tag_choice]) => ({ id, ...hosts, ...image, ...step, tag_choice }));
}

export const policyPairs = fc.tuple(policyNamed('dev'), policyNamed('production'));

/** Hosts with some of the tags that policies ask for, and some without the leave to be touched. */
export const fleets: fc.Arbitrary<HostSpec[]> = fc
  .tuple(
    ...HOSTS.map((id) =>
      fc.record({ id: fc.constant(id), held: tags, isEnabled: fc.integer({ min: 0, max: 7 }) }),
    ),
  )
  .map((hosts) =>
    hosts.map(({ id, held, isEnabled }) => ({
      id,
      tags: { ...Object.fromEntries(held), ...(isEnabled > 0 && { 'longshore:enabled': 'true' }) },
    })),
  );

/** Those of `REPOSITORIES` that a policy's pattern meets. */
export function repositoriesOf({ image_pattern }: Policy): string[] {
  const pattern = parseImagePattern(image_pattern);
  return REPOSITORIES.filter((name) => pattern !== undefined && matchesRepository(pattern, name));
}

/** Whether there is a host that it may change, as far as tags and ids say: to draw cases that are about something. */
export function hasClaims(policy: Policy, fleet: readonly HostSpec[]): boolean {
  const wanted = [{ key: 'longshore:enabled', value: 'true' }, ...listHostTags(policy)];
  const hosts = fleet.filter(
    ({ id = '', tags: held }) =>
      wanted.every(({ key, value }) => held?.[key] === value) &&
      (policy.hosts.length === 0 || policy.hosts.includes(id)),
  );
  return hosts.length > 0 && containersOf(policy).length > 0;
}

/** The names of its containers, whatever host they are on. */
export function containersOf(policy: Policy): string[] {
  return [...new Set(repositoriesOf(policy).map((name) => containerFor(policy, name)))];
}
