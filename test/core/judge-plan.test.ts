import { describe, expect, it } from 'vitest';
import { refuse, refuseClaim, refusePlan } from '#core/judge-plan.ts';
import { aNewRollout, aPolicy, V2 } from './fixtures.ts';

const FOUND = { hosts: ['i-01', 'i-02'], offline: 0 };

describe('a plan', () => {
  it('may be carried out where there are hosts and the image is there', () => {
    expect(refusePlan(aNewRollout(), FOUND, true)).toBeUndefined();
  });

  it.each([
    {
      what: 'the image is gone',
      found: FOUND,
      isThere: false,
      reason: `shop/web@${V2} is gone from the registry`,
    },
    {
      what: 'no host matches',
      found: { hosts: [], offline: 0 },
      isThere: true,
      reason:
        "no host matches policy shop-web; hosts need the tag longshore:enabled=true and the policy's own",
    },
    {
      what: 'every host is offline',
      found: { hosts: [], offline: 7 },
      isThere: true,
      reason:
        "no host matches policy shop-web (7 match, but none of them is online); hosts need the tag longshore:enabled=true and the policy's own",
    },
  ])('is refused where $what', ({ found, isThere, reason }) => {
    expect(refusePlan(aNewRollout(), found, isThere)).toBe(reason);
  });

  it.each([
    { max_hosts: 1, reason: '2 hosts match, more than max_hosts 1' },
    { max_hosts: 2, reason: undefined },
  ])('of 2 hosts, where $max_hosts are allowed: $reason', ({ max_hosts, reason }) => {
    const rollout = aNewRollout({ settings: aPolicy({ max_hosts }) });

    expect(refusePlan(rollout, FOUND, true)).toBe(reason);
  });

  it.each([
    [['i-02'], undefined],
    [['i-02', 'i-03'], 'first_batch names i-03'],
    [['i-04', 'i-03'], 'first_batch names i-04, i-03'],
  ])('of i-01 and i-02, where %j go first: %j', (first_batch, reason) => {
    const rollout = aNewRollout({ settings: { ...aPolicy(), first_batch } });
    const end = ', which the policy does not select or SSM does not reach now';

    expect(refusePlan(rollout, FOUND, true)).toBe(reason && reason + end);
  });

  it('is refused where the policy asks for what this version does not do', () => {
    const rollout = aNewRollout({ settings: aPolicy({ image_pattern: 'ghcr.io/acme/app:*' }) });

    expect(refusePlan(rollout, FOUND, true)).toMatch(/image_pattern.*not supported yet/);
  });

  it('that is refused keeps the reason for the closer, and its status', () => {
    const rollout = aNewRollout();

    expect(refuse(rollout, 'no host')).toEqual({ ...rollout, error_message: 'no host' });
  });
});

describe('a plan beside other policies', () => {
  const own = aPolicy();
  const rival = aPolicy({ id: 'shop-rival', image_pattern: 'team/web:*' });

  it.each([
    ['there is none', []],
    ['there is its own alone', [own]],
    ['another has other hosts', [own, aPolicy({ ...rival, fleet_id: 'staging' })]],
    ['another has another container', [own, aPolicy({ ...rival, container: 'api' })]],
  ])('is not refused where %s', (_, others) => {
    expect(refuseClaim(aNewRollout(), { isStored: true, others })).toBeUndefined();
  });

  it('is refused where another may claim the same container, with both names', () => {
    expect(refuseClaim(aNewRollout(), { isStored: true, others: [own, rival] })).toBe(
      'shop-web claims the container web on hosts that shop-rival may claim too; give one of them another fleet_id, a device tag with another value, or another container',
    );
  });

  it('is judged by the settings that the rollout froze, not by what its policy says now', () => {
    const others = [aPolicy({ fleet_id: 'staging' }), aPolicy({ ...rival, fleet_id: 'staging' })];

    expect(refuseClaim(aNewRollout(), { isStored: true, others })).toBeUndefined();
  });

  it('of one repository claims that one’s container, not those of the whole pattern', () => {
    const settings = aPolicy({ image_pattern: 'shop/*:*' });
    const api = aNewRollout({ settings, repository: 'shop/api' });

    expect(refuseClaim(api, { isStored: true, others: [rival] })).toBeUndefined();
    expect(refuseClaim(aNewRollout({ settings }), { isStored: true, others: [rival] })).toMatch(
      /^shop-web claims the container web/,
    );
  });

  it('is refused where its own policy is gone', () => {
    expect(refuseClaim(aNewRollout(), { isStored: false, others: [] })).toBe(
      'policy shop-web is gone: what it began, and no host has heard of, ends here',
    );
  });
});
