/** Who may send when, who is given which turns, and what a refused call does to them. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { judgeTurn, planTurns, type Sender, slowDown } from '#core/sender.ts';
import { instantOf, turnAt } from '#core/sender-clock.ts';
import { NOW_MS } from './fixtures.ts';

/** At the whole rate of 5 a second, and turn 100 comes now. */
function aSender(fields: Partial<Sender> = {}): Sender {
  return {
    rollout: 'sender',
    item: 'sender',
    version: 3,
    at_ms: NOW_MS,
    turn: 100,
    per_second: 5,
    share: 1,
    free: 100,
    taken: { by: 'web', what: 'batch 0', count: 10, at_ms: NOW_MS - 60_000 },
    shared_until_ms: 0,
    refused: 0,
    refused_turn: -20,
    ...fields,
  };
}

describe('a send', () => {
  const judge = (sender: Sender | undefined, turn: number, by = 'web') =>
    judgeTurn(sender, { by, turn }, NOW_MS);

  it.each([
    { turn: 110, verdict: { verdict: 'wait', turn: 110, untilMs: NOW_MS + 2_000 } },
    { turn: 100.1, verdict: { verdict: 'wait', turn: 100.1, untilMs: NOW_MS + 20 } },
    // A clock that is 5 ms behind the one that waited.
    { turn: 100.025, verdict: { verdict: 'send', turn: 100.025 } },
    { turn: 100, verdict: { verdict: 'send', turn: 100 } },
    { turn: 90, verdict: { verdict: 'send', turn: 90 } },
    // A clock that is some seconds ahead of the one that waited.
    { turn: 60, verdict: { verdict: 'send', turn: 60 } },
    // More than 10 s ago: its place is another's by now.
    { turn: 49.9, verdict: { verdict: 'take' } },
    { turn: -1, verdict: { verdict: 'take' } },
  ])('with turn $turn, while turns are taken ahead: $verdict.verdict', ({ turn, verdict }) => {
    expect(judge(aSender({ free: 120 }), turn)).toEqual(verdict);
  });

  it('takes a turn where no sender is stored, or one that never gave out its turn', () => {
    expect(judge(undefined, 100)).toEqual({ verdict: 'take' });
    expect(judge(aSender({ free: 50 }), 100, 'other')).toEqual({ verdict: 'take' });
  });

  it('needs no turn of its own where its rollout is alone and nothing is taken ahead', () => {
    expect(judge(aSender(), -1)).toEqual({ verdict: 'send', turn: 100 });
  });

  it.each([
    { why: 'another rollout took the last', fields: {}, by: 'other' },
    { why: 'nobody ever took any', fields: { taken: undefined }, by: 'web' },
    {
      why: 'another has sent a short while ago',
      fields: { shared_until_ms: NOW_MS + 1 },
      by: 'web',
    },
    { why: 'turns are taken ahead', fields: { free: 100.5 }, by: 'web' },
    { why: 'SSM has refused a call', fields: { share: 0.99 }, by: 'web' },
  ])('takes one where $why', ({ fields, by }) => {
    expect(judge(aSender(fields), -1, by)).toEqual({ verdict: 'take' });
  });
});

describe('turns', () => {
  const asked = { by: 'web', what: 'batch 1', count: 10, perSecond: 5 };

  it('begin at once where none were taken ahead, and behind those that were', () => {
    const first = planTurns(undefined, asked, NOW_MS);
    const second = planTurns(first.sender, { ...asked, by: 'other' }, NOW_MS + 500);

    expect(first).toMatchObject({ first: 0, isNew: true, sender: { version: 0, free: 10 } });
    expect(second).toMatchObject({ first: 10, isNew: true, sender: { free: 20 } });
    expect(instantOf(second.sender, 10)).toBe(NOW_MS + 2_000);
  });

  it('are the same for the same batch that asks again', () => {
    const { sender } = planTurns(undefined, asked, NOW_MS);

    const again = planTurns(sender, asked, NOW_MS + 2_000);

    expect(again).toEqual({ sender, first: 0, isNew: false });
  });

  it.each([
    { why: 'after they went by', ask: asked, afterMs: 10_001, first: 50 },
    { why: 'for fewer chunks', ask: { ...asked, count: 9 }, afterMs: 0, first: 10 },
    { why: 'for another batch', ask: { ...asked, what: 'batch 2' }, afterMs: 0, first: 10 },
  ])('are taken anew $why', ({ ask, afterMs, first }) => {
    const { sender } = planTurns(undefined, asked, NOW_MS);

    const again = planTurns(sender, ask, NOW_MS + afterMs);

    expect(again.isNew).toBe(true);
    expect(again.first).toBeCloseTo(first, 1);
  });

  it('are never those of another, whoever asks when', () => {
    const asks = fc.array(
      fc.record({
        by: fc.constantFrom('web', 'api', 'jobs'),
        what: fc.constantFrom('batch 0', 'batch 1', 'chunk 0.1 step 2'),
        count: fc.integer({ min: 1, max: 40 }),
        afterMs: fc.integer({ min: 0, max: 20_000 }),
        perSecond: fc.constantFrom(1, 5, 40),
      }),
    );

    fc.assert(
      fc.property(asks, (list) => {
        let sender: Sender | undefined;
        let nowMs = NOW_MS;
        for (const { afterMs, ...ask } of list) {
          nowMs += afterMs;
          const turns = planTurns(sender, ask, nowMs);
          if (turns.isNew) expect(turns.first).toBeGreaterThanOrEqual(sender?.free ?? 0);
          sender = turns.sender;
        }
      }),
    );
  });

  it('come at the new rate once the stack is set to another', () => {
    const { sender } = planTurns(undefined, asked, NOW_MS);

    const set = planTurns(sender, { ...asked, by: 'other', perSecond: 10 }, NOW_MS + 1_000);

    expect(turnAt(set.sender, NOW_MS + 1_000)).toBe(5);
    expect(instantOf(set.sender, set.first)).toBe(NOW_MS + 1_500);
  });

  it('say that two rollouts send, until one has taken none for ten minutes', () => {
    const other = { ...asked, by: 'other' };
    const first = planTurns(undefined, asked, NOW_MS);
    const alone = planTurns(first.sender, { ...asked, what: 'batch 2' }, NOW_MS);
    const shared = planTurns(alone.sender, other, NOW_MS + 599_999);
    const later = planTurns(alone.sender, other, NOW_MS + 600_000);

    expect(alone.sender.shared_until_ms).toBe(0);
    expect(shared.sender.shared_until_ms).toBe(NOW_MS + 599_999 + 600_000);
    expect(later.sender.shared_until_ms).toBe(0);
  });
});

