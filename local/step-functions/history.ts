/**
 * The events of one execution, in the form in which GetExecutionHistory sends them, and kept only
 * here. Texts are shared with the payloads that they came from.
 *
 * `previousEventId` follows a chain of its own in each branch, as the service has it: the first
 * state's predecessor is 0, not the ExecutionStarted event.
 */

export interface HistoryEvent {
  readonly id: number;
  readonly previousEventId: number;
  /** Seconds since 1970, as on the wire. */
  readonly timestamp: number;
  readonly type: string;
  readonly [details: string]: unknown;
}

export class History {
  readonly events: HistoryEvent[] = [];

  get length(): number {
    return this.events.length;
  }

  append(
    type: string,
    atMs: number,
    previousEventId: number,
    details: Record<string, unknown> | undefined,
  ): number {
    const id = this.events.length + 1;
    const event = { id, previousEventId, timestamp: atMs / 1_000, type };
    this.events.push(details === undefined ? event : { ...event, [detailsOf(type)]: details });
    return id;
  }
}

const NOT_TRUNCATED = Object.freeze({ truncated: false });

export function inputDetails(input: string): Record<string, unknown> {
  return { input, inputDetails: NOT_TRUNCATED };
}

export function outputDetails(output: string): Record<string, unknown> {
  return { output, outputDetails: NOT_TRUNCATED };
}

export function assignedDetails(assigned: Record<string, string>): Record<string, unknown> {
  return { assignedVariables: assigned, assignedVariablesDetails: NOT_TRUNCATED };
}

const detailNames = new Map<string, string>();

/** `TaskFailed` has `taskFailedEventDetails`; all kinds of states share two names. */
function detailsOf(type: string): string {
  let name = detailNames.get(type);
  if (name === undefined) {
    const base = type.endsWith('StateEntered')
      ? 'stateEntered'
      : type.endsWith('StateExited')
        ? 'stateExited'
        : type.charAt(0).toLowerCase() + type.slice(1);
    name = `${base}EventDetails`;
    detailNames.set(type, name);
  }
  return name;
}
