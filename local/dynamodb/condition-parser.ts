/**
 * Reads a condition: OR binds weakest, then AND, NOT, and comparisons. Parentheses stand around
 * a condition or around an operand, which only shows once they are closed, so both are read by
 * `readTerm`; two pairs around the same thing are a flaw ("redundant parentheses").
 */
import { type ExpressionKind, ExpressionReader } from './expression-reader.ts';
import type { Comparator, UnboundCondition, UnboundOperand } from './expression-tree.ts';

const COMPARATORS: ReadonlySet<string> = new Set<Comparator>(['=', '<>', '<', '<=', '>', '>=']);
const FUNCTIONS = new Set([
  'attribute_exists',
  'attribute_not_exists',
  'attribute_type',
  'begins_with',
  'contains',
  'size',
]);
const UPDATE_FUNCTIONS = new Set(['if_not_exists', 'list_append']);
const MAX_CHOICES = 100;

type Term =
  | { readonly condition: UnboundCondition; readonly isWrapped: boolean }
  | { readonly operand: UnboundOperand; readonly isWrapped: boolean };

export function parseCondition(kind: ExpressionKind, text: string): UnboundCondition {
  const reader = new ExpressionReader(kind, text);
  const condition = asCondition(reader, readDisjunction(reader));
  reader.finish();
  return condition;
}

function readDisjunction(reader: ExpressionReader): Term {
  let term = readConjunction(reader);
  while (reader.isAtKeyword('OR')) {
    const left = asCondition(reader, term);
    reader.next();
    reader.countOperator();
    const right = asCondition(reader, readConjunction(reader));
    term = { condition: { kind: 'or', left, right }, isWrapped: false };
  }
  return term;
}

function readConjunction(reader: ExpressionReader): Term {
  let term = readNegation(reader);
  while (reader.isAtKeyword('AND')) {
    const left = asCondition(reader, term);
    reader.next();
    reader.countOperator();
    const right = asCondition(reader, readNegation(reader));
    term = { condition: { kind: 'and', left, right }, isWrapped: false };
  }
  return term;
}

function readNegation(reader: ExpressionReader): Term {
  if (!reader.takeKeyword('NOT')) return readComparison(reader);
  reader.countOperator();
  const condition = asCondition(reader, readNegation(reader));
  return { condition: { kind: 'not', condition }, isWrapped: false };
}

function readComparison(reader: ExpressionReader): Term {
  const term = readTerm(reader);
  if (!('operand' in term)) return term;
  const { operand } = term;
  const { text, kind } = reader.token;
  if (kind === 'symbol' && isComparator(text)) {
    reader.next();
    reader.countOperator();
    const right = readOperand(reader);
    misuse(reader, operand);
    return compared({ kind: 'compare', operator: text, left: operand, right });
  }
  if (reader.takeKeyword('BETWEEN')) {
    reader.countOperator();
    const low = readOperand(reader);
    reader.expectKeyword('AND');
    const high = readOperand(reader);
    misuse(reader, operand);
    return compared({ kind: 'between', operand, low, high });
  }
  if (reader.takeKeyword('IN')) {
    reader.countOperator();
    reader.expect('(');
    const choices = readList(reader);
    if (choices.length > MAX_CHOICES) {
      throw reader.refusal(
        `The IN operator is provided with too many operands; number of operands: ${choices.length}`,
      );
    }
    misuse(reader, operand);
    return compared({ kind: 'in', operand, choices });
  }
  return term;
}

function compared(condition: UnboundCondition): Term {
  return { condition, isWrapped: false };
}

function readTerm(reader: ExpressionReader): Term {
  const { token } = reader;
  if (reader.take('(')) {
    const inner = readDisjunction(reader);
    reader.expect(')');
    if (inner.isWrapped) reader.flaw('parentheses', 'The expression has redundant parentheses;');
    return { ...inner, isWrapped: true };
  }
  if (token.kind === 'value') {
    reader.next();
    return { operand: { kind: 'value', name: token.text }, isWrapped: false };
  }
  const { following } = reader;
  if (token.kind === 'word' && following.kind === 'symbol' && following.text === '(') {
    return { operand: readCall(reader), isWrapped: false };
  }
  return { operand: { kind: 'path', path: reader.readPath() }, isWrapped: false };
}

function readCall(reader: ExpressionReader): UnboundOperand {
  const name = reader.next().text;
  reader.countOperator();
  reader.expect('(');
  const args = readList(reader);
  if (UPDATE_FUNCTIONS.has(name)) {
    const detail = `The function is not allowed in a condition expression; function: ${name}`;
    reader.flaw('function', detail);
  } else if (!FUNCTIONS.has(name)) {
    reader.flaw('function', `Invalid function name; function: ${name}`);
  }
  return { kind: 'call', name, args };
}

function readList(reader: ExpressionReader): UnboundOperand[] {
  const operands = [readOperand(reader)];
  while (reader.take(',')) operands.push(readOperand(reader));
  reader.expect(')');
  return operands;
}

/** An operand inside a comparison or a call, where the only function that may stand is `size`. */
function readOperand(reader: ExpressionReader): UnboundOperand {
  const term = readTerm(reader);
  if (!('operand' in term)) throw reader.syntaxError();
  misuse(reader, term.operand);
  return term.operand;
}

function misuse(reader: ExpressionReader, operand: UnboundOperand): void {
  if (operand.kind !== 'call' || operand.name === 'size') return;
  flawMisuse(reader, operand.name);
}

function flawMisuse(reader: ExpressionReader, name: string): void {
  const words = 'The function is not allowed to be used this way in an expression; function: ';
  reader.flaw('misuse', words + name);
}

function asCondition(reader: ExpressionReader, term: Term): UnboundCondition {
  if ('condition' in term) return term.condition;
  const { operand } = term;
  if (operand.kind !== 'call') throw reader.syntaxError();
  if (operand.name === 'size') flawMisuse(reader, operand.name);
  return operand;
}

function isComparator(text: string): text is Comparator {
  return COMPARATORS.has(text);
}
