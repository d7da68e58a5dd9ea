/**
 * Executions that were recorded from the real service (test/fixtures/asl-conformance/README.md),
 * run again here: tasks are answered, in order, as the recording says. Each must end as recorded;
 * each must match in every detail too, unless DIFFERENCES says why not.
 */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { TaskError } from '#local/step-functions/failures.ts';
import { Rig } from './rig.ts';

type Json = Record<string, unknown>;
interface Case {
  id: string;
  kind: 'jsonata' | 'neutral';
  definition: Json;
  history: Json[];
}

/** Cases that differ from the recording in some detail, and why. */
const DIFFERENCES: Record<string, string> = {
  'test_base_scenarios::test_parallel_state_order':
    'the recording leaves out event 12, ParallelStateSucceeded, and blanks the ids of the branches',
};

/**
 * Definitions that the recording test changed before it created the machine. The language and the
 * service refuse an empty ErrorEquals; the name is the one that the recorded run caught.
 */
const MENDS: Record<string, (definition: string) => string> = {
  'test_task_lambda::test_raise_custom_exception': (definition) =>
    definition.replace('"ErrorEquals":[]', '"ErrorEquals":["CustomException"]'),
};

const CASES = JSON.parse(
  readFileSync(new URL('../../fixtures/asl-conformance/cases.json', import.meta.url), 'utf8'),
) as Case[];

const REDACTED = new Set([
  ...['timestamp', 'inputDetails', 'outputDetails', 'assignedVariablesDetails', 'roleArn'],
  ...['region', 'stackTrace', 'SdkHttpMetadata', 'SdkResponseMetadata'],
]);

/** JSON inside strings is parsed, as parts of the recordings are; redacted members are dropped. */
function normal(value: unknown): unknown {
  if (typeof value === 'string') {
    if (!/^\s*[[{]/.test(value)) return value;
    try {
      return normal(JSON.parse(value));
    } catch {
      return value;
    }
  }
  if (Array.isArray(value)) return value.map(normal);
  if (typeof value !== 'object' || value === null) return value;
  const members = Object.entries(value)
    .filter(([key, member]) => !REDACTED.has(key) && !isFunctionArn(key, member))
    .map(([key, member]) => [key, normal(member)] as const);
  return Object.fromEntries(members);
}

function isFunctionArn(key: string, value: unknown): boolean {
  return key === 'resource' && typeof value === 'string' && !value.startsWith('invoke');
}

/** Dropping empty details: `{}` and nothing say the same. */
function normalEvent(event: Json): Json {
  const members = Object.entries(normal(event) as Json);
  return Object.fromEntries(members.filter(([, member]) => JSON.stringify(member) !== '{}'));
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}

function answersOf(history: Json[]): (() => unknown)[] {
  return history.flatMap((event) => {
    const details = Object.entries(event).find(([key]) =>
      key.endsWith('EventDetails'),
    )?.[1] as Json;
    switch (event['type']) {
      case 'LambdaFunctionSucceeded':
        return [() => JSON.parse(textOf(details['output']))];
      case 'LambdaFunctionFailed':
      case 'TaskFailed':
        return [
          () => {
            throw new TaskError(String(details['error']), textOf(details['cause']));
          },
        ];
      default:
        return [];
    }
  });
}

async function replay({ id, definition, history }: Case): Promise<Json[]> {
  const text = MENDS[id]?.(JSON.stringify(definition)) ?? JSON.stringify(definition);
  const answers = answersOf(history);
  const rig = new Rig(
    { QueryLanguage: undefined, ...JSON.parse(text) },
    { answer: () => answers.shift()?.() },
  );
  const started = history[0]?.['executionStartedEventDetails'] as Json;
  const executionArn = await rig.run(JSON.parse(textOf(started['input'])));
  expect(answers).toEqual([]);
  return rig.history(executionArn) as unknown as Json[];
}

describe.each(CASES.map((recorded) => [recorded.id, recorded] as const))('%s', (id, recorded) => {
  it('ends as recorded, with the same output, error and cause', async () => {
    const events = await replay(recorded);

    const { id: _, previousEventId: __, ...terminal } = normalEvent(events.at(-1) ?? {});
    const {
      id: ___,
      previousEventId: ____,
      ...expected
    } = normalEvent(recorded.history.at(-1) ?? {});
    expect(terminal).toEqual(expected);
  });

  it(id in DIFFERENCES ? `differs: ${DIFFERENCES[id]}` : 'matches in every detail', async () => {
    const events = (await replay(recorded)).map(normalEvent);

    const expected = recorded.history.map(normalEvent);
    if (id in DIFFERENCES) expect(events).not.toEqual(expected);
    else expect(events).toEqual(expected);
  });
});

describe('the table of differences', () => {
  it('names recorded cases only', () => {
    const ids = CASES.map(({ id }) => id);

    expect(ids).toEqual(
      expect.arrayContaining([...Object.keys(DIFFERENCES), ...Object.keys(MENDS)]),
    );
  });

  it('leaves out nothing of the one case but what it names', async () => {
    const recorded = CASES.find(
      ({ id }) => id === 'test_base_scenarios::test_parallel_state_order',
    );
    const events = await replay(recorded as Case);

    const types = events.map((event) => event['type']);
    const [succeeded] = types.splice(types.indexOf('ParallelStateSucceeded'), 1);
    expect(succeeded).toBe('ParallelStateSucceeded');
    expect(types).toEqual(recorded?.history.map((event) => event['type']));
  });
});
