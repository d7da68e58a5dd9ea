/**
 * Whether an item meets a condition. A missing attribute is not an error: it equals nothing, so
 * `=`, `<` and the like are false and `<>` is true, also where both sides are missing.
 */
import { type AttributeValue, type Item, typeOf } from './attribute-value.ts';
import { readPath } from './document-path.ts';
import type { Comparator, Condition, Operand } from './expression-tree.ts';
import { bytesText, equalValues, orderValues } from './value-order.ts';

type Value = AttributeValue | undefined;

export function meets(condition: Condition, item: Item): boolean {
  switch (condition.kind) {
    case 'and':
      return meets(condition.left, item) && meets(condition.right, item);
    case 'or':
      return meets(condition.left, item) || meets(condition.right, item);
    case 'not':
      return !meets(condition.condition, item);
    case 'compare': {
      const left = resolve(condition.left, item);
      return compares(condition.operator, left, resolve(condition.right, item));
    }
    case 'between': {
      const value = resolve(condition.operand, item);
      return (
        compares('>=', value, resolve(condition.low, item)) &&
        compares('<=', value, resolve(condition.high, item))
      );
    }
    case 'in': {
      const value = resolve(condition.operand, item);
      return condition.choices.some((choice) => compares('=', value, resolve(choice, item)));
    }
    case 'call': {
      const first = resolve(condition.first, item);
      const second = condition.second && resolve(condition.second, item);
      switch (condition.name) {
        case 'attribute_exists':
          return first !== undefined;
        case 'attribute_not_exists':
          return first === undefined;
        case 'attribute_type':
          return first !== undefined && typeOf(first) === second?.S;
        case 'begins_with':
          return beginsWith(first, second);
        case 'contains':
          return contains(first, second);
      }
    }
  }
}

function resolve(operand: Operand, item: Item): Value {
  if (operand.kind === 'path') return readPath(item, operand.path);
  if (operand.kind === 'value') return operand.value;
  const value = resolve(operand.of, item);
  const size = value && sizeOf(value);
  return size === undefined ? undefined : { N: String(size) };
}

/** `size` counts a text in UTF-16 units, as the service does, and not in bytes. */
function sizeOf(value: AttributeValue): number | undefined {
  if (value.S !== undefined) return value.S.length;
  if (value.B !== undefined) return Buffer.byteLength(value.B, 'base64');
  if (value.M !== undefined) return Object.keys(value.M).length;
  return (value.L ?? value.SS ?? value.NS ?? value.BS)?.length;
}

function compares(operator: Comparator, left: Value, right: Value): boolean {
  if (operator === '=') return areEqual(left, right);
  if (operator === '<>') return !areEqual(left, right);
  const order = left && right && orderValues(left, right);
  if (order === undefined) return false;
  switch (operator) {
    case '<':
      return order < 0;
    case '<=':
      return order <= 0;
    case '>':
      return order > 0;
    case '>=':
      return order >= 0;
  }
}

function areEqual(left: Value, right: Value): boolean {
  return left !== undefined && right !== undefined && equalValues(left, right);
}

function beginsWith(value: Value, prefix: Value): boolean {
  if (value?.S !== undefined && prefix?.S !== undefined) return value.S.startsWith(prefix.S);
  if (value?.B === undefined || prefix?.B === undefined) return false;
  return bytesText(value.B).startsWith(bytesText(prefix.B));
}

function contains(value: Value, sought: Value): boolean {
  if (value === undefined || sought === undefined) return false;
  if (value.L) return value.L.some((member) => equalValues(member, sought));
  if (sought.S !== undefined) {
    return value.S?.includes(sought.S) ?? value.SS?.includes(sought.S) ?? false;
  }
  if (sought.N !== undefined) return value.NS?.includes(sought.N) ?? false;
  if (sought.B === undefined) return false;
  if (value.BS) return value.BS.includes(sought.B);
  return value.B !== undefined && bytesText(value.B).includes(bytesText(sought.B));
}
