import { describe, expect, it } from 'vitest';
import { judgeRestoreGate, judgeRollbackGate, judgeUpdateGate, judgeWalk } from '#core/gate.ts';
import { scheduleOf } from '#core/schedule.ts';
import { isOpen, RolloutStatus } from '#core/status.ts';
import {
  ALWAYS,
  aDecision,
  aHeldRollout,
  anActiveTarget,
  aPausedRollout,
  aRollout,
  aSeed,
  aTarget,
  aWayBack,
  GENERATION,
  NOW_MS,
} from './fixtures.ts';

const STATUSES = RolloutStatus.options;
const NEWER = aSeed({ generation: GENERATION + 5, number: 43 });
const hold = { reason: 'a person is asked', batch: 0, since_ms: NOW_MS };

describe('an execution', () => {
  it('walks the rollout that names it and that its target names', () => {
    expect(judgeWalk(aRollout(), anActiveTarget(), { run: 1 })).toEqual({ kind: 'walks' });
  });

  it.each([
    { meta: 2, run: 1, why: 'an older run' },
    { meta: 1, run: 2, why: 'a run that meta does not name' },
  ])('is replaced where another is named: $why', ({ meta, run }) => {
    const walk = judgeWalk(aRollout({ run: meta }), anActiveTarget(), { run });

    expect(walk).toEqual({
      kind: 'replaced',
      reason: `run ${meta} walks shop-web #42; run ${run} ends here`,
    });
  });

  it('is the one that the rollout names, whatever its input says', () => {
    const rollout = aRollout();
    const named = { run: 1, execution: rollout.execution_arn };

    expect(judgeWalk(rollout, anActiveTarget(), named)).toEqual({ kind: 'walks' });
    expect(judgeWalk(rollout, undefined, { run: 1, execution: 'arn:copy' })).toMatchObject({
      kind: 'replaced',
      reason: expect.stringMatching(/ walks shop-web #\d+; arn:copy ends here$/),
    });
  });

  it('that is replaced is told so first, for it may write nothing, also of a superseded rollout', () => {
    const walk = judgeWalk(aRollout({ run: 2, status: 'superseded' }), undefined, { run: 1 });

    expect(walk.kind).toBe('replaced');
  });

  it.each([
    { target: undefined, reason: "shop-web #42 is no longer its target's active rollout" },
    { target: aTarget(), reason: "shop-web #42 is no longer its target's active rollout" },
    { target: anActiveTarget({ active: NEWER }), reason: 'shop-web #43 has taken over' },
  ])(
    'is superseded where the target names another rollout or none: $reason',
    ({ target, reason }) => {
      expect(judgeWalk(aRollout(), target, { run: 1 })).toEqual({ kind: 'superseded', reason });
    },
  );

  it.each(STATUSES)(
    'of a rollout that is %s walks on without a target only to close it',
    (status) => {
      const walk = judgeWalk(aRollout({ status }), aTarget(), { run: 1 });

      const isSuperseded = isOpen(status) || status === 'superseded';
      expect(walk.kind).toBe(isSuperseded ? 'superseded' : 'walks');
    },
  );

  it('of a superseded rollout is told so, whatever the target says', () => {
    const walk = judgeWalk(aRollout({ status: 'superseded' }), anActiveTarget(), { run: 1 });

    expect(walk).toEqual({ kind: 'superseded', reason: 'shop-web #42 was superseded' });
  });
});

describe('the gate of a batch', () => {
  it('is open for the open batch of a rollout in progress', () => {
    expect(judgeUpdateGate(aRollout(), 0, ALWAYS, NOW_MS)).toEqual({
      isOpen: true,
      reason: 'the gate is open',
    });
  });

  it.each([
    { what: 'a hold', rollout: aRollout({ hold }), reason: 'a person is asked' },
    {
      what: 'a threshold',
      rollout: aRollout({ gate: 'closed' }),
      reason: 'the gate of batch 1 is closed',
    },
    {
      what: 'another batch',
      rollout: aRollout({ batch: 1 }),
      reason: 'batch 2 is open, not 1',
    },
    {
      what: 'a decision',
      rollout: aRollout({ decision: aDecision('cancel') }),
      reason: 'anna decided to cancel',
    },
  ])('is closed by $what', ({ rollout, reason }) => {
    expect(judgeUpdateGate(rollout, 0, ALWAYS, NOW_MS)).toEqual({ isOpen: false, reason });
  });

  it.each(STATUSES.filter((status) => status !== 'in_progress'))('is closed while %s', (status) => {
    const verdict = judgeUpdateGate(aRollout({ status }), 0, ALWAYS, NOW_MS);

    expect(verdict).toEqual({ isOpen: false, reason: `the rollout is ${status}` });
  });
});

describe('the gate of a batch, at its window’s end', () => {
  const noonMs = NOW_MS;
  const schedule = scheduleOf({
    maintenance_window_start: '11:00',
    maintenance_window_end: '12:00',
    maintenance_window_zone: 'UTC',
    freezes: [],
  });
  // 120 s to be delivered, 600 s of work, 300 s of its health check.
  const needMs = 1_020_000;

  it('is open while the command’s deadline lies inside', () => {
    expect(judgeUpdateGate(aRollout(), 0, schedule, noonMs - needMs).isOpen).toBe(true);
  });

  it('is closed for a command that could still change a host after it', () => {
    expect(judgeUpdateGate(aRollout(), 0, schedule, noonMs - needMs + 1)).toEqual({
      isOpen: false,
      reason:
        'up to 17 minutes are needed, and the maintenance window 11:00–12:00 UTC ends at 2026-11-14 12:00 UTC; the next begins at 2026-11-15 11:00 UTC',
    });
  });
});

describe('the gate of a restore', () => {
  it('is open also where a threshold closed that of the batch, or the batch is over', () => {
    expect(judgeRestoreGate(aRollout({ gate: 'closed', batch: 1 })).isOpen).toBe(true);
  });

  it.each([aHeldRollout(), aPausedRollout('in_progress'), aRollout({ hold }), aWayBack()])(
    'is closed while somebody halts the rollout: $status',
    (rollout) => {
      expect(judgeRestoreGate(rollout)).toEqual({
        isOpen: false,
        reason: `the rollout is ${rollout.status}`,
      });
    },
  );
});

describe('the gate of the way back', () => {
  it('is open while the rollout goes back', () => {
    expect(judgeRollbackGate(aWayBack())).toEqual({
      isOpen: true,
      reason: 'the rollout goes back',
    });
  });

  it.each([
    { what: 'another status', rollout: aRollout(), reason: 'the rollout is in_progress' },
    {
      what: 'another status with a way back behind it',
      rollout: { ...aWayBack(), status: 'held' as const },
      reason: 'the rollout is held',
    },
    {
      what: 'no generation to go back with',
      rollout: aRollout({ status: 'rolling_back' }),
      reason: 'the rollout is rolling_back',
    },
    { what: 'a hold', rollout: aWayBack({ hold }), reason: 'a person is asked' },
  ])('is closed by $what', ({ rollout, reason }) => {
    expect(judgeRollbackGate(rollout)).toEqual({ isOpen: false, reason });
  });
});
