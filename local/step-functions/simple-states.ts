/** Pass, Wait, Succeed, Fail and Choice: the states that call nothing. */
import type { ChoiceState, PassState, State, WaitState } from './definition.ts';
import {
  evaluateField,
  evaluateNumber,
  evaluateString,
  isJsonata,
  locate,
  queryFailure,
} from './evaluation.ts';
import { StateFailure } from './failures.ts';
import { expressionIn, QueryError, unexpectedType } from './jsonata.ts';
import { type Exit, evaluateGives, nextOf } from './leaving.ts';
import type { Visit } from './model.ts';
import { payloadOf } from './payload.ts';

export async function runPass(visit: Visit<PassState>): Promise<Exit> {
  const { state, scope } = visit;
  const result = state.Result === undefined ? scope.input : payloadOf(state.Result);
  return { ...(await evaluateGives(visit, state, result)), next: nextOf(state), by: 'next' };
}

export async function runSucceed(visit: Visit, state: { Output?: unknown }): Promise<Exit> {
  const gives = await evaluateGives(visit, { Output: state.Output }, visit.scope.input);
  return { ...gives, next: undefined, by: 'next' };
}

export async function runFail(
  visit: Visit,
  state: Extract<State, { Type: 'Fail' }>,
): Promise<never> {
  const error = await evaluateString(visit, state.Error, 'Error');
  throw new StateFailure(error, await evaluateString(visit, state.Cause, 'Cause'));
}

/**
 * Waits from now for Seconds, or until Timestamp. A redriven wait is begun again: the seconds count
 * anew, and an instant that has passed is not waited for.
 */
export async function runWait(visit: Visit<WaitState>): Promise<Exit> {
  const { engine, state, scope } = visit;
  const untilMs = await readInstant(visit);
  if (untilMs > engine.clock.nowMs()) await waitUntil(visit, untilMs);
  const lateMs = engine.waitsUntilMs();
  if (lateMs > engine.clock.nowMs()) await waitUntil(visit, lateMs);
  return { ...(await evaluateGives(visit, state, scope.input)), next: nextOf(state), by: 'next' };
}

export function waitUntil({ engine, strand }: Visit, untilMs: number): Promise<void> {
  return strand.wait((resolve) => engine.clock.schedule(untilMs, () => resolve(undefined)));
}

async function readInstant(visit: Visit<WaitState>): Promise<number> {
  const { state } = visit;
  const seconds = await evaluateNumber(visit, state.Seconds, 'Seconds');
  if (seconds !== undefined) return visit.engine.clock.nowMs() + seconds * 1_000;
  const timestamp = await evaluateString(visit, state.Timestamp, 'Timestamp');
  const untilMs =
    timestamp !== undefined && ISO_INSTANT.test(timestamp) ? Date.parse(timestamp) : NaN;
  if (!Number.isNaN(untilMs)) return untilMs;
  throw queryFailure(
    visit,
    new QueryError(
      `The JSONata expression '${expressionIn(state.Timestamp) ?? state.Timestamp}' specified for the ` +
        `field 'Timestamp' returned an invalid timestamp: ${timestamp}`,
      'Timestamp',
    ),
  );
}

/** RFC 3339 with an upper-case T and a zone, as the language demands. */
const ISO_INSTANT = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$/;

/** The state's own Output and Assign belong to the default; a rule that matches has its own. */
export async function runChoice(visit: Visit<ChoiceState>): Promise<Exit> {
  const { state, scope } = visit;
  for (const [index, rule] of state.Choices.entries()) {
    const field = `Choices[${index}]/Condition`;
    const holds = await evaluateField(visit, rule.Condition, field);
    if (typeof holds !== 'boolean' || !isJsonata(visit)) {
      throw queryFailure(visit, unexpectedType(rule.Condition, field, 'boolean', holds));
    }
    if (!holds) continue;
    const gives = await evaluateGives(visit, rule, scope.input, { field: `Choices[${index}]/` });
    return { ...gives, next: rule.Next, by: 'choice', index };
  }
  if (state.Default === undefined) {
    throw new StateFailure(
      'States.NoChoiceMatched',
      locate(
        visit,
        'Failed to transition out of the state. The state does not point to a next state.',
      ),
    );
  }
  const gives = await evaluateGives(visit, state, scope.input);
  return { ...gives, next: state.Default, by: 'default' };
}
