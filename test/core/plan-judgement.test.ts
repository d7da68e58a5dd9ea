import { describe, expect, it } from 'vitest';
import { foldLog } from '#core/change-status.ts';
import { type Judgement, planJudgement } from '#core/plan-judgement.ts';
import { planOpenBatch } from '#core/plan-open-batch.ts';
import { Rollout } from '#core/rollout.ts';
import type { Tally } from '#core/tally.ts';
import {
  ALWAYS,
  aDecision,
  aHeldRollout,
  aPausedRollout,
  aPolicy,
  aRollout,
  aTally,
  aTallyOf,
  aWayBack,
  NOW_MS,
} from './fixtures.ts';

const DELAY_MS = 30 * 60_000;
const second = aRollout({ batch: 1 });
const good = [aTallyOf('.'.repeat(50), { chunk: 1 }), aTallyOf('.'.repeat(49), { chunk: 2 })];

function written(judgement: Judgement): Rollout {
  if (!('rollout' in judgement)) throw new Error(`${judgement.verdict} writes nothing`);
  expect(foldLog(judgement.rollout.log)).toBe(judgement.rollout.status);
  expect(Rollout.safeParse(judgement.rollout).success).toBe(true);
  return judgement.rollout;
}

describe('a batch that went well', () => {
  it('lets the next one open after the policy’s delay', () => {
    const judgement = planJudgement(aRollout(), [aTallyOf('.')], NOW_MS);

    expect(judgement).toMatchObject({
      verdict: 'advance',
      reason: 'batch 1: 1 of 1 hosts are healthy',
      rollout: {
        status: 'in_progress',
        batch: 0,
        batch_judged: true,
        gate: 'closed',
        next_batch_at_ms: NOW_MS + DELAY_MS,
        waits_until_ms: NOW_MS + DELAY_MS,
      },
    });
    expect(written(judgement).log.at(-1)).toMatchObject({
      event: 'image.rollout_batch_completed',
      why: 'batch 1: 1 of 1 hosts are healthy',
    });
  });

  it.each([
    { fields: { update_strategy: 'auto' }, delayMs: 0 },
    { fields: { batch_delay_minutes: 5 }, delayMs: 300_000 },
    { fields: { batch_delay_minutes: 0 }, delayMs: 0 },
  ])('waits $delayMs ms under $fields', ({ fields, delayMs }) => {
    const rollout = aRollout({ settings: aPolicy(fields) });

    const judged = written(planJudgement(rollout, [aTallyOf('.')], NOW_MS));

    expect(judged.next_batch_at_ms).toBe(NOW_MS + delayMs);
  });

  it('waits for nothing under auto, whatever delay a stored policy holds', () => {
    const settings = { ...aPolicy({ update_strategy: 'auto' }), batch_delay_minutes: 30 };

    const judged = written(planJudgement(aRollout({ settings }), [aTallyOf('.')], NOW_MS));

    expect(judged.next_batch_at_ms).toBe(NOW_MS);
  });

  it('is done with the last one', () => {
    expect(planJudgement(second, good, NOW_MS)).toMatchObject({
      verdict: 'done',
      rollout: { status: 'in_progress', batch_judged: true, gate: 'closed' },
    });
  });
});

it.each(['cancelled', 'superseded', 'rolled_back'] as const)(
  'a batch of a rollout that is %s by now is not judged',
  (status) => {
    expect(planJudgement(aRollout({ status }), [aTallyOf('.')], NOW_MS)).toEqual({
      verdict: 'done',
      reason: `the rollout is ${status}`,
    });
  },
);

