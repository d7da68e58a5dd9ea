import { describe, expect, it } from 'vitest';
import { compilePattern } from '#local/events/pattern.ts';

const EVENT = {
  source: 'aws.ecr',
  'detail-type': 'ECR Image Action',
  resources: ['arn:a', 'arn:b'],
  detail: {
    'action-type': 'PUSH',
    'image-tag': '',
    'repository-name': 'shop/web',
    size: 5,
    ok: true,
    nothing: null,
    parts: [{ name: 'x' }, { name: 'y' }],
  },
};

describe('an event pattern', () => {
  it.each<[string, object, boolean]>([
    ['a value', { source: ['aws.ecr'] }, true],
    ['a value in another case', { source: ['AWS.ECR'] }, false],
    ['one of several values', { source: ['aws.ssm', 'aws.ecr'] }, true],
    ['fields that all match', { source: ['aws.ecr'], detail: { 'action-type': ['PUSH'] } }, true],
    [
      'fields of which one does not',
      { source: ['aws.ecr'], detail: { 'action-type': ['DELETE'] } },
      false,
    ],
    ['a field that is not there', { detail: { absent: ['x'] } }, false],
    ['the empty text', { detail: { 'image-tag': [''] } }, true],
    ['a number', { detail: { size: [5] } }, true],
    ['a number as a text', { detail: { size: ['5'] } }, false],
    ['a boolean', { detail: { ok: [true] } }, true],
    ['null', { detail: { nothing: [null] } }, true],
    ['null for what is not there', { detail: { absent: [null] } }, false],
    ['an element of an array', { resources: ['arn:b'] }, true],
    ['no element of an array', { resources: ['arn:c'] }, false],
    ['a field of an object in an array', { detail: { parts: { name: ['y'] } } }, true],
    ['a prefix', { detail: { 'repository-name': [{ prefix: 'shop/' }] } }, true],
    ['another prefix', { detail: { 'repository-name': [{ prefix: 'web' }] } }, false],
    ['a prefix of a number', { detail: { size: [{ prefix: '5' }] } }, false],
    ['a suffix', { detail: { 'repository-name': [{ suffix: '/web' }] } }, true],
    ['another suffix', { detail: { 'repository-name': [{ suffix: 'shop' }] } }, false],
    ['a value whatever its case', { source: [{ 'equals-ignore-case': 'AWS.ecr' }] }, true],
    ['another value whatever its case', { source: [{ 'equals-ignore-case': 'aws' }] }, false],
    ['anything but a value', { detail: { 'image-tag': [{ 'anything-but': 'v1' }] } }, true],
    ['anything but that value', { detail: { 'image-tag': [{ 'anything-but': [''] }] } }, false],
    ['anything but numbers', { detail: { size: [{ 'anything-but': [4, 5] }] } }, false],
    [
      'anything but, of what is not there',
      { detail: { absent: [{ 'anything-but': 'x' }] } },
      false,
    ],
    ['anything but a prefix', { source: [{ 'anything-but': { prefix: 'aws.' } }] }, false],
    ['anything but another prefix', { source: [{ 'anything-but': { prefix: 'my.' } }] }, true],
    ['anything but a suffix', { source: [{ 'anything-but': { suffix: 'ecr' } }] }, false],
    ['anything but a wildcard', { source: [{ 'anything-but': { wildcard: 'aws.*' } }] }, false],
    [
      'anything but, where one element of an array is it',
      { resources: [{ 'anything-but': 'arn:a' }] },
      false,
    ],
    ['that a field is there', { detail: { 'image-tag': [{ exists: true }] } }, true],
    ['that a field is not there', { detail: { absent: [{ exists: false }] } }, true],
    [
      'that a field below nothing is not there',
      { detail: { absent: { deep: [{ exists: false }] } } },
      true,
    ],
    ['that a field that is there is not', { detail: { size: [{ exists: false }] } }, false],
    ['that an object is there: leaves only', { detail: [{ exists: true }] }, false],
    ['a comparison', { detail: { size: [{ numeric: ['>', 4] }] } }, true],
    ['a range', { detail: { size: [{ numeric: ['>=', 5, '<', 6] }] } }, true],
    ['a range beside it', { detail: { size: [{ numeric: ['>', 5, '<=', 9] }] } }, false],
    ['an equation', { detail: { size: [{ numeric: ['=', 5.0] }] } }, true],
    ['a comparison of a text', { source: [{ numeric: ['>', 0] }] }, false],
    ['a wildcard', { detail: { 'repository-name': [{ wildcard: 'sh*/w*b' }] } }, true],
    ['a wildcard that stands for nothing', { source: [{ wildcard: 'aws.ecr*' }] }, true],
    ['another wildcard', { detail: { 'repository-name': [{ wildcard: 'apps/*' }] } }, false],
    ['a wildcard with a dot, which is a dot', { source: [{ wildcard: 'aws.e*' }] }, true],
    ['a wildcard with a dot that is another letter', { source: [{ wildcard: 'aws.e.*' }] }, false],
    ['a star that is escaped', { source: [{ wildcard: 'aws.\\*' }] }, false],
    ['one pattern or another', { $or: [{ source: ['x'] }, { detail: { size: [5] } }] }, true],
    ['neither one pattern nor another', { $or: [{ source: ['x'] }, { source: ['y'] }] }, false],
  ])('of %s: %j is %s', (_, pattern, expected) => {
    const matches = compilePattern(pattern);

    expect(matches(EVENT)).toBe(expected);
  });

  it('matches a star that is escaped where there is one', () => {
    const matches = compilePattern({ source: [{ wildcard: 'a\\**' }] });

    expect([matches({ source: 'a*b' }), matches({ source: 'ab' })]).toEqual([true, false]);
  });

  it.each<[string, unknown]>([
    ['nothing', {}],
    ['a list', []],
    ['a leaf that is no list', { source: 'aws.ecr' }],
    ['an empty leaf', { source: [] }],
    ['an unknown operator', { source: [{ regex: '.*' }] }],
    ['cidr, which nobody here needs', { detail: { ip: [{ cidr: '10.0.0.0/8' }] } }],
    ['two operators at once', { source: [{ prefix: 'a', suffix: 'b' }] }],
    ['an empty prefix', { source: [{ prefix: '' }] }],
    ['a prefix that is a number', { source: [{ prefix: 5 }] }],
    ['exists with a text', { source: [{ exists: 'true' }] }],
    ['anything-but nothing', { source: [{ 'anything-but': [] }] }],
    ['anything-but an object', { source: [{ 'anything-but': [{}] }] }],
    ['anything-but a comparison', { source: [{ 'anything-but': { numeric: ['>', 1] } }] }],
    ['an odd comparison', { detail: { n: [{ numeric: ['~', 1] }] } }],
    ['half a comparison', { detail: { n: [{ numeric: ['>'] }] } }],
    ['two stars in a row', { source: [{ wildcard: 'a**' }] }],
    ['$or of one', { $or: [{ source: ['x'] }] }],
    ['more than 4,096 characters', { source: ['x'.repeat(4_097)] }],
  ])('is refused when it is %s', (_, pattern) => {
    expect(() => compilePattern(pattern)).toThrow(
      expect.objectContaining({ name: 'InvalidEventPatternException' }),
    );
  });
});
