import { describe, expect, it } from 'vitest';
import type { LogEntry } from '#core/rollout.ts';
import type { RolloutStatus } from '#core/status.ts';
import { chooseUntold, noteTold, planTelling, TOLD_STATUSES, type Told } from '#core/told.ts';
import { aPolicy, aRollout, NOW_MS } from './fixtures.ts';

const OPS = 'arn:aws:sns:eu-west-1:111122223333:ops';
const CHAT = 'arn:aws:sns:eu-west-1:111122223333:chat';

type Step = RolloutStatus | [status: RolloutStatus, event: string];

function logOf(...steps: Step[]): LogEntry[] {
  return steps.map((step, index) => {
    const [status, event] = typeof step === 'string' ? [step, 'image.x'] : step;
    return { seq: index + 1, at_ms: NOW_MS, event, status, who: 'longshore', why: 'because' };
  });
}

function aToldRollout(steps: Step[], topics = [OPS, CHAT]) {
  const settings = aPolicy({ notifications: topics.map((topic_arn) => ({ topic_arn })) });
  return aRollout({ settings, log: logOf(...steps) });
}

function toldUpTo(seq: number, fields: Partial<Told> = {}): Told {
  const { rollout } = aRollout();
  return { rollout, item: 'told', version: 1, seq, topics: [], expires_at: 0, ...fields };
}

const seqOf = (steps: Step[], stored?: Told) => {
  const telling = planTelling(aToldRollout(steps), stored, NOW_MS);
  return telling.kind === 'tell' ? telling.entry.seq : telling.kind;
};

describe('planTelling', () => {
  it.each(TOLD_STATUSES)('tells of a rollout that becomes %s', (status) => {
    expect(seqOf(['pending', status])).toBe(2);
  });

  it.each([
    'pending',
    'awaiting_window',
    'in_progress',
    'paused',
    'cancelled',
    'rejected',
    'superseded',
  ] as const)('tells nobody of one that becomes %s', (status) => {
    expect(seqOf(['pending', status])).toBe('nothing');
  });

  it.each<[string, Step[], Told | undefined, number | 'nothing']>([
    ['each news in its turn, the oldest first', ['pending', 'held', 'rolling_back'], undefined, 2],
    ['the next, once the first is told', ['pending', 'held', 'rolling_back'], toldUpTo(2), 3],
    ['nothing, once all is told', ['pending', 'held', 'rolling_back'], toldUpTo(3), 'nothing'],
    ['of a decision, nothing', ['held', ['held', 'image.rollout_decided']], toldUpTo(1), 'nothing'],
    [
      'of what a person resumed, nothing',
      ['held', 'paused', ['held', 'image.rollout_resumed']],
      toldUpTo(1),
      'nothing',
    ],
    ['of a second hold', ['held', 'in_progress', 'held'], toldUpTo(1), 3],
    ['of a way back after the end', ['pending', 'completed', 'rolling_back'], toldUpTo(2), 3],
  ])('tells %s', (_, steps, stored, wanted) => {
    expect(seqOf(steps, stored)).toBe(wanted);
  });

  it('tells nobody where the policy names nobody', () => {
    const rollout = aToldRollout(['pending', 'held'], []);

    expect(planTelling(rollout, undefined, NOW_MS)).toEqual({ kind: 'nothing' });
  });

  it('tells each topic once, though it is named twice, and none that has heard', () => {
    const rollout = aToldRollout(['pending', 'held'], [OPS, CHAT, OPS]);

    const first = planTelling(rollout, undefined, NOW_MS);
    const second = planTelling(rollout, toldUpTo(0, { topics: [OPS] }), NOW_MS);

    expect(first).toMatchObject({ kind: 'tell', topics: [OPS, CHAT] });
    expect(second).toMatchObject({ kind: 'tell', topics: [CHAT] });
  });

  it.each([
    [1, 'busy'],
    [0, 'tell'],
    [-1, 'tell'],
  ])('finds a claim with %i ms left: %s', (leftMs, kind) => {
    const stored = toldUpTo(0, { busy_until_ms: NOW_MS + leftMs });

    expect(planTelling(aToldRollout(['pending', 'held']), stored, NOW_MS).kind).toBe(kind);
  });

  it('claims for a minute, before it tells', () => {
    const telling = planTelling(aToldRollout(['pending', 'held']), undefined, NOW_MS);

    expect(telling).toMatchObject({
      claimed: {
        rollout: aRollout().rollout,
        item: 'told',
        version: 0,
        seq: 0,
        busy_until_ms: NOW_MS + 60_000,
        expires_at: Math.floor(NOW_MS / 1000) + 800 * 86_400,
      },
    });
  });
});

describe('chooseUntold', () => {
  const rollout = aToldRollout(['pending', 'held']);

  it.each<[string, Told | undefined, number, number | undefined]>([
    ['five minutes late', undefined, 300_000, 2],
    ['just before', undefined, 299_999, undefined],
    ['told', toldUpTo(2), 300_000, undefined],
    ['being told', toldUpTo(0, { busy_until_ms: NOW_MS + 300_001 }), 300_000, undefined],
  ])('of news that is %s', (_, stored, lateMs, seq) => {
    expect(chooseUntold(rollout, stored, NOW_MS + lateMs)?.seq).toBe(seq);
  });
});

describe('noteTold', () => {
  const claimed = toldUpTo(2, { topics: [OPS], busy_until_ms: NOW_MS });

  it('goes on to the entry that all have heard of', () => {
    expect(noteTold(claimed, { all: 5 })).toEqual(toldUpTo(5));
  });

  it('keeps the entry for those that have not', () => {
    expect(noteTold(claimed, { topics: [CHAT] })).toEqual(toldUpTo(2, { topics: [OPS, CHAT] }));
  });
});
