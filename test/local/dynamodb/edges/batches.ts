import type { Wire } from '../emulator.ts';
import { MAIN } from '../tables.ts';
import { command, dynalite, type Edge, local, N, REFUSED, S } from './edge.ts';

const key = (p: string) => ({ p: S(p), s: S('s') });
const given = [
  { ...key('a'), x: S('1') },
  { ...key('b'), x: S('2') },
];
const put = (Item: Wire) => ({ PutRequest: { Item } });
const remove = (Key: Wire) => ({ DeleteRequest: { Key } });
const keys = (count: number) => Array.from({ length: count }, (_, index) => key(`k${index}`));

const write = (name: string, requests: unknown, more: Wire = {}, differs?: Edge['differs']) =>
  command(name, 'BatchWriteItem', { RequestItems: { [MAIN]: requests }, ...more }, given, differs);
const read = (name: string, request: Wire, more: Wire = {}, differs?: Edge['differs']) =>
  command(name, 'BatchGetItem', { RequestItems: { [MAIN]: request }, ...more }, given, differs);

const capacity = (units: number) => ({ TableName: MAIN, CapacityUnits: units });

export const BATCH_EDGES: readonly Edge[] = [
  write('puts and deletes', [put({ ...key('c'), x: S('3') }), remove(key('a'))], {
    ReturnConsumedCapacity: 'TOTAL',
  }),
  write('the same item twice', [put(key('a')), put(key('a'))]),
  write('an item put and deleted', [put(key('a')), remove(key('a'))]),
  write('nothing', []),
  write('a request of nothing', [{}]),
  write(
    'a request of both',
    [{ ...put(key('a')), ...remove(key('a')) }],
    {},
    dynalite('takes the put', REFUSED),
  ),
  write('an item without its key', [put(key('z')), put({ p: S('a') })]),
  write('an item by half a key', [remove({ p: S('a') })]),
  write('an item with an empty key', [put({ p: S(''), s: S('s') })]),
  write('an item with a key of another type', [put({ p: N('1'), s: S('s') })]),
  write('an item with an index key of another type', [put({ ...key('a'), g: N('1') })]),
  write('too large an item', [put({ ...key('a'), x: S('x'.repeat(409600)) })]),
  write('25 items', keys(25).map(put)),
  write('26 items', keys(26).map(put)),
  command('to no table', 'BatchWriteItem', { RequestItems: {} }),
  command('without requests', 'BatchWriteItem', {}),
  command('to a table that is not there', 'BatchWriteItem', {
    RequestItems: { nowhere: [put(key('a'))] },
  }),

  read('items', { Keys: [key('a'), key('b')] }, { ReturnConsumedCapacity: 'TOTAL' }),
  read(
    'items consistently',
    { Keys: [key('a'), key('b')], ConsistentRead: true },
    { ReturnConsumedCapacity: 'INDEXES' },
  ),
  read(
    'items that are not there for what a get of them costs',
    { Keys: [key('a'), key('none')] },
    { ReturnConsumedCapacity: 'TOTAL' },
    local('counts nothing for what is not there', {
      Responses: { [MAIN]: [given[0]] },
      UnprocessedKeys: {},
      ConsumedCapacity: [capacity(1)],
    }),
  ),
  read('parts', {
    Keys: [key('a')],
    ProjectionExpression: '#x',
    ExpressionAttributeNames: { '#x': 'x' },
  }),
  read('parts that do not read', { Keys: [key('a')], ProjectionExpression: 'x y' }),
  read('with names for nothing', { Keys: [key('a')], ExpressionAttributeNames: { '#x': 'x' } }),
  read('the same item twice', { Keys: [key('a'), key('a')] }),
  read('nothing', { Keys: [] }),
  read('an item by half a key', { Keys: [{ p: S('a') }] }),
  read('an item by a key of another type', { Keys: [{ p: N('1'), s: S('a') }] }),
  read('an item by an empty key', { Keys: [{ p: S(''), s: S('a') }] }),
  read('100 items', { Keys: keys(100) }),
  read('101 items', { Keys: keys(101) }),
  command('from no table', 'BatchGetItem', { RequestItems: {} }),
  command('from a table that is not there', 'BatchGetItem', {
    RequestItems: { nowhere: { Keys: [key('a')] } },
  }),
];
