import { expect, it } from 'vitest';
import { judgeWatch } from '#cli/judge-watch.ts';
import { progressOf } from '#cli/render-record.ts';
import { aChunk, aDecision, aHeldRollout, aRollout, NOW_MS } from '#test/core/fixtures.ts';

const LATER_MS = NOW_MS + 86_400_000;

it('does not wait for a person who has decided', () => {
  const held = aHeldRollout();
  const decided = { ...held, decision: aDecision('go_on') };
  const judge = (rollout: typeof held) =>
    judgeWatch({ begun: rollout, rollout }, 'done', 60_000, LATER_MS)?.code;

  expect([judge(held), judge(decided)]).toEqual([3, undefined]);
});

it('goes on with a rollout that has ended, and is decided to go back', () => {
  const rollout = aRollout({ status: 'completed', decision: aDecision('roll_back') });

  expect(judgeWatch({ begun: rollout, rollout }, 'done', 60_000, LATER_MS)).toBeUndefined();
});

it('shows no chunk of another plan than the one that stands', () => {
  const chunk = aChunk();

  expect(progressOf(aRollout({ plan_hash: chunk.plan_hash }), [chunk]).chunks.size).toBe(1);
  expect(progressOf(aRollout({ plan_hash: 'other' }), [chunk]).chunks.size).toBe(0);
});
