/** Random commands on the tables, over a few keys, so that they meet each other's items. */
import fc from 'fast-check';
import type { Wire } from './emulator.ts';
import {
  type Abilities,
  attributes,
  conditions,
  express,
  type Fragment,
  projections,
  updates,
} from './random-expressions.ts';
import { BYTES, MAIN, NUMBERS } from './tables.ts';

export interface Command {
  readonly action: string;
  readonly input: Wire;
  /** Reads go on to the last page; those of indexes and scans may come in any order. */
  readonly pages?: 'ordered' | 'unordered';
}

const key = fc.record({
  p: fc.constantFrom('P', 'Q').map((S) => ({ S })),
  s: fc.constantFrom('a', 'ab', 'b', 'é').map((S) => ({ S })),
});
const maybe = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary, { nil: undefined });
const maybeLimit = maybe(fc.integer({ min: 1, max: 3 }));

export function commands(can: Abilities): fc.Arbitrary<Command> {
  const condition = maybe(conditions(can));
  const report = can.reportsAll
    ? fc.record<Wire>(
        {
          ReturnValuesOnConditionCheckFailure: fc.constantFrom('ALL_OLD', 'NONE'),
          ReturnConsumedCapacity: fc.constantFrom('INDEXES', 'NONE'),
        },
        { requiredKeys: [] },
      )
    : fc.constant<Wire>({});
  const capacity = report.map(({ ReturnConsumedCapacity }) =>
    ReturnConsumedCapacity === undefined ? {} : { ReturnConsumedCapacity },
  );
  const writes = [
    fc
      .tuple(key, attributes(can), condition, report, fc.constantFrom('ALL_OLD', 'NONE'))
      .map(([Key, more, ConditionExpression, reported, ReturnValues]) =>
        command(
          'PutItem',
          { Item: { ...more, ...Key }, ReturnValues, ...reported },
          { ConditionExpression },
        ),
      ),
    fc
      .tuple(key, updates(can), condition, report, fc.nat(4))
      .map(([Key, { fragment, isFlat }, ConditionExpression, reported, returned]) => {
        const choices = ['ALL_OLD', 'ALL_NEW', 'NONE', 'UPDATED_OLD', 'UPDATED_NEW'];
        const ReturnValues = choices[isFlat ? returned : returned % 3];
        return command(
          'UpdateItem',
          { Key, ReturnValues, ...reported },
          { UpdateExpression: fragment, ConditionExpression },
        );
      }),
    fc
      .tuple(key, condition, report, fc.constantFrom('ALL_OLD', 'NONE'))
      .map(([Key, ConditionExpression, reported, ReturnValues]) => {
        // DynamoDB Local tells what a delete of nothing costs, asked or not: here it is asked.
        const counted = can.reportsAll && { ReturnConsumedCapacity: 'INDEXES' };
        const input = { Key, ReturnValues, ...reported, ...counted };
        return command('DeleteItem', input, { ConditionExpression });
      }),
  ];
  return fc.oneof(
    { arbitrary: fc.oneof(...writes), weight: 6 },
    { arbitrary: gets(capacity), weight: 2 },
    { arbitrary: queries(can, capacity), weight: 2 },
    { arbitrary: indexReads(can), weight: 1 },
    { arbitrary: batches(can), weight: 1 },
    { arbitrary: otherKeys(), weight: 2 },
  );
}

function command(
  action: string,
  input: Wire,
  fragments: Readonly<Record<string, Fragment | undefined>>,
): Command {
  return { action, input: { TableName: MAIN, ...input, ...express(fragments) } };
}

function gets(capacity: fc.Arbitrary<Wire>): fc.Arbitrary<Command> {
  return fc
    .tuple(key, maybe(projections), fc.boolean(), capacity)
    .map(([Key, ProjectionExpression, ConsistentRead, counted]) =>
      command('GetItem', { Key, ConsistentRead, ...counted }, { ProjectionExpression }),
    );
}

function queries(can: Abilities, capacity: fc.Arbitrary<Wire>): fc.Arbitrary<Command> {
  const p = fc.constantFrom('P', 'Q').map((S) => ({ S }));
  const s = fc.constantFrom('a', 'ab', 'b', 'é', 'c').map((S) => ({ S }));
  const ranges = fc.constantFrom(
    '',
    ' AND s = ?',
    ' AND s < ?',
    ' AND s <= ?',
    ' AND s > ?',
    ' AND ? >= s',
    ' AND begins_with(s, ?)',
    ' AND s BETWEEN ? AND ?',
  );
  const keyCondition = fc.tuple(p, ranges, s, s).map(([hash, range, one, two]): Fragment => {
    const count = range.split('?').length - 1;
    return { text: `p = ?${range}`, values: [hash, one, two].slice(0, count + 1) };
  });
  return fc
    .tuple(
      keyCondition,
      maybe(conditions(can)),
      maybe(projections),
      fc.boolean(),
      maybeLimit,
      capacity,
    )
    .map(
      ([
        KeyConditionExpression,
        FilterExpression,
        ProjectionExpression,
        isForward,
        limit,
        counted,
      ]) => ({
        ...command(
          'Query',
          { ScanIndexForward: isForward, ...limited(limit), ...counted },
          { KeyConditionExpression, FilterExpression, ProjectionExpression },
        ),
        pages: 'ordered' as const,
      }),
    );
}

