/** Where two accounts of a story differ, and which of these differences are known, and why. */
import type { Account } from './account.ts';

export interface Difference {
  /** The way to it, with points: `events.14.executionFailedEventDetails.error`. */
  readonly field: string;
  readonly embedded: unknown;
  readonly second: unknown;
}

export function differencesBetween(embedded: Account, second: Account): Difference[] {
  return differencesOf('', embedded, second);
}

function differencesOf(field: string, embedded: unknown, second: unknown): Difference[] {
  if (embedded === second) return [];
  if (!isBranch(embedded) || !isBranch(second) || lengthOf(embedded) !== lengthOf(second)) {
    return [{ field, embedded, second }];
  }
  const names = new Set([...Object.keys(embedded), ...Object.keys(second)]);
  return [...names].flatMap((name) =>
    differencesOf(field === '' ? name : `${field}.${name}`, embedded[name], second[name]),
  );
}

function isBranch(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null;
}

function lengthOf(value: unknown): number | undefined {
  return Array.isArray(value) ? value.length : undefined;
}

interface Accepted {
  /** By the title of the story: the fields that differ, all of them, and no others. */
  readonly stories: Readonly<Record<string, readonly string[]>>;
  readonly reason: string;
}

const NO_CHOICE: Accepted = {
  stories: {
    'ends failed, redrivable, for a word that it does not know': failedAt(14, ['error', 'cause']),
    'fails by an answer without a verdict': failedAt(15, ['error', 'cause']),
    'judges a batch whose chunks failed': ['children.2.error', 'children.2.cause'],
  },
  reason:
    'A Choice that no rule answers fails by States.NoChoiceMatched, says the Amazon States Language. moto lets a Python error become a States.Runtime.',
};

const NO_CAUSE: Accepted = {
  stories: {
    'fails by a token that tells of an error without a cause': [
      'events.22.taskFailedEventDetails.cause',
    ],
    'fails in a hold, by an error that nothing names': ['events.19.taskFailedEventDetails.cause'],
    'updates chunks at the same time': ['children.1.events.19.taskFailedEventDetails.cause'],
  },
  reason:
    'SendTaskFailure without a cause leaves none in the event, where it is an optional text. moto writes null.',
};

const UNDEFINED_RESULT: Accepted = {
  stories: {
    'fails by an answer that does not say until when it waits': [
      ...failedAt(18, ['cause']),
      ...['cause', 'location'].map((name) => `events.17.evaluationFailedEventDetails.${name}`),
      'events.17.previousEventId',
    ],
    'fails by an answer that names no chunks': ['cause', 'events'],
  },
  reason:
    'The recorded executions of the service (test/fixtures/asl-conformance) name the field, in the cause and as location, and let one EvaluationFailed follow what preceded the state. moto names no field, lets it follow the state, and tells of it twice for a Map.',
};

const ACCEPTED: readonly Accepted[] = [NO_CHOICE, NO_CAUSE, UNDEFINED_RESULT];

export const ACCEPTED_TITLES = ACCEPTED.flatMap(({ stories }) => Object.keys(stories));

export function acceptedFields(title: string): string[] {
  return ACCEPTED.flatMap(({ stories }) => stories[title] ?? []);
}

function failedAt(event: number, names: readonly string[]): string[] {
  const inEvent = names.map((name) => `events.${event}.executionFailedEventDetails.${name}`);
  return [...names, ...inEvent];
}
