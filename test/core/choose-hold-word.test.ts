import { describe, expect, it } from 'vitest';
import { chooseDecisionWord, chooseHoldWord } from '#core/choose-hold-word.ts';
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

it('leaves an answer to an approval to the state that follows', () => {
  const rollout = aRollout({ status: 'awaiting_approval', decision: aDecision('approve') });

  expect(chooseDecisionWord(rollout)).toBe('look');
  expect(chooseDecisionWord(aHeldRollout({ decision: aDecision('go_on') }))).toBe('go_on');
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
