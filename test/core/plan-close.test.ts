import { describe, expect, it } from 'vitest';
import { foldLog } from '#core/change-status.ts';
import { changingUntilMs } from '#core/chunk.ts';
import { planClose, settleChunk } from '#core/plan-close.ts';
import { Rollout } from '#core/rollout.ts';
import { isFinalHost, isOpen, RolloutStatus } from '#core/status.ts';
import {
  aChunk,
  aCommand,
  aCompletedHost,
  aDecision,
  aFailedHost,
  aHeldRollout,
  aHost,
  aNewRollout,
  anUpdatingHost,
  aPausedRollout,
  aRollout,
  aWayBack,
  NOW_MS,
} from './fixtures.ts';

const TWO = {
  hosts: 2,
  chunk_size: 50,
  batches: [{ hosts: 2, first_chunk: 0, chunks: 1 }],
};
const finished = aRollout({ plan: TWO, batch_judged: true, gate: 'closed' });
const completed = aCompletedHost();
const other = (fields = {}) => aCompletedHost({ host: 'i-02', ...fields });

function closed(rollout: Rollout, chunks = [aChunk({ hosts: [completed, other()] })]): Rollout {
  const plan = planClose(rollout, chunks, NOW_MS);
  if (plan.verdict !== 'done') throw new Error(`${plan.verdict}: ${plan.reason}`);
  expect(foldLog(plan.rollout.log)).toBe(plan.rollout.status);
  expect(isOpen(plan.rollout.status)).toBe(false);
  expect(Rollout.safeParse(plan.rollout).success).toBe(true);
  return plan.rollout;
}

describe('a rollout whose last batch was judged', () => {
  it('is completed where every host itself reported the digest', () => {
    const rollout = closed(finished);

    expect(rollout).toMatchObject({
      status: 'completed',
      settled: true,
      gate: 'closed',
      totals: { completed: 2 },
      completed_at_ms: NOW_MS,
      expires_at: NOW_MS / 1_000 + 365 * 86_400,
    });
    expect(rollout.log.at(-1)).toMatchObject({
      event: 'image.rollout_completed',
      who: 'longshore',
      why: 'v2 went through every batch',
    });
  });

  it.each([
    {
      what: 'skipped: it ran the digest already',
      host: other({ status: 'skipped' }),
      to: 'completed',
    },
    { what: 'failed', host: aFailedHost({ host: 'i-02' }), to: 'completed_with_failures' },
    { what: 'unknown', host: other({ status: 'unknown' }), to: 'completed_with_failures' },
    {
      what: 'never touched',
      host: aHost({ host: 'i-02' }),
      to: 'completed_with_failures',
    },
    {
      what: 'without an answer',
      host: anUpdatingHost({ host: 'i-02', phase: 'asking' }),
      to: 'completed_with_failures',
    },
    {
      what: 'without its second look',
      host: anUpdatingHost({ host: 'i-02', status: 'verifying', phase: 'soaking' }),
      to: 'completed_with_failures',
    },
  ])('is $to where one host is $what', ({ host, to }) => {
    const rollout = closed(finished, [aChunk({ hosts: [completed, host] })]);

    expect(rollout.status).toBe(to);
    expect(rollout.log.at(-1)?.event).toBe('image.rollout_completed');
  });

  it('is completed with failures where a planned host has no item at all', () => {
    const rollout = closed(finished, [aChunk({ hosts: [completed] })]);

    expect(rollout).toMatchObject({
      status: 'completed_with_failures',
      totals: { completed: 1, untouched: 1 },
    });
  });

  it.each([
    { what: 'its last batch was not judged', fields: { batch_judged: false } },
    {
      what: 'a batch is still to come',
      fields: { plan: { ...TWO, batches: [...TWO.batches, ...TWO.batches] } },
    },
  ])('has not come to its end where $what', ({ fields }) => {
    expect(planClose({ ...finished, ...fields }, [], NOW_MS)).toEqual({
      verdict: 'hold',
      reason: 'the rollout has not come to its end',
    });
  });

  it('without a plan has not come to its end', () => {
    expect(planClose(aNewRollout({ batch_judged: true }), [], NOW_MS).verdict).toBe('hold');
  });
});

