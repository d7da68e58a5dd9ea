/** The machines by themselves, with scripted answers: every state, Choice rule and Catch is walked. */
import { readdirSync } from 'node:fs';
import aslValidator from 'asl-validator';
import { describe, expect, it } from 'vitest';
import * as z from 'zod';
import * as errors from '#core/errors.ts';
import { edgesOf, Machine, walkedEdges } from './edges.ts';
import { play } from './play.ts';
import { STORIES } from './stories.ts';
import { definitionOf, MACHINES, readMachine, scriptOf } from './story.ts';

describe.each(STORIES)('$machine: $title', (story) => {
  it('ends as the story says, and asks for every answer', async () => {
    const { report, unused } = await play(scriptOf(story));

    expect(report.status).toBe(story.ends ?? 'SUCCEEDED');
    expect(unused).toBe(0);
  });
});

describe.each(MACHINES)('%s.asl.json', (name) => {
  it('is walked over every edge by the stories', async () => {
    const walked = new Set<string>();

    for (const story of STORIES.filter((candidate) => candidate.machine === name)) {
      const { report } = await play(scriptOf(story));
      for (const edge of walkedEdges(report.history)) walked.add(edge);
    }

    const edges = edgesOf(Machine.parse(JSON.parse(readMachine(name))));
    expect([...edges].filter((edge) => !walked.has(edge))).toEqual([]);
  });

  it('is a valid machine', () => {
    const definition = JSON.parse(definitionOf(name));

    const { isValid, errorsText } = aslValidator(definition);

    expect(errorsText('\n')).toBe('');
    expect(isValid).toBe(true);
  });

  it('keeps the house rules', () => {
    const text = readMachine(name);
    const machine = RuleMachine.parse(JSON.parse(text));

    expect(machine.QueryLanguage).toBe('JSONata');
    expect(machine.Comment).not.toBe('');
    expect(text).not.toMatch(/\$(now|random|uuid|millis)\b/);
    expect(Object.keys(machine.States).length).toBeLessThanOrEqual(25);
    for (const [state, { Type, TimeoutSeconds, Retry, Catch, Comment }] of Object.entries(
      machine.States,
    )) {
      expect(Comment, state).not.toBe('');
      if (Type !== 'Task') continue;
      expect(TimeoutSeconds, state).toBeDefined();
      expect(
        Retry?.every(({ JitterStrategy }) => JitterStrategy === 'FULL'),
        state,
      ).toBe(true);
      expect(
        Retry?.flatMap(({ ErrorEquals }) => ErrorEquals),
        state,
      ).toContain('Lambda.Unknown');
      const named = [...(Retry ?? []), ...(Catch ?? [])].flatMap(({ ErrorEquals }) => ErrorEquals);
      const own = named.filter((error) => !/^(States|Lambda|Sandbox)\./.test(error));
      expect(
        own.filter((error) => !(error in errors)),
        state,
      ).toEqual([]);
    }
  });
});

const Handling = z.object({
  ErrorEquals: z.array(z.string()),
  JitterStrategy: z.string().optional(),
});
const RuleMachine = z.object({
  Comment: z.string(),
  QueryLanguage: z.string(),
  States: z.record(
    z.string(),
    z.object({
      Type: z.string(),
      Comment: z.string(),
      TimeoutSeconds: z.union([z.number(), z.string()]).optional(),
      Retry: z.array(Handling).optional(),
      Catch: z.array(Handling).optional(),
    }),
  ),
});

it('has a lambda for every Task state, and no lambda that no state or trigger names', () => {
  const tasks = MACHINES.flatMap((name) =>
    Object.entries(Machine.parse(JSON.parse(readMachine(name))).States)
      .filter(([, state]) => state.Type === 'Task')
      .map(([state]) => state.toLowerCase().replaceAll(' ', '-')),
  );
  const triggers = [
    'apply-policies',
    'consider-image',
    'listen-to-commands',
    'listen-to-executions',
    'notify',
    'sweep',
  ];

  const files = readdirSync(new URL('../../lambdas', import.meta.url));

  expect(files.toSorted()).toEqual([...tasks, ...triggers].map((name) => `${name}.ts`).toSorted());
});
