import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { foldLog } from '#core/change-status.ts';
import {
  type ExecutionFact,
  forgetEnded,
  isEnded,
  noteExecution,
  recordEnd,
  reopen,
} from '#core/reopen.ts';
import { Rollout } from '#core/rollout.ts';
import { isOpen, OPEN_STATUSES, RolloutStatus } from '#core/status.ts';
import {
  ARN,
  aHeldRollout,
  aNewRollout,
  aPausedRollout,
  aRollout,
  aWayBack,
  NOW_MS,
} from './fixtures.ts';

function anExecution(fields: Partial<ExecutionFact> = {}): ExecutionFact {
  return { arn: ARN, status: 'ABORTED', redriveCount: 0, error: '', cause: '', ...fields };
}

function stopped(rollout: Rollout, fields: Partial<ExecutionFact> = {}): Rollout {
  const ended = recordEnd(rollout, anExecution(fields), NOW_MS);
  if (ended === undefined) throw new Error('nothing was recorded');
  expect(foldLog(ended.log)).toBe(ended.status);
  expect(Rollout.safeParse(ended).success).toBe(true);
  return ended;
}

/** In every open status but paused, as it is stored. */
const OPEN_ROLLOUTS = OPEN_STATUSES.filter((status) => status !== 'paused').map((status) => {
  if (status === 'held') return aHeldRollout();
  if (status === 'rolling_back') return aWayBack();
  return status === 'pending' ? aNewRollout() : aRollout({ status });
});

describe('a Stop in the console', () => {
  it.each(OPEN_ROLLOUTS)('pauses a rollout that is $status, and remembers that', (rollout) => {
    const paused = stopped(rollout, { error: 'Lunch', cause: 'back at two' });

    expect(paused).toMatchObject({
      status: 'paused',
      paused: {
        from: rollout.status,
        cause: 'Lunch: back at two',
        since_ms: NOW_MS,
        by: 'operator',
        ended: { execution_arn: ARN, redrive_count: 0 },
      },
    });
    expect(paused.log.at(-1)).toMatchObject({
      event: 'image.rollout_paused',
      who: 'operator',
      why: 'Lunch: back at two',
    });
  });

  it.each([
    { error: '', cause: '', why: 'stopped in the Step Functions console' },
    { error: 'Lunch', cause: '', why: 'Lunch' },
    { error: '', cause: 'back at two', why: 'back at two' },
    { error: '', cause: 'x'.repeat(600), why: 'x'.repeat(500) },
  ])('has a cause: $why', ({ error, cause, why }) => {
    expect(stopped(aRollout(), { error, cause }).paused?.cause).toBe(why);
  });

  it('keeps the highest redriveCount seen', () => {
    const paused = stopped(aRollout({ redrives_seen: 1 }), { redriveCount: 4 });

    expect(paused).toMatchObject({ redrives_seen: 4, paused: { ended: { redrive_count: 4 } } });
  });

  it('leaves a hold beneath it as it was', () => {
    const held = aHeldRollout();

    expect(stopped(held).hold).toEqual(held.hold);
  });
});

describe('an execution that fails', () => {
  it.each(
    ['FAILED', 'TIMED_OUT'].flatMap((status) =>
      OPEN_ROLLOUTS.filter((rollout) => rollout.status !== 'held').map((rollout) => ({
        status,
        rollout,
      })),
    ),
  )(
    'as $status holds a rollout that is $rollout.status, with its reason',
    ({ status, rollout }) => {
      const held = stopped(rollout, { status, error: 'RangeError', cause: 'no chunk 7' });

      const reason = `the execution ended ${status} (RangeError: no chunk 7)`;
      expect(held).toMatchObject({
        status: 'held',
        held_from: rollout.status,
        hold: {
          reason,
          batch: rollout.batch,
          since_ms: NOW_MS,
          ended: { execution_arn: ARN, redrive_count: 0 },
        },
      });
      expect(held.log.at(-1)).toMatchObject({ event: 'image.rollout_held', why: reason });
    },
  );

  it('without a word is held all the same', () => {
    expect(stopped(aRollout(), { status: 'FAILED', redriveCount: 2 })).toMatchObject({
      redrives_seen: 2,
      hold: { reason: 'the execution ended FAILED' },
    });
  });

  it.each(['FAILED', 'TIMED_OUT'])('as %s leaves a question to a person as it stands', (status) => {
    expect(recordEnd(aHeldRollout(), anExecution({ status }), NOW_MS)).toBeUndefined();
  });
});

