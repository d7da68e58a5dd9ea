/** Binds an update to a request's names and values; see bind-condition.ts. */
import { type AttributeValue, type TypeName, typeOf } from './attribute-value.ts';
import type { ExpressionKind } from './expression-reader.ts';
import { type ExpressionScope, refusal } from './expression-scope.ts';
import type { Clause, SetValue, UnboundClause, UnboundSetValue } from './expression-tree.ts';
import { refuseOverlap } from './projection.ts';

const KIND: ExpressionKind = 'UpdateExpression';
const SET_TYPES: readonly TypeName[] = ['SS', 'NS', 'BS'];
const LONG_NAMES: Readonly<Record<TypeName, string>> = {
  S: 'STRING',
  N: 'NUMBER',
  B: 'BINARY',
  BOOL: 'BOOLEAN',
  NULL: 'NULL',
  L: 'LIST',
  M: 'MAP',
  SS: 'STRING_SET',
  NS: 'NUMBER_SET',
  BS: 'BINARY_SET',
};

export function bindUpdate(
  clauses: readonly UnboundClause[],
  scope: ExpressionScope,
): readonly Clause[] {
  const bound = clauses.map((clause) => bindClause(clause, scope));
  refuseOverlap(
    KIND,
    bound.map((clause) => clause.path),
  );
  return bound;
}

function bindClause(clause: UnboundClause, scope: ExpressionScope): Clause {
  const path = scope.path(clause.path, KIND);
  if (clause.kind === 'remove') return { kind: 'remove', path };
  if (clause.kind === 'set') return { kind: 'set', path, value: bindValue(clause.value, scope) };
  const value = scope.value(clause.name, KIND);
  refuseOperand(clause.kind, value);
  return { kind: clause.kind, path, value };
}

function refuseOperand(kind: 'add' | 'delete', value: AttributeValue): void {
  const type = typeOf(value);
  if (SET_TYPES.includes(type) || (kind === 'add' && type === 'N')) return;
  const operator = kind.toUpperCase();
  throw refusal(
    KIND,
    `Incorrect operand type for operator or function; operator: ${operator}, operand type: ${LONG_NAMES[type]}, typeSet: ALLOWED_FOR_${operator}_OPERAND`,
  );
}

function bindValue(value: UnboundSetValue, scope: ExpressionScope): SetValue {
  switch (value.kind) {
    case 'path':
      return { kind: 'path', path: scope.path(value.path, KIND) };
    case 'value':
      return { kind: 'value', value: scope.value(value.name, KIND) };
    case 'sum': {
      const left = bindValue(value.left, scope);
      const right = bindValue(value.right, scope);
      refuseLiterals(value.sign === 1 ? '+' : '-', 'N', [left, right]);
      return { kind: 'sum', sign: value.sign, left, right };
    }
    case 'call':
      return bindCall(
        value.name,
        value.args.map((argument) => bindValue(argument, scope)),
      );
  }
}

function bindCall(name: string, args: readonly SetValue[]): SetValue {
  const [first, second] = args;
  if (!first || !second || args.length !== 2) {
    throw refusal(
      KIND,
      `Incorrect number of operands for operator or function; operator or function: ${name}, number of operands: ${args.length}`,
    );
  }
  if (name === 'list_append') {
    refuseLiterals(name, 'L', [first, second]);
    return { kind: 'list_append', left: first, right: second };
  }
  if (first.kind !== 'path') {
    throw refusal(
      KIND,
      `Operator or function requires a document path; operator or function: ${name}`,
    );
  }
  return { kind: 'if_not_exists', path: first.path, otherwise: second };
}

function refuseLiterals(name: string, expected: TypeName, operands: readonly SetValue[]): void {
  for (const operand of operands) {
    const type = operand.kind === 'value' ? typeOf(operand.value) : expected;
    if (type === expected) continue;
    throw refusal(
      KIND,
      `Incorrect operand type for operator or function; operator or function: ${name}, operand type: ${type}`,
    );
  }
}
