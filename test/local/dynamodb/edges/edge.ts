/** A hand-written command whose answer is worth knowing exactly, and what it is asked of. */
import { isDeepStrictEqual } from 'node:util';
import type { Outcome, Wire } from '../emulator.ts';
import { MAIN } from '../tables.ts';

export type OracleName = 'dynalite' | 'local';

/** Why an oracle answers otherwise than the service, and what the store answers. */
interface Difference {
  readonly because: string;
  /** The code of a refusal, or the whole output. */
  readonly ours: string | Wire;
}

export interface Edge {
  readonly name: string;
  /** Items of the table `main` that are there before. */
  readonly given: readonly Wire[];
  readonly action: string;
  readonly input: Wire;
  readonly differs: Partial<Record<OracleName, Difference>>;
}

export const S = (value: string) => ({ S: value });
export const N = (value: string) => ({ N: value });
export const B = (...bytes: number[]) => ({ B: Buffer.from(bytes).toString('base64') });
export const BOOL = (value: boolean) => ({ BOOL: value });
export const NULL = { NULL: true };
export const L = (...members: Wire[]) => ({ L: members });
export const M = (members: Wire) => ({ M: members });
export const SS = (...members: string[]) => ({ SS: members });
export const NS = (...members: string[]) => ({ NS: members });

export const KEY = { p: S('edge'), s: S('edge') };

interface Extra {
  readonly names?: Wire;
  readonly differs?: Edge['differs'];
  readonly returns?: string;
  readonly with?: Wire;
}

function named(names: Wire | undefined, values: Wire | undefined): Wire {
  return {
    ...(names && { ExpressionAttributeNames: names }),
    ...(values && { ExpressionAttributeValues: values }),
  };
}

/** A put of an item over itself, on a condition. */
export function condition(
  expression: string,
  attributes: Wire = {},
  values?: Wire,
  { names, differs = {} }: Extra = {},
): Edge {
  const item = { ...KEY, ...attributes };
  return {
    name: `condition ${expression} of ${brief(attributes)} with ${brief(values)} ${brief(names)}`,
    given: [item],
    action: 'PutItem',
    input: {
      TableName: MAIN,
      Item: item,
      ConditionExpression: expression,
      ...named(names, values),
    },
    differs,
  };
}

export function update(
  expression: string,
  attributes: Wire = {},
  values?: Wire,
  { names, differs = {}, returns = 'ALL_NEW' }: Extra = {},
): Edge {
  return {
    name: `update ${expression} of ${brief(attributes)} with ${brief(values)} for ${returns}`,
    given: [{ ...KEY, ...attributes }],
    action: 'UpdateItem',
    input: {
      TableName: MAIN,
      Key: KEY,
      UpdateExpression: expression,
      ReturnValues: returns,
      ...named(names, values),
    },
    differs,
  };
}

export function command(
  name: string,
  action: string,
  input: Wire,
  given: readonly Wire[] = [],
  differs: Edge['differs'] = {},
): Edge {
  return { name: `${action}: ${name}`, given, action, input, differs };
}

/** Shorthand for what an oracle gets wrong. */
export function dynalite(because: string, ours: string | Wire): Edge['differs'] {
  return { dynalite: { because, ours } };
}

export function local(because: string, ours: string | Wire): Edge['differs'] {
  return { local: { because, ours } };
}

export function matches(outcome: Outcome, expected: string | Wire): boolean {
  if (typeof expected === 'string') return outcome.code === expected;
  return isDeepStrictEqual(outcome.output, expected);
}

function brief(value: unknown): string {
  return (JSON.stringify(value) ?? 'nothing').slice(0, 90);
}

export const REFUSED = 'ValidationException';
export const FAILED = 'ConditionalCheckFailedException';
/** The output of a write that shows nothing. */
export const DONE: Wire = {};
