import { describe, expect, it } from 'vitest';
import type { Asker } from '#core/control-plan.ts';
import { expireApproval, planAnswer } from '#core/plan-answer.ts';
import type { Rollout } from '#core/rollout.ts';
import { aDecision, aPolicy, aRollout, NOW_MS } from './fixtures.ts';

const ASKER: Asker = { by: 'ada', why: 'noon', request: 'arn:one', nowMs: NOW_MS };
const APPROVE = { action: 'approve', plan: undefined } as const;

function waiting(fields: Partial<Rollout> = {}): Rollout {
  const approval_expires_at_ms = NOW_MS + 1;
  return aRollout({ status: 'awaiting_approval', batch: -1, approval_expires_at_ms, ...fields });
}

const LIFTED = { lifted: { by: 'ada', why: 'fixed', at_ms: NOW_MS } };

describe('an approval', () => {
  it('is bound to the plan that stands', () => {
    const plan = planAnswer(waiting(), APPROVE, ASKER);

    expect(plan).toMatchObject({
      verdict: 'done',
      rollout: { decision: { action: 'approve', plan_hash: 'plan-1', by: 'ada' } },
    });
    expect(planAnswer(waiting(), { action: 'approve', plan: 'plan-1' }, ASKER).verdict).toBe(
      'done',
    );
  });

  it.each([
    [
      'of another plan',
      waiting(),
      { action: 'approve', plan: 'plan-0' },
      /another plan now, plan-1/,
    ],
    ['at the instant of its end', waiting({ approval_expires_at_ms: NOW_MS }), APPROVE, /expired/],
    ['by who asked', waiting(LIFTED), APPROVE, /asked for by ada/],
    ['by who triggered it', waiting({ requested: LIFTED.lifted }), APPROVE, /asked for by ada/],
    ['of what runs', aRollout(), APPROVE, /is in_progress: it does not await an approval/],
    [
      'of what was rejected',
      waiting({ decision: aDecision('reject') }),
      APPROVE,
      /anna decided to reject it/,
    ],
  ] as const)('%s is refused', (_, rollout, answer, reason) => {
    const plan = planAnswer(rollout, answer, ASKER);

    expect(plan.verdict).toBe('refused');
    expect(plan.reason).toMatch(reason);
  });

  it('by who asked is refused, whatever name they give beside their principal', () => {
    const by = 'arn:aws:iam::111122223333:user/ada';
    const lifted = { by, why: 'fixed', at_ms: NOW_MS };

    const plan = planAnswer(waiting({ lifted }), APPROVE, { ...ASKER, by: `${by} (bea)` });

    expect(plan).toMatchObject({
      verdict: 'refused',
      reason: expect.stringContaining('was asked for by ada (bea): another person has to'),
    });
  });

  it('by who asked is taken where the policy says so', () => {
    const settings = aPolicy({ approval: { requester_may_approve: true } });

    expect(planAnswer(waiting({ ...LIFTED, settings }), APPROVE, ASKER).verdict).toBe('done');
  });

  it('by another than who asked is taken', () => {
    expect(planAnswer(waiting(LIFTED), APPROVE, { ...ASKER, by: 'bob' }).verdict).toBe('done');
  });
});

describe('a rejection', () => {
  it('may come from who asked', () => {
    const plan = planAnswer(waiting(LIFTED), { action: 'reject', plan: undefined }, ASKER);

    expect(plan).toMatchObject({ verdict: 'done', rollout: { decision: { action: 'reject' } } });
    expect(plan).not.toHaveProperty('rollout.decision.plan_hash');
  });
});

describe('an approval that nobody gave', () => {
  it('expires at its instant', () => {
    const rollout = waiting({ approval_expires_at_ms: NOW_MS });

    expect(expireApproval(rollout, NOW_MS)?.decision).toEqual({
      action: 'expire',
      by: 'longshore',
      at_ms: NOW_MS,
      why: 'nobody answered within 24 hours',
    });
  });

  it.each([
    ['before it', waiting()],
    [
      'where somebody answered',
      waiting({ approval_expires_at_ms: 0, decision: aDecision('approve') }),
    ],
    ['of a rollout that is paused', aRollout({ status: 'paused', approval_expires_at_ms: 0 })],
    ['without an instant', aRollout({ status: 'awaiting_approval' })],
  ])('does not expire %s', (_, rollout) => {
    expect(expireApproval(rollout, NOW_MS)).toBeUndefined();
  });
});
