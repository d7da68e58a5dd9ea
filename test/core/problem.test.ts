import { describe, expect, it } from 'vitest';
import * as z from 'zod';
import { showValue, toProblems, valueAt } from '#core/problem.ts';

describe('showValue', () => {
  it.each([
    ['text', '"text"'],
    ['two\nlines', '"two\\nlines"'],
    ['\u009b31m \u202e \ufeff \u2028', '"\\u009b31m \\u202e \\ufeff \\u2028"'],
    ['März 😀', '"März 😀"'],
    ['x'.repeat(80), `"${'x'.repeat(80)}"`],
    ['x'.repeat(81), `"${'x'.repeat(80)}…"`],
    ['http://me:secret@host/x', '"http://***@host/x"'],
    [`http://me:${'s'.repeat(100)}@host/`, '"http://***@host/"'],
    [1.5, '1.5'],
    [true, 'true'],
    [null, 'null'],
    [Number.NaN, 'NaN'],
    [undefined, 'undefined'],
    [[1, 2], 'a list of 2'],
    [{ secret: 1 }, 'a mapping'],
  ])('shows %j as %s', (value, shown) => {
    expect(showValue(value)).toBe(shown);
  });
});

describe('valueAt', () => {
  it.each([
    [['a', 'b', 1], 2],
    [['a', 'x'], undefined],
    [['a', 'b', 1, 'x'], undefined],
    [['toString'], undefined],
    [[], { a: { b: [1, 2] } }],
  ])('%j', (path, value) => {
    expect(valueAt({ a: { b: [1, 2] } }, path)).toEqual(value);
  });
});

describe('toProblems', () => {
  const Schema = z.strictObject({
    share: z.number().gt(0).lt(1).optional(),
    date: z.iso.date().optional(),
    kind: z.union([z.number(), z.boolean()]).optional(),
    when: z.date().optional(),
    list: z.array(z.strictObject({ name: z.string() })).optional(),
  });

  function messagesOf(value: unknown): string[] {
    const { error } = Schema.safeParse(value);
    return toProblems(error?.issues ?? [], value, { 'list.*.name': 'give a name' }).map(
      ({ message }) => message,
    );
  }

  it.each([
    [{ share: 0 }, 'share: 0 is not more than 0'],
    [{ share: 1 }, 'share: 1 is not less than 1'],
    [{ date: 'today' }, 'date: "today" is not of the right form'],
    [{ kind: 'x' }, 'kind: "x" is not one of '],
    [{ list: [{ name: 'a' }, {}] }, 'list.1.name: is missing; give a name'],
    [{ list: [{ name: 'a', nam: 'b' }] }, 'list.0.nam: is not a known field; remove it'],
  ])('says of %j: %s', (value, message) => {
    expect(messagesOf(value)).toEqual([message]);
  });

  it('guesses what was meant by a hundred fields, and no more', () => {
    let guesses = 0;
    const mends = new Proxy({} as Record<string, string>, {
      ownKeys: () => {
        guesses += 1;
        return [];
      },
    });
    const document = Object.fromEntries(
      Array.from({ length: 300 }, (_, index) => [`a${index}`, 1]),
    );
    const { error } = z.strictObject({}).safeParse(document);

    expect(toProblems(error?.issues ?? [], document, mends)).toHaveLength(100);
    expect(guesses).toBe(100);
  });
});
