/**
 * The actions on one item. Each checks all that it can without the item first, then reads, judges
 * the condition and writes, in one synchronous step: that is what makes it atomic.
 */
import { ServiceError } from '../service-error.ts';
import { acceptItem } from './accept-value.ts';
import type { Item } from './attribute-value.ts';
import {
  type CapacityMeter,
  type Consumption,
  itemReadUnits,
  NO_INDEXES,
  writeUnits,
} from './capacity.ts';
import { meets } from './condition.ts';
import { headOf } from './document-path.ts';
import type { Clause, Condition, Path } from './expression-tree.ts';
import { type SizedItem, sizeItem } from './item-size.ts';
import { type Position, placeItem, placeKey } from './key.ts';
import { planProjection, project } from './projection.ts';
import { invalid } from './refusal.ts';
import { constraint, type Input, readChoice, readFlag } from './request.ts';
import { readExpressions } from './request-expressions.ts';
import { refuseIndexKeys, refuseKeyPaths, type Table } from './table.ts';
import { namesOf } from './table-definition.ts';
import { applyUpdate } from './update.ts';

const RETURN_VALUES = ['ALL_NEW', 'UPDATED_OLD', 'ALL_OLD', 'NONE', 'UPDATED_NEW'] as const;
type ReturnValues = (typeof RETURN_VALUES)[number];

export interface ItemAnswer {
  readonly consumption: Consumption;
  readonly attributes?: Item | undefined;
}

/** Looks up the table once the request itself is known to be sound. */
type FindTable = () => Table;

export function getItem(input: Input, findTable: FindTable): ItemAnswer {
  const key = readKey(input);
  const expressions = readExpressions(input, ['ProjectionExpression']);
  const table = findTable();
  const position = placeKey(key, table.definition.key);
  refuseKeyPaths(expressions.paths, table.definition);
  const { projection } = expressions;
  return readItem(table, position, readFlag(input, 'ConsistentRead'), projection);
}

export function readItem(
  table: Table,
  position: Position,
  isConsistent: boolean,
  projection: readonly Path[] | undefined,
): ItemAnswer {
  const row = table.rows.find(position);
  const item = row && table.read(row);
  const units = itemReadUnits(row, isConsistent);
  return {
    consumption: { tableName: table.name, kind: 'read', table: units, indexes: NO_INDEXES },
    attributes: item && projection ? project(item, planProjection(projection)) : item,
  };
}

export function putItem(input: Input, findTable: FindTable, meter: CapacityMeter): ItemAnswer {
  const sized = readItemToPut(input['Item']);
  const returned = readReturnedOld(input);
  const expressions = readExpressions(input, ['ConditionExpression']);
  const isOldReturnedOnFailure = readFailureDetail(input);
  const table = findTable();
  const position = placePut(sized.item, table);
  refuseKeyPaths(expressions.paths, table.definition);
  const old = judge(table, position, expressions.condition, isOldReturnedOnFailure, meter);
  const consumption = table.write(position, sized);
  return { consumption, attributes: returned === 'ALL_OLD' ? old : undefined };
}

export function readItemToPut(raw: unknown): SizedItem {
  if (raw === undefined) throw constraint('item', undefined, 'Member must not be null');
  return sizeItem(acceptItem(raw), 'Item size');
}

export function placePut(item: Item, table: Table): Position {
  const position = placeItem(item, table.definition.key);
  refuseIndexKeys(item, table.definition, false);
  return position;
}

export function deleteItem(input: Input, findTable: FindTable, meter: CapacityMeter): ItemAnswer {
  const key = readKey(input);
  const returned = readReturnedOld(input);
  const expressions = readExpressions(input, ['ConditionExpression']);
  const isOldReturnedOnFailure = readFailureDetail(input);
  const table = findTable();
  const position = placeKey(key, table.definition.key);
  refuseKeyPaths(expressions.paths, table.definition);
  const old = judge(table, position, expressions.condition, isOldReturnedOnFailure, meter);
  const consumption = table.write(position, undefined);
  return { consumption, attributes: returned === 'ALL_OLD' ? old : undefined };
}

