/**
 * A mistake in a document that a person wrote, in words that name the field, the value and the mend:
 *
 *   max_failure_rate: 1.5 is more than 1; give a share between 0 and 1
 *
 * Values are shown cut to 80 characters and without the user part of a URL, and the value of a field
 * that the schema does not know, or of an environment, is not shown at all: messages reach logs, and a
 * document may hold what does not belong there. `code` is stable, for programs; `message` may be reworded.
 */
import type * as z from 'zod';
import { nearestWord } from './nearest-word.ts';

export const PROBLEM_CODES = [
  'missing',
  'wrong_type',
  'not_whole',
  'not_one_of',
  'malformed',
  'too_small',
  'too_large',
  'too_short',
  'too_long',
  'too_few',
  'too_many',
  'too_big',
  'unknown_field',
  'unknown_zone',
  'duplicate',
  'batches_fall',
  'batches_not_whole',
  'batch_empty',
  'auto_with_batches',
  'auto_with_delay',
  'auto_with_first_batch',
  'no_hosts_selected',
  'all_hosts_with_selector',
  'container_with_glob',
  'run_without_recreate',
  'run_with_glob',
  'run_too_big',
  'ports_unpublished',
  'secret_in_environment',
  'health_budget',
  'window_incomplete',
  'window_empty',
  'window_short',
  'scheduled_without_window',
  'first_batch_outside_hosts',
  'freeze_backwards',
  'range_malformed',
  'range_unsatisfiable',
  'expression_refused',
  'extract_unknown_group',
  'tag_outside_pattern',
  'pinned_with_glob',
  'topic_elsewhere',
  'not_yet_supported',
] as const;
export type ProblemCode = (typeof PROBLEM_CODES)[number];

export interface Problem {
  /** The field, with dots: `health_check.endpoint`, `staged_batches.1`; '' is the whole document. */
  path: string;
  value: unknown;
  code: ProblemCode;
  message: string;
  /** The end of the message; undefined where it has none. */
  mend?: string;
}

/** What a check of our own finds; `mend` stands in for the field's usual one. */
export interface Flaw {
  code: ProblemCode;
  /** Finishes a sentence that begins with the value: `is more than 1`. */
  what: string;
  mend?: string;
  /** Fields below the one that is checked. */
  path?: (string | number)[];
  /** The value may be a secret: it is not shown. */
  hidesValue?: true;
}

type Mends = Readonly<Record<string, string>>;

const SHOWN = 80;
/** A document with a thousand mistakes has one cause. */
const MAX_PROBLEMS = 100;

/** A value for people, on one line. */
export function showValue(value: unknown): string {
  if (Array.isArray(value)) return `a list of ${value.length}`;
  if (isMapping(value)) return 'a mapping';
  return typeof value === 'string' ? quote(cutValue(value)) : String(value);
}

/** What cannot be seen, or turns a line of a terminal round, is written as its number. */
function quote(text: string): string {
  return JSON.stringify(text).replaceAll(
    /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu,
    (character) => `\\u${Number(character.codePointAt(0)).toString(16).padStart(4, '0')}`,
  );
}

/** Cut to 80 characters, and without a URL's user and password. */
function cutValue(text: string): string {
  const safe = text.slice(0, 4 * SHOWN).replaceAll(/\/\/[^/\s]*@/g, '//***@');
  return safe.length > SHOWN ? `${safe.slice(0, SHOWN)}…` : safe;
}

