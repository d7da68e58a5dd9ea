import type { Wire } from '../emulator.ts';
import { HASHED, MAIN, NUMBERS } from '../tables.ts';
import {
  B,
  BOOL,
  command,
  DONE,
  dynalite,
  type Edge,
  FAILED,
  KEY,
  L,
  local,
  M,
  N,
  NS,
  NULL,
  REFUSED,
  S,
  SS,
} from './edge.ts';

const item = { ...KEY, a: M({ b: L(S('0'), S('1'), S('2')), c: S('c') }), d: S('d'), e: S('e') };
const put = (name: string, Item: Wire, differs?: Edge['differs']) =>
  command(name, 'PutItem', { TableName: MAIN, Item }, [], differs);
const value = (raw: Wire, differs?: Edge['differs']) =>
  put(`a value ${JSON.stringify(raw).slice(0, 60)}`, { ...KEY, x: raw }, differs);
const number = (text: string, differs?: Edge['differs']) => value(N(text), differs);
const over = (name: string, input: Wire, differs?: Edge['differs']) =>
  command(name, 'PutItem', { TableName: MAIN, Item: item, ...input }, [item], differs);
const get = (name: string, input: Wire, differs?: Edge['differs']) =>
  command(name, 'GetItem', { TableName: MAIN, Key: KEY, ...input }, [item], differs);
const projected = (ProjectionExpression: string, names?: Wire) =>
  get(`projects ${ProjectionExpression} with ${JSON.stringify(names)}`, {
    ProjectionExpression,
    ...(names && { ExpressionAttributeNames: names }),
  });
const remove = (name: string, input: Wire, differs?: Edge['differs']) =>
  command(name, 'DeleteItem', { TableName: MAIN, Key: KEY, ...input }, [item], differs);
const change = (name: string, input: Wire, differs?: Edge['differs']) =>
  command(name, 'UpdateItem', { TableName: MAIN, ...input }, [item], differs);

const absent = { p: S('absent'), s: S('absent') };
const lenient = dynalite('does not know it', REFUSED);
const silent = local('does not refuse unknown words', REFUSED);
const unknownDetail = dynalite('does not know ReturnValuesOnConditionCheckFailure', FAILED);
const indexed = (g: string, n: string, more: Wire = {}) => ({ ...KEY, g: S(g), n: N(n), ...more });
const indexUnits = dynalite('does not count what indexes cost', 'counted');
const cost = (name: string, before: Wire[], after: Wire, units: Wire) =>
  command(
    name,
    'PutItem',
    { TableName: MAIN, Item: after, ReturnConsumedCapacity: 'INDEXES' },
    before,
    {
      dynalite: {
        ...indexUnits.dynalite,
        because: 'does not count what indexes cost',
        ours: units,
      },
    },
  );
const units = (table: number, indexes: Record<string, number>): Wire => {
  const total = Object.values(indexes).reduce((sum, each) => sum + each, table);
  const perIndex = Object.entries(indexes).map(([name, each]) => [name, { CapacityUnits: each }]);
  return {
    ConsumedCapacity: {
      TableName: MAIN,
      CapacityUnits: total,
      Table: { CapacityUnits: table },
      GlobalSecondaryIndexes: Object.fromEntries(perIndex),
    },
  };
};

const total = (CapacityUnits: number): Wire => ({
  ConsumedCapacity: { TableName: MAIN, CapacityUnits },
});

