import { describe, expect, it } from 'vitest';
import { foldLog } from '#core/change-status.ts';
import { chooseWayBackChunks, isThrough, planTurn, startWayBack } from '#core/plan-way-back.ts';
import { Rollout } from '#core/rollout.ts';
import { isOpen, RolloutStatus } from '#core/status.ts';
import {
  aChunk,
  aCommand,
  aCompletedHost,
  aDecision,
  aFailedHost,
  aHeldRollout,
  aHost,
  anActiveTarget,
  anUpdatingHost,
  aPausedRollout,
  aRollout,
  aSeed,
  aTarget,
  aWayBack,
  GENERATION,
  NOW_MS,
  V1,
  V2,
} from './fixtures.ts';

const decision = aDecision('roll_back', { why: 'it burns' });
const decided = aHeldRollout({ decision });

describe('the turn of a target', () => {
  it('denies the image, desires the earlier one, and takes the next generation', () => {
    const turned = planTurn(decided, anActiveTarget(), NOW_MS);

    expect(turned).toMatchObject({
      generation: NOW_MS / 1_000,
      desired: { tag: 'v1', digest: V1 },
      rolling_back: true,
      active: aSeed(),
      denied: [{ digest: V2, title: 'shop-web #42', reason: 'it burns', at_ms: NOW_MS }],
    });
  });

  it('takes a generation above any that hosts have seen, whatever the clock says', () => {
    const target = anActiveTarget({ generation: 1_900_000_000 });

    expect(planTurn(decided, target, NOW_MS)?.generation).toBe(1_900_000_001);
  });

  it('is made once', () => {
    const turned = anActiveTarget({ rolling_back: true, generation: GENERATION + 1 });

    expect(planTurn(decided, turned, NOW_MS)).toBe(turned);
    expect(planTurn(aWayBack(), turned, NOW_MS)).toBe(turned);
  });

  it.each([
    { what: 'nobody has decided', rollout: aHeldRollout() },
    { what: 'a person decided otherwise', rollout: aHeldRollout({ decision: aDecision('go_on') }) },
  ])('is not made where $what', ({ rollout }) => {
    expect(planTurn(rollout, anActiveTarget(), NOW_MS)).toBeUndefined();
  });

  it('is not gone on with while a person has paused it', () => {
    const turned = anActiveTarget({ rolling_back: true, generation: GENERATION + 1 });

    expect(planTurn(aPausedRollout('rolling_back'), turned, NOW_MS)).toBeUndefined();
  });

  it('that was held goes on for what it turned for', () => {
    const turned = anActiveTarget({ rolling_back: true, generation: GENERATION + 1 });
    const { rollback } = aWayBack();
    const held = aHeldRollout({ decision: aDecision('go_on'), ...(rollback && { rollback }) });

    expect(startWayBack(held, turned, NOW_MS).rollback).toMatchObject({
      reason: 'bad image',
      by: 'anna',
      attempts: 0,
    });
  });

  it.each(RolloutStatus.options.filter((status) => isOpen(status) && status !== 'rolling_back'))(
    'is made only from where the table allows it: %s',
    (status) => {
      const rollout =
        status === 'paused'
          ? aPausedRollout('in_progress', { decision })
          : aRollout({ status, decision });

      const isMade = planTurn(rollout, anActiveTarget(), NOW_MS) !== undefined;

      expect(isMade).toBe(['in_progress', 'held', 'awaiting_window'].includes(status));
    },
  );

  it.each([
    { what: 'has none', target: aTarget() },
    {
      what: 'has a newer one',
      target: anActiveTarget({ active: aSeed({ generation: GENERATION + 5 }) }),
    },
    {
      what: 'goes back with another',
      target: anActiveTarget({
        active: aSeed({ generation: GENERATION + 5 }),
        rolling_back: true,
      }),
    },
  ])('is that of the target’s own active rollout: not where it $what', ({ target }) => {
    expect(planTurn(aRollout({ status: 'completed', decision }), target, NOW_MS)).toBeUndefined();
    expect(planTurn(decided, target, NOW_MS)).toBeUndefined();
  });
});

