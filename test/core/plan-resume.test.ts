import { describe, expect, it } from 'vitest';
import { foldLog } from '#core/change-status.ts';
import type { Described } from '#core/control-plan.ts';
import { openPause, planResume, type Resumer, redriveToken } from '#core/plan-resume.ts';
import { isEnded, reopen } from '#core/reopen.ts';
import type { Rollout } from '#core/rollout.ts';
import { ARN, aHeldRollout, aNewRollout, aPausedRollout, aRollout, NOW_MS } from './fixtures.ts';

const ASKER: Resumer = { by: 'ada', why: 'noon', request: 'arn:one', nowMs: NOW_MS, fresh: false };
const FRESH = { ...ASKER, fresh: true };
const ENDED = { execution_arn: ARN, redrive_count: 0 };
const RESUME = { by: 'bob', why: 'first', at_ms: NOW_MS, request: 'arn:two' };

function execution(status: string, redriveCount = 0, isRedrivable = status !== 'RUNNING') {
  return { arn: ARN, status, redriveCount, error: '', cause: '', isRedrivable };
}

/** Stopped in the console, and seen to be. */
function aStopped(ended: object = {}): Rollout {
  const { paused, ...rest } = aPausedRollout('in_progress');
  return { ...rest, ...(paused && { paused: { ...paused, ended: { ...ENDED, ...ended } } }) };
}

function aFailed(ended: object = {}): Rollout {
  const hold = { reason: 'FAILED', batch: 0, since_ms: NOW_MS, ended: { ...ENDED, ...ended } };
  return aHeldRollout({ hold });
}

describe('resume', () => {
  const ROWS: readonly [
    what: string,
    Rollout,
    Described,
    Resumer,
    follows: string,
    status: string,
  ][] = [
    [
      'paused by a person',
      aPausedRollout('in_progress'),
      execution('RUNNING'),
      ASKER,
      'wake',
      'in_progress',
    ],
    [
      'the same, fresh',
      aPausedRollout('in_progress'),
      execution('RUNNING'),
      FRESH,
      'run',
      'in_progress',
    ],
    [
      'the same, then stopped',
      aPausedRollout('in_progress'),
      execution('ABORTED'),
      ASKER,
      'redrive',
      'paused',
    ],
    ['the same, never begun', aPausedRollout('pending'), undefined, ASKER, 'run', 'pending'],
    ['held', aHeldRollout(), execution('RUNNING'), ASKER, 'wake', 'held'],
    ['held, fresh', aHeldRollout(), execution('RUNNING'), FRESH, 'run', 'held'],
    ['held, its execution failed since', aHeldRollout(), execution('FAILED'), ASKER, 'run', 'held'],
    ['stopped', aStopped(), execution('ABORTED'), ASKER, 'redrive', 'paused'],
    ['stopped, fresh', aStopped(), execution('ABORTED'), FRESH, 'run', 'in_progress'],
    [
      'stopped too long ago',
      aStopped(),
      execution('ABORTED', 0, false),
      ASKER,
      'run',
      'in_progress',
    ],
    ['stopped and forgotten', aStopped(), undefined, ASKER, 'run', 'in_progress'],
    ['failed', aFailed(), execution('FAILED'), ASKER, 'redrive', 'held'],
    ['failed, fresh', aFailed(), execution('FAILED'), FRESH, 'run', 'in_progress'],
    [
      'resumed already',
      aStopped({ resume: RESUME }),
      execution('ABORTED'),
      ASKER,
      'redrive',
      'paused',
    ],
    [
      'resumed already, too late',
      aStopped({ resume: RESUME }),
      execution('ABORTED', 0, false),
      ASKER,
      'run',
      'in_progress',
    ],
    [
      'resumed already, fresh',
      aStopped({ resume: RESUME }),
      execution('ABORTED'),
      FRESH,
      'run',
      'in_progress',
    ],
    ['redriven in the console', aStopped(), execution('RUNNING', 1), ASKER, 'stay', 'paused'],
    ['redriven, fresh', aStopped(), execution('RUNNING', 1), FRESH, 'run', 'in_progress'],
    [
      'resumed, redriven, stopped',
      aStopped({ resume: RESUME }),
      execution('ABORTED', 1),
      ASKER,
      'redrive',
      'paused',
    ],
  ];

  it.each(ROWS)('of a rollout that was %s', (_, rollout, described, asker, follows, status) => {
    const plan = planResume(rollout, described, asker);

    if (plan.verdict === 'refused') throw new Error(plan.reason);
    expect({ follows: plan.follows, status: plan.rollout.status }).toEqual({ follows, status });
    expect(foldLog(plan.rollout.log)).toBe(plan.rollout.status);
  });

  it('stores who asks before the Redrive, and each Redrive has a token of its own', () => {
    const first = planResume(aStopped(), execution('ABORTED'), ASKER);
    if (first.verdict === 'refused') throw new Error(first.reason);
    const second = planResume(first.rollout, execution('ABORTED', 1), {
      ...ASKER,
      request: 'three',
    });
    if (second.verdict === 'refused') throw new Error(second.reason);

    expect(first.rollout.paused?.ended).toEqual({
      ...ENDED,
      resume: { by: 'ada', why: 'noon', at_ms: NOW_MS, request: 'arn:one' },
    });
    expect(second.rollout.paused?.ended?.redrive_count).toBe(1);
    const tokens = [first, second].map(({ rollout }) => redriveToken(rollout));
    expect(tokens).toEqual([`${aStopped().rollout}-1`, `${aStopped().rollout}-2`]);
  });

  it('tells whose resume it found, and its own as if it were the first', () => {
    const rollout = aStopped({ resume: RESUME });

    const other = planResume(rollout, execution('ABORTED'), ASKER);
    const own = planResume(rollout, execution('ABORTED'), { ...ASKER, request: 'arn:two' });

    expect(other.reason).toBe('shop-web #42 goes on: bob resumed it already');
    expect(own.reason).toBe('shop-web #42 goes on where it stood: its execution is redriven');
  });

  it('is told in the log by the step that the Redrive wakes', () => {
    const plan = planResume(aFailed(), execution('FAILED'), ASKER);
    if (plan.verdict === 'refused') throw new Error(plan.reason);

    const opened = reopen(plan.rollout, execution('RUNNING', 1), NOW_MS);

    expect(opened?.log.at(-1)).toMatchObject({
      who: 'ada',
      why: 'noon; redriven (1)',
      request: 'arn:one',
    });
  });

  it('fresh of a rollout that goes on by itself asks for a pause first', () => {
    expect(planResume(aRollout(), execution('RUNNING'), FRESH).reason).toBe(
      'shop-web #42 is in_progress: there is nothing to resume; pause it first',
    );
  });

  it('of a pause tells what the rollout was held for before', () => {
    const paused = aPausedRollout('held', { hold: { reason: 'bad', batch: 0, since_ms: NOW_MS } });

    expect(planResume(paused, execution('RUNNING'), ASKER).reason).toMatch(
      /^shop-web #42 is held again; it stays held: bad; resume goes on without/,
    );
  });

  it('has a token of at most 64 characters', () => {
    const long = { ...aNewRollout(), rollout: 'x'.repeat(80), resumes: 7 };

    expect(redriveToken(long)).toBe(`${'x'.repeat(62)}-7`);
  });
});

