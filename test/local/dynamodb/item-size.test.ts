import { expect, it } from 'vitest';
import { acceptItem } from '#local/dynamodb/accept-value.ts';
import { sizeItem } from '#local/dynamodb/item-size.ts';
import { B, BOOL, L, M, N, NS, NULL, S, SS } from './edges/edge.ts';

/** Measured with DynamoDB Local: the size of a table that holds one such item. */
it.each([
  { value: S(''), bytes: 0 },
  { value: S('abc'), bytes: 3 },
  { value: S('é'), bytes: 2 },
  { value: S('😀'), bytes: 4 },
  { value: N('12'), bytes: 2 },
  { value: B(1, 2, 3), bytes: 3 },
  { value: B(), bytes: 0 },
  { value: BOOL(true), bytes: 1 },
  { value: NULL, bytes: 1 },
  { value: L(), bytes: 3 },
  { value: M({}), bytes: 3 },
  { value: L(S('a'), S('b')), bytes: 7 },
  { value: L(N('1'), BOOL(true), NULL), bytes: 10 },
  { value: L(L()), bytes: 7 },
  { value: M({ ab: S('b'), c: N('12') }), bytes: 11 },
  { value: M({ a: M({}) }), bytes: 8 },
  { value: SS('a', 'bc'), bytes: 3 },
  { value: NS('1', '12'), bytes: 4 },
  { value: { BS: ['AAA=', 'AAAA'] }, bytes: 5 },
])('counts $value as $bytes bytes', ({ value, bytes }) => {
  expect(sizeItem(acceptItem({ x: value }), 'Item size').bytes).toBe('x'.length + bytes);
});