describe('a rollout whose target has turned', () => {
  const turned = anActiveTarget({ rolling_back: true, generation: GENERATION + 1 });

  it('goes back with the generation of the target, in the name of who decided', () => {
    const rollout = startWayBack({ ...decided, token: 'a-token' }, turned, NOW_MS);

    expect(rollout).toMatchObject({
      status: 'rolling_back',
      gate: 'closed',
      rollback: {
        generation: GENERATION + 1,
        reason: 'it burns',
        by: 'anna',
        attempts: 0,
        opened_at_ms: NOW_MS,
      },
    });
    expect(rollout.log.at(-1)).toMatchObject({
      event: 'image.rollback_started',
      who: 'anna',
      why: 'it burns',
    });
    for (const gone of ['decision', 'hold', 'held_from', 'token']) {
      expect(rollout).not.toHaveProperty(gone);
    }
    expect(foldLog(rollout.log)).toBe('rolling_back');
    expect(Rollout.safeParse(rollout).success).toBe(true);
  });

  it('waits for no batch any more', () => {
    const waiting = aRollout({ decision, waits_until_ms: NOW_MS - 1 });

    expect(startWayBack(waiting, turned, NOW_MS)).not.toHaveProperty('waits_until_ms');
  });

  it('goes back also where the decision was lost between the two writes', () => {
    const rollout = startWayBack(aRollout(), turned, NOW_MS);

    expect(rollout).toMatchObject({
      status: 'rolling_back',
      rollback: { by: 'longshore', reason: 'the target has turned back' },
    });
  });

  it('goes back once', () => {
    const rollout = aWayBack();

    expect(startWayBack(rollout, turned, NOW_MS)).toBe(rollout);
  });
});

describe('the chunks that go back', () => {
  const touched = aChunk({ chunk: 1, hosts: [aCompletedHost(), aHost({ host: 'i-02' })] });
  const lost = aChunk({ chunk: 2, hosts: [anUpdatingHost({ status: 'unknown', phase: 'done' })] });
  const untouched = aChunk({ chunk: 3 });
  const through = aChunk({ chunk: 4, hosts: [aCompletedHost()], rolled_back: true });
  const chunks = [touched, lost, untouched, through];

  it('are those with a host for which an update was ever intended, but for those that are through', () => {
    expect(chooseWayBackChunks(aWayBack(), chunks)).toEqual([touched, lost]);
  });

  it.each([
    { attempts: 0, count: 2 },
    { attempts: 2, count: 2 },
    { attempts: 3, count: 0 },
    { attempts: 4, count: 0 },
  ])('are tried a bounded number of times: after $attempts, $count', ({ attempts, count }) => {
    const { rollback } = aWayBack();
    const rollout = aWayBack(rollback === undefined ? {} : { rollback: { ...rollback, attempts } });

    expect(chooseWayBackChunks(rollout, chunks)).toHaveLength(count);
  });

  it('are known before the first try', () => {
    expect(chooseWayBackChunks(aRollout(), chunks)).toHaveLength(2);
  });
});

describe('a chunk', () => {
  const ended = aCommand({ action: 'restore', ended: true });

  it.each([
    { what: 'rolled back', host: aCompletedHost({ status: 'rolled_back' }), is: true },
    { what: 'named as not back', host: aCompletedHost({ status: 'rollback_failed' }), is: true },
    { what: 'untouched', host: aHost(), is: true },
    { what: 'completed', host: aCompletedHost(), is: false },
    { what: 'failed', host: aFailedHost(), is: false },
    { what: 'unknown', host: anUpdatingHost({ status: 'unknown' }), is: false },
  ])('with a host that is $what is through: $is', ({ host, is }) => {
    expect(isThrough(aChunk({ hosts: [host], commands: [ended] }))).toBe(is);
  });

  it('is through with its last host', () => {
    const hosts = [aCompletedHost({ status: 'rolled_back' }), aCompletedHost({ host: 'i-02' })];

    expect(isThrough(aChunk({ hosts, commands: [ended] }))).toBe(false);
  });

  it('with a command at work is not through', () => {
    const hosts = [aCompletedHost({ status: 'rolled_back' })];

    expect(isThrough(aChunk({ hosts, commands: [{ ...ended, ended: false }] }))).toBe(false);
  });
});
