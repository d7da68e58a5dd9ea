/**
 * Reads an update: the sections SET, REMOVE, ADD and DELETE, each at most once, in any order.
 * The value of a SET is one operand, or a sum or difference of two; `list_append` may not stand
 * inside another function or a sum.
 */
import { ExpressionReader } from './expression-reader.ts';
import type { UnboundClause, UnboundOperand, UnboundSetValue } from './expression-tree.ts';

const SECTIONS = ['SET', 'REMOVE', 'ADD', 'DELETE'] as const;
type Section = (typeof SECTIONS)[number];

const UPDATE_FUNCTIONS = new Set(['if_not_exists', 'list_append']);
const CONDITION_FUNCTIONS = new Set([
  'attribute_exists',
  'attribute_not_exists',
  'attribute_type',
  'begins_with',
  'contains',
  'size',
]);

export function parseUpdate(text: string): readonly UnboundClause[] {
  const reader = new ExpressionReader('UpdateExpression', text);
  const clauses: UnboundClause[] = [];
  const seen = new Set<Section>();
  do {
    const section = SECTIONS.find((name) => reader.takeKeyword(name));
    if (!section) throw reader.syntaxError();
    if (seen.has(section)) {
      const detail = `The "${section}" section can only be used once in an update expression;`;
      reader.flaw('section', detail);
    }
    seen.add(section);
    do clauses.push(readClause(reader, section));
    while (reader.take(','));
  } while (reader.token.kind === 'keyword');
  reader.finish();
  return clauses;
}

function readClause(reader: ExpressionReader, section: Section): UnboundClause {
  const path = reader.readPath();
  reader.countOperator();
  if (section === 'REMOVE') return { kind: 'remove', path };
  if (section === 'SET') {
    reader.expect('=');
    return { kind: 'set', path, value: readSetValue(reader) };
  }
  const { token } = reader;
  if (token.kind !== 'value') throw reader.syntaxError();
  reader.next();
  return { kind: section === 'ADD' ? 'add' : 'delete', path, name: token.text };
}

function readSetValue(reader: ExpressionReader): UnboundSetValue {
  if (!reader.isAt('(')) return readSum(reader, readOperand(reader));
  reader.next();
  flawDoubleParentheses(reader);
  const inner = reader.isAt('(') ? readSetValue(reader) : readSum(reader, readOperand(reader));
  reader.expect(')');
  return inner.kind === 'sum' ? inner : readSum(reader, inner);
}

function flawDoubleParentheses(reader: ExpressionReader): void {
  if (reader.isAt('(')) reader.flaw('parentheses', 'The expression has redundant parentheses;');
}

function readSum(reader: ExpressionReader, left: UnboundOperand): UnboundSetValue {
  const sign = reader.take('+') ? 1 : reader.take('-') ? -1 : undefined;
  if (sign === undefined) return left;
  reader.countOperator();
  const right = readOperand(reader);
  misuse(reader, left);
  misuse(reader, right);
  return { kind: 'sum', sign, left, right };
}

function readOperand(reader: ExpressionReader): UnboundOperand {
  const { token, following } = reader;
  if (reader.take('(')) {
    flawDoubleParentheses(reader);
    const inner = readOperand(reader);
    reader.expect(')');
    return inner;
  }
  if (token.kind === 'value') {
    reader.next();
    return { kind: 'value', name: token.text };
  }
  if (token.kind === 'word' && following.kind === 'symbol' && following.text === '(') {
    return readCall(reader);
  }
  return { kind: 'path', path: reader.readPath() };
}

function readCall(reader: ExpressionReader): UnboundOperand {
  const name = reader.next().text;
  reader.countOperator();
  reader.expect('(');
  const args = [readOperand(reader)];
  while (reader.take(',')) args.push(readOperand(reader));
  reader.expect(')');
  for (const argument of args) misuse(reader, argument);
  if (CONDITION_FUNCTIONS.has(name)) {
    const detail = `The function is not allowed in an update expression; function: ${name}`;
    reader.flaw('function', detail);
  } else if (!UPDATE_FUNCTIONS.has(name)) {
    reader.flaw('function', `Invalid function name; function: ${name}`);
  }
  return { kind: 'call', name, args };
}

function misuse(reader: ExpressionReader, operand: UnboundOperand): void {
  if (operand.kind !== 'call' || operand.name !== 'list_append') return;
  reader.flaw(
    'misuse',
    `The function is not allowed to be used this way in an expression; function: ${operand.name}`,
  );
}
