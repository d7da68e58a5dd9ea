import { expect, it } from 'vitest';
import { cached } from '#local/parse-cache.ts';

it('parses a text once, and begins anew when there are too many', () => {
  const parsed: string[] = [];
  const parse = cached((text) => parsed.push(text), 2);

  for (const text of ['a', 'a', 'b', 'a', 'c', 'c', 'a']) parse(text);

  expect(parsed).toEqual(['a', 'b', 'c', 'a']);
});