it('gives turns to two rollouts, and moves those to come when a call is refused: the example of sender.ts', () => {
  const atMs = (seconds: number) => NOW_MS + seconds * 1000;
  const ask = { perSecond: 5, what: 'batch 0' };

  const web = planTurns(undefined, { ...ask, by: 'web', count: 10 }, atMs(0));
  const api = planTurns(web.sender, { ...ask, by: 'api', count: 4 }, atMs(0.5));
  const call = { turn: 5, seen: api.sender, perSecond: 5 };
  const slower = slowDown(api.sender, call, atMs(1));

  expect([web.first, instantOf(web.sender, 9)]).toEqual([0, atMs(1.8)]);
  expect([api.first, instantOf(api.sender, 10)]).toEqual([10, atMs(2)]);
  expect([instantOf(slower, 5), instantOf(slower, 10)]).toEqual([atMs(1.211), atMs(2.263)]);
});

describe('a refused call', () => {
  const refuse = (sender: Sender | undefined, turn: number, seen = sender, nowMs = NOW_MS) =>
    slowDown(sender, { turn, seen, perSecond: 5 }, nowMs);

  it('puts the clock back to one turn before its own, and slows it a little', () => {
    const slower = refuse(aSender({ free: 120 }), 100);

    expect(slower).toMatchObject({ turn: 99, share: 0.95, refused: 1, refused_turn: 100 });
    expect(instantOf(slower, 100) - NOW_MS).toBe(211);
    expect(instantOf(slower, 101) - instantOf(slower, 100)).toBeCloseTo(210, -1);
  });

  it('slows it more soon after another one', () => {
    const slower = refuse(aSender({ free: 130, refused: 1, refused_turn: 81 }), 100);
    const again = refuse(aSender({ free: 130, refused: 1, refused_turn: 80 }), 100);

    expect(slower).toMatchObject({ share: 0.8, refused: 2 });
    expect(again).toMatchObject({ share: 0.95, refused: 1 });
  });

  it('waits behind one before it that was refused at the same time', () => {
    const sender = aSender({ free: 130 });
    const slower = refuse(sender, 99, sender);

    expect(refuse(slower, 100, sender)).toBe(slower);
  });

  it('goes before one behind it that was refused at the same time, and slows nobody again', () => {
    const sender = aSender({ free: 130 });
    const slower = refuse(sender, 100, sender);

    const both = refuse(slower, 99, sender);

    expect(both).toMatchObject({ turn: 98, share: 0.95, refused: 1 });
    expect(instantOf(both, 99)).toBeLessThan(instantOf(both, 100));
  });

  it('begins a sender where none is stored', () => {
    expect(refuse(undefined, 0)).toMatchObject({ version: 0, turn: -1, share: 0.95, free: 0 });
  });

  it('never slows it below a sixteenth, but waits longer and longer where SSM takes nothing', () => {
    let sender = aSender({ free: 101 });
    const waits: number[] = [];
    for (let count = 0, nowMs = NOW_MS; count < 22; count += 1) {
      sender = refuse(sender, 100, sender, nowMs);
      waits.push(Math.round((instantOf(sender, 100) - nowMs) / 1000));
      nowMs = instantOf(sender, 100);
    }

    expect(sender.share).toBeGreaterThanOrEqual(1 / 16);
    expect(sender.share).toBeLessThan(0.09);
    expect(waits.slice(0, 12).every((seconds) => seconds <= 3)).toBe(true);
    expect(waits.at(-1)).toBeGreaterThan(270);
    expect(waits.at(-1)).toBeLessThanOrEqual(300);
  });
});
