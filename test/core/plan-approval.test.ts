import { describe, expect, it } from 'vitest';
import { foldLog } from '#core/change-status.ts';
import { planApproval } from '#core/plan-approval.ts';
import { Rollout } from '#core/rollout.ts';
import {
  aDecision,
  aNewRollout,
  aPausedRollout,
  aPolicy,
  aRollout,
  NOW_MS,
  PLAN,
} from './fixtures.ts';

const _FOUND = { hosts: ['i-01', 'i-02'], offline: 0 };
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
