/**
 * Evaluates the fields of a state in one visit of it: binds `$states` and the variables, and turns
 * what goes wrong into the EvaluationFailed event and a States.QueryEvaluationError that names the
 * state and the event with which it was entered.
 */
import { dataLimitExceeded, StateFailure } from './failures.ts';
import { evaluateTemplate, QueryError, unexpectedType } from './jsonata.ts';
import type { RecordOptions, Visit } from './model.ts';
import { isTooLarge, type Payload, payloadOf } from './payload.ts';

/** What the result of a state, or its failure, adds to `$states`. */
export interface Seen {
  readonly result?: unknown;
  readonly errorOutput?: unknown;
  readonly item?: { readonly Index: number; readonly Value: unknown };
}

export function isJsonata(visit: Visit): boolean {
  return (visit.state.QueryLanguage ?? visit.scope.queryLanguage) === 'JSONata';
}

/** In the default query language, where no path field is supported, a template is a literal. */
export async function evaluateField(
  visit: Visit,
  template: unknown,
  field: string,
  seen: Seen = {},
): Promise<unknown> {
  if (!isJsonata(visit)) return template;
  const { item, ...states } = seen;
  try {
    return await evaluateTemplate(template, field, {
      ...visit.engine.functions,
      ...visit.scope.variables,
      states: {
        input: visit.scope.input.value,
        get context() {
          return contextOf(visit, item);
        },
        ...states,
      },
    });
  } catch (error) {
    throw error instanceof QueryError ? queryFailure(visit, error) : error;
  }
}

/** Records an event of the visit, unless the visit was cut while something was awaited. */
export function record(
  { engine, scope, strand }: Visit,
  type: string,
  details?: Record<string, unknown>,
  options?: RecordOptions,
): number {
  strand.check();
  return engine.record(scope, type, details, options);
}

export async function evaluatePayload(
  visit: Visit,
  template: unknown,
  field: string,
  seen?: Seen,
): Promise<Payload> {
  const payload = payloadOf(await evaluateField(visit, template, field, seen));
  if (isTooLarge(payload.text)) throw dataLimitExceeded(visit.scope.stateName);
  return payload;
}

export async function evaluateNumber(
  visit: Visit,
  template: unknown,
  field: string,
): Promise<number | undefined> {
  if (template === undefined) return undefined;
  const value = await evaluateField(visit, template, field);
  if (typeof value === 'number' && value >= 0) return value;
  throw queryFailure(visit, unexpectedType(template, field, 'number', value));
}

export async function evaluateString(
  visit: Visit,
  template: unknown,
  field: string,
): Promise<string | undefined> {
  if (template === undefined) return undefined;
  const value = await evaluateField(visit, template, field);
  if (typeof value === 'string') return value;
  throw queryFailure(visit, unexpectedType(template, field, 'string', value));
}

/**
 * Records the failure. An evaluation that fails before anything else has happened in the state
 * stands beside the entry in the history, not behind it.
 */
export function queryFailure(visit: Visit, error: QueryError): StateFailure {
  const { scope } = visit;
  const cause = locate(visit, error.message);
  const isFirst = scope.previousEventId === scope.enteredEventId;
  record(
    visit,
    'EvaluationFailed',
    {
      cause,
      error: 'States.QueryEvaluationError',
      ...(error.location === undefined ? {} : { location: error.location }),
      state: scope.stateName,
    },
    isFirst ? { previousEventId: scope.enteredPreviousEventId } : {},
  );
  return new StateFailure('States.QueryEvaluationError', cause);
}

/** Puts in front of a cause where it happened, as the service does for its own errors. */
export function locate({ scope }: Visit, cause: string): string {
  return (
    `An error occurred while executing the state '${scope.stateName}' ` +
    `(entered at the event id #${scope.enteredEventId}). ${cause}`
  );
}

/** The context object. */
function contextOf(visit: Visit, item = visit.scope.item): Record<string, unknown> {
  const { scope, state } = visit;
  const { execution } = scope;
  const mayRetry = state.Type === 'Task' || state.Type === 'Parallel' || state.Type === 'Map';
  return {
    Execution: {
      Id: execution.arn,
      Input: execution.input.value,
      Name: execution.name,
      RoleArn: execution.machine.roleArn,
      StartTime: isoTime(execution.startMs),
      RedriveCount: execution.redriveCount,
      ...(execution.redriveMs === undefined ? {} : { RedriveTime: isoTime(execution.redriveMs) }),
    },
    StateMachine: { Id: execution.machine.arn, Name: execution.machine.name },
    State: {
      EnteredTime: isoTime(scope.enteredMs),
      Name: scope.stateName,
      ...(mayRetry ? { RetryCount: visit.retryCount } : {}),
    },
    ...(visit.token === undefined ? {} : { Task: { Token: visit.token } }),
    ...(item === undefined ? {} : { Map: { Item: item } }),
  };
}

function isoTime(atMs: number): string {
  return new Date(atMs).toISOString();
}
