import { describe, expect, it } from 'vitest';
import { foldLog } from '#core/change-status.ts';
import { BATCH_ATTEMPTS, isRecorded, planOpenBatch } from '#core/plan-open-batch.ts';
import { Rollout } from '#core/rollout.ts';
import { scheduleOf } from '#core/schedule.ts';
import type { Tally } from '#core/tally.ts';
import {
  ALWAYS,
  aDecision,
  aHeldRollout,
  aNewRollout,
  aPausedRollout,
  aPolicy,
  aRollout,
  aTallyOf,
  aWayBack,
  GENERATION,
  NOW_MS,
  PLAN,
} from './fixtures.ts';

const manual = aPolicy({ update_strategy: 'manual' });

function planned(fields: Partial<Rollout> = {}): Rollout {
  return aNewRollout({ plan: PLAN, plan_hash: 'plan-1', ...fields });
}

function opened(rollout: Rollout, tallies: Tally[] = []): Rollout {
  const verdict = planOpenBatch(rollout, tallies, ALWAYS, NOW_MS);
  if (verdict.verdict !== 'go') throw new Error(`${verdict.verdict}: ${verdict.reason}`);
  expect(foldLog(verdict.rollout.log)).toBe(verdict.rollout.status);
  expect(Rollout.safeParse(verdict.rollout).success).toBe(true);
  return verdict.rollout;
}

describe('the first batch', () => {
  it('opens, and the rollout is in progress', () => {
    const verdict = planOpenBatch(planned(), [], ALWAYS, NOW_MS);

    expect(verdict).toMatchObject({
      verdict: 'go',
      chunks: [0],
      reason: 'batch 1 of 2 opens: 1 hosts',
      rollout: {
        status: 'in_progress',
        batch: 0,
        batch_opened_at_ms: NOW_MS,
        batch_attempts: 1,
        batch_judged: false,
        batch_waived: false,
        gate: 'open',
      },
    });
    expect(opened(planned()).log.slice(1)).toMatchObject([
      { event: 'image.rollout_started', who: 'ecr', why: 'v2 goes to 100 hosts' },
      { event: 'image.rollout_batch_started', why: 'batch 1 of 2 opens: 1 hosts' },
    ]);
  });

  it('says how many hosts were left out', () => {
    const rollout = planned({ plan: { ...PLAN, offline: 3 } });

    expect(opened(rollout).log.at(-2)?.why).toBe('v2 goes to 100 hosts; 3 offline and left out');
  });

  it('that was begun before is not begun twice', () => {
    const rollout = planned({ status: 'in_progress' });

    expect(
      opened(rollout)
        .log.slice(1)
        .map(({ event }) => event),
    ).toEqual(['image.rollout_batch_started']);
  });

  it.each([
    { what: 'no plan was approved', approved: {} },
    { what: 'another plan was approved', approved: { approved_plan: 'plan-0' } },
  ])('never opens under manual where $what', ({ approved }) => {
    const rollout = planned({ settings: manual, ...approved });

    expect(() => planOpenBatch(rollout, [], ALWAYS, NOW_MS)).toThrow(
      `${rollout.rollout}: a batch is to open, but nobody approved the plan`,
    );
  });

  it('opens under manual once its plan is approved', () => {
    const rollout = planned({
      settings: manual,
      status: 'awaiting_approval',
      approved_plan: 'plan-1',
    });

    expect(opened(rollout).status).toBe('in_progress');
  });

  it('is none where there is no plan', () => {
    expect(planOpenBatch(aNewRollout(), [], ALWAYS, NOW_MS)).toEqual({
      verdict: 'done',
      reason: 'there is no plan',
    });
  });
});

describe('the next batch', () => {
  const judged = aRollout({
    batch_judged: true,
    batch_waived: true,
    batch_attempts: 4,
    gate: 'closed',
    next_batch_at_ms: NOW_MS,
    waits_until_ms: NOW_MS,
  });

  it('opens after the one before was judged, with its own chunks and no waiver', () => {
    const verdict = planOpenBatch(judged, [], ALWAYS, NOW_MS);

    expect(verdict).toMatchObject({
      verdict: 'go',
      chunks: [1, 2],
      rollout: {
        batch: 1,
        batch_judged: false,
        batch_waived: false,
        batch_attempts: 1,
        gate: 'open',
      },
    });
    expect(opened(judged)).not.toHaveProperty('waits_until_ms');
  });

  it('waits for its instant', () => {
    expect(planOpenBatch(judged, [], ALWAYS, NOW_MS - 1)).toEqual({
      verdict: 'again',
      untilMs: NOW_MS,
      reason: 'the next batch waits',
    });
  });

  it.each(['cancelled', 'superseded', 'completed', 'rolled_back'] as const)(
    'is none where the rollout is %s by now',
    (status) => {
      const closed = aRollout({ batch_judged: true, gate: 'closed', status });

      expect(planOpenBatch(closed, [], ALWAYS, NOW_MS)).toEqual({
        verdict: 'done',
        reason: `the rollout is ${status}`,
      });
    },
  );

  it('is none after the last', () => {
    expect(planOpenBatch({ ...judged, batch: 1 }, [], ALWAYS, NOW_MS)).toEqual({
      verdict: 'done',
      reason: 'every batch was judged',
    });
  });
});

