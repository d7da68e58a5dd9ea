/** Makes the chains that a state contains. */
import type { Definition } from './definition.ts';
import type { Execution, MapItem, Scope, Visit } from './model.ts';
import type { Payload } from './payload.ts';

export function rootScope(execution: Execution): Scope {
  const { definition } = execution.machine;
  return newScope(execution, definition, execution.input, {
    queryLanguage: definition.QueryLanguage ?? 'JSONPath',
    variables: {},
    assignedLength: 0,
  });
}

/** Inner chains read the variables of the outer ones, and what they assign stays with them. */
export function innerScope(
  { scope }: Visit,
  definition: Definition,
  input: Payload,
  item?: MapItem,
): Scope {
  const within = item ?? scope.item;
  return newScope(scope.execution, definition, input, {
    queryLanguage: definition.QueryLanguage ?? scope.queryLanguage,
    variables: scope.variables,
    assignedLength: scope.assignedLength,
    ...(within === undefined ? {} : { item: within }),
  });
}

function newScope(
  execution: Execution,
  definition: Definition,
  input: Payload,
  given: Pick<Scope, 'queryLanguage' | 'variables' | 'assignedLength' | 'item'>,
): Scope {
  return {
    ...given,
    execution,
    definition,
    input,
    isStarted: false,
    stateName: definition.StartAt,
    isEntered: false,
    enteredMs: 0,
    enteredEventId: 0,
    enteredPreviousEventId: 0,
    previousEventId: 0,
  };
}
