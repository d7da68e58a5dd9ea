import { describe, expect, it } from 'vitest';
import { planApproval, refuse, refuseClaim, refusePlan } from '#core/judge-plan.ts';
import { foldLog, Rollout } from '#core/rollout.ts';
import {
  aDecision,
  aNewRollout,
  aPausedRollout,
  aPolicy,
  aRollout,
  NOW_MS,
  PLAN,
  V2,
} from './fixtures.ts';

const FOUND = { hosts: ['i-01', 'i-02'], offline: 0 };
const manual = aPolicy({ update_strategy: 'manual' });

function planned(fields: Partial<Rollout> = {}): Rollout {
  return aNewRollout({ settings: manual, plan: PLAN, plan_hash: 'plan-1', ...fields });
}

function waiting(fields: Partial<Rollout> = {}): Rollout {
  return planned({
    status: 'awaiting_approval',
    approval_expires_at_ms: NOW_MS + 3_600_000,
    ...fields,
  });
}

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

describe('an approval', () => {
  it.each(['auto', 'staged'])('is not needed under %s', (update_strategy) => {
    const rollout = planned({ settings: aPolicy({ update_strategy }) });

    const next = planApproval(rollout, NOW_MS);

    expect(next).toMatchObject({ verdict: 'ready', reason: '100 hosts are planned' });
    expect(next.rollout).toBe(rollout);
  });

  it('is asked for under manual, and expires', () => {
    const next = planApproval(planned(), NOW_MS);

    expect(next.verdict).toBe('await_approval');
    expect(next.rollout).toMatchObject({
      status: 'awaiting_approval',
      approval_expires_at_ms: NOW_MS + 24 * 3_600_000,
    });
    expect(next.rollout).not.toHaveProperty('approved_plan');
    expect(next.rollout.log.at(-1)).toMatchObject({
      event: 'image.rollout_awaiting_approval',
      why: '100 hosts are planned; a person has to approve the plan',
    });
    expect(Rollout.safeParse(next.rollout).success).toBe(true);
  });

  it('is asked for once', () => {
    const rollout = waiting();

    const next = planApproval(rollout, NOW_MS + 1);

    expect(next.verdict).toBe('await_approval');
    expect(next.rollout).toBe(rollout);
  });

  it('is taken for the plan that it names, once, with the name of who gave it', () => {
    const decision = aDecision('approve', { plan_hash: 'plan-1' });

    const next = planApproval(waiting({ decision }), NOW_MS);

    expect(next).toMatchObject({ verdict: 'ready', reason: 'anna approved the plan' });
    expect(next.rollout).toMatchObject({ approved_plan: 'plan-1', status: 'awaiting_approval' });
    expect(next.rollout).not.toHaveProperty('decision');
    expect(next.rollout).not.toHaveProperty('approval_expires_at_ms');
    expect(next.rollout.log.at(-1)).toMatchObject({
      event: 'image.rollout_approved',
      who: 'anna',
      why: 'anna says so',
    });
  });

  it.each([
    { what: 'another plan', plan_hash: 'plan-0', why: 'approved another plan' },
    { what: 'no plan', plan_hash: undefined, why: 'approved another plan' },
  ])('of $what opens nothing, and is dropped', ({ plan_hash, why }) => {
    const decision = aDecision('approve', plan_hash === undefined ? {} : { plan_hash });

    const next = planApproval(waiting({ decision }), NOW_MS);

    expect(next.verdict).toBe('await_approval');
    expect(next.rollout).not.toHaveProperty('approved_plan');
    expect(next.rollout).not.toHaveProperty('decision');
    expect(next.rollout.log.at(-1)).toMatchObject({
      who: 'anna',
      why: expect.stringContaining(why),
    });
    expect(foldLog(next.rollout.log)).toBe('awaiting_approval');
  });

  it.each(['go_on', 'retry_failed', 'roll_back'] as const)(
    'is not a decision to %s: that is dropped',
    (action) => {
      const next = planApproval(waiting({ decision: aDecision(action) }), NOW_MS);

      expect(next.verdict).toBe('await_approval');
      expect(next.rollout).not.toHaveProperty('decision');
      expect(next.rollout.log.at(-1)?.why).toContain(action);
    },
  );

  it('of this plan holds, whatever came before', () => {
    const rollout = waiting({ approved_plan: 'plan-1' });

    const next = planApproval(rollout, NOW_MS);

    expect(next).toMatchObject({ verdict: 'ready', reason: 'the plan is approved' });
    expect(next.rollout).toBe(rollout);
  });

  it('of an earlier plan does not hold for this one', () => {
    const next = planApproval(planned({ approved_plan: 'plan-0' }), NOW_MS);

    expect(next.verdict).toBe('await_approval');
  });

  it('that was never asked for is none, also where there is no hash yet', () => {
    const { plan_hash: _none, ...rollout } = planned();

    expect(planApproval(rollout, NOW_MS).verdict).toBe('await_approval');
  });

  it.each(['reject', 'expire', 'cancel'] as const)(
    'is not given by %s: nothing is done',
    (action) => {
      const rollout = waiting({ decision: aDecision(action) });

      const next = planApproval(rollout, NOW_MS);

      expect(next).toMatchObject({ verdict: 'nothing_to_do', reason: 'anna says so' });
      expect(next.rollout).toBe(rollout);
    },
  );

  it('is asked for with a decision that came too early still there, to be dropped next', () => {
    const decision = aDecision('approve', { plan_hash: 'plan-0' });

    const first = planApproval(planned({ decision }), NOW_MS);
    const second = planApproval(first.rollout, NOW_MS);

    expect(first.rollout).toMatchObject({ status: 'awaiting_approval' });
    expect(second.rollout).not.toHaveProperty('decision');
    expect(second.verdict).toBe('await_approval');
  });

  it('changes nothing of a rollout that it was not made for', () => {
    const rollout = aRollout({ settings: manual, status: 'completed' });

    expect(() => planApproval(rollout, NOW_MS)).toThrow(RangeError);
  });

  it('is not asked for while the rollout is paused', () => {
    const rollout = aPausedRollout('pending', { settings: aPolicy({ update_strategy: 'manual' }) });

    const next = planApproval(rollout, NOW_MS);

    expect(next).toMatchObject({ verdict: 'await_approval' });
    expect(next.rollout).toBe(rollout);
  });
});