export const ITEM_EDGES: readonly Edge[] = [
  put('without its range key', { p: S('a') }),
  put('without its hash key', { s: S('a') }),
  put('of nothing', {}),
  put('with a key of another type', { p: N('1'), s: S('a') }),
  put('with a key that no key can be', { p: S('a'), s: BOOL(true) }),
  put('with an empty hash key', { p: S(''), s: S('a') }),
  put('with an empty range key', { p: S('a'), s: S('') }),
  put('with the longest hash key', { p: S('x'.repeat(2048)), s: S('a') }),
  put('with too long a hash key', { p: S('x'.repeat(2049)), s: S('a') }),
  put('with the longest range key', { p: S('a'), s: S('x'.repeat(1024)) }),
  put('with too long a range key', { p: S('a'), s: S('x'.repeat(1025)) }),
  put(
    'with a hash key too long in bytes',
    { p: S('é'.repeat(1025)), s: S('a') },
    {
      ...dynalite('counts characters', REFUSED),
    },
  ),
  put('with an index key of another type', { ...KEY, g: N('1') }),
  put('with an index key that no key can be', { ...KEY, g: NULL }),
  put('with an empty index key', { ...KEY, g: S('') }, dynalite('takes it', REFUSED)),
  put('with too long an index key', { ...KEY, g: S('x'.repeat(2049)) }, lenient),
  put('with half an index key', { ...KEY, n: N('1') }),
  put('with an attribute without a name', { ...KEY, '': S('a') }, dynalite('takes it', REFUSED)),
  put(
    'with a member without a name',
    { ...KEY, x: M({ '': S('a') }) },
    dynalite('takes it', REFUSED),
  ),
  put('of the largest item', { ...KEY, x: S('x'.repeat(409600 - 11)) }),
  put('of too large an item', { ...KEY, x: S('x'.repeat(409600 - 10)) }),
  value({}),
  value({ S: 'a', N: '1' }),
  value({ X: 'a' }),
  value(S('')),
  value(B()),
  value(L()),
  value(M({})),
  value(SS('')),
  value(SS()),
  value(NS()),
  value({ BS: [] }),
  value(SS('a', 'a')),
  value(NS('1', '1.0')),
  value({ BS: ['AA==', 'AA=='] }),
  value(NS('a')),
  value({ NULL: false }),
  value(L({})),
  value(M({ y: {} })),
  number('0'),
  number('-0'),
  number('+1', dynalite('does not read a plus', DONE)),
  number('.5'),
  number('5.'),
  number('1e5'),
  number('00012'),
  number(''),
  number('abc'),
  number('0x10'),
  number(' 1'),
  number('1_0'),
  number('--1'),
  number('Infinity'),
  number('NaN'),
  number('1e125'),
  number('1e126'),
  number('1e-130'),
  number('1e-131'),
  number('9'.repeat(38)),
  number('9'.repeat(39)),
  number('12345678901234567890123456789012345678000'),
  number('0.00012345678901234567890123456789012345678'),
  over('shows the old item', { ReturnValues: 'ALL_OLD' }),
  over('cannot show the new item', { ReturnValues: 'ALL_NEW' }),
  over('cannot show what it does not know', { ReturnValues: 'SOME' }),
  over(
    'shows the item that failed its condition',
    {
      ConditionExpression: 'attribute_not_exists(p)',
      ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
    },
    unknownDetail,
  ),
  command('shows nothing where there was no item to fail the condition', 'PutItem', {
    TableName: MAIN,
    Item: absent,
    ConditionExpression: 'attribute_exists(p)',
    ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
  }),
  over(
    'cannot show a failed item in an unknown way',
    { ReturnValuesOnConditionCheckFailure: 'SOME' },
    lenient,
  ),
  over('cannot count capacity in an unknown way', { ReturnConsumedCapacity: 'SOME' }, silent),
  over('takes no names without an expression', { ExpressionAttributeNames: { '#a': 'a' } }),
  over('takes no values without an expression', { ExpressionAttributeValues: { ':a': S('a') } }),
  command('into a table that is not there', 'PutItem', { TableName: 'nowhere', Item: KEY }),
  command('into a table that cannot be', 'PutItem', { TableName: 'a b c', Item: KEY }),
  command('into a table of too short a name', 'PutItem', { TableName: 'no', Item: KEY }),
  command('into no table', 'PutItem', { Item: KEY }),
  command('of no item', 'PutItem', { TableName: MAIN }),
  cost(
    'costs a unit for each new entry',
    [],
    indexed('g', '1'),
    units(1, { byG: 1, keys: 1, some: 1 }),
  ),
  cost(
    'costs two units where an entry moves',
    [indexed('g', '1')],
    indexed('g', '2'),
    units(1, { byG: 2 }),
  ),
  cost(
    'costs indexes only what they project',
    [indexed('g', '1')],
    indexed('g', '1', { z: S('z') }),
    units(1, { byG: 1 }),
  ),
  cost(
    'costs a unit for each begun KB',
    [indexed('g', '1')],
    indexed('g', '1', { a: S('x'.repeat(3000)) }),
    units(3, { byG: 3, some: 3 }),
  ),
  command(
    'costs an index nothing that holds neither item',
    'PutItem',
    { TableName: MAIN, Item: { ...KEY, n: N('1') }, ReturnConsumedCapacity: 'TOTAL' },
    [{ ...KEY, g: S('g') }],
    {
      dynalite: { because: 'does not count what indexes cost', ours: total(3) },
      local: { because: 'counts an entry of byG, which holds neither', ours: total(3) },
    },
  ),
  command(
    'costs indexes nothing where nothing changes',
    'PutItem',
    { TableName: MAIN, Item: indexed('g', '1'), ReturnConsumedCapacity: 'INDEXES' },
    [indexed('g', '1')],
  ),

  get('of an item', {}),
  get('of no item', { Key: absent }),
  get('by half a key', { Key: { p: S('a') } }),
  get('by more than a key', { Key: item }),
  get('by other attributes', { Key: { a: S('a'), b: S('b') } }),
  get('by no key', { Key: {} }),
  get('by a key of another type', { Key: { p: N('1'), s: S('a') } }),
  get('by an empty key', { Key: { p: S(''), s: S('a') } }),
  get('by a key without a type', { Key: { p: {}, s: S('a') } }),
  get('by too long a key', { Key: { p: S('x'.repeat(2049)), s: S('a') } }),
  get('of half a unit', { ReturnConsumedCapacity: 'TOTAL' }),
  get('of a unit', { ReturnConsumedCapacity: 'INDEXES', ConsistentRead: true }),
  get('of nothing for half a unit', { Key: absent, ReturnConsumedCapacity: 'TOTAL' }),
  get('takes no names without an expression', { ExpressionAttributeNames: { '#d': 'd' } }),
  ...['a', 'a.b', 'a.b[1]', 'a.b[2],a.b[0]', 'a.b[0], a.b[2], d', 'a.c,a.b[1]', 'p'].map((text) =>
    projected(text),
  ),
  ...['zz', 'a.zz', 'a.b[9]', 'a.c.d', 'a[0]', 'd.x'].map((text) => projected(text)),
  ...['a,a.b', 'a,a', 'a.b[0],a.b.c', 'a.b,', '', 'p.x', 'status', '#d', 'a b', ':v'].map((text) =>
    projected(text),
  ),
  projected('size(a)'),
  projected('#d', { '#d': 'd' }),
  projected('#d, d', { '#d': 'd' }),
  projected('#d', { '#d': 'd', '#e': 'e' }),

  remove('of an item that it shows', { ReturnValues: 'ALL_OLD', ReturnConsumedCapacity: 'TOTAL' }),
  remove('of nothing', { Key: absent, ReturnValues: 'ALL_OLD', ReturnConsumedCapacity: 'TOTAL' }),
  remove('of nothing, unasked', { Key: absent }, local('tells what it cost unasked', DONE)),
  remove('by half a key', { Key: { p: S('a') } }),
  remove('cannot show the new item', { ReturnValues: 'ALL_NEW' }, lenient),
  remove(
    'on a condition that fails',
    {
      ConditionExpression: 'd = :x',
      ExpressionAttributeValues: { ':x': S('other') },
      ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
    },
    unknownDetail,
  ),
  remove('on a condition that holds', {
    ConditionExpression: 'd = :x',
    ExpressionAttributeValues: { ':x': S('d') },
  }),

  change('of nothing makes an item', { Key: absent, ReturnValues: 'ALL_NEW' }),
  change('of nothing has no old item', { Key: absent, ReturnValues: 'ALL_OLD' }),
  change('without an expression changes nothing', { Key: KEY, ReturnValues: 'ALL_NEW' }),
  change('that only removes makes an item too', {
    Key: absent,
    UpdateExpression: 'REMOVE a',
    ReturnValues: 'ALL_NEW',
  }),
  change('of nothing shows what is new', {
    Key: absent,
    UpdateExpression: 'SET a = :a',
    ExpressionAttributeValues: { ':a': S('x') },
    ReturnValues: 'UPDATED_NEW',
  }),
  change('by half a key', { Key: { p: S('a') }, UpdateExpression: 'REMOVE a' }),
  change(
    'on a condition that fails',
    {
      Key: KEY,
      UpdateExpression: 'REMOVE a',
      ConditionExpression: 'attribute_not_exists(p)',
      ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
    },
    unknownDetail,
  ),
  change('judges its condition before its paths', {
    Key: KEY,
    UpdateExpression: 'SET zz.b = :a',
    ConditionExpression: 'attribute_not_exists(p)',
    ExpressionAttributeValues: { ':a': S('x') },
  }),
  change(
    'of a key is refused whatever the condition',
    {
      Key: KEY,
      UpdateExpression: 'SET p = :a',
      ConditionExpression: 'attribute_not_exists(p)',
      ExpressionAttributeValues: { ':a': S('x') },
    },
    local('judges the condition first', REFUSED),
  ),
  change('whose update does not read', {
    Key: KEY,
    UpdateExpression: 'SET a = ',
    ConditionExpression: 'a = ',
  }),
  change('beyond the largest item', {
    Key: KEY,
    UpdateExpression: 'SET z = :z',
    ExpressionAttributeValues: { ':z': S('x'.repeat(409600)) },
  }),
  command('by numbers that are equal', 'PutItem', {
    TableName: NUMBERS,
    Item: { p: N('1.0'), s: N('1e1') },
  }),
  command('by a hash key alone', 'PutItem', { TableName: HASHED, Item: { p: S('edge') } }),
];