describe('a rollout that was refused', () => {
  it('has failed, and says why', () => {
    const rollout = closed(aNewRollout({ error_message: 'no host matches' }), []);

    expect(rollout).toMatchObject({ status: 'failed', totals: {}, completed_at_ms: NOW_MS });
    expect(rollout.log.at(-1)).toMatchObject({
      event: 'image.rollout_failed',
      why: 'no host matches',
    });
  });

  it('has not failed where it has a plan all the same', () => {
    expect(planClose(aRollout({ error_message: 'once' }), [], NOW_MS).verdict).toBe('hold');
  });
});

describe('a decision', () => {
  it.each([
    { action: 'cancel' as const, to: 'cancelled', event: 'image.rollout_cancelled' },
    { action: 'reject' as const, to: 'rejected', event: 'image.rollout_rejected' },
    { action: 'expire' as const, to: 'expired', event: 'image.rollout_rejected' },
  ])(
    'to $action ends a rollout that waits for an approval as $to, with its name',
    ({ action, to, event }) => {
      const waiting = aRollout({ status: 'awaiting_approval', decision: aDecision(action) });

      const rollout = closed(waiting, []);

      expect(rollout.status).toBe(to);
      expect(rollout.log.at(-1)).toMatchObject({ event, who: 'anna', why: 'anna says so' });
    },
  );

  it.each([
    aRollout(),
    aHeldRollout(),
    aPausedRollout('in_progress'),
    aNewRollout(),
    aNewRollout({ error_message: 'no host matches' }),
    finished,
  ])('to cancel ends a rollout that is $status', (open) => {
    const rollout = closed({ ...open, decision: aDecision('cancel') });

    expect(rollout.status).toBe('cancelled');
  });

  it('leaves nothing that somebody might still wait for', () => {
    const held = aHeldRollout({ token: 'a-token', decision: aDecision('cancel') });
    const paused = aPausedRollout('held', { decision: aDecision('cancel') });

    for (const rollout of [closed(held), closed(paused)]) {
      for (const gone of ['hold', 'held_from', 'decision', 'token', 'paused']) {
        expect(rollout).not.toHaveProperty(gone);
      }
    }
  });

  it.each(['go_on', 'retry_failed', 'roll_back', 'approve'] as const)(
    'to %s ends nothing',
    (action) => {
      const rollout = aRollout({ decision: aDecision(action) });

      expect(planClose(rollout, [], NOW_MS).verdict).toBe('hold');
    },
  );

  it('cannot cancel what goes back, also behind a pause', () => {
    const back = closed(aWayBack({ decision: aDecision('cancel') }));
    const paused = aPausedRollout('rolling_back', { decision: aDecision('cancel') });

    expect(back.status).toBe('rollback_failed');
    expect(() => planClose(paused, [], NOW_MS)).toThrow(RangeError);
  });
});

it('does not end under a decision to roll back that comes when its last batch was judged', () => {
  const decided = { ...finished, decision: aDecision('roll_back') };

  expect(planClose(decided, [], NOW_MS).verdict).toBe('hold');
});

describe('a person’s question', () => {
  it.each([
    { ...aHeldRollout(), plan: TWO, batch_judged: true },
    { ...aPausedRollout('in_progress'), plan: TWO, batch_judged: true },
    aHeldRollout({ status: 'pending', error_message: 'no host matches' }),
  ])('keeps the rollout open: $status', (rollout) => {
    expect(planClose(rollout, [], NOW_MS)).toEqual({
      verdict: 'hold',
      reason: rollout.hold?.reason ?? 'the rollout has not come to its end',
    });
  });
});

