import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compileExpression } from '#core/tag-choice/compile-expression.ts';

function groupsOf(source: string, text: string): string[] | undefined {
  const compiled = compileExpression(source);
  if (!compiled.ok) throw new Error(`${source} ${compiled.flaw}`);
  const group = compiled.expression.match(text);
  return group && [...compiled.expression.groups].map(group);
}

describe('an expression', () => {
  it.each([
    ['abc', 'xabcx', []],
    ['^abc$', 'abc', []],
    ['^abc$', 'xabc', undefined],
    ['', 'abc', []],
    ['a|b', 'b', []],
    ['^(?:a|)$', '', []],
    ['a.c', 'a-c', []],
    ['^\\d+$', '123', []],
    ['^\\d+$', '12a', undefined],
    ['^\\D\\w\\W\\s\\S$', 'aa- x', []],
    ['^[a-c]+$', 'abcabc', []],
    ['^[^a-c]+$', 'xyz', []],
    ['^[^a-c]+$', 'xyc', undefined],
    ['^[a\\d.-]+$', 'a1.-', []],
    ['^\\.\\$\\^\\(\\)$', '.$^()', []],
    ['^a{2}$', 'aa', []],
    ['^a{2}$', 'aaa', undefined],
    ['^a{2,}$', 'aaaa', []],
    ['^a{0,2}$', 'aaa', undefined],
    ['^a{1,2}b$', 'aab', []],
    ['^(a+)(a*)$', 'aaa', ['aaa', '']],
    ['^(a+?)(a*)$', 'aaa', ['a', 'aa']],
    ['^(a{1,3}?)(a*)$', 'aaa', ['a', 'aa']],
    ['^(a??)(a*)$', 'aa', ['', 'aa']],
    ['^(a|ab)(c|bcd)?', 'abcd', ['a', 'bcd']],
    ['(x)?(y)', 'y', ['', 'y']],
    ['^main-[a-f0-9]+-(?<ts>\\d+)$', 'main-abc123-1700', ['1700', '1700']],
    ['^(?P<major>\\d+)\\.(\\d+)$', '12.34', ['12', '34', '12']],
    ['^(?:a*)*$', 'aaab', undefined],
    ['^(a}])$', 'a}]', ['a}]']],
    ['o$', 'foo', []],
    ['(o+)', 'fooboooo', ['oo']],
  ])('%s on %j holds %j', (source, text, groups) => {
    expect(groupsOf(source, text)).toEqual(groups);
  });

  it.each([
    ['(a', 'has a group that is not closed'],
    ['a)', 'closes a group that is not open'],
    ['[a', 'has a [ that is not closed'],
    ['*a', 'has a * with nothing before it to repeat'],
    ['a|+', 'has a + with nothing before it to repeat'],
    ['{2}', 'has a {2} with nothing before it to repeat'],
    ['(?a)', 'has a group that begins with (?a and is not known'],
    ['(?=a)', 'has a group that begins with (?= and is not known'],
    ['(?!a)', 'has a group that begins with (?! and is not known'],
    ['(?<=a)b', 'has a group that begins with (?<= and is not known'],
    ['(?<!a)b', 'has a group that begins with (?<! and is not known'],
    ['(?>a)', 'has a group that begins with (?> and is not known'],
    ['(?<a-b>a)', 'names a group wrongly: (?<a-b>'],
    ['(?P<n', 'names a group wrongly: (?P<n'],
    ['a**', 'repeats a repetition by **'],
    ['a++', 'repeats a repetition by ++'],
    ['a{2}{3}', 'repeats a repetition by {2}{3}'],
    ['(?:a{20}){20}{1}', 'repeats a repetition by {20}{1}'],
    ['a{3,2}', 'repeats by {3,2}, which falls or is more than 1000'],
    ['a{1001}', 'repeats by {1001}, which falls or is more than 1000'],
    ['[z-a]', 'has no characters in the range z-a'],
    ['[a-\\d]', 'has \\d, which is not known here'],
    ['\\p{Ship}', 'has no characters in the range \\p{Ship}'],
    ['(a)\\1', 'has \\1, which is not known here'],
    ['(?<n>a)\\k<n>', 'has \\k, which is not known here'],
    ['a\\', 'ends with a single \\'],
    ['(?<n>a)(?<n>b)', 'names two groups n'],
    ['(a)'.repeat(11), 'has more than 10 groups'],
    ['a{500}', 'repeats so much that it grows too large'],
    ['((a{9}){9}){9}', 'repeats so much that it grows too large'],
    ['(?:a{100,}){5}', 'repeats so much that it grows too large'],
    [`${'('.repeat(1001)}${')'.repeat(1001)}`, 'is refused: expression nests too deeply'],
  ])('%s is refused: it %s', (source, flaw) => {
    expect(compileExpression(source)).toEqual({ ok: false, flaw });
  });

  it.each(['(a)'.repeat(10), `${'(?:'.repeat(50)}a${')'.repeat(50)}`, 'a{498}', '(?:a{10}){40}'])(
    '%s is not too large',
    (source) => {
      expect(compileExpression(source)).toMatchObject({ ok: true });
    },
  );

  it.each([
    ['\\bv\\d', 'web-v1', []],
    ['(?i)^RC', 'rc1', []],
    ['^[[:digit:]]+$', '17', []],
    ['^\\pL+$', 'main', []],
    ['^a{x}$', 'a{x}', []],
    ['^(?<2>a)(b)$', 'ab', ['a', 'b']],
  ])('%s is RE2: on %j it holds %j', (source, text, groups) => {
    expect(groupsOf(source, text)).toEqual(groups);
  });

  it('throws what is no refusal', () => {
    expect(() => compileExpression(undefined as never)).toThrow(TypeError);
  });

  it('matches where the engine of JavaScript matches', () => {
    const anySource = sources([
      '',
      '*',
      '+',
      '?',
      '{2}',
      '{1,2}',
      '{0,1}?',
      '{1,}',
      '*?',
      '+?',
      '??',
    ]);

    fc.assert(
      fc.property(anySource, texts(), (source, text) => {
        expect(groupsOf(source, text) !== undefined).toBe(new RegExp(source).test(text));
      }),
      { numRuns: 2000 },
    );
  });

  it('holds in its groups what the engine of JavaScript holds, where no repeated part is empty', () => {
    const source = sources(['', '+', '{2}', '{1,2}', '{1,}', '+?', '{1,2}?']);

    fc.assert(
      fc.property(source, texts(), (text, subject) => {
        const expected = new RegExp(text).exec(subject);

        expect(groupsOf(text, subject)).toEqual(expected?.slice(1).map((group) => group ?? ''));
      }),
      { numRuns: 2000 },
    );
  });

  it.each(['^(a+)+$', '^(a|a)*$', '^(a*)*b$', 'a*a*a*a*a*a*a*a*a*a*c', '(?:a{1,9}){1,9}b'])(
    '%s ends on a text on which a backtracking engine does not',
    (source) => {
      expect(groupsOf(source, `${'a'.repeat(299)}!`)).toBeUndefined();
    },
  );
});

function texts(): fc.Arbitrary<string> {
  return fc.stringMatching(/^[ab1.-]{0,8}$/);
}

/** Expressions whose groups stand outside of repetitions: inside, engines differ in what they hold. */
function sources(repetitions: string[]): fc.Arbitrary<string> {
  const letter = fc.constantFrom(
    'a',
    'b',
    '.',
    '1',
    '\\d',
    '\\w',
    '[ab]',
    '[^a]',
    '[a-b1]',
    '-',
    '\\.',
  );
  const times = fc.constantFrom(...repetitions);
  const repeated = fc.tuple(letter, times).map(([text, count]) => text + count);
  const inner = fc.array(repeated, { minLength: 1, maxLength: 3 }).map((list) => list.join(''));
  const choice = fc.array(inner, { minLength: 1, maxLength: 3 }).map((list) => list.join('|'));
  const part = fc.oneof(
    repeated,
    choice.map((text) => `(${text})`),
    choice.map((text) => `(${text}|)`),
    fc.tuple(choice, times).map(([text, count]) => `(?:${text})${count}`),
    fc.constantFrom('^', '$'),
  );
  return fc.array(part, { maxLength: 5 }).map((list) => list.join(''));
}
