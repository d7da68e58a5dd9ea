/**
 * Evaluates what a state's fields hold: templates, that is JSON in which every string of the form
 * `{% … %}` (with nothing around it) is an expression. Step Functions runs JSONata 2.0.6; `??` and
 * `?:` of later versions are refused. Variables and `$states` are bound for each evaluation and
 * compiled expressions are shared, as compiling takes ten times as long as evaluating.
 *
 * The texts of errors are the service's own; it puts the state and its event in front of them.
 */
import jsonata from 'jsonata';

const EXPRESSION = /^\{%([\s\S]*)%\}$/;

export class QueryError extends Error {
  override readonly name = 'QueryError';
  /** The path of the field, `Output/hosts[2]`; absent where no field is to blame. */
  readonly location: string | undefined;

  constructor(message: string, location?: string) {
    super(message);
    this.location = location;
  }
}

export type Bindings = Readonly<Record<string, unknown>>;

const compiled = new Map<string, jsonata.Expression>();
const templatesWithout = new WeakSet<object>();

/** The expression in a field's string, without its delimiters; undefined if it is a plain string. */
export function expressionIn(template: unknown): string | undefined {
  return typeof template === 'string' ? EXPRESSION.exec(template)?.[1]?.trim() : undefined;
}

/** Throws what the parser throws; a definition is checked with this when it is made. */
export function compile(expression: string): jsonata.Expression {
  let found = compiled.get(expression);
  if (found === undefined) {
    found = jsonata(expression);
    compiled.set(expression, found);
  }
  return found;
}

export async function evaluateTemplate(
  template: unknown,
  field: string,
  bindings: Bindings,
): Promise<unknown> {
  const expression = expressionIn(template);
  if (expression !== undefined) return evaluate(expression, field, bindings);
  if (typeof template !== 'object' || template === null) return template;
  if (isLiteral(template)) return template;
  if (Array.isArray(template)) {
    const elements: unknown[] = [];
    for (const [index, element] of template.entries()) {
      elements.push(await evaluateTemplate(element, `${field}[${index}]`, bindings));
    }
    return elements;
  }
  const members: [string, unknown][] = [];
  for (const [key, member] of Object.entries(template)) {
    members.push([key, await evaluateTemplate(member, `${field}/${key}`, bindings)]);
  }
  return Object.fromEntries(members);
}

async function evaluate(expression: string, field: string, bindings: Bindings): Promise<unknown> {
  let result: unknown;
  try {
    result = await compile(expression).evaluate(undefined, bindings);
  } catch (error) {
    throw new QueryError(
      `${sentence(expression, field)} threw an error during evaluation${ending(error)}`,
      field,
    );
  }
  if (result === undefined) {
    throw new QueryError(`${sentence(expression, field)} returned nothing (undefined).`, field);
  }
  if (isFunction(result)) {
    throw new QueryError(
      `${sentence(expression, field)} returned an unsupported result type.`,
      field,
    );
  }
  return result;
}

/** JSONata's own functions are objects that hold their whole environment. */
function isFunction(result: unknown): boolean {
  if (typeof result !== 'object' || result === null) return typeof result === 'function';
  return '_jsonata_lambda' in result || '_jsonata_function' in result;
}

/** Says that a field's value has another type than the field needs. */
export function unexpectedType(
  template: unknown,
  field: string,
  expected: string,
  value: unknown,
): QueryError {
  const what = expressionIn(template);
  const subject = what === undefined ? `The field '${field}'` : sentence(what, field);
  return new QueryError(
    `${subject} returned an unexpected result type. Expected '${expected}', but was ` +
      `'${jsonType(value)}' for value: ${JSON.stringify(value)}`,
    field,
  );
}

function sentence(expression: string, field: string): string {
  return `The JSONata expression '${expression}' specified for the field '${field}'`;
}

/** JSONata's own errors carry a code and are a sentence of their own; the service's do not. */
function ending(error: unknown): string {
  if (typeof error !== 'object' || error === null || !('message' in error)) return '.';
  return 'code' in error && typeof error.code === 'string'
    ? `. ${error.code}: ${error.message}`
    : `: ${error.message}`;
}

function jsonType(value: unknown): string {
  if (value === null) return 'null';
  return Array.isArray(value) ? 'array' : typeof value;
}

function isLiteral(template: object): boolean {
  if (templatesWithout.has(template)) return true;
  const members: unknown[] = Object.values(template);
  const literal = members.every((member) =>
    typeof member === 'object' && member !== null
      ? isLiteral(member)
      : expressionIn(member) === undefined,
  );
  if (literal) templatesWithout.add(template);
  return literal;
}
