import { describe, expect, it } from 'vitest';
import { isSameAsker, principalOf, shortAsker, writeAsker } from '#core/principal.ts';

const ADA = 'arn:aws:iam::111122223333:user/ops/ada';
const BEA = 'arn:aws:sts::111122223333:assumed-role/Ops/bea@example.com';

describe('who asks', () => {
  it.each([
    [ADA, undefined, ADA, 'ada'],
    [ADA, 'for bea', `${ADA} (for bea)`, 'ada (for bea)'],
    [BEA, undefined, BEA, 'bea@example.com'],
    ['arn:aws:iam::111122223333:root', 'x', 'arn:aws:iam::111122223333:root (x)', 'root (x)'],
  ])('%s with the name %s is one line, and shorter in a sentence', (principal, name, by, short) => {
    expect(writeAsker(principal, name)).toBe(by);
    expect(principalOf(by)).toBe(principal);
    expect(shortAsker(by)).toBe(short);
  });

  it.each(['ada', 'operator', 'the arn:aws of old'])('may be a word of their own: %s', (by) => {
    expect(principalOf(by)).toBeUndefined();
    expect(shortAsker(by)).toBe(by);
  });

  it.each([
    [ADA, ADA, true],
    [ADA, `${ADA} (bea)`, true],
    [`${ADA} (ada)`, `${ADA} (bea)`, true],
    [ADA, BEA, false],
    [ADA, `${ADA}2`, false],
    ['ada', 'ada', true],
    ['ada', 'bea', false],
    ['ada', ADA, false],
  ])('%s and %s are the same: %s', (one, other, isSame) => {
    expect(isSameAsker(one, other)).toBe(isSame);
    expect(isSameAsker(other, one)).toBe(isSame);
  });
});
