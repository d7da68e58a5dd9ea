/**
 * Reads the members of a request. A member that the store does not know is refused, rather than
 * ignored: the service would have heeded it (the legacy `Expected`, a scan's `Segment`, …).
 */
import type { CapacityDetail } from './capacity.ts';
import { invalid } from './refusal.ts';

export type Input = Readonly<Record<string, unknown>>;

const TABLE_NAME = /^[a-zA-Z0-9_.-]{3,255}$/;
const CAPACITY_DETAILS = ['INDEXES', 'TOTAL', 'NONE'] as const;

export function refuseUnknownMembers(input: Input, known: ReadonlySet<string>): void {
  for (const name of Object.keys(input)) {
    if (known.has(name) || input[name] === undefined) continue;
    throw invalid(`The embedded DynamoDB does not support the parameter ${name}`);
  }
}

export function readTableName(input: Input): string {
  const { TableName: name } = input;
  if (typeof name === 'string' && TABLE_NAME.test(name)) return name;
  if (typeof name !== 'string') throw constraint('tableName', name, 'Member must not be null');
  throw constraint(
    'tableName',
    name,
    name.length < 3
      ? 'Member must have length greater than or equal to 3'
      : 'Member must satisfy regular expression pattern: [a-zA-Z0-9_.-]+',
  );
}

export function readText(input: Input, name: string): string | undefined {
  const value = input[name];
  if (value === undefined || value === null || typeof value === 'string') return value ?? undefined;
  throw constraint(lowerFirst(name), value, 'Member must be a string');
}

export function readFlag(input: Input, name: string, otherwise = false): boolean {
  const value = input[name];
  return typeof value === 'boolean' ? value : otherwise;
}

export function readLimit(input: Input, maximum = Number.POSITIVE_INFINITY): number | undefined {
  const { Limit: limit } = input;
  if (limit === undefined) return undefined;
  if (typeof limit === 'number' && limit >= 1 && limit <= maximum) return limit;
  throw constraint('limit', limit, 'Member must have value greater than or equal to 1');
}

export function readChoice<Choice extends string>(
  input: Input,
  name: string,
  choices: readonly Choice[],
): Choice | undefined {
  const value = input[name];
  if (value === undefined) return undefined;
  const choice = choices.find((each) => each === value);
  if (choice !== undefined) return choice;
  const set = `[${choices.join(', ')}]`;
  throw constraint(lowerFirst(name), value, `Member must satisfy enum value set: ${set}`);
}

export function readCapacityDetail(input: Input): CapacityDetail {
  return readChoice(input, 'ReturnConsumedCapacity', CAPACITY_DETAILS) ?? 'NONE';
}

export function constraint(member: string, value: unknown, words: string) {
  const shown = value === undefined ? 'null' : `'${String(value)}'`;
  return invalid(
    `1 validation error detected: Value ${shown} at '${member}' failed to satisfy constraint: ${words}`,
  );
}

function lowerFirst(name: string): string {
  return name.charAt(0).toLowerCase() + name.slice(1);
}
