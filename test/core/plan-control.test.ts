/** Every action in every status; and what follows from where the execution stands. */
import { describe, expect, it } from 'vitest';
import { foldLog } from '#core/change-status.ts';
import type { ControlPlan, Described, Place } from '#core/control-plan.ts';
import type { ControlRequest } from '#core/control-request.ts';
import { planControl } from '#core/plan-control.ts';
import type { Rollout } from '#core/rollout.ts';
import { OPEN_STATUSES, RolloutStatus } from '#core/status.ts';
import {
  ARN,
  aDecision,
  aHeldRollout,
  aNewRollout,
  aPausedRollout,
  aRollout,
  aTarget,
  aWayBack,
  NOW_MS,
} from './fixtures.ts';

const RUNNING: Described = {
  ...{ arn: ARN, status: 'RUNNING', redriveCount: 0, error: '', cause: '' },
  isRedrivable: false,
};
const STOPPED: Described = { ...RUNNING, status: 'ABORTED', isRedrivable: true };
const ENDED = { execution_arn: ARN, redrive_count: 0 };

function ask(
  action: ControlRequest['action'],
  rollout: Rollout,
  execution: Described | 'none' = RUNNING,
  place: Place = { target: aTarget({ number: 42 }), active: undefined },
): ControlPlan {
  const asked = { rollout: rollout.rollout, action, reason: 'noon', by: 'ada', fresh: false };
  const described = execution === 'none' ? undefined : execution;
  return planControl(rollout, { ...asked, request: 'arn:one' }, described, place, NOW_MS);
}

function scene(status: RolloutStatus): Rollout {
  if (status === 'held') return aHeldRollout();
  if (status === 'paused') return aPausedRollout('in_progress');
  if (status === 'rolling_back') return aWayBack();
  const isBefore = status === 'pending' || status.startsWith('awaiting');
  return aRollout({ status, ...(isBefore && { batch: -1 }) });
}

/** What is written, and what follows, while an execution walks the rollout. */
const LEGAL: Partial<Record<RolloutStatus, Record<string, string>>> = {
  pending: { pause: 'paused stay', cancel: 'cancel wake' },
  awaiting_approval: {
    pause: 'paused stay',
    approve: 'approve wake',
    reject: 'reject wake',
    cancel: 'cancel wake',
  },
  awaiting_window: { pause: 'paused stay', cancel: 'cancel wake' },
  in_progress: { pause: 'paused stay', cancel: 'cancel wake', rollback: 'roll_back wake' },
  held: {
    pause: 'paused stay',
    resume: 'go_on wake',
    cancel: 'cancel wake',
    rollback: 'roll_back wake',
    'retry-failed': 'retry_failed wake',
  },
  paused: { resume: 'in_progress wake', cancel: 'cancel wake', rollback: 'roll_back wake' },
  rolling_back: { pause: 'paused stay' },
  completed: { rollback: 'roll_back run' },
  completed_with_failures: { rollback: 'roll_back run' },
  cancelled: { rollback: 'roll_back run' },
};

const ACTIONS = [
  'pause',
  'resume',
  'approve',
  'reject',
  'cancel',
  'rollback',
  'retry-failed',
] as const;
const PAIRS = RolloutStatus.options.flatMap((status) =>
  ACTIONS.map((action) => ({ status, action, does: LEGAL[status]?.[action] ?? 'nothing' })),
);

