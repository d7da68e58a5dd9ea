/**
 * Binds a condition to a request's names and values, and refuses what can be known to be wrong
 * without an item: operand counts, an operand compared with itself, literals of a wrong type.
 */
import { type AttributeValue, TYPE_NAMES, typeOf } from './attribute-value.ts';
import { showPath } from './document-path.ts';
import type { ExpressionKind } from './expression-reader.ts';
import { type ExpressionScope, refusal } from './expression-scope.ts';
import type {
  Condition,
  ConditionFunction,
  Operand,
  UnboundCondition,
  UnboundOperand,
} from './expression-tree.ts';
import { orderValues } from './value-order.ts';

const OPERAND_COUNTS: Readonly<Record<ConditionFunction | 'size', number>> = {
  attribute_exists: 1,
  attribute_not_exists: 1,
  attribute_type: 2,
  begins_with: 2,
  contains: 2,
  size: 1,
};
const ORDERED_TYPES = ['S', 'N', 'B'];
const UNSIZED_TYPES = ['N', 'BOOL', 'NULL'];

export function bindCondition(
  condition: UnboundCondition,
  scope: ExpressionScope,
  kind: ExpressionKind,
): Condition {
  const recur = (inner: UnboundCondition) => bindCondition(inner, scope, kind);
  const bind = (operand: UnboundOperand) => bindOperand(operand, scope, kind);
  switch (condition.kind) {
    case 'and':
    case 'or':
      return {
        kind: condition.kind,
        left: recur(condition.left),
        right: recur(condition.right),
      };
    case 'not':
      return { kind: 'not', condition: recur(condition.condition) };
    case 'compare': {
      const { operator } = condition;
      const left = bind(condition.left);
      const right = bind(condition.right);
      refuseSame(kind, operator, left, [right]);
      if (operator !== '=' && operator !== '<>') refuseUnordered(kind, operator, [left, right]);
      return { kind: 'compare', operator, left, right };
    }
    case 'between': {
      const operand = bind(condition.operand);
      const low = bind(condition.low);
      const high = bind(condition.high);
      refuseSame(kind, 'BETWEEN', operand, [low, high]);
      refuseUnordered(kind, 'BETWEEN', [operand, low, high]);
      refuseBounds(kind, low, high);
      return { kind: 'between', operand, low, high };
    }
    case 'in': {
      const operand = bind(condition.operand);
      const choices = condition.choices.map(bind);
      refuseSame(kind, 'IN', operand, choices);
      return { kind: 'in', operand, choices };
    }
    case 'call':
      return bindCall(condition.name, condition.args.map(bind), kind);
  }
}

function bindOperand(
  operand: UnboundOperand,
  scope: ExpressionScope,
  kind: ExpressionKind,
): Operand {
  if (operand.kind === 'path') return { kind: 'path', path: scope.path(operand.path, kind) };
  if (operand.kind === 'value') return { kind: 'value', value: scope.value(operand.name, kind) };
  const args = operand.args.map((argument) => bindOperand(argument, scope, kind));
  const [of] = args;
  if (!of || args.length !== OPERAND_COUNTS.size) throw wrongCount(kind, operand.name, args.length);
  const type = literalType(of);
  if (type && UNSIZED_TYPES.includes(type)) throw wrongType(kind, operand.name, type);
  return { kind: 'size', of };
}

function bindCall(name: string, args: readonly Operand[], kind: ExpressionKind): Condition {
  const [first, second] = args;
  if (!isFunction(name)) throw new TypeError(`${name} is read, and is no function`);
  if (!first || args.length !== OPERAND_COUNTS[name]) throw wrongCount(kind, name, args.length);
  if (second) refuseSame(kind, name, first, [second]);
  switch (name) {
    case 'attribute_exists':
    case 'attribute_not_exists':
      if (first.kind !== 'path') {
        throw refusal(
          kind,
          `Operator or function requires a document path; operator or function: ${name}`,
        );
      }
      break;
    case 'attribute_type':
      refuseTypeName(kind, second);
      break;
    case 'begins_with':
      for (const operand of args) {
        const type = literalType(operand);
        if (type && type !== 'S' && type !== 'B') throw wrongType(kind, name, type);
      }
      break;
    case 'contains':
      break;
  }
  return { kind: 'call', name, first, second };
}

function isFunction(name: string): name is ConditionFunction {
  return Object.hasOwn(OPERAND_COUNTS, name) && name !== 'size';
}

function refuseTypeName(kind: ExpressionKind, operand: Operand | undefined): void {
  const type = operand && literalType(operand);
  const name = operand?.kind === 'value' ? operand.value.S : undefined;
  if (name === undefined) {
    throw wrongType(kind, 'attribute_type', type ?? '{NS,SS,L,BS,N,M,B,BOOL,NULL,S}');
  }
  if (TYPE_NAMES.some((known) => known === name)) return;
  throw refusal(
    kind,
    `Invalid attribute type name found; type: ${name}, valid types: {B,NULL,SS,BOOL,L,BS,N,NS,S,M}`,
  );
}

function refuseSame(
  kind: ExpressionKind,
  operator: string,
  first: Operand,
  others: readonly Operand[],
): void {
  if (first.kind !== 'path') return;
  const shown = showPath(first.path);
  if (!others.some((other) => other.kind === 'path' && showPath(other.path) === shown)) return;
  throw refusal(
    kind,
    `The first operand must be distinct from the remaining operands for this operator or function; operator: ${operator}, first operand: ${shown}`,
  );
}

function refuseUnordered(kind: ExpressionKind, operator: string, operands: Operand[]): void {
  for (const operand of operands) {
    const type = literalType(operand);
    if (type && !ORDERED_TYPES.includes(type)) throw wrongType(kind, operator, type);
  }
}

function refuseBounds(kind: ExpressionKind, low: Operand, high: Operand): void {
  if (low.kind !== 'value' || high.kind !== 'value') return;
  const order = orderValues(low.value, high.value);
  if (order !== undefined && order <= 0) return;
  const fault =
    order === undefined
      ? 'same data type for lower and upper bounds'
      : 'upper bound to be greater than or equal to lower bound';
  throw refusal(
    kind,
    `The BETWEEN operator requires ${fault}; lower bound operand: ${show(low.value)}, upper bound operand: ${show(high.value)}`,
  );
}

function show(value: AttributeValue): string {
  const type = typeOf(value);
  return `AttributeValue: {${type}:${String(value[type])}}`;
}

/** The type that an operand has whatever the item. */
function literalType(operand: Operand): string | undefined {
  if (operand.kind === 'size') return 'N';
  return operand.kind === 'value' ? typeOf(operand.value) : undefined;
}

function wrongCount(kind: ExpressionKind, name: string, count: number) {
  return refusal(
    kind,
    `Incorrect number of operands for operator or function; operator or function: ${name}, number of operands: ${count}`,
  );
}

function wrongType(kind: ExpressionKind, name: string, type: string) {
  return refusal(
    kind,
    `Incorrect operand type for operator or function; operator or function: ${name}, operand type: ${type}`,
  );
}
