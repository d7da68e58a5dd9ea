/**
 * A short execution of a machine with scripted answers, and what a run of it takes in any interpreter. A
 * verdict is written as its word; what a state needs besides is filled in.
 */
import { readFileSync } from 'node:fs';
import { composeRolloutDefinition } from '#lib/machines.ts';
import type { ScriptedResult } from '#local/step-functions/scripted-run.ts';

export type MachineName = 'rollout' | 'chunk' | 'rollback' | 'control';
export const MACHINES: readonly MachineName[] = ['rollout', 'chunk', 'rollback', 'control'];

/** A verdict; a verdict with fields that differ from what is filled in; a result as it stands. */
export type Answer = string | { verdict: string; [field: string]: unknown } | ScriptedResult;

export interface Story {
  machine: MachineName;
  title: string;
  answers: readonly Answer[];
  /** What the children of the story's Maps are answered, by their chunk. */
  chunks?: Readonly<Record<number, readonly Answer[]>>;
  /** Children run at the same time, so that what comes first among them is left open. */
  isConcurrent?: true;
  ends?: 'SUCCEEDED' | 'FAILED';
}

/** What one run of a machine takes. */
export interface Script {
  definition: string;
  input: string;
  startMs: number;
  results: readonly ScriptedResult[];
  /** For the calls whose payload has one of these as its `chunk`. */
  byChunk: Readonly<Record<string, readonly ScriptedResult[]>>;
}

export const START_MS = Date.UTC(2026, 0, 1);
export const TIMEOUT: ScriptedResult = { timeout: true };

const FOLDER = new URL('../../statemachines/', import.meta.url);
const TIMES = { updateSeconds: 100, lookSeconds: 100, restoreSeconds: 100 };

/** As it is told of a lambda that throws an error of this name. */
export function thrown(error: string): ScriptedResult {
  return { error, cause: JSON.stringify({ errorType: error, errorMessage: 'as the story says' }) };
}

/** A send whose turn comes an hour later than it was to. */
export const NOT_YET: ScriptedResult = {
  error: 'NotYetError',
  cause: JSON.stringify({
    errorType: 'NotYetError',
    errorMessage: JSON.stringify({ turn: 12, untilMs: START_MS + 3_600_000 }),
  }),
};

export function readMachine(name: MachineName): string {
  return readFileSync(new URL(`${name}.asl.json`, FOLDER), 'utf8');
}

/** The definition as it is deployed; a chunk's by itself is whole as it stands. */
export function definitionOf(name: MachineName): string {
  const text =
    name === 'rollout' ? composeRolloutDefinition(FOLDER.pathname).definition : readMachine(name);
  return text.replaceAll(/\$\{(\w+)FunctionArn\}/g, ARN);
}

const ARN = 'arn:aws:lambda:eu-west-1:111111111111:function:$1';

export function scriptOf({ machine, answers, chunks = {} }: Story): Script {
  const childMachine = machine === 'rollout' ? 'chunk' : machine;
  const resultsOf = (list: readonly Answer[], of: MachineName) =>
    list.map((answer) => resultOf(answer, of));
  return {
    definition: definitionOf(machine),
    input: inputOf(machine),
    startMs: START_MS,
    results: resultsOf(answers, machine),
    byChunk: Object.fromEntries(
      Object.entries(chunks).map(([chunk, list]) => [chunk, resultsOf(list, childMachine)]),
    ),
  };
}

/** A result with all that a following state may read. */
function resultOf(answer: Answer, machine: MachineName): ScriptedResult {
  if (typeof answer !== 'string' && !('verdict' in answer)) return answer;
  return {
    ok: {
      reason: 'as the story says',
      untilMs: START_MS + 3_600_000,
      ...(machine === 'rollout' && {
        policy: 'web',
        repository: 'shop/web',
        batch: 0,
        chunks: [],
        openedAtMs: START_MS,
        spacingMs: 1000,
        turn: 0,
        turns: 1,
        concurrency: 1,
        ...TIMES,
      }),
      ...(typeof answer === 'string' ? { verdict: answer } : answer),
    },
  };
}

function inputOf(machine: MachineName): string {
  const execution = { rolloutId: 'web-123456-g1', run: 1 };
  if (machine === 'rollout') return JSON.stringify(execution);
  if (machine === 'control') return JSON.stringify({ rollout: 'web-123456-g1', action: 'pause' });
  const address = { ...execution, policy: 'web', repository: 'shop/web', batch: 0, chunk: 0 };
  return JSON.stringify({ address, untilMs: START_MS + 1000, turn: 0, ...TIMES });
}
