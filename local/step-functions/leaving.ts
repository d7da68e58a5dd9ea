/**
 * How a state is left: its output, its assignments and where to go. Output and Assign both see the
 * values with which the state was entered; assignments hold from the next state on.
 */
import type { State } from './definition.ts';
import { evaluateField, evaluatePayload, isJsonata, type Seen } from './evaluation.ts';
import { dataLimitExceeded, StateFailure } from './failures.ts';
import type { Scope, Transition, Variables, Visit } from './model.ts';
import { isTooLarge, type Payload, payloadFromText } from './payload.ts';
import { MAX_VARIABLES_BYTES } from './quotas.ts';

export interface Exit {
  readonly output: Payload;
  /** Each variable's new value as JSON text. */
  readonly assigned: Readonly<Record<string, string>> | undefined;
  /** Absent at the end of the chain. */
  readonly next: string | undefined;
  readonly by: Transition['by'];
  readonly index?: number;
  /** An event to record beside the chain, right before the exit. */
  readonly aside?: string;
}

interface Gives {
  readonly Output?: unknown;
  readonly Assign?: Readonly<Record<string, unknown>> | undefined;
}

/** @param field where the templates stand: '' for the state itself, or `Choices[1]/`, `Catch[0]/` */
export async function evaluateGives(
  visit: Visit,
  gives: Gives,
  otherwise: Payload,
  { field = '', seen = {} }: { field?: string; seen?: Seen } = {},
): Promise<Pick<Exit, 'output' | 'assigned'>> {
  const assigned =
    gives.Assign && (await evaluateAssign(visit, gives.Assign, `${field}Assign`, seen));
  const output =
    gives.Output === undefined || !isJsonata(visit)
      ? otherwise
      : await evaluatePayload(visit, gives.Output, `${field}Output`, seen);
  if (isTooLarge(output.text)) throw dataLimitExceeded(visit.scope.stateName);
  return { output, assigned };
}

async function evaluateAssign(
  visit: Visit,
  assign: Readonly<Record<string, unknown>>,
  field: string,
  seen: Seen,
): Promise<Record<string, string>> {
  const texts: Record<string, string> = {};
  for (const [name, template] of Object.entries(assign)) {
    texts[name] = JSON.stringify(await evaluateField(visit, template, `${field}/${name}`, seen));
  }
  if (areTooLarge(visit.scope, texts)) {
    throw new StateFailure(
      'States.DataLimitExceeded',
      `The variables assigned by the state '${visit.scope.stateName}' exceed the maximum size.`,
    );
  }
  return texts;
}

/** The sum of all is looked at only when what was ever assigned could have reached the limit. */
function areTooLarge(scope: Scope, texts: Readonly<Record<string, string>>): boolean {
  const assigned = Object.values(texts).join('');
  if (isTooLarge(assigned)) return true;
  scope.assignedLength += assigned.length;
  if (scope.assignedLength * 3 <= MAX_VARIABLES_BYTES) return false;
  const all = JSON.stringify({ ...scope.variables, ...variablesOf(texts) });
  return isTooLarge(all, MAX_VARIABLES_BYTES);
}

export function variablesOf(texts: Readonly<Record<string, string>>): Variables {
  return Object.fromEntries(
    Object.entries(texts).map(([name, text]) => [name, payloadFromText(text).value]),
  );
}

export function nextOf(state: State): string | undefined {
  return 'Next' in state ? state.Next : undefined;
}
