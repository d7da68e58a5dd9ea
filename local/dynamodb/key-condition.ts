/**
 * A KeyConditionExpression as a range of one partition: `hash = :value`, and at most one
 * condition on the range key. The order of the checks is the service's.
 */
import { type AttributeValue, typeOf } from './attribute-value.ts';
import type { Comparator, Condition, Operand } from './expression-tree.ts';
import {
  compareSortKeys,
  type KeyAttribute,
  type KeySchema,
  keyAttributes,
  partitionOf,
  refuseEmptyKey,
  type SortKey,
  sortKeyOf,
} from './key.ts';
import { invalid } from './refusal.ts';

type KeyOperator = Exclude<Comparator, '<>'> | 'BETWEEN' | 'begins_with';

interface KeyTest {
  readonly name: string;
  readonly operator: KeyOperator;
  readonly values: readonly AttributeValue[];
}

export interface KeyRange {
  readonly partition: string;
  /** Negative before the range, 0 in it, positive after it. */
  readonly side: (sort: SortKey) => number;
}

const MIRRORED: Readonly<Record<Exclude<Comparator, '<>'>, Exclude<Comparator, '<>'>>> = {
  '=': '=',
  '<': '>',
  '<=': '>=',
  '>': '<',
  '>=': '<=',
};

export function planKeyRange(condition: Condition, schema: KeySchema): KeyRange {
  const tests = new Map<string, KeyTest>();
  collectTests(condition, tests);
  if (tests.size > 2) throw invalid('Conditions can be of length 1 or 2 only');
  if (!schema.range && tests.size > 1) throw invalid('Query key condition not supported');
  for (const attribute of keyAttributes(schema)) {
    const isHash = attribute === schema.hash;
    const test = tests.get(attribute.name);
    if (test) refuseTest(test, attribute, isHash);
    else if (isHash || tests.size > 1) {
      throw invalid(`Query condition missed key schema element: ${attribute.name}`);
    }
  }
  const [hashValue] = tests.get(schema.hash.name)?.values ?? [];
  if (!hashValue) throw new TypeError('A sound key condition has a hash key');
  const rangeTest = schema.range && tests.get(schema.range.name);
  return { partition: partitionOf(hashValue), side: rangeTest ? sideOf(rangeTest) : () => 0 };
}

function refuseTest(test: KeyTest, { name, type }: KeyAttribute, isHash: boolean): void {
  for (const value of test.values) {
    if (typeOf(value) !== type) {
      throw invalid(
        'One or more parameter values were invalid: Condition parameter type does not match schema type',
      );
    }
    refuseEmptyKey(value, name);
  }
  if (isHash && test.operator !== '=') throw invalid('Query key condition not supported');
}

function collectTests(condition: Condition, tests: Map<string, KeyTest>): void {
  if (condition.kind === 'and') {
    collectTests(condition.left, tests);
    collectTests(condition.right, tests);
    return;
  }
  const test = readTest(condition);
  if (tests.has(test.name)) {
    throw invalid('KeyConditionExpressions must only contain one condition per key');
  }
  tests.set(test.name, test);
}

function readTest(condition: Condition): KeyTest {
  switch (condition.kind) {
    case 'or':
    case 'not':
    case 'in':
      throw wrongOperator(condition.kind.toUpperCase());
    case 'compare':
      return readComparison(condition.operator, condition.left, condition.right);
    case 'between':
      return readFunction('BETWEEN', condition.operand, [condition.low, condition.high]);
    case 'call':
      if (condition.name !== 'begins_with') throw wrongOperator(condition.name);
      return readFunction(condition.name, condition.first, [condition.second]);
    case 'and':
      throw new TypeError('AND is taken apart before');
  }
}

function readComparison(operator: Comparator, left: Operand, right: Operand): KeyTest {
  if (operator === '<>') throw wrongOperator(operator);
  if (left.kind === 'path') return makeTest(left, operator, [right]);
  if (left.kind === 'size') throw nested();
  return makeTest(right, MIRRORED[operator], [left]);
}

function readFunction(
  operator: 'BETWEEN' | 'begins_with',
  subject: Operand,
  operands: readonly (Operand | undefined)[],
): KeyTest {
  if (subject.kind !== 'path') {
    throw invalid(
      `Invalid condition in KeyConditionExpression: ${operator} operator must have the key attribute as its first operand`,
    );
  }
  return makeTest(
    subject,
    operator,
    operands.filter((operand) => operand !== undefined),
  );
}

function makeTest(subject: Operand, operator: KeyOperator, operands: readonly Operand[]): KeyTest {
  const values = operands.map((operand) => {
    if (operand.kind === 'value') return operand.value;
    if (operand.kind === 'size') throw nested();
    throw invalid(
      'Invalid condition in KeyConditionExpression: Multiple attribute names used in one condition',
    );
  });
  if (subject.kind === 'size') throw nested();
  if (subject.kind === 'value') {
    throw invalid('Invalid condition in KeyConditionExpression: No key attribute specified');
  }
  const [name] = subject.path;
  if (subject.path.length > 1 || typeof name !== 'string') {
    throw invalid('KeyConditionExpressions cannot have conditions on nested attributes');
  }
  return { name, operator, values };
}

function sideOf({ operator, values }: KeyTest): KeyRange['side'] {
  const [first, second] = values.map(sortKeyOf);
  if (first === undefined) throw new TypeError('A key condition has a value');
  const compare = (sort: SortKey) => compareSortKeys(sort, first);
  switch (operator) {
    case '=':
      return compare;
    case '<':
      return (sort) => (compare(sort) < 0 ? 0 : 1);
    case '<=':
      return (sort) => (compare(sort) <= 0 ? 0 : 1);
    case '>':
      return (sort) => (compare(sort) > 0 ? 0 : -1);
    case '>=':
      return (sort) => (compare(sort) >= 0 ? 0 : -1);
    case 'BETWEEN':
      return (sort) => {
        if (compare(sort) < 0) return -1;
        return compareSortKeys(sort, second ?? first) > 0 ? 1 : 0;
      };
    case 'begins_with':
      return (sort) => {
        if (String(sort).startsWith(String(first))) return 0;
        return compare(sort);
      };
  }
}

function wrongOperator(name: string) {
  return invalid(`Invalid operator used in KeyConditionExpression: ${name}`);
}

function nested() {
  return invalid('KeyConditionExpressions cannot contain nested operations');
}
