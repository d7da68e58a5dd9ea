import { beforeEach, expect, it } from 'vitest';
import { LiveItems, type Row } from '#local/dynamodb/row.ts';

/** Room for two items of ten bytes. */
const BUDGET_BYTES = 20;

let live: LiveItems;
const admit = (sort: string): Row =>
  live.admit({ partition: 'p', sort }, { item: { s: { S: sort } }, bytes: 10 });
const keptAsObjects = (rows: readonly Row[]) =>
  rows.filter(({ item }) => item !== undefined).map(({ sort }) => sort);

beforeEach(() => {
  live = new LiveItems(BUDGET_BYTES);
});

it('keeps as text what came first, once there is no room', () => {
  const rows = ['a', 'b', 'c', 'd'].map(admit);

  expect(keptAsObjects(rows)).toEqual(['c', 'd']);
});

it('gives what was read since a second chance', () => {
  const rows = ['a', 'b'].map(admit);
  const [first] = rows;
  if (first) live.read(first);

  rows.push(admit('c'));

  expect(keptAsObjects(rows)).toEqual(['a', 'c']);
});

it('makes an object of what is read, and text of another', () => {
  const rows = ['a', 'b', 'c'].map(admit);
  const [first] = rows;

  const item = first && live.read(first);

  expect(item).toEqual({ s: { S: 'a' } });
  expect(keptAsObjects(rows)).toEqual(['a', 'c']);
});

it('does not count a version that was overwritten', () => {
  const rows = ['a', 'b'].map(admit);
  const [, second] = rows;
  if (second) live.retire(second);

  rows.push(admit('c'));

  expect(keptAsObjects(rows)).toEqual(['a', 'b', 'c']);
});

it('keeps the one item that is in use, however large', () => {
  const large = live.admit({ partition: 'p', sort: 'l' }, { item: {}, bytes: 1_000 });

  expect(keptAsObjects([large])).toEqual(['l']);
});