describe('a batch that is open', () => {
  const open = aRollout({ batch: 1, gate: 'closed', batch_attempts: 2 });
  const good = aTallyOf('....');

  it('goes on with the chunks that are not recorded', () => {
    const verdict = planOpenBatch(open, [{ ...good, chunk: 1 }], ALWAYS, NOW_MS);

    expect(verdict).toMatchObject({
      verdict: 'go',
      chunks: [2],
      reason: 'batch 2 goes on with 1 chunks',
      rollout: { batch: 1, gate: 'open', batch_opened_at_ms: NOW_MS },
    });
  });

  it('is tried anew where an attempt brought it on, and one more time where none did', () => {
    const tallies = [{ ...good, chunk: 1 }];

    const first = opened(open, tallies);

    expect(first).toMatchObject({ batch_attempts: 1, batch_left: 1 });
    expect(opened(first, tallies)).toMatchObject({ batch_attempts: 2, batch_left: 1 });
    expect(opened(open, [])).toMatchObject({ batch_attempts: 3, batch_left: 2 });
  });

  it('goes on with none where all are, so that it is judged', () => {
    const tallies = [1, 2].map((chunk) => ({ ...good, chunk }));

    expect(planOpenBatch(open, tallies, ALWAYS, NOW_MS)).toMatchObject({
      verdict: 'go',
      chunks: [],
    });
  });

  it('that the plan does not hold is none', () => {
    expect(planOpenBatch({ ...open, batch: 2 }, [], ALWAYS, NOW_MS)).toEqual({
      verdict: 'done',
      reason: 'every batch was judged',
    });
  });
});

describe('a batch stays shut', () => {
  it.each([
    {
      what: 'the rollout goes back',
      rollout: aWayBack(),
      verdict: 'roll_back',
      reason: 'the rollout goes back',
    },
    {
      what: 'the rollout is paused',
      rollout: aPausedRollout('in_progress', { decision: aDecision('go_on') }),
      verdict: 'hold',
      reason: 'lunch',
    },
    {
      what: 'the rollout is paused, nobody knows why',
      rollout: aRollout({ status: 'paused' }),
      verdict: 'hold',
      reason: 'paused',
    },
    {
      what: 'a person is to be asked',
      rollout: aHeldRollout(),
      verdict: 'hold',
      reason: 'High failure rate detected',
    },
    {
      what: 'a person approved what is not asked',
      rollout: aHeldRollout({ decision: aDecision('approve') }),
      verdict: 'hold',
      reason: 'High failure rate detected',
    },
    {
      what: 'it is to go back',
      rollout: aHeldRollout({ decision: aDecision('roll_back') }),
      verdict: 'roll_back',
      reason: 'anna says so',
    },
    ...(['cancel', 'reject', 'expire'] as const).map((action) => ({
      what: `a person decided to ${action}`,
      rollout: aHeldRollout({ decision: aDecision(action) }),
      verdict: 'done',
      reason: 'anna says so',
    })),
  ])('where $what: $verdict', ({ rollout, verdict, reason }) => {
    expect(planOpenBatch(rollout, [], ALWAYS, NOW_MS)).toEqual({ verdict, reason });
  });

  it.each(['go_on', 'retry_failed'] as const)(
    'where a hold stopped the way back and a person decides to %s: it goes on back',
    (action) => {
      const held = aHeldRollout({
        held_from: 'rolling_back',
        rollback: {
          generation: GENERATION + 1,
          reason: 'bad image',
          by: 'anna',
          attempts: 1,
          opened_at_ms: NOW_MS,
        },
        decision: aDecision(action),
      });

      expect(planOpenBatch(held, [], ALWAYS, NOW_MS)).toEqual({
        verdict: 'roll_back',
        reason: 'the rollout goes back',
      });
    },
  );
});

