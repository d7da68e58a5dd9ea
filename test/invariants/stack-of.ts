/** Whose a call is, where several stacks share a cloud: every name of a stack begins with the stack's own. */
import type { ApiCall } from '#local/wire.ts';

/** By who calls, or else by what is called; undefined where neither is a stack's. */
export function stackOf({ caller, input }: Pick<ApiCall, 'caller' | 'input'>): string | undefined {
  if (caller !== undefined) return firstOf(caller.functionName);
  const { TableName: table, stateMachineArn, executionArn } = input;
  if (typeof table === 'string') return firstOf(table);
  return stackOfArn(String(stateMachineArn ?? executionArn ?? ''));
}

/** `arn:aws:states:…:stateMachine:Longshore-rollout` → `Longshore`. */
export function stackOfArn(arn: string): string | undefined {
  return /:(?:stateMachine|execution):([^:-]+)-/.exec(arn)?.[1];
}

function firstOf(name: string): string {
  return name.slice(0, name.indexOf('-'));
}
