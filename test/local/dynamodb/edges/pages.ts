import type { Wire } from '../emulator.ts';
import { MAIN } from '../tables.ts';
import { command, dynalite, type Edge, local, M, N, REFUSED, S } from './edge.ts';

const rows: Wire[] = ['a', 'ab', 'abc', 'b', 'B', 'é', 'z', '1'].map((s, index) => ({
  p: S('q'),
  s: S(s),
  g: S('G'),
  n: N(String(index)),
  a: S(`a${s}`),
  m: M({ z: S(s) }),
  w: N('1'),
}));
const given = [...rows, { p: S('r'), s: S('a'), g: S('G'), n: N('-5') }];

function query(
  expression: string | undefined,
  values: Wire,
  more: Wire = {},
  differs: Edge['differs'] = {},
): Edge {
  const name = `${expression} with ${JSON.stringify(values)} ${JSON.stringify(more)}`;
  const input = {
    TableName: MAIN,
    ...(expression !== undefined && { KeyConditionExpression: expression }),
    ...(Object.keys(values).length > 0 && { ExpressionAttributeValues: values }),
    ...more,
  };
  return command(name, 'Query', input, given, differs);
}

const scan = (more: Wire, differs: Edge['differs'] = {}) =>
  command(JSON.stringify(more), 'Scan', { TableName: MAIN, ...more }, given, differs);

const q = { ':p': S('q') };
const P = 'p = :p';
const s = (value: string) => ({ ...q, ':s': S(value) });
const G = { ':g': S('G') };
const byG = { IndexName: 'byG' };
const start = (p: string, range: string) => ({ ExclusiveStartKey: { p: S(p), s: S(range) } });
const projectsAll = dynalite('projects what the index does not hold', REFUSED);
const emptyKeys = dynalite('looks for empty keys', REFUSED);
const anySelect = dynalite('lets any Select stand beside a projection', REFUSED);

