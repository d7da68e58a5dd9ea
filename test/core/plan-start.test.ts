import { describe, expect, it } from 'vitest';
import { planStart } from '#core/plan-start.ts';
import type { Rollout } from '#core/rollout.ts';
import { scheduleOf } from '#core/schedule.ts';
import {
  ALWAYS,
  aDecision,
  aHeldRollout,
  aNewRollout,
  aPausedRollout,
  aPolicy,
  aRollout,
  NOW_MS,
  PLAN,
} from './fixtures.ts';

/** It is noon. */
const AT_NIGHT = scheduleOf(
  aPolicy({
    maintenance_window_start: '22:00',
    maintenance_window_end: '02:00',
    maintenance_window_zone: 'UTC',
  }),
);
const TONIGHT_MS = NOW_MS + 10 * 3_600_000;
const manual = aPolicy({ update_strategy: 'manual' });

function planned(fields: Partial<Rollout> = {}): Rollout {
  return aNewRollout({ plan: PLAN, plan_hash: 'plan-1', ...fields });
}

describe('a plan', () => {
  it('is ready at once where there is no window', () => {
    const rollout = planned();

    expect(planStart(rollout, ALWAYS, NOW_MS)).toEqual({
      verdict: 'ready',
      reason: '100 hosts are planned',
      rollout,
    });
  });

  it('waits for the window of its first batch', () => {
    expect(planStart(planned(), AT_NIGHT, NOW_MS)).toMatchObject({
      verdict: 'await_window',
      untilMs: TONIGHT_MS,
      rollout: { status: 'awaiting_window', waits_until_ms: TONIGHT_MS },
    });
  });

  it('is approved at any hour, and then waits', () => {
    const decision = aDecision('approve', { plan_hash: 'plan-1' });
    const asked = planStart(planned({ settings: manual }), AT_NIGHT, NOW_MS);

    const approved = planStart({ ...asked.rollout, decision }, AT_NIGHT, NOW_MS);

    expect(asked).toMatchObject({ verdict: 'await_approval' });
    expect(approved).toMatchObject({
      verdict: 'await_window',
      untilMs: TONIGHT_MS,
      rollout: { status: 'awaiting_window', approved_plan: 'plan-1' },
    });
  });

  it.each([
    ['is held', aHeldRollout({ batch: -1 })],
    ['is paused', aPausedRollout('pending', { batch: -1 })],
    ['is decided about', planned({ decision: aDecision('cancel') })],
    ['has begun', aRollout()],
    ['has no plan', aNewRollout()],
  ])('of a rollout that %s is left to the door of its batch', (_, rollout) => {
    expect(planStart(rollout, AT_NIGHT, NOW_MS)).toMatchObject({ verdict: 'ready', rollout });
  });

  it('that no window is long enough for is held at the door of its batch', () => {
    const rollout = planned();

    const start = planStart(rollout, { freezes: [], problem: 'unreadable' }, NOW_MS);

    expect(start).toMatchObject({ verdict: 'ready', rollout });
  });
});