describe('a person’s answer to a hold', () => {
  it('go on opens the batch again past its thresholds, and says who', () => {
    const held = aHeldRollout({ batch_attempts: 5, round: 1, decision: aDecision('go_on') });

    const rollout = opened(held, [aTallyOf('ff', { round: 1 })]);

    expect(rollout).toMatchObject({
      status: 'in_progress',
      batch: 0,
      gate: 'open',
      batch_waived: true,
      batch_attempts: 1,
      round: 1,
    });
    for (const gone of ['hold', 'held_from', 'decision']) expect(rollout).not.toHaveProperty(gone);
    expect(rollout.log.at(-1)).toMatchObject({
      event: 'image.rollout_resumed',
      status: 'in_progress',
      who: 'anna',
      why: 'go on: anna says so',
    });
  });

  it('go on after the batch was judged opens the next one, under its own thresholds', () => {
    const held = aHeldRollout({ batch_judged: true, decision: aDecision('go_on') });

    expect(opened(held)).toMatchObject({ batch: 1, batch_waived: false });
  });

  it('go on before the first batch opens it', () => {
    const { batch_opened_at_ms: _none, ...held } = aHeldRollout({ batch: -1 });

    expect(opened({ ...held, decision: aDecision('go_on') })).toMatchObject({ batch: 0 });
  });

  it('retry the failed opens a round with the chunks that have any, under the thresholds', () => {
    const held = aHeldRollout({
      batch: 1,
      batch_judged: true,
      batch_waived: true,
      decision: aDecision('retry_failed'),
    });
    const tallies = [aTallyOf('...', { chunk: 1 }), aTallyOf('..f', { chunk: 2 })];

    const verdict = planOpenBatch(held, tallies, ALWAYS, NOW_MS);

    expect(verdict).toMatchObject({
      verdict: 'go',
      chunks: [2],
      rollout: {
        round: 1,
        batch: 1,
        batch_waived: false,
        batch_judged: false,
        batch_attempts: 1,
        status: 'in_progress',
      },
    });
    expect(opened(held, tallies).log.at(-1)?.why).toBe('retry the failed: anna says so');
  });

  it('is taken also where no hold stands any more', () => {
    const rollout = opened(aRollout({ decision: aDecision('go_on') }));

    expect(rollout).toMatchObject({ status: 'in_progress', batch_waived: true });
    expect(rollout.log.at(-1)?.event).toBe('image.rollout_resumed');
  });

  it('that is a stray approval is dropped', () => {
    const rollout = opened(aRollout({ decision: aDecision('approve') }));

    expect(rollout).not.toHaveProperty('decision');
    expect(rollout.batch_waived).toBe(false);
  });
});

describe('a chunk', () => {
  const rollout = aRollout({ round: 1 });

  it.each([
    { what: 'of this round', tally: aTallyOf('f?', { round: 1 }), is: true },
    { what: 'of a later round', tally: aTallyOf('f?', { round: 2 }), is: true },
    { what: 'of an earlier round without troubles', tally: aTallyOf('..'), is: true },
    { what: 'of an earlier round with a failure', tally: aTallyOf('.f'), is: false },
    { what: 'of an earlier round with silence', tally: aTallyOf('.?'), is: false },
    { what: 'of an earlier round with both', tally: aTallyOf('f?'), is: false },
  ])('is recorded by a tally $what: $is', ({ tally, is }) => {
    expect(isRecorded(tally, rollout)).toBe(is);
  });

  it('that is not recorded is tried a bounded number of times', () => {
    expect(BATCH_ATTEMPTS).toBe(5);
  });
});

describe('a batch past a threshold that was not judged yet', () => {
  const crossed = { verdict: 'hold' as const, reason: '2 of 5 failed' };
  const closed = aRollout({ batch: 1, gate: 'closed', crossed });

  it('lets nothing more out until it is judged', () => {
    expect(planOpenBatch(closed, [], ALWAYS, NOW_MS)).toEqual({
      verdict: 'go',
      rollout: closed,
      chunks: [],
      reason: '2 of 5 failed',
    });
  });

  it('opens by a decision', () => {
    const held = aHeldRollout({ batch: 1, crossed, decision: aDecision('go_on') });

    expect(opened(held)).toMatchObject({ gate: 'open', batch_waived: true });
    expect(opened(held)).not.toHaveProperty('crossed');
  });
});