export const PAGE_EDGES: readonly Edge[] = [
  query(P, q),
  query(P, q, { ScanIndexForward: false }),
  query('p = :p AND s > :s', s('ab')),
  query('p = :p AND s >= :s', s('ab')),
  query('p = :p AND s < :s', s('ab')),
  query('p = :p AND s <= :s', s('ab')),
  query('p = :p AND s = :s', s('a')),
  query('s > :s AND p = :p', s('ab')),
  query('p = :p AND s BETWEEN :s AND :t', { ...s('a'), ':t': S('b') }),
  query('p = :p AND s BETWEEN :t AND :s', { ...s('a'), ':t': S('b') }),
  query('p = :p AND begins_with(s, :s)', s('a')),
  query('p = :p AND begins_with(s, :s)', s('a'), { ScanIndexForward: false, Limit: 2 }),
  query('p = :p AND begins_with(s, :s)', s('aZ')),
  query('p = :p AND begins_with(s, :s)', s(''), {}, emptyKeys),
  query('p = :p AND s = :s', s(''), {}, emptyKeys),
  query(P, { ':p': S('') }, {}, emptyKeys),
  query(P, { ':p': S('none') }, { ReturnConsumedCapacity: 'TOTAL' }),
  query('(p = :p) AND (s = :s)', s('a')),
  query('(p = :p AND s = :s)', s('a')),
  query(':p = p AND :s <= s', s('b')),
  query('p = :p AND s <> :s', s('a')),
  query('p = :p AND s IN (:s)', s('a')),
  query('p = :p OR s = :s', s('a')),
  query('p = :p AND NOT s = :s', s('a')),
  query('p = :p AND contains(s, :s)', s('a')),
  query('p = :p AND attribute_exists(s)', q),
  query('p = :p AND size(s) = :s', { ...q, ':s': N('1') }),
  query('p = :p AND s = a', q),
  query('p = :p AND begins_with(:s, s)', s('a')),
  query('p = :p AND s.x = :s', s('a')),
  query('p > :p', q),
  query('begins_with(p, :p)', q),
  query('s = :s', { ':s': S('q') }),
  query('p = :p AND a = :s', s('a')),
  query('p = :p AND s > :s AND s < :t', { ...s('a'), ':t': S('b') }),
  query('p = :p AND p = :p', q),
  query('p = :p AND s = :s AND a = :s', s('a')),
  query(P, { ':p': N('1') }),
  query('p = :p AND s = :s', { ...q, ':s': N('1') }),
  query('p = :p AND begins_with(n, :s)', { ...q, ':s': N('1') }, byG),
  query(undefined, {}),
  query('', {}),
  query(P, {}),
  query(P, { ...q, ':z': S('q') }),
  query('#p = :p', q, { ExpressionAttributeNames: { '#p': 'p', '#z': 'z' } }),
  query(P, q, { TableName: 'nowhere' }),
  query('g = :g', G, byG),
  query('g = :g', G, { ...byG, ScanIndexForward: false, Limit: 3 }),
  query('g = :g AND n > :n', { ...G, ':n': N('1.0') }, byG),
  query('g = :g AND n BETWEEN :n AND :m', { ...G, ':n': N('-9'), ':m': N('1') }, byG),
  query('g = :g', G, { ...byG, ReturnConsumedCapacity: 'INDEXES' }),
  query('g = :g', G, { ...byG, ConsistentRead: true }),
  query('g = :g', G, { IndexName: 'nowhere' }),
  query('p = :g', G, byG),
  query('g = :g', G, { IndexName: 'keys', ProjectionExpression: 'a' }, projectsAll),
  query('g = :g', G, { IndexName: 'keys', FilterExpression: 'attribute_exists(a)' }, projectsAll),
  query('g = :g', G, { IndexName: 'some', ProjectionExpression: 'a.x, w' }, projectsAll),
  query('g = :g', G, { IndexName: 'keys', Select: 'ALL_ATTRIBUTES' }),
  query('g = :g', G, {
    ...byG,
    ExclusiveStartKey: { g: S('G'), n: N('1'), p: S('q'), s: S('ab') },
  }),
  query('g = :g', G, { ...byG, ExclusiveStartKey: { g: S('G'), n: N('1') } }),
  query('g = :g', G, {
    ...byG,
    ExclusiveStartKey: { g: S('H'), n: N('1'), p: S('q'), s: S('a') },
  }),
  query(P, q, { Limit: 2 }),
  query(P, q, { Limit: 8 }),
  query(P, q, { Limit: 9 }),
  query(P, q, { Limit: 0 }),
  query(P, q, { Limit: 2, ...start('q', 'ab') }),
  query(P, q, { Limit: 2, ...start('q', 'aaa') }),
  query(P, q, { Limit: 2, ScanIndexForward: false, ...start('q', 'b') }),
  query(P, q, start('zz', 'b')),
  query(P, q, { ExclusiveStartKey: { p: S('q') } }),
  query(P, q, { ExclusiveStartKey: { p: S('q'), s: N('1') } }),
  query(P, q, { ExclusiveStartKey: { p: S('q'), s: S('a'), x: S('1') } }),
  query('p = :p AND s > :s', s('b'), start('q', 'a')),
  query('p = :p AND s > :s', s('a'), start('q', 'b')),
  query(P, { ...q, ':w': N('2') }, { Limit: 3, FilterExpression: 'w = :w' }),
  query(P, { ...q, ':a': S('aab') }, { FilterExpression: 'a = :a' }),
  query(P, { ...q, ':w': S('2') }, { FilterExpression: 's = :w' }),
  query(P, q, { FilterExpression: 'p = :p' }),
  query(P, q, { FilterExpression: 's.x = :p' }),
  query(P, q, { FilterExpression: 'g.x = :p' }),
  query(P, q, { FilterExpression: 'g = :p' }),
  query(P, q, { FilterExpression: '' }),
  query('g = :g', G, { ...byG, FilterExpression: 's = :g' }),
  query('g = :g', G, { ...byG, FilterExpression: 'n = :g' }),
  query(P, q, { ProjectionExpression: 'm.z, p' }),
  query(P, q, { ProjectionExpression: 'p.x' }),
  query(P, q, { ProjectionExpression: 'g.x' }),
  query(P, q, { Select: 'COUNT' }),
  query(
    P,
    { ...q, ':a': S('aa') },
    {
      Select: 'COUNT',
      FilterExpression: 'a = :a',
      ReturnConsumedCapacity: 'TOTAL',
    },
  ),
  query(P, q, { Select: 'COUNT', ProjectionExpression: 's' }, anySelect),
  query(P, q, { Select: 'ALL_ATTRIBUTES' }),
  query(P, q, { Select: 'ALL_ATTRIBUTES', ProjectionExpression: 's' }, anySelect),
  query(P, q, { Select: 'SPECIFIC_ATTRIBUTES', ProjectionExpression: 's' }),
  query(P, q, { Select: 'SPECIFIC_ATTRIBUTES' }, anySelect),
  query(P, q, { Select: 'ALL_PROJECTED_ATTRIBUTES' }, anySelect),
  query(P, q, { Select: 'SOME' }),
  query(P, q, { ReturnConsumedCapacity: 'INDEXES' }),
  query(P, q, { ReturnConsumedCapacity: 'TOTAL', ConsistentRead: true }),

  scan({ FilterExpression: 'p = :p', ExpressionAttributeValues: { ':p': S('r') } }),
  scan({ FilterExpression: 's.x = :p', ExpressionAttributeValues: { ':p': S('r') } }),
  scan({ Select: 'COUNT', ReturnConsumedCapacity: 'TOTAL' }),
  scan({ IndexName: 'byG', Select: 'COUNT' }),
  scan(
    { IndexName: 'byG', ConsistentRead: true },
    dynalite('reads indexes as it is told', REFUSED),
  ),
  scan({ IndexName: 'nowhere' }),
  scan({ IndexName: 'keys', Select: 'ALL_ATTRIBUTES' }),
  scan(
    { IndexName: 'keys', Select: 'COUNT', FilterExpression: 'attribute_exists(a)' },
    local('filters what the table holds, not what the index projects', {
      Count: 0,
      ScannedCount: 9,
    }),
  ),
  scan({ ExclusiveStartKey: { p: S('q') } }),
  scan({ ExclusiveStartKey: { p: N('1'), s: S('a') } }),
  scan({ IndexName: 'byG', ExclusiveStartKey: { p: S('q'), s: S('a') } }),
  scan({ Limit: 0 }),
  scan({ TableName: 'nowhere' }),
];
