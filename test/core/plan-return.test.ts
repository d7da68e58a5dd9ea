import { describe, expect, it } from 'vitest';
import { foldLog } from '#core/change-status.ts';
import type { Asker, Place } from '#core/control-plan.ts';
import { planReturn, refuseReturnTo } from '#core/plan-return.ts';
import { planTurn, startWayBack } from '#core/plan-way-back.ts';
import { standingOf, toSeed } from '#core/rollout.ts';
import { RolloutSeed } from '#core/rollout-seed.ts';
import { RolloutStatus } from '#core/status.ts';
import { aDecision, aRollout, aSeed, aTarget, NOW_MS, V1, V2 } from './fixtures.ts';

const ASKER: Asker = { by: 'ada', why: 'noon', request: 'arn:one', nowMs: NOW_MS };
const finished = aRollout({
  status: 'completed',
  settled: true,
  completed_at_ms: NOW_MS,
  totals: { completed: 1 },
  expires_at: 1,
});
const free: Place = { target: aTarget({ number: 42 }), active: undefined };
const later = aRollout({ ...aSeed({ rollout: 'shop-web-abcdef-g2', number: 43 }) });

describe('the way back of a rollout that has ended', () => {
  it('is decided on the rollout, and taken up by the target as it was', () => {
    const plan = planReturn(finished, free, ASKER);

    expect(plan).toMatchObject({
      verdict: 'done',
      follows: 'run',
      rollout: { status: 'completed', decision: { action: 'roll_back', by: 'ada' } },
      target: { active: { rollout: finished.rollout, image: { digest: V2 } } },
    });
  });

  it('turns its target, and is under way again', () => {
    const plan = planReturn(finished, free, ASKER);
    if (plan.verdict === 'refused' || plan.target === undefined) throw new Error(plan.reason);
    const turned = planTurn(plan.rollout, plan.target, NOW_MS);
    if (turned === undefined) throw new Error('the target does not turn');

    const started = startWayBack(plan.rollout, turned, NOW_MS);

    expect(turned).toMatchObject({ desired: { digest: V1 }, denied: [{ digest: V2 }] });
    expect(started).toMatchObject({ status: 'rolling_back', settled: false });
    for (const field of ['completed_at_ms', 'totals', 'expires_at', 'decision']) {
      expect(started).not.toHaveProperty(field);
    }
    expect(foldLog(started.log)).toBe('rolling_back');
  });

  it('goes on where it was decided, and not begun', () => {
    const decided = { ...finished, decision: aDecision('roll_back') };
    const taken = aTarget({ number: 42, active: toSeed(decided) });

    const early = planReturn(decided, free, ASKER);
    const late = planReturn(decided, { target: taken, active: undefined }, ASKER);

    expect(early).toMatchObject({ follows: 'start', target: { active: toSeed(decided) } });
    expect(late).toMatchObject({ follows: 'start', rollout: decided });
    expect(late).not.toHaveProperty('target');
  });

  it.each([
    ['of what failed', { ...finished, status: 'failed' as const }, free, /no way back from that/],
    ['of what touched no host', { ...finished, batch: -1 }, free, /touched no host/],
    ['without a target', finished, { ...free, target: undefined }, /its target is gone/],
    ['beside a later one', finished, { ...free, active: later }, /shop-web #43 is in_progress/],
    ['after a later one', finished, { ...free, target: aTarget({ number: 43 }) }, /#43 came after/],
    ['of what was superseded', { ...finished, status: 'superseded' as const }, free, /came after/],
  ])('is refused: %s', (_, rollout, place, reason) => {
    const plan = planReturn(rollout, place, ASKER);

    expect(plan.verdict).toBe('refused');
    expect(plan.reason).toMatch(reason);
  });

  it('is not kept by another that has ended and is not released yet', () => {
    const active = { ...later, status: 'cancelled' as const };

    expect(planReturn(finished, { ...free, active }, ASKER).verdict).toBe('done');
  });
});

describe('the standing of a rollout', () => {
  it.each(RolloutStatus.options)('that is %s is its status', (status) => {
    expect(standingOf(aRollout({ status }))).toBe(status);
  });

  it.each([
    ['completed', 'rolling_back'],
    ['in_progress', 'in_progress'],
  ] as const)('that is %s is %s once it is decided to roll back', (status, standing) => {
    const rollout = aRollout({ status, decision: aDecision('roll_back') });

    expect(standingOf(rollout)).toBe(standing);
  });
});

it('gives the target back the seed that it carried', () => {
  expect(RolloutSeed.parse(toSeed(finished))).toEqual(aSeed());
});

describe('the image of an earlier rollout', () => {
  const earlier = aRollout({
    ...aSeed({ rollout: 'shop-web-abcdef-g1', number: 41 }),
    status: 'completed',
    image: { registry: '', repository: 'shop/web', tag: 'v1', digest: V1 },
  });

  it('may follow the last one', () => {
    expect(refuseReturnTo(finished, earlier, free)).toBeUndefined();
  });

  it.each([
    ['beside what is under way', aRollout(), earlier, free, /is in_progress: roll it back or/],
    ['that is not there', finished, undefined, free, /no earlier rollout of that id/],
    ['of another policy', finished, { ...earlier, policy: 'x' }, free, /no earlier rollout/],
    [
      'of another repository',
      finished,
      { ...earlier, repository: 'x' },
      free,
      /no earlier rollout/,
    ],
    ['that is later', finished, { ...earlier, number: 42 }, free, /is not later than/],
    [
      'that did not complete',
      finished,
      { ...earlier, status: 'failed' as const },
      free,
      /is failed/,
    ],
    ['that is the same', finished, { ...earlier, image: finished.image }, free, /the same image/],
    ['without a target', finished, earlier, { ...free, target: undefined }, /its target is gone/],
    ['after a later one', finished, earlier, { ...free, active: later }, /#43 is in_progress/],
  ])('does not: %s', (_, rollout, to, place, reason) => {
    expect(refuseReturnTo(rollout, to, place)).toMatch(reason);
  });
});
