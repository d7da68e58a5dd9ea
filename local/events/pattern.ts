/**
 * EventBridge event patterns, compiled once. An operator that is not known here is an error when the
 * rule is made: a pattern that silently matches less would look like a lost event.
 *
 * Rules of the service: each named field must match (AND), any of a field's matchers is enough (OR),
 * an array in the event matches where one of its elements does; `""` is a value like any other;
 * `exists` concerns leaves only; strings are compared with case.
 * Source: Amazon EventBridge user guide, "Comparison operators for use in event patterns".
 */
export type Matcher = (event: unknown) => boolean;

/** EventBridge takes patterns of at most 4,096 characters. */
const PATTERN_CHARACTERS = 4096;

class InvalidPatternError extends Error {
  override readonly name = 'InvalidEventPatternException';
}

export function compilePattern(pattern: unknown): Matcher {
  if (!isRecord(pattern) || Object.keys(pattern).length === 0) {
    throw new InvalidPatternError('Event pattern is not valid. Reason: it must be a filled object');
  }
  if (JSON.stringify(pattern).length > PATTERN_CHARACTERS) {
    throw new InvalidPatternError(`Event pattern is longer than ${PATTERN_CHARACTERS} characters`);
  }
  return compileObject(pattern, '');
}

function compileObject(pattern: Record<string, unknown>, path: string): Matcher {
  const fields = Object.entries(pattern).map(([key, value]): Matcher => {
    const at = path === '' ? key : `${path}.${key}`;
    if (key === '$or') return compileOr(value, at);
    const field = isRecord(value) ? compileObject(value, at) : compileLeaf(value, at);
    return (event) => matchField(event, key, field);
  });
  return (event) => fields.every((field) => field(event));
}

/** An array of objects matches where one of its objects does. */
function matchField(event: unknown, key: string, field: Matcher): boolean {
  if (Array.isArray(event)) return event.some((element) => matchField(element, key, field));
  return field(isRecord(event) ? event[key] : undefined);
}

function compileOr(value: unknown, path: string): Matcher {
  if (!Array.isArray(value) || value.length < 2) {
    throw new InvalidPatternError(`${path} must be a list of at least two patterns`);
  }
  const branches = value.map((branch: unknown) => {
    if (!isRecord(branch)) throw new InvalidPatternError(`${path} must hold patterns`);
    return compileObject(branch, path);
  });
  return (event) => branches.some((branch) => branch(event));
}

function compileLeaf(value: unknown, path: string): Matcher {
  if (!Array.isArray(value) || value.length === 0) {
    throw new InvalidPatternError(`"${path}" must be an object or a filled array`);
  }
  const tests = value.map((matcher: unknown) => compileMatcher(matcher, path));
  return (event) => tests.some((test) => test(event));
}

function compileMatcher(matcher: unknown, path: string): Matcher {
  if (!isRecord(matcher)) return onValues((value) => value === matcher);
  const [operator, ...others] = Object.keys(matcher);
  if (operator === undefined || others.length > 0) {
    throw new InvalidPatternError(`"${path}": a matcher has exactly one operator`);
  }
  const operand = matcher[operator];
  if (operator === 'exists') return exists(operand, path);
  if (operator === 'anything-but') return anythingBut(operand, path);
  return onValues(valueTest(operator, operand, path));
}

type ValueTest = (value: unknown) => boolean;

/** A test of one value, applied to a leaf or to each element of an array; an absent field fails it. */
function onValues(test: ValueTest): Matcher {
  return (leaf) => {
    if (leaf === undefined || isRecord(leaf)) return false;
    return Array.isArray(leaf) ? leaf.some(test) : test(leaf);
  };
}