export function updateItem(input: Input, findTable: FindTable, meter: CapacityMeter): ItemAnswer {
  const key = readKey(input);
  const returned = readChoice(input, 'ReturnValues', RETURN_VALUES) ?? 'NONE';
  const expressions = readExpressions(input, ['UpdateExpression', 'ConditionExpression']);
  const isOldReturnedOnFailure = readFailureDetail(input);
  const table = findTable();
  const position = placeKey(key, table.definition.key);
  const clauses = expressions.update ?? [];
  refuseKeyUpdate(clauses, table);
  refuseKeyPaths(expressions.paths, table.definition);
  const old = judge(table, position, expressions.condition, isOldReturnedOnFailure, meter);
  const next = applyUpdate(old ?? key, clauses);
  const sized = sizeItem(next, 'Item size to update');
  refuseIndexKeys(next, table.definition, true);
  const consumption = table.write(position, sized);
  return { consumption, attributes: chooseReturned(returned, old, next, clauses) };
}

function refuseKeyUpdate(clauses: readonly Clause[], table: Table): void {
  const names = namesOf(table.definition.key);
  const updated = clauses.map((clause) => headOf(clause.path));
  const key = names.find((name) => updated.includes(name));
  if (key === undefined) return;
  throw invalid(
    `One or more parameter values were invalid: Cannot update attribute ${key}. This attribute is part of the key`,
  );
}

/**
 * UPDATED_OLD and UPDATED_NEW show the very paths that the update names and nothing beside them;
 * what was removed has no new value. (DynamoDB Local shows whole attributes; the service does not.)
 */
function chooseReturned(
  returned: ReturnValues,
  old: Item | undefined,
  next: Item,
  clauses: readonly Clause[],
): Item | undefined {
  switch (returned) {
    case 'NONE':
      return undefined;
    case 'ALL_OLD':
      return old;
    case 'ALL_NEW':
      return next;
    case 'UPDATED_OLD':
      return old && pickUpdated(old, clauses);
    case 'UPDATED_NEW':
      return pickUpdated(
        next,
        clauses.filter(({ kind }) => kind !== 'remove'),
      );
  }
}

function pickUpdated(item: Item, clauses: readonly Clause[]): Item | undefined {
  const picked = project(item, planProjection(clauses.map(({ path }) => path)));
  return Object.keys(picked).length > 0 ? picked : undefined;
}

/** The item as it is, if it meets the condition. A failed write costs what it would have read. */
function judge(
  table: Table,
  position: Position,
  condition: Condition | undefined,
  isOldReturned: boolean,
  meter: CapacityMeter,
): Item | undefined {
  const row = table.rows.find(position);
  const item = row && table.read(row);
  if (!condition || meets(condition, item ?? NO_ITEM)) return item;
  const { name: tableName } = table;
  meter.add({ tableName, kind: 'write', table: writeUnits(row), indexes: NO_INDEXES });
  throw new ServiceError('ConditionalCheckFailedException', 'The conditional request failed', {
    ...(isOldReturned && item && { fields: { Item: item } }),
  });
}

const NO_ITEM: Item = Object.freeze({});

function readKey(input: Input): Item {
  if (input['Key'] === undefined) throw constraint('key', undefined, 'Member must not be null');
  return acceptItem(input['Key']);
}

function readReturnedOld(input: Input): 'ALL_OLD' | 'NONE' {
  const returned = readChoice(input, 'ReturnValues', RETURN_VALUES) ?? 'NONE';
  if (returned === 'ALL_OLD' || returned === 'NONE') return returned;
  throw invalid('ReturnValues can only be ALL_OLD or NONE');
}

function readFailureDetail(input: Input): boolean {
  const choices = ['ALL_OLD', 'NONE'] as const;
  return readChoice(input, 'ReturnValuesOnConditionCheckFailure', choices) === 'ALL_OLD';
}