function indexReads(can: Abilities): fc.Arbitrary<Command> {
  const index = fc.constantFrom('byG', 'keys', 'some');
  const byIndex = fc
    .tuple(index, fc.constantFrom('G', 'H'), maybeLimit, fc.boolean())
    .map(([IndexName, g, limit, isForward]): Command => {
      const KeyConditionExpression = { text: 'g = ?', values: [{ S: g }] };
      const input = { IndexName, ScanIndexForward: isForward, ...limited(limit) };
      return { ...command('Query', input, { KeyConditionExpression }), pages: 'unordered' };
    });
  const byNumber = fc
    .tuple(
      fc.constantFrom('<', '<=', '>', '>=', '='),
      fc.constantFrom('1', '2.0', '-1.5'),
      maybeLimit,
    )
    .map(([operator, n, limit]): Command => {
      const values = [{ S: 'G' }, { N: n }];
      const KeyConditionExpression = { text: `g = ? AND n ${operator} ?`, values };
      const input = { IndexName: 'byG', ...limited(limit) };
      return { ...command('Query', input, { KeyConditionExpression }), pages: 'unordered' };
    });
  const scans = fc
    .tuple(maybe(index), maybe(conditions(can)), maybeLimit)
    .map(([IndexName, filter, limit]): Command => {
      const input = { ...(IndexName && { IndexName }), ...limited(limit) };
      const FilterExpression = IndexName === 'byG' || !IndexName ? filter : undefined;
      return { ...command('Scan', input, { FilterExpression }), pages: 'unordered' };
    });
  return fc.oneof(byIndex, byNumber, scans);
}

function limited(limit: number | undefined): Wire {
  return limit === undefined ? {} : { Limit: limit };
}

function batches(can: Abilities): fc.Arbitrary<Command> {
  const put = fc
    .tuple(key, attributes(can))
    .map(([Key, more]): Wire => ({ PutRequest: { Item: { ...more, ...Key } } }));
  const removal = key.map((Key): Wire => ({ DeleteRequest: { Key } }));
  const write = fc.array(fc.oneof(put, removal), { minLength: 1, maxLength: 4 }).map(
    (requests): Command => ({
      action: 'BatchWriteItem',
      input: { RequestItems: { [MAIN]: requests } },
    }),
  );
  const get = fc.tuple(fc.array(key, { minLength: 1, maxLength: 4 }), maybe(projections)).map(
    ([Keys, ProjectionExpression]): Command => ({
      action: 'BatchGetItem',
      input: { RequestItems: { [MAIN]: { Keys, ...express({ ProjectionExpression }) } } },
    }),
  );
  return fc.oneof(write, get);
}

/** Keys that are ordered as numbers and as bytes. */
function otherKeys(): fc.Arbitrary<Command> {
  const numbers = fc
    .constantFrom('0', '1', '1.0', '-2', '10', '9', '1e2', '0.5')
    .map((N) => ({ N }));
  const bytes = fc.constantFrom('AA==', 'AQ==', '/w==', 'AQI=').map((B) => ({ B }));
  const p = { S: 'P' };
  const operator = fc.constantFrom('=', '<', '<=', '>', '>=');
  const query = (TableName: string, hash: Wire, range: Wire, op: string): Command => ({
    action: 'Query',
    input: {
      TableName,
      KeyConditionExpression: `p = :p AND s ${op} :s`,
      ExpressionAttributeValues: { ':p': hash, ':s': range },
    },
    pages: 'ordered',
  });
  return fc.oneof(
    fc.tuple(numbers, numbers).map(
      ([hash, s]): Command => ({
        action: 'PutItem',
        input: { TableName: NUMBERS, Item: { p: hash, s, x: hash } },
      }),
    ),
    fc.tuple(numbers, numbers, operator).map(([hash, s, op]) => query(NUMBERS, hash, s, op)),
    bytes.map(
      (s): Command => ({
        action: 'PutItem',
        input: { TableName: BYTES, Item: { p, s } },
      }),
    ),
    fc.tuple(bytes, operator).map(([s, op]) => query(BYTES, p, s, op)),
  );
}