describe('a request', () => {
  it.each(PAIRS)('to $action a rollout that is $status does $does', ({ status, action, does }) => {
    const rollout = scene(status);

    const plan = ask(action, rollout);

    expect(plan.reason).toMatch(/^shop-web #42 /);
    if (plan.verdict === 'refused') {
      expect(does).toBe('nothing');
      return;
    }
    const { decision, log } = plan.rollout;
    expect(`${decision?.action ?? plan.rollout.status} ${plan.follows}`).toBe(does);
    expect(foldLog(log)).toBe(plan.rollout.status);
    expect(log.length).toBeGreaterThan(rollout.log.length);
    expect(log.at(-1)).toMatchObject({ who: 'ada', request: 'arn:one', at_ms: NOW_MS });
    expect(log.at(-1)?.why).toContain('noon');
  });

  it('that was carried out before is not carried out again', () => {
    const paused = ask('pause', aRollout());
    if (paused.verdict === 'refused') throw new Error(paused.reason);

    const again = ask('pause', paused.rollout);

    expect(again).toMatchObject({ verdict: 'done', rollout: paused.rollout, follows: 'wake' });
    expect(ask('pause', paused.rollout, 'none')).toMatchObject({ follows: 'start' });
    expect(ask('pause', { ...paused.rollout, status: 'failed' })).toMatchObject({
      follows: 'stay',
    });
  });

  it.each(['cancel', 'rollback', 'retry-failed'] as const)(
    'to %s is for a fresh run where no execution would take it soon',
    (action) => {
      const held = aHeldRollout();
      const asleep = aHeldRollout({ waits_until_ms: NOW_MS + 60_001 });
      const soon = aHeldRollout({ waits_until_ms: NOW_MS + 60_000 });

      expect(ask(action, held, STOPPED)).toMatchObject({ follows: 'run' });
      expect(ask(action, held, 'none')).toMatchObject({ follows: 'run' });
      expect(ask(action, asleep)).toMatchObject({ follows: 'run' });
      expect(ask(action, soon)).toMatchObject({ follows: 'wake' });
    },
  );
});

describe('a decision that stands', () => {
  it.each([
    ['cancel', 'cancel'],
    ['roll_back', 'rollback'],
    ['retry_failed', 'retry-failed'],
    ['go_on', 'resume'],
  ] as const)('to %s is not made again', (stands, action) => {
    const rollout = aHeldRollout({ decision: aDecision(stands) });

    const plan = ask(action, rollout);

    expect(plan).toMatchObject({ verdict: 'done', follows: 'wake' });
    expect(plan).toHaveProperty('rollout', rollout);
    expect(plan.reason).toMatch(/^shop-web #42: anna decided to .* already$/);
  });

  it.each([
    ['go_on', 'cancel', 'done'],
    ['go_on', 'rollback', 'done'],
    ['retry_failed', 'cancel', 'done'],
    ['go_on', 'retry-failed', 'refused'],
    ['cancel', 'resume', 'refused'],
    ['cancel', 'rollback', 'refused'],
    ['roll_back', 'cancel', 'refused'],
  ] as const)('to %s is overruled by %s only as an end: %s', (stands, action, verdict) => {
    const plan = ask(action, aHeldRollout({ decision: aDecision(stands) }));

    expect(plan.verdict).toBe(verdict);
    if (plan.verdict === 'refused') expect(plan.reason).toContain('anna decided to');
  });
});

describe('a rollout that goes back', () => {
  it.each(['cancel', 'rollback', 'retry-failed'] as const)(
    'is not to be changed by %s',
    (action) => {
      const { rollback } = aWayBack();
      const held = aHeldRollout({ held_from: 'rolling_back', ...(rollback && { rollback }) });
      const paused = aPausedRollout('rolling_back', rollback && { rollback });

      for (const rollout of [held, paused]) {
        expect(ask(action, rollout)).toMatchObject({ verdict: 'refused' });
      }
    },
  );

  it.each([
    [aWayBack(), 'shop-web #42 goes back already'],
    [
      aPausedRollout('rolling_back', { rollback: aWayBack().rollback }),
      'shop-web #42 goes back already; resume goes on with the way back',
    ],
  ])('is said to be on its way', (rollout, reason) => {
    expect(ask('rollback', rollout).reason).toBe(reason);
  });

  it('is one also where it is only decided', () => {
    const plan = ask('retry-failed', aHeldRollout({ decision: aDecision('roll_back') }));

    expect(plan.reason).toContain('resume goes on with the way back');
  });
});

describe('a rollback', () => {
  it('opens what is closed, so that nothing stands in its way', () => {
    const paused = aPausedRollout('held', {
      held_from: 'in_progress',
      hold: { reason: 'FAILED', batch: 0, since_ms: NOW_MS, ended: ENDED },
    });

    const opened = ask('rollback', paused, STOPPED);
    expect(opened).toMatchObject({ follows: 'run', rollout: { status: 'in_progress' } });
    expect(opened).not.toHaveProperty('rollout.hold');
    expect(opened).not.toHaveProperty('rollout.paused');
  });

  it('of a rollout that has touched no host is its cancel', () => {
    const plan = ask('rollback', aNewRollout());

    expect(plan.reason).toBe('shop-web #42 has touched no host: cancel it');
  });
});

it.each(OPEN_STATUSES)(
  'tells of a rollout that is %s what can be done, where a person is to do it',
  (status) => {
    const plan = ask('retry-failed', scene(status));

    const isAnybodysTurn = ['awaiting_approval', 'held', 'paused'].includes(status);
    if (plan.verdict === 'refused') expect(plan.reason.includes(';')).toBe(isAnybodysTurn);
  },
);