describe('a rollout that goes back', () => {
  const back = { status: 'rolled_back' as const };

  it('is rolled back where every touched host is', () => {
    const hosts = [aCompletedHost(back), aHost({ host: 'i-02' })];

    const rollout = closed(aWayBack({ plan: TWO }), [aChunk({ hosts })]);

    expect(rollout).toMatchObject({
      status: 'rolled_back',
      totals: { rolled_back: 1, untouched: 1 },
    });
    expect(rollout.log.at(-1)).toMatchObject({
      event: 'image.rollback_completed',
      who: 'longshore',
      why: 'bad image',
    });
  });

  it.each(['completed', 'failed', 'unknown', 'skipped', 'rollback_failed', 'updating'] as const)(
    'has failed where a host is %s, by name',
    (status) => {
      const hosts = [aCompletedHost(back), other({ status }), aHost({ host: 'i-03' })];

      const rollout = closed(aWayBack({ plan: { ...TWO, hosts: 3 } }), [aChunk({ hosts })]);

      expect(rollout).toMatchObject({
        status: 'rollback_failed',
        totals: { rolled_back: 1, rollback_failed: 1, untouched: 1 },
      });
      expect(rollout.log.at(-1)?.why).toBe('bad image: i-02 did not go back');
    },
  );

  it.each([
    { count: 10, more: '' },
    { count: 12, more: ' and 2 more' },
  ])('names ten of $count that did not', ({ count, more }) => {
    const hosts = Array.from({ length: count }, (_, index) =>
      aCompletedHost({ host: `i-${index}`, status: 'rollback_failed' }),
    );

    expect(closed(aWayBack(), [aChunk({ hosts })]).log.at(-1)?.why).toBe(
      `bad image: i-0, i-1, i-2, i-3, i-4, i-5, i-6, i-7, i-8, i-9${more} did not go back`,
    );
  });

  it('does not write again what is back', () => {
    const hosts = [aCompletedHost(back), aHost({ host: 'i-02', status: 'skipped', phase: 'done' })];

    const plan = planClose(aWayBack(), [aChunk({ hosts })], NOW_MS);

    expect(plan).toMatchObject({ verdict: 'done', settled: [] });
  });

  it('says no reason where none is stored', () => {
    const rollout = closed(aRollout({ status: 'rolling_back' }), [
      aChunk({ hosts: [aCompletedHost(back)] }),
    ]);

    expect(rollout.status).toBe('rolled_back');
    expect(rollout.log.at(-1)?.why).toBe('');
  });
});

describe('a rollout that has ended', () => {
  const final = RolloutStatus.options.filter((status) => !isOpen(status));

  it.each(final)('as %s is settled, and nothing more', (status) => {
    const rollout = aRollout({ status, settled: false, plan: TWO });
    const chunk = aChunk({ hosts: [completed, anUpdatingHost({ host: 'i-02' })] });

    const plan = planClose(rollout, [chunk], NOW_MS);

    expect(plan).toMatchObject({
      verdict: 'done',
      reason: `the rollout is ${status}`,
      rollout: { status, settled: true, totals: { completed: 1, unknown: 1 }, gate: 'closed' },
    });
    expect(plan.verdict === 'done' && plan.rollout.log).toEqual(rollout.log);
  });

  it('is kept for a year, also where another ended it', () => {
    const superseded = closed(aRollout({ status: 'superseded' }));

    expect(superseded.expires_at).toBe(NOW_MS / 1_000 + 365 * 86_400);
  });

  it('is not kept longer by closing it again', () => {
    const once = closed(finished);
    const plan = planClose(once, [], NOW_MS + 86_400_000);

    expect(plan.verdict === 'done' && plan.rollout.expires_at).toBe(once.expires_at);
  });
});

describe('nothing closes before the last deadline of a command that may change a host', () => {
  const update = aCommand({ deadline_at_ms: NOW_MS + 5 });
  const restore = aCommand({ action: 'restore', deadline_at_ms: NOW_MS + 9 });
  const working = [
    aChunk({ hosts: [anUpdatingHost()], commands: [update] }),
    aChunk({ chunk: 1, hosts: [anUpdatingHost({ host: 'i-02' })], commands: [restore] }),
  ];
  const untilMs = Math.max(...working.map(changingUntilMs));

  it.each([
    finished,
    aWayBack(),
    aRollout({ decision: aDecision('cancel') }),
    aRollout({ status: 'superseded' }),
    aHeldRollout({ decision: aDecision('cancel') }),
  ])('as $status', (rollout) => {
    expect(untilMs).toBe(NOW_MS + 9);
    expect(planClose(rollout, working, untilMs - 1)).toEqual({
      verdict: 'again',
      untilMs,
      reason: 'commands may still change hosts',
    });
    expect(planClose(rollout, working, untilMs).verdict).toBe('done');
  });

  it('nor where its host is still to be asked: another copy of it may be at work', () => {
    const hosts = [
      anUpdatingHost({ phase: 'asking' }),
      anUpdatingHost({ host: 'i-02', phase: 'asking' }),
    ];
    const commands = [
      aCommand({ ended: true, deadline_at_ms: NOW_MS + 5 }),
      aCommand({ action: 'status', hosts: ['i-01', 'i-02'], deadline_at_ms: NOW_MS + 30 }),
    ];
    const asking = [aChunk({ hosts, commands })];

    expect(planClose(finished, asking, NOW_MS)).toMatchObject({ untilMs: NOW_MS + 5 });
    expect(planClose(finished, asking, NOW_MS + 5).verdict).toBe('done');
  });

  it('but one that is understood is not waited for', () => {
    const commands = [aCommand({ ended: true })];

    const plan = planClose(finished, [aChunk({ hosts: [aCompletedHost()], commands })], NOW_MS);

    expect(plan.verdict).toBe('done');
  });

  it('but a look is not waited for', () => {
    const looking = aChunk({ commands: [aCommand({ action: 'probe' })] });

    expect(planClose(finished, [looking], NOW_MS).verdict).toBe('done');
  });
});

