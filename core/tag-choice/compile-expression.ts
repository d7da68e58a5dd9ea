/**
 * Regular expressions of tag filters, run by RE2JS in time linear in the text: the syntax and the
 * semantics of RE2, and so of Go and of Flux.
 *
 * JavaScript's own engine goes back and forth: `(a+)+$` on forty letters stops a lambda. What cannot be
 * run without going back (backreferences, lookaround) is refused, and so is what is linear, but with a
 * large factor: a look asks up to 20,000 tags of up to 300 letters.
 */
import { RE2JS, RE2JSSyntaxException } from 're2js';

/** Instructions of the compiled expression; steps for a text are at most its length times this. */
const MAX_SIZE = 500;
/** Each step carries along where every group begins and ends. */
const MAX_GROUPS = 10;

interface Expression {
  /** Numbers and names of the groups. */
  groups: ReadonlySet<string>;
  /** Where the expression first matches: what a group holds, by number or name, '' if it took no part. */
  match(text: string): ((group: string) => string) | undefined;
}

export type Compiled = { ok: true; expression: Expression } | { ok: false; flaw: string };

/** Makes an expression ready to run, or says what is wrong with it, as the end of a sentence. */
export function compileExpression(text: string): Compiled {
  const compiled = compile(text);
  if (typeof compiled === 'string') return { ok: false, flaw: compiled };
  if (compiled.groupCount() > MAX_GROUPS) {
    return { ok: false, flaw: `has more than ${MAX_GROUPS} groups` };
  }
  if (compiled.programSize() > MAX_SIZE) {
    return { ok: false, flaw: 'repeats so much that it grows too large' };
  }
  const numberOf = new Map<string, number>();
  for (let number = 1; number <= compiled.groupCount(); number += 1) {
    numberOf.set(String(number), number);
  }
  for (const [name, number] of Object.entries(compiled.namedGroups())) {
    // RE2 takes `(?<2>…)` for a name: the number goes before it.
    if (!numberOf.has(name)) numberOf.set(name, number);
  }
  const match: Expression['match'] = (subject) => {
    const matcher = compiled.matcher(subject);
    if (!matcher.find()) return undefined;
    return (group) => {
      const number = numberOf.get(group);
      return (number === undefined ? undefined : matcher.group(number)) ?? '';
    };
  };
  return { ok: true, expression: { groups: new Set(numberOf.keys()), match } };
}

function compile(text: string): RE2JS | string {
  try {
    return RE2JS.compile(text);
  } catch (error) {
    if (error instanceof RE2JSSyntaxException) return explain(error);
    throw error; // A defect, of the library or of ours.
  }
}

/** What RE2 calls a mistake, and what it is called here. `part` is the piece of the text that RE2 names. */
const FLAWS = new Map<string, (part: string) => string>([
  ['missing closing )', () => 'has a group that is not closed'],
  ['unexpected )', () => 'closes a group that is not open'],
  ['missing closing ]', () => 'has a [ that is not closed'],
  [
    'missing argument to repetition operator',
    (part) => `has a ${part} with nothing before it to repeat`,
  ],
  ['invalid nested repetition operator', (part) => `repeats a repetition by ${part}`],
  ['invalid repeat count', (part) => `repeats by ${part}, which falls or is more than 1000`],
  ['invalid character class range', (part) => `has no characters in the range ${part}`],
  ['invalid escape sequence', (part) => `has ${part}, which is not known here`],
  ['invalid or unsupported Perl syntax', unknownGroup],
  [
    'invalid named capture',
    // Looking behind begins like a name.
    (part) =>
      /^\(\?<[=!]/.test(part) ? unknownGroup(part.slice(0, 4)) : `names a group wrongly: ${part}`,
  ],
  ['duplicate capture group name', (part) => `names two groups ${part}`],
  ['trailing backslash at end of expression', () => 'ends with a single \\'],
]);

function unknownGroup(opening: string): string {
  return `has a group that begins with ${opening} and is not known`;
}

function explain({ error, input }: RE2JSSyntaxException): string {
  return FLAWS.get(error)?.(input ?? '') ?? `is refused: ${error}`;
}