describe('the end of an execution changes nothing', () => {
  it.each(['RUNNING', 'SUCCEEDED', 'PENDING_REDRIVE'])('where it is %s', (status) => {
    expect(recordEnd(aRollout(), anExecution({ status }), NOW_MS)).toBeUndefined();
  });

  it.each(['ABORTED', 'FAILED', 'TIMED_OUT'])('where meta names another (%s)', (status) => {
    const other = anExecution({ status, arn: `${ARN.slice(0, -1)}2` });

    expect(recordEnd(aRollout(), other, NOW_MS)).toBeUndefined();
  });

  it.each(RolloutStatus.options.filter((status) => !isOpen(status)))(
    'where the rollout is %s',
    (status) => {
      expect(recordEnd(aRollout({ status }), anExecution(), NOW_MS)).toBeUndefined();
    },
  );

  it.each(['ABORTED', 'FAILED'])('where the rollout is paused already (%s)', (status) => {
    const again = anExecution({ status, redriveCount: 7 });

    expect(recordEnd(aPausedRollout('in_progress'), again, NOW_MS)).toBeUndefined();
  });

  it.each(['ABORTED', 'FAILED'])('where a later redrive was seen (%s)', (status) => {
    const late = anExecution({ status, redriveCount: 1 });

    expect(recordEnd(aRollout({ redrives_seen: 2 }), late, NOW_MS)).toBeUndefined();
  });

  it('where it is told twice', () => {
    const paused = stopped(aRollout());
    const held = stopped(aRollout(), { status: 'FAILED' });

    expect(recordEnd(paused, anExecution(), NOW_MS)).toBeUndefined();
    expect(recordEnd(held, anExecution({ status: 'FAILED' }), NOW_MS)).toBeUndefined();
  });
});

describe('a rollout', () => {
  it.each([
    { what: 'a Stop', rollout: stopped(aRollout()), is: true },
    { what: 'a fault', rollout: stopped(aRollout(), { status: 'FAILED' }), is: true },
    { what: 'an operator’s pause', rollout: aPausedRollout('in_progress'), is: false },
    { what: 'a threshold', rollout: aHeldRollout(), is: false },
    { what: 'nothing', rollout: aRollout(), is: false },
  ])('that is closed by $what asks its execution whether it goes on: $is', ({ rollout, is }) => {
    expect(isEnded(rollout)).toBe(is);
  });
});

