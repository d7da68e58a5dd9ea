/**
 * How far the second engine is to be trusted: executions recorded from the real service
 * (test/fixtures/asl-conformance/README.md), run in it. It is held to the same records as the embedded
 * interpreter is; where it differs from them, it has no say against the embedded one.
 */
import { readFileSync } from 'node:fs';
import { beforeAll, describe, expect, it } from 'vitest';
import * as z from 'zod';
import type { ScriptedResult } from '#local/step-functions/scripted-run.ts';
import type { Script } from '#test/statemachines/story.ts';
import { plain } from './plain.ts';
import { runSecond, type SecondReport } from './second-engine.ts';

const Details = z.looseObject({ error: z.string().optional() });
const Event = z.looseObject({ type: z.string() });
const Case = z.object({
  id: z.string(),
  definition: z.unknown(),
  history: z.tuple([z.looseObject({ executionStartedEventDetails: Details })], Event),
});
const CASES = z
  .array(Case)
  .parse(
    JSON.parse(
      readFileSync(new URL('../fixtures/asl-conformance/cases.json', import.meta.url), 'utf8'),
    ),
  );

const UNNAMED_FIELD = 'its cause does not name the field, and the event has no location';
const PYTHON_TYPE = 'its cause names the Python type of what is no array, not the value';

/** Where the second engine differs from the record, and in what. */
const DIFFERENCES: Readonly<Record<string, string>> = {
  'test_assign_reference_variables::test_undefined_reference[BASE_UNDEFINED_OUTPUT]': UNNAMED_FIELD,
  'test_assign_reference_variables::test_undefined_reference[BASE_UNDEFINED_OUTPUT_MULTIPLE_STATES]':
    UNNAMED_FIELD,
  'test_assign_reference_variables::test_undefined_reference[BASE_UNDEFINED_ARGUMENTS]':
    UNNAMED_FIELD,
  'test_base_scenarios::test_map_state_items_input_types[string]': PYTHON_TYPE,
  'test_base_scenarios::test_map_state_items_input_types[object]': PYTHON_TYPE,
  'test_base_scenarios::test_map_state_items_input_types[null]': PYTHON_TYPE,
  'test_base_scenarios::test_parallel_state_order': 'the record blanks ids and leaves out an event',
};

const FUNCTION = '"arn:aws:lambda:eu-west-1:111111111111:function:work"';

/** The record's own test put the name into the empty list before it created the machine. */
function definitionOf(definition: unknown): string {
  return JSON.stringify(definition)
    .replaceAll(/"_+tbd_+"/g, FUNCTION)
    .replaceAll('"ErrorEquals":[]', '"ErrorEquals":["CustomException"]');
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}

function resultsOf(event: z.infer<typeof Event>): ScriptedResult[] {
  const key = Object.keys(event).find((name) => name.endsWith('EventDetails')) ?? '';
  const { error = '', cause, output } = Details.catch({}).parse(event[key]);
  if (event.type === 'LambdaFunctionSucceeded') return [{ ok: JSON.parse(textOf(output)) }];
  const isFailure = event.type === 'LambdaFunctionFailed' || event.type === 'TaskFailed';
  return isFailure ? [{ error, cause: textOf(cause) }] : [];
}

function scriptOf({ definition, history }: z.infer<typeof Case>): Script {
  return {
    definition: definitionOf(definition),
    input: textOf(history[0].executionStartedEventDetails['input']),
    startMs: 0,
    results: history.slice(1).flatMap((event) => resultsOf(Event.parse(event))),
    byChunk: {},
  };
}

const REDACTED = new Set([
  ...['timestamp', 'inputDetails', 'outputDetails', 'assignedVariablesDetails', 'roleArn'],
  ...['region', 'stackTrace', 'SdkHttpMetadata', 'SdkResponseMetadata'],
]);

function isRedacted(name: string, member: unknown): boolean {
  if (REDACTED.has(name)) return true;
  return name === 'resource' && typeof member === 'string' && !member.startsWith('invoke');
}

/** `{}` and nothing say the same. */
function eventsOf(history: readonly object[]): unknown[] {
  return history.map((event) => {
    const members = Object.entries(plain(event, isRedacted) as object);
    return Object.fromEntries(members.filter(([, member]) => textOf(member) !== '{}'));
  });
}

let reports: SecondReport[] = [];

beforeAll(() => {
  reports = runSecond(CASES.map(scriptOf));
});

describe.each(CASES.map((recorded, index) => ({ ...recorded, index })))(
  '$id',
  ({ id, history, index }) => {
    const reason = DIFFERENCES[id];

    it(reason === undefined ? 'matches in every detail' : `differs: ${reason}`, () => {
      const report = reports[index];

      const events = eventsOf(report?.history ?? []);

      const expected = eventsOf(history);
      expect([report?.unused, report?.unanswered]).toEqual([0, []]);
      expect(endOf(events)).toEqual(endOf(expected));
      if (reason === undefined) expect(events).toEqual(expected);
      else expect(events).not.toEqual(expected);
    });
  },
);

/** How it ended, with the output or the error, but without the cause, whose wording may differ. */
function endOf(events: readonly unknown[]): unknown {
  const drops = new Set(['id', 'previousEventId', 'cause']);
  return plain(events.at(-1), (name) => drops.has(name));
}

it('knows of no difference in a case that is not there', () => {
  const ids = CASES.map(({ id }) => id);

  expect(Object.keys(DIFFERENCES).filter((id) => !ids.includes(id))).toEqual([]);
});
