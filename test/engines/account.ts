/**
 * What an engine tells of a run, in a form in which two engines can be compared: without what an engine makes
 * up (ARNs of Map Runs, tokens, roles), or with what it means in its place.
 */
import * as z from 'zod';
import type { ScriptedCall } from '#local/step-functions/scripted-run.ts';
import type { Played } from '#test/statemachines/play.ts';
import { plain } from './plain.ts';
import type { SecondReport } from './second-engine.ts';

type Fields = Readonly<Record<string, unknown>>;

interface Told {
  status: unknown;
  output?: unknown;
  error?: unknown;
  cause?: unknown;
  history: readonly unknown[];
}

export interface Account {
  status: unknown;
  output: unknown;
  error: unknown;
  cause: unknown;
  /** The states that were entered, in order. */
  visited: string[];
  events: unknown[];
  children: Omit<Account, 'children' | 'calls' | 'mapRuns'>[];
  /** By the chunk whose tasks they are: calls of concurrent children may be mixed. */
  calls: Record<string, unknown[]>;
  mapRuns: unknown[];
}

export function accountOfEmbedded({ report, calls, mapRuns }: Played): Account {
  const children = report.children.map((child) => ({
    ...child,
    history: child.history.slice(1, -1).map(earlierByOne),
  }));
  return accountOf({ ...report, children, calls, mapRuns });
}

export function accountOfSecond(report: SecondReport): Account {
  return accountOf(report);
}

export function withoutInstants(account: Account | undefined): Account {
  return JSON.parse(
    JSON.stringify(account, (name, value) => (name === 'timestamp' ? undefined : value)),
  );
}

function accountOf(
  run: Told & {
    children: readonly Told[];
    calls: readonly ScriptedCall[];
    mapRuns: readonly Fields[];
  },
): Account {
  return {
    ...executionOf(run),
    children: run.children.map(executionOf),
    calls: Object.groupBy(run.calls.map(callOf), chunkOf) as Record<string, unknown[]>,
    mapRuns: run.mapRuns.map(mapRunOf),
  };
}

function executionOf({ status, output, error, cause, history }: Told) {
  const events = history.map((event) => plain(event, isMadeUp));
  return { status, output, error, cause, visited: history.flatMap(enteredState), events };
}

const Entered = z.object({ stateEnteredEventDetails: z.object({ name: z.string() }) });

function enteredState(event: unknown): string[] {
  const entered = Entered.safeParse(event).data;
  return entered === undefined ? [] : [entered.stateEnteredEventDetails.name];
}

/** The second engine's children have no event for their start and their end; see moto/children.py. */
function earlierByOne(event: unknown): unknown {
  const { id, previousEventId, ...rest } = event as { id: number; previousEventId: number };
  return { id: id - 1, previousEventId: Math.max(0, previousEventId - 1), ...rest };
}

/** Whether a token is the task's own is seen in its call. */
const MADE_UP = new Set(['roleArn', 'mapRunArn', 'token', 'inputDetails', 'outputDetails']);
/** Of the context object: moto's knows no Redrives, and writes instants in another form. */
const IN_OTHER_WORDS = new Set(['redrives', 'entered']);

function isMadeUp(name: string): boolean {
  return MADE_UP.has(name) || IN_OTHER_WORDS.has(name);
}

function callOf({ token, payload, ...call }: ScriptedCall): { payload: Fields } {
  const { token: sent, ...rest } = payload as Fields;
  const others = plain(rest, isMadeUp) as Fields;
  return { ...call, payload: { ...others, token: sent === token ? 'its own' : 'another' } };
}

function chunkOf({ payload }: { payload: Fields }): string {
  return String(payload['chunk']);
}

function mapRunOf({ status, ...run }: Fields): unknown {
  const { maxConcurrency, toleratedFailurePercentage, toleratedFailureCount, itemCounts } = run;
  const { total, succeeded, failed, timedOut, aborted, resultsWritten } = itemCounts as Fields;
  const counts = { total, succeeded, failed, timedOut, aborted, resultsWritten };
  return { status, maxConcurrency, toleratedFailurePercentage, toleratedFailureCount, counts };
}