describe('a Redrive', () => {
  const running = anExecution({ status: 'RUNNING', redriveCount: 1 });

  it.each(OPEN_ROLLOUTS)('opens what a Stop has closed, back to $status', (rollout) => {
    const opened = reopen(stopped(rollout), running, NOW_MS);

    const { log: _log, ...rest } = rollout;
    expect(opened).toMatchObject({ ...rest, redrives_seen: 1 });
    expect(opened).not.toHaveProperty('paused');
    expect(opened?.log.at(-1)).toMatchObject({
      event: 'image.rollout_resumed',
      status: rollout.status,
      who: 'operator',
      why: 'redriven (1)',
    });
    expect(foldLog(opened?.log ?? [])).toBe(rollout.status);
  });

  it.each(OPEN_ROLLOUTS.filter((rollout) => rollout.status !== 'held'))(
    'opens what a fault has closed, back to $status',
    (rollout) => {
      const opened = reopen(stopped(rollout, { status: 'FAILED' }), running, NOW_MS);

      expect(opened).toMatchObject({ status: rollout.status, redrives_seen: 1 });
      expect(opened).not.toHaveProperty('hold');
      expect(opened).not.toHaveProperty('held_from');
    },
  );

  it('opens a hold that does not say where it came from as one in progress', () => {
    const { held_from: _none, ...held } = stopped(aRollout(), { status: 'FAILED' });

    expect(reopen(held, running, NOW_MS)?.status).toBe('in_progress');
  });

  it('opens a Stop of a failed execution one at a time', () => {
    const failed = stopped(aRollout(), { status: 'FAILED' });
    const both = stopped(failed, { redriveCount: 1 });
    const again = { ...running, redriveCount: 2 };

    const once = reopen(both, again, NOW_MS);
    const twice = once === undefined ? undefined : reopen(once, again, NOW_MS);

    expect(once).toMatchObject({ status: 'held', hold: { ended: { redrive_count: 0 } } });
    expect(twice).toMatchObject({ status: 'in_progress' });
    expect(twice).not.toHaveProperty('hold');
  });

  const refused: { what: string; execution: ExecutionFact }[] = [
    { what: 'it has not come', execution: { ...running, redriveCount: 0 } },
    { what: 'it has ended again', execution: { ...running, status: 'ABORTED' } },
    { what: 'it waits', execution: { ...running, status: 'PENDING_REDRIVE' } },
    { what: 'it is another’s', execution: { ...running, arn: `${ARN}2` } },
  ];

  it.each(refused)('opens nothing where $what', ({ execution }) => {
    expect(reopen(stopped(aRollout()), execution, NOW_MS)).toBeUndefined();
    expect(reopen(stopped(aRollout(), { status: 'FAILED' }), execution, NOW_MS)).toBeUndefined();
  });

  it.each([aPausedRollout('in_progress'), aHeldRollout(), aRollout()])(
    'opens nothing that a person closed: $status',
    (rollout) => {
      expect(reopen(rollout, running, NOW_MS)).toBeUndefined();
    },
  );

  it('ends in the state of the last Stop or Redrive, whatever is told late, twice or out of order', () => {
    const facts = fc.array(fc.nat(), { maxLength: 30 });
    const law = fc.property(
      fc.integer({ min: 0, max: 4 }),
      fc.boolean(),
      facts,
      (last, isStopped, order) => {
        // What was true once: run 0 stopped, run 1 running, run 1 stopped, …
        const told = Array.from({ length: last + 1 }, (_, redriveCount) => [
          anExecution({ status: 'RUNNING', redriveCount }),
          anExecution({ redriveCount }),
        ]).flat();
        const history = isStopped ? told : told.slice(0, -1);
        let rollout = aRollout();
        const hear = (fact: ExecutionFact | undefined) => {
          if (fact === undefined) return;
          rollout = recordEnd(rollout, fact, NOW_MS) ?? reopen(rollout, fact, NOW_MS) ?? rollout;
        };
        for (const place of order) hear(history[place % history.length]);
        hear(history.at(-1));
        hear(history.at(-1));

        expect(rollout.status).toBe(isStopped ? 'paused' : 'in_progress');
      },
    );

    fc.assert(law);
  });
});

describe('a fresh execution', () => {
  const ended = { execution_arn: 'arn', redrive_count: 0 };

  it('leaves what the end of the last one has closed to a person', () => {
    const paused = { from: 'in_progress' as const, cause: 'c', since_ms: 1, by: 'anna' };
    const hold = { reason: 'r', batch: 0, since_ms: 1 };
    const rollout = aRollout({ paused: { ...paused, ended }, hold: { ...hold, ended } });

    expect(isEnded(rollout)).toBe(true);
    expect(isEnded(forgetEnded(rollout))).toBe(false);
    expect(forgetEnded(rollout)).toMatchObject({ paused, hold });
  });

  it('changes nothing where nothing was closed', () => {
    expect(forgetEnded(aRollout())).toEqual(aRollout());
  });
});

describe('what has become of an execution', () => {
  const redriven = anExecution({ status: 'RUNNING', redriveCount: 1 });

  it.each([
    { what: 'it has ended', rollout: aRollout(), execution: anExecution(), status: 'paused' },
    {
      what: 'it is redriven',
      rollout: stopped(aRollout()),
      execution: redriven,
      status: 'in_progress',
    },
    { what: 'it runs', rollout: aRollout(), execution: redriven, status: undefined },
  ])('where $what, is noted: $status', ({ rollout, execution, status }) => {
    expect(noteExecution(rollout, execution, NOW_MS)?.status).toBe(status);
  });
});
