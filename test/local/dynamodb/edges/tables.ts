import type { Wire } from '../emulator.ts';
import { MAIN } from '../tables.ts';
import { command, dynalite, type Edge, local, REFUSED } from './edge.ts';

const attribute = (AttributeName: string, AttributeType = 'S') => ({
  AttributeName,
  AttributeType,
});
const element = (AttributeName: string, KeyType: string) => ({ AttributeName, KeyType });
const index = (more: Wire) => ({
  IndexName: 'byS',
  KeySchema: [element('s', 'HASH')],
  Projection: { ProjectionType: 'ALL' },
  ...more,
});
const create = (name: string, more: Wire, differs?: Edge['differs']) =>
  command(
    name,
    'CreateTable',
    {
      TableName: 'refused',
      BillingMode: 'PAY_PER_REQUEST',
      AttributeDefinitions: [attribute('p'), attribute('s')],
      KeySchema: [element('p', 'HASH'), element('s', 'RANGE')],
      ...more,
    },
    [],
    differs,
  );
const indexed = (name: string, more: Wire, differs?: Edge['differs']) =>
  create(name, { GlobalSecondaryIndexes: [index(more)] }, differs);

/** Only refusals: what a table says of itself is not the same on any two emulators. */
export const TABLE_EDGES: readonly Edge[] = [
  create('that is there', { TableName: MAIN }),
  create('with a key that is not defined', { AttributeDefinitions: [attribute('p')] }),
  create('with a definition that no key uses', {
    AttributeDefinitions: [attribute('p'), attribute('s'), attribute('x')],
  }),
  create('with a key of a type that no key can be', {
    AttributeDefinitions: [attribute('p', 'BOOL'), attribute('s')],
  }),
  create('without a key', { KeySchema: [] }),
  create('without a hash key', { KeySchema: [element('p', 'RANGE')] }),
  create('with one key twice', { KeySchema: [element('p', 'HASH'), element('p', 'RANGE')] }),
  create('with two hash keys', { KeySchema: [element('p', 'HASH'), element('s', 'HASH')] }),
  create('with three keys', {
    KeySchema: [element('p', 'HASH'), element('s', 'RANGE'), element('x', 'RANGE')],
  }),
  create('without a billing mode', { BillingMode: undefined }),
  create(
    'with throughput beside on-demand',
    {
      ProvisionedThroughput: { ReadCapacityUnits: 1, WriteCapacityUnits: 1 },
      TableName: 'refused1',
    },
    local('takes it', REFUSED),
  ),
  create('of too short a name', { TableName: 'a' }),
  create('without a name', { TableName: undefined }),
  indexed('with an index by what is not defined', { KeySchema: [element('x', 'HASH')] }),
  indexed('with an index that projects all and more', {
    Projection: { ProjectionType: 'ALL', NonKeyAttributes: ['a'] },
  }),
  create(
    'with an index that includes nothing',
    {
      TableName: 'refused2',
      GlobalSecondaryIndexes: [index({ Projection: { ProjectionType: 'INCLUDE' } })],
    },
    dynalite('takes it', REFUSED),
  ),
  indexed('with an index without a projection', { Projection: {} }),
  indexed('with an index of an unknown projection', { Projection: { ProjectionType: 'SOME' } }),
  indexed('with an index of too short a name', { IndexName: 'a' }),
  indexed('with an index without a hash key', { KeySchema: [element('s', 'RANGE')] }),
  create('with a list of no indexes', { GlobalSecondaryIndexes: [] }),
  create('with two indexes of one name', { GlobalSecondaryIndexes: [index({}), index({})] }),
  command('that is not there', 'DescribeTable', { TableName: 'nowhere' }),
  command('without a name', 'DescribeTable', {}),
  command('that is not there', 'DeleteTable', { TableName: 'nowhere' }),
  command('no tables', 'ListTables', { Limit: 0 }),
  command('tables after the last', 'ListTables', { ExclusiveStartTableName: 'zzz' }),
];
