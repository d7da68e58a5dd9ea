import { describe, expect, it } from 'vitest';
import { chooseApprovalWord, chooseHoldWord } from '#core/choose-hold-word.ts';
import { aDecision, aHeldRollout, aPausedRollout, aRollout } from './fixtures.ts';

describe('a hold', () => {
  it.each([
    { action: 'go_on' as const, word: 'go_on' },
    { action: 'retry_failed' as const, word: 'retry_failed' },
    { action: 'roll_back' as const, word: 'roll_back' },
    { action: 'cancel' as const, word: 'cancel' },
    { action: 'reject' as const, word: 'cancel' },
    { action: 'expire' as const, word: 'cancel' },
  ])('ends with $word when a person decides to $action', ({ action, word }) => {
    expect(chooseHoldWord(aHeldRollout({ decision: aDecision(action) }))).toBe(word);
  });

  it('stands while nobody has decided', () => {
    expect(chooseHoldWord(aHeldRollout())).toBeUndefined();
  });

  it('stands before an approval, which answers another question', () => {
    expect(chooseHoldWord(aHeldRollout({ decision: aDecision('approve') }))).toBeUndefined();
  });

  it.each([undefined, aDecision('approve')])(
    'that is no longer there lets the rollout go on',
    (decision) => {
      const rollout = aRollout(decision === undefined ? {} : { decision });

      expect(chooseHoldWord(rollout)).toBe('go_on');
    },
  );
});

describe('the wait for an approval', () => {
  it('stands while nobody has decided', () => {
    expect(chooseApprovalWord(aRollout({ status: 'awaiting_approval' }))).toBeUndefined();
  });

  it.each(['approve', 'reject', 'expire', 'cancel', 'go_on'] as const)(
    'leaves a decision to %s to the state that follows',
    (action) => {
      const rollout = aRollout({ status: 'awaiting_approval', decision: aDecision(action) });

      expect(chooseApprovalWord(rollout)).toBe('look');
    },
  );

  it('is over where the rollout waits for none', () => {
    expect(chooseApprovalWord(aRollout())).toBe('look');
  });

  it.each([
    { what: 'nothing', decision: undefined, word: undefined },
    { what: 'another plan’s approval', decision: aDecision('approve'), word: undefined },
    {
      what: 'the approval of its plan',
      decision: aDecision('approve', { plan_hash: 'plan-1' }),
      word: 'look',
    },
    { what: 'what answers a hold', decision: aDecision('go_on'), word: undefined },
    { what: 'a rejection', decision: aDecision('reject'), word: 'look' },
    { what: 'an end', decision: aDecision('cancel'), word: 'look' },
  ])('answers $what with $word while it is paused', ({ decision, word }) => {
    const rollout = aPausedRollout('awaiting_approval', decision === undefined ? {} : { decision });

    expect(chooseApprovalWord(rollout)).toBe(word);
  });
});

describe('a pause', () => {
  it('stands while nobody has decided', () => {
    expect(chooseHoldWord(aPausedRollout('in_progress'))).toBeUndefined();
  });

  it.each(['go_on', 'retry_failed', 'roll_back', 'approve'] as const)(
    'is not opened by a decision to %s: that is taken once it was resumed',
    (action) => {
      const rollout = aPausedRollout('in_progress', { decision: aDecision(action) });

      expect(chooseHoldWord(rollout)).toBeUndefined();
    },
  );

  it.each(['cancel', 'reject', 'expire'] as const)(
    'is ended for good by a decision to %s',
    (action) => {
      const rollout = aPausedRollout('in_progress', { decision: aDecision(action) });

      expect(chooseHoldWord(rollout)).toBe('cancel');
    },
  );
});