export function isMapping(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The value at a path; undefined where the document has nothing there. */
export function valueAt(document: unknown, path: readonly PropertyKey[]): unknown {
  let value = document;
  for (const key of path) {
    if (Array.isArray(value)) value = value[Number(key)];
    else if (isMapping(value) && Object.hasOwn(value, key)) value = value[String(key)];
    else return undefined;
  }
  return value;
}

export function makeProblem(
  flaw: Flaw,
  path: readonly PropertyKey[],
  document: unknown,
  mends: Mends,
): Problem {
  const name = showPath(path);
  const isHidden = flaw.code === 'unknown_field' || flaw.hidesValue === true;
  const value = isHidden ? undefined : valueAt(document, path);
  const sentence = value === undefined ? flaw.what : `${showValue(value)} ${flaw.what}`;
  const mend = flaw.mend ?? mends[name] ?? mends[name.replaceAll(/\.\d+(?=\.|$)/g, '.*')];
  return {
    path: name,
    value: plainValue(value),
    code: flaw.code,
    message: `${name === '' ? '' : `${name}: `}${sentence}${mend === undefined ? '' : `; ${mend}`}`,
    ...(mend !== undefined && { mend }),
  };
}

/** Lists and mappings are not carried along: who knows what is in them. */
function plainValue(value: unknown): unknown {
  if (typeof value === 'string') return cutValue(value);
  return typeof value === 'object' ? undefined : value;
}

/** A key is written by people as well: it stays on one line, and short. */
function showPath(path: readonly PropertyKey[]): string {
  return showName(path.map((key) => (key === '' ? '""' : String(key))).join('.'));
}

/** A name that somebody made up, on one line and short. */
export function showName(name: string): string {
  return name.replaceAll(/[^\x20-\x7e]/g, '?').slice(0, SHOWN);
}

/** Puts a flaw found by a `superRefine` among the schema's own issues; `toProblems` reads it back. */
export function addFlaw(context: z.RefinementCtx, { path, ...flaw }: Flaw): void {
  context.addIssue({ code: 'custom', message: flaw.what, path: path ?? [], params: { flaw } });
}

/** All problems of a document, one for each field, in the order of the schema. */
export function toProblems(
  issues: readonly z.core.$ZodIssue[],
  document: unknown,
  mends: Mends,
): Problem[] {
  const problems = new Map<string, Problem>();
  for (const issue of issues) {
    for (const { path = [], ...flaw } of flawsOf(issue, document, mends)) {
      const problem = makeProblem(flaw, [...issue.path, ...path], document, mends);
      if (!problems.has(problem.path)) problems.set(problem.path, problem);
    }
  }
  return [...problems.values()].slice(0, MAX_PROBLEMS);
}

function flawsOf(issue: z.core.$ZodIssue, document: unknown, mends: Mends): Flaw[] {
  if (issue.code === 'unrecognized_keys') {
    // To guess what was meant takes long, and no more are said.
    const keys = issue.keys.slice(0, MAX_PROBLEMS);
    return keys.map((key) => unknownField(issue.path, key, Object.keys(mends)));
  }
  if (issue.code === 'custom') return [issue.params?.['flaw'] ?? MALFORMED];
  if (issue.code === 'too_big') return [tooBig(issue)];
  if (issue.code === 'too_small') return [tooSmall(issue)];
  const value = valueAt(document, issue.path);
  if (value === undefined) return [{ code: 'missing', what: 'is missing' }];
  if (issue.code === 'invalid_value') return [notOneOf(issue.values)];
  if (issue.code === 'invalid_type') return [wrongType(issue.expected, value)];
  // The only unions of our schemas are told apart by a word, so an unknown word is what is wrong.
  if (issue.code === 'invalid_union') return [notOneOf(optionsOf(issue))];
  return [MALFORMED];
}

type InvalidUnion = Extract<z.core.$ZodIssue, { code: 'invalid_union' }>;

function optionsOf(issue: InvalidUnion): readonly unknown[] {
  return 'options' in issue ? issue.options : [];
}

const MALFORMED: Flaw = { code: 'malformed', what: 'is not of the right form' };

function unknownField(parent: readonly PropertyKey[], key: string, known: string[]): Flaw {
  const prefix = parent.length === 0 ? '' : `${parent.map(String).join('.')}.`;
  const flaw: Flaw = { code: 'unknown_field', what: 'is not a known field', path: [key] };
  if (key !== '' && known.includes(prefix + key))
    return { ...flaw, mend: 'remove it: this type does not take it' };
  const siblings = known
    .filter((name) => name.startsWith(prefix))
    .map((name) => name.slice(prefix.length));
  const nearest = nearestWord(key, siblings);
  return { ...flaw, mend: nearest === undefined ? 'remove it' : `did you mean ${nearest}?` };
}

type TooBig = Extract<z.core.$ZodIssue, { code: 'too_big' }>;
type TooSmall = Extract<z.core.$ZodIssue, { code: 'too_small' }>;

function tooBig({ origin, maximum, inclusive }: TooBig): Flaw {
  if (origin === 'string') return { code: 'too_long', what: `has more than ${maximum} characters` };
  if (origin === 'array') return { code: 'too_many', what: `has more than ${maximum} entries` };
  return {
    code: 'too_large',
    what: inclusive ? `is more than ${maximum}` : `is not less than ${maximum}`,
  };
}

function tooSmall({ origin, minimum, inclusive }: TooSmall): Flaw {
  if (origin === 'string')
    return { code: 'too_short', what: `has fewer than ${minimum} characters` };
  if (origin === 'array') return { code: 'too_few', what: `has fewer than ${minimum} entries` };
  return {
    code: 'too_small',
    what: inclusive ? `is less than ${minimum}` : `is not more than ${minimum}`,
  };
}

function notOneOf(words: readonly unknown[]): Flaw {
  return { code: 'not_one_of', what: `is not one of ${words.map(String).join(', ')}` };
}

const TYPES = new Map([
  ['string', 'text'],
  ['boolean', 'true or false'],
  ['array', 'a list'],
  ['object', 'a mapping'],
]);

function wrongType(expected: string, value: unknown): Flaw {
  if (expected === 'int' && Number.isFinite(value)) {
    return { code: 'not_whole', what: 'is not a whole number' };
  }
  return { code: 'wrong_type', what: `is not ${TYPES.get(expected) ?? 'a number'}` };
}