describe('a batch past a threshold', () => {
  const bad = [aTallyOf('fff', { chunk: 1 })];

  it('holds the rollout for a person, though chunks are still out', () => {
    const judgement = planJudgement(second, bad, NOW_MS);

    const reason = 'batch 2: High failure rate detected: 3 hosts in a row failed, the limit is 3';
    expect(judgement).toMatchObject({
      verdict: 'hold',
      reason,
      rollout: {
        status: 'held',
        held_from: 'in_progress',
        gate: 'closed',
        batch_judged: false,
        hold: { reason, batch: 1, since_ms: NOW_MS },
      },
    });
    expect(written(judgement).log.at(-1)).toMatchObject({
      event: 'image.rollout_held',
      why: reason,
    });
  });

  it('stays past it, though the chunks that were in flight went well', () => {
    const crossed = { verdict: 'hold' as const, reason: '2 of 5 failed' };
    const closed: Rollout = { ...second, gate: 'closed', crossed };

    expect(planJudgement(closed, good, NOW_MS)).toMatchObject({
      verdict: 'hold',
      reason: 'batch 2: 2 of 5 failed',
      rollout: { status: 'held' },
    });
    expect(planJudgement({ ...closed, batch_waived: true }, good, NOW_MS).verdict).toBe('done');
  });

  it('rolls back where the policy says so, as a decision of Longshore’s own', () => {
    const settings = aPolicy({ on_threshold: 'rollback' });

    const judgement = planJudgement({ ...second, settings }, bad, NOW_MS);

    expect(judgement).toMatchObject({
      verdict: 'roll_back',
      rollout: {
        status: 'in_progress',
        gate: 'closed',
        decision: { action: 'roll_back', by: 'longshore', at_ms: NOW_MS, why: judgement.reason },
      },
    });
    expect(written(judgement)).not.toHaveProperty('hold');
  });

  it('is let pass where a person said to go on, and only to its end', () => {
    const waived = { ...second, batch_waived: true };

    const early = planJudgement(waived, bad, NOW_MS);
    const ended = planJudgement(waived, [...bad, aTallyOf('f', { chunk: 2 })], NOW_MS);

    expect(early.verdict).toBe('again');
    expect(ended.verdict).toBe('done');
  });

  it('is judged by the failures of this round', () => {
    const rollout = { ...second, round: 1 };
    const tallies = [...bad, aTallyOf('.', { chunk: 2, round: 1 })];

    expect(planJudgement(rollout, tallies, NOW_MS)).toMatchObject({
      verdict: 'again',
      reason: '1 of 2 chunks of batch 2 are not recorded',
    });
  });

  it('is judged at its end by its silent hosts, of all that it has', () => {
    const silent = (count: number) => aTally({ chunk: 1, unknown: count, completed: 99 - count });
    const other = aTally({ chunk: 2 });

    expect(planJudgement(second, [silent(19), other], NOW_MS).verdict).toBe('done');
    expect(planJudgement(second, [silent(20), other], NOW_MS).verdict).toBe('hold');
    expect(planJudgement(second, [silent(20)], NOW_MS).verdict).toBe('again');
  });
});

describe('chunks that were not recorded', () => {
  it.each([1, 4])('are opened again after %s attempts', (batch_attempts) => {
    const judgement = planJudgement({ ...second, batch_attempts }, good.slice(1), NOW_MS);

    expect(judgement).toEqual({
      verdict: 'again',
      reason: '1 of 2 chunks of batch 2 are not recorded',
    });
  });

  it.each([false, true])('ask a person after five (waived: %s)', (batch_waived) => {
    const rollout = { ...second, batch_attempts: 5, batch_waived };

    expect(planJudgement(rollout, [], NOW_MS)).toMatchObject({
      verdict: 'hold',
      reason: 'batch 2: 2 of 2 chunks of batch 2 are not recorded after 5 attempts',
      rollout: { status: 'held' },
    });
  });

  it('come to a person’s question, if nothing is ever recorded', () => {
    let rollout = { ...aRollout(), batch_attempts: 0 };
    const verdicts: string[] = [];
    for (let turn = 0; turn < 10 && verdicts.at(-1) !== 'hold'; turn += 1) {
      const open = planOpenBatch(rollout, [], ALWAYS, NOW_MS);
      if (open.verdict === 'go') rollout = open.rollout;
      verdicts.push(planJudgement(rollout, [], NOW_MS).verdict);
    }

    expect(verdicts).toEqual(['again', 'again', 'again', 'again', 'hold']);
  });
});

describe('a judgement', () => {
  const tallies: Tally[] = [aTallyOf('.')];

  it.each([
    {
      what: 'the rollout goes back',
      rollout: aWayBack(),
      judgement: { verdict: 'roll_back', reason: 'the rollout goes back' },
    },
    {
      what: 'a person is asked',
      rollout: aHeldRollout(),
      judgement: { verdict: 'hold', reason: 'High failure rate detected' },
    },
    {
      what: 'the rollout is paused',
      rollout: aPausedRollout('in_progress'),
      judgement: { verdict: 'hold', reason: 'lunch' },
    },
    {
      what: 'the rollout is paused, nobody knows why',
      rollout: aRollout({ status: 'paused' }),
      judgement: { verdict: 'hold', reason: 'paused' },
    },
    {
      what: 'a person has decided, which the next door takes',
      rollout: aRollout({ decision: aDecision('cancel') }),
      judgement: { verdict: 'again', reason: 'anna says so' },
    },
    {
      what: 'the batch was judged before',
      rollout: aRollout({ batch_judged: true }),
      judgement: { verdict: 'again', reason: 'the batch was judged before' },
    },
    {
      what: 'there is no batch',
      rollout: aRollout({ batch: 2 }),
      judgement: { verdict: 'done', reason: 'there is no batch to judge' },
    },
  ])('writes nothing where $what', ({ rollout, judgement }) => {
    expect(planJudgement(rollout, tallies, NOW_MS)).toEqual(judgement);
  });

  it('writes nothing where there is no plan', () => {
    const { plan: _none, ...rollout } = aRollout();

    expect(planJudgement(rollout, tallies, NOW_MS).verdict).toBe('done');
  });
});