function valueTest(operator: string, operand: unknown, path: string): ValueTest {
  switch (operator) {
    case 'prefix':
    case 'suffix': {
      const part = textOf(operand, path);
      return (value) =>
        typeof value === 'string' &&
        (operator === 'prefix' ? value.startsWith(part) : value.endsWith(part));
    }
    case 'equals-ignore-case': {
      const wanted = textOf(operand, path).toLowerCase();
      return (value) => typeof value === 'string' && value.toLowerCase() === wanted;
    }
    case 'wildcard': {
      const expression = wildcard(textOf(operand, path), path);
      return (value) => typeof value === 'string' && expression.test(value);
    }
    case 'numeric':
      return numeric(operand, path);
    default:
      throw new InvalidPatternError(`"${path}": unrecognized match type ${operator}`);
  }
}

function exists(operand: unknown, path: string): Matcher {
  if (typeof operand !== 'boolean')
    throw new InvalidPatternError(`"${path}": exists takes a boolean`);
  return (leaf) => (leaf !== undefined && !isRecord(leaf)) === operand;
}

/** Holds where the field is there and none of its values is one of the named. */
function anythingBut(operand: unknown, path: string): Matcher {
  const test = isRecord(operand) ? anyOf(operand, path) : oneOf(operand, path);
  return (leaf) => {
    if (leaf === undefined || isRecord(leaf)) return false;
    return Array.isArray(leaf) ? !leaf.some(test) : !test(leaf);
  };
}

function oneOf(operand: unknown, path: string): ValueTest {
  const refused: unknown[] = Array.isArray(operand) ? operand : [operand];
  const isOther = (value: unknown) => typeof value !== 'string' && typeof value !== 'number';
  if (refused.length === 0 || refused.some((value) => isOther(value))) {
    throw new InvalidPatternError(`"${path}": anything-but takes strings or numbers`);
  }
  return (value) => refused.includes(value);
}

function anyOf(operand: Record<string, unknown>, path: string): ValueTest {
  const [operator = '', ...others] = Object.keys(operand);
  if (others.length > 0 || operator === 'numeric') {
    throw new InvalidPatternError(`"${path}": anything-but takes one operator on strings`);
  }
  const inner = operand[operator];
  const tests = (Array.isArray(inner) ? inner : [inner]).map((part: unknown) =>
    valueTest(operator, part, path),
  );
  return (value) => tests.some((test) => test(value));
}

/** `*` stands for any characters, `\*` for a star; two stars in a row are refused. */
function wildcard(text: string, path: string): RegExp {
  if (/(?<!\\)\*\*/.test(text)) {
    throw new InvalidPatternError(`"${path}": consecutive wildcard characters`);
  }
  const parts = text.match(/\\[*\\]|\*|[^*\\]+|\\/g) ?? [];
  const source = parts.map((part) => {
    if (part === '*') return '.*';
    return literal(part.startsWith('\\') && part.length > 1 ? part.slice(1) : part);
  });
  return new RegExp(`^${source.join('')}$`, 's');
}

function literal(text: string): string {
  return text.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&');
}

const COMPARISONS: Record<string, (value: number, limit: number) => boolean> = {
  '=': (value, limit) => value === limit,
  '<': (value, limit) => value < limit,
  '<=': (value, limit) => value <= limit,
  '>': (value, limit) => value > limit,
  '>=': (value, limit) => value >= limit,
};

/** `[">", 0, "<=", 5]`: one comparison or two, all of which must hold. */
function numeric(operand: unknown, path: string): ValueTest {
  const terms: unknown[] = Array.isArray(operand) ? operand : [];
  if (terms.length !== 2 && terms.length !== 4) {
    throw new InvalidPatternError(`"${path}": numeric takes one comparison or two`);
  }
  const tests: ((value: number) => boolean)[] = [];
  for (let index = 0; index < terms.length; index += 2) {
    const compare = COMPARISONS[String(terms[index])];
    const limit = terms[index + 1];
    if (compare === undefined || typeof limit !== 'number') {
      throw new InvalidPatternError(`"${path}": ${terms[index]} ${limit} is no comparison`);
    }
    tests.push((value) => compare(value, limit));
  }
  return (value) => typeof value === 'number' && tests.every((test) => test(value));
}

function textOf(operand: unknown, path: string): string {
  if (typeof operand !== 'string' || operand === '') {
    throw new InvalidPatternError(`"${path}": the operator takes a string that is not empty`);
  }
  return operand;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