describe('what is still open at the end', () => {
  const open = aCommand({ deadline_at_ms: NOW_MS });

  it('is settled: every host has a final status, every command an end', () => {
    const hosts = [
      aHost(),
      anUpdatingHost({ host: 'i-02' }),
      aFailedHost({ host: 'i-03', phase: 'restoring' }),
      aCompletedHost({ host: 'i-04' }),
      anUpdatingHost({ host: 'i-05', status: 'pending', phase: 'planned' }),
    ];

    const settled = settleChunk(aChunk({ hosts, commands: [open] }), NOW_MS);

    expect(settled.hosts).toEqual([
      {
        ...hosts[0],
        status: 'skipped',
        phase: 'done',
        error: 'nothing was sent to it',
        completed_at_ms: NOW_MS,
      },
      {
        ...hosts[1],
        status: 'unknown',
        phase: 'done',
        error: 'no answer when the rollout ended',
        completed_at_ms: NOW_MS,
      },
      { ...hosts[2], phase: 'done' },
      hosts[3],
      expect.objectContaining({ host: 'i-05', status: 'unknown', phase: 'done' }),
    ]);
    expect(settled.commands).toEqual([{ ...open, ended: true }]);
    expect(settled.hosts.every((host) => isFinalHost(host.status))).toBe(true);
  });

  it.each([
    {
      what: 'nothing',
      chunk: aChunk({ hosts: [completed], commands: [{ ...open, ended: true }] }),
      isSame: true,
    },
    { what: 'a command', chunk: aChunk({ hosts: [completed], commands: [open] }), isSame: false },
    {
      what: 'a phase',
      chunk: aChunk({ hosts: [aFailedHost({ phase: 'restoring' })] }),
      isSame: false,
    },
    { what: 'a host', chunk: aChunk({ hosts: [aHost({ phase: 'done' })] }), isSame: false },
  ])('is the very same chunk where it is nothing: $what', ({ chunk, isSame }) => {
    expect(settleChunk(chunk, NOW_MS) === chunk).toBe(isSame);
  });

  it('is named apart, so that no more than it is written', () => {
    const done = aChunk({ hosts: [completed] });
    const left = aChunk({ chunk: 1, hosts: [anUpdatingHost({ host: 'i-02' })], commands: [open] });

    const plan = planClose(finished, [done, left], NOW_MS);

    expect(plan).toMatchObject({ verdict: 'done', settled: [{ chunk: 1 }] });
    expect(plan.verdict === 'done' && plan.chunks).toEqual([done, settleChunk(left, NOW_MS)]);
  });

  it.each([
    { what: 'of an open batch', batch_judged: false, named: [0] },
    { what: 'not of one that was judged', batch_judged: true, named: [] },
  ])('names what this round has not begun, for a slow step: $what', ({ batch_judged, named }) => {
    const former = aChunk({ hosts: [completed], round: 1 });
    const begun = aChunk({ chunk: 1, hosts: [completed], round: 2 });
    const rollout = aRollout({ plan: TWO, status: 'superseded', round: 2, batch_judged });

    const plan = planClose(rollout, [former, begun], NOW_MS);

    expect(plan.verdict === 'done' && plan.settled.map(({ chunk }) => chunk)).toEqual(named);
    expect(plan.verdict === 'done' && plan.chunks).toEqual([former, begun]);
  });
});
