/** The edges of a machine, from its definition, and those that an execution walked, from its history. */
import * as z from 'zod';

const State = z.object({
  Type: z.string(),
  Next: z.string().optional(),
  Choices: z.array(z.object({ Condition: z.string(), Next: z.string() })).optional(),
  Default: z.string().optional(),
  Retry: z.array(z.object({ ErrorEquals: z.array(z.string()) })).optional(),
  Catch: z.array(z.object({ ErrorEquals: z.array(z.string()), Next: z.string() })).optional(),
});
export const Machine = z.object({ StartAt: z.string(), States: z.record(z.string(), State) });
export type Machine = z.infer<typeof Machine>;

/** `Choice --word→ next`, `state → next`, `state ×error→ next`, `state ↻error`, `state →` for an end. */
export function edgesOf(machine: Machine): Set<string> {
  const edges = new Set<string>();
  for (const [name, state] of Object.entries(machine.States)) {
    for (const rule of state.Choices ?? []) {
      const word = /verdict = '([a-z_]+)'/.exec(rule.Condition)?.[1];
      edges.add(`${name} --${word}→ ${rule.Next}`);
    }
    for (const caught of state.Catch ?? []) {
      edges.add(`${name} ×${caught.ErrorEquals.join()}→ ${caught.Next}`);
    }
    for (const error of (state.Retry ?? []).flatMap(({ ErrorEquals }) => ErrorEquals)) {
      edges.add(`${name} ↻${error}`);
    }
    if (state.Type !== 'Choice') edges.add(`${name} → ${state.Next ?? ''}`.trim());
  }
  return edges;
}

const Failure = z.object({ error: z.string().optional() }).optional();
const HistoryEvent = z.object({
  type: z.string(),
  stateEnteredEventDetails: z.object({ name: z.string(), input: z.unknown() }).optional(),
  lambdaFunctionFailedEventDetails: Failure,
  taskFailedEventDetails: Failure,
});

export function walkedEdges(history: readonly unknown[]): string[] {
  const edges: string[] = [];
  let last: { name: string; word: string | undefined } | undefined;
  let error: string | undefined;
  for (const raw of history) {
    const event = HistoryEvent.parse(raw);
    error = errorOf(event) ?? error;
    const entered = event.stateEnteredEventDetails;
    if (entered !== undefined) {
      if (last !== undefined) edges.push(edge(last, error, entered.name));
      last = { name: entered.name, word: wordOf(event.type, entered.input) };
      error = undefined;
    } else if (event.type.endsWith('Scheduled') && error !== undefined) {
      edges.push(`${last?.name} ↻${error}`);
      error = undefined;
    } else if (event.type === 'ExecutionSucceeded' && last !== undefined) {
      edges.push(`${last.name} →`);
    }
  }
  return edges;
}

function errorOf(event: z.infer<typeof HistoryEvent>): string | undefined {
  if (event.type.endsWith('TimedOut')) return 'States.Timeout';
  return event.lambdaFunctionFailedEventDetails?.error ?? event.taskFailedEventDetails?.error;
}

function wordOf(type: string, input: unknown): string | undefined {
  if (type !== 'ChoiceStateEntered') return undefined;
  const parsed = typeof input === 'string' ? JSON.parse(input) : input;
  return z.object({ verdict: z.string().optional() }).parse(parsed).verdict ?? '';
}

function edge(
  last: { name: string; word: string | undefined },
  error: string | undefined,
  next: string,
): string {
  if (last.word !== undefined) return `${last.name} --${last.word}→ ${next}`;
  return error === undefined ? `${last.name} → ${next}` : `${last.name} ×${error}→ ${next}`;
}