describe('outside the window', () => {
  /** It is noon. */
  const atNight = scheduleOf(
    aPolicy({
      maintenance_window_start: '22:00',
      maintenance_window_end: '02:00',
      maintenance_window_zone: 'UTC',
    }),
  );
  const tonightMs = NOW_MS + 10 * 3_600_000;
  const good = aTallyOf('....');

  function parked(rollout: Rollout, tallies: Tally[] = []): Rollout {
    const verdict = planOpenBatch(rollout, tallies, atNight, NOW_MS);
    if (verdict.verdict !== 'await_window') throw new Error(verdict.verdict);
    expect(verdict.untilMs).toBe(tonightMs);
    expect(foldLog(verdict.rollout.log)).toBe('awaiting_window');
    expect(Rollout.safeParse(verdict.rollout).success).toBe(true);
    return verdict.rollout;
  }
  function tonight(rollout: Rollout, tallies: Tally[] = []): Rollout {
    const verdict = planOpenBatch(rollout, tallies, atNight, tonightMs);
    if (verdict.verdict !== 'go') throw new Error(verdict.verdict);
    expect(foldLog(verdict.rollout.log)).toBe('in_progress');
    return verdict.rollout;
  }

  it('the first batch waits, and opens with the window', () => {
    const waiting = parked(planned());

    const rollout = tonight(waiting);

    expect(waiting).toMatchObject({ batch: -1, status: 'awaiting_window' });
    expect(rollout).toMatchObject({ batch: 0, gate: 'open', status: 'in_progress' });
    expect(rollout).not.toHaveProperty('waits_until_ms');
    expect(rollout.log.slice(-3).map(({ event }) => event)).toEqual([
      'image.rollout_awaiting_window',
      'image.rollout_started',
      'image.rollout_batch_started',
    ]);
  });

  it('the next batch waits, and opens with the window', () => {
    const rollout = tonight(parked(aRollout({ batch_judged: true, batch_left: 2 })));

    expect(rollout).toMatchObject({ batch: 1, gate: 'open', status: 'in_progress' });
    expect(rollout).not.toHaveProperty('batch_left');
    expect(rollout.log.at(-2)?.event).toBe('image.rollout_resumed');
  });

  it('an open batch parks with the chunks that are left, and goes on with them', () => {
    const verdict = planOpenBatch(
      parked(aRollout({ batch: 1 }), [{ ...good, chunk: 1 }]),
      [{ ...good, chunk: 1 }],
      atNight,
      tonightMs,
    );

    expect(verdict).toMatchObject({ verdict: 'go', chunks: [2] });
  });

  it('a batch of which everything is recorded is judged without waiting', () => {
    const verdict = planOpenBatch(aRollout(), [good], atNight, NOW_MS);

    expect(verdict).toMatchObject({ verdict: 'go', chunks: [] });
  });

  it('a batch whose threshold was crossed is judged without waiting', () => {
    const crossed = { verdict: 'hold', reason: 'two of two failed' } as const;

    expect(planOpenBatch(aRollout({ crossed }), [], atNight, NOW_MS).verdict).toBe('go');
  });

  it('a window that brought the batch on was no failed attempt, and one that did not was one', () => {
    const open = aRollout({ batch: 1, batch_attempts: 4 });

    const first = tonight(parked(open, [{ ...good, chunk: 1 }]), [{ ...good, chunk: 1 }]);
    const second = tonight(parked(first, [{ ...good, chunk: 1 }]), [{ ...good, chunk: 1 }]);

    expect(first).toMatchObject({ batch_attempts: 1, batch_left: 1 });
    expect(second).toMatchObject({ batch_attempts: 2, batch_left: 1 });
  });

  it('a person’s answer is taken, and then it waits', () => {
    const waiting = parked(aHeldRollout({ decision: aDecision('go_on') }));

    expect(waiting).toMatchObject({ status: 'awaiting_window', batch_waived: true });
    expect(waiting).not.toHaveProperty('decision');
  });

  it.each(['roll_back', 'cancel'] as const)('a decision to %s does not wait', (action) => {
    const waiting = { ...parked(aRollout()), decision: aDecision(action) };

    expect(planOpenBatch(waiting, [], atNight, NOW_MS).verdict).toBe(
      action === 'cancel' ? 'done' : 'roll_back',
    );
  });

  it('a batch that no window is long enough for is held', () => {
    const unreadable = { freezes: [], problem: 'the policy cannot be read' };

    expect(planOpenBatch(planned(), [], unreadable, NOW_MS)).toMatchObject({
      verdict: 'hold',
      reason: 'the policy cannot be read',
      rollout: { status: 'held' },
    });
  });
});