describe('what is opened', () => {
  it('is the pause and the hold of an ended execution, each with its entry', () => {
    const paused = {
      from: 'held',
      cause: 'x',
      since_ms: NOW_MS,
      by: 'operator',
      ended: ENDED,
    } as const;
    const rollout = { ...aFailed(), status: 'paused' as const, paused };

    const opened = openPause(rollout, ASKER);

    expect(opened.status).toBe('in_progress');
    expect(opened).not.toHaveProperty('hold');
    expect(opened.log.slice(rollout.log.length).map(({ status }) => status)).toEqual([
      'held',
      'in_progress',
    ]);
  });

  it('is what an execution closed before statuses were noted, under way', () => {
    const { held_from, ...failed } = aFailed();

    expect(openPause(failed, ASKER).status).toBe('in_progress');
  });

  it('is not a pause by a person, by a Redrive of what ended under it', () => {
    const { hold } = aFailed();
    const rollout = aPausedRollout('held', hold && { hold, held_from: 'in_progress' });

    expect(isEnded(rollout)).toBe(false);
    expect(reopen(rollout, execution('RUNNING', 1), NOW_MS)).toBeUndefined();
    expect(openPause(rollout, ASKER).status).toBe('in_progress');
  });

  it('has cost the batch no attempt', () => {
    const paused = aPausedRollout('in_progress', { batch_attempts: 4 });

    expect(openPause(paused, ASKER).batch_attempts).toBe(0);
  });

  it('is nothing where a person holds it', () => {
    const held = aHeldRollout();

    expect(openPause(held, ASKER)).toBe(held);
  });
});
