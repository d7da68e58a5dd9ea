/**
 * What SSM keeps of a command and of its invocations, one for each host, and how the command's own
 * status follows from theirs.
 *
 * `details` are StatusDetails; `status` is the coarser word beside it.
 */
import type { DocumentVersion, Parameters } from './documents.ts';
import type { AgentCommand, AgentRun } from './managed-host.ts';

const STATUS_OF = {
  Pending: 'Pending',
  InProgress: 'InProgress',
  Delayed: 'Delayed',
  Cancelling: 'Cancelling',
  Success: 'Success',
  Failed: 'Failed',
  ExecutionTimedOut: 'TimedOut',
  DeliveryTimedOut: 'TimedOut',
  Undeliverable: 'Failed',
  Terminated: 'Cancelled',
  Cancelled: 'Cancelled',
} as const;

export type InvocationDetails = keyof typeof STATUS_OF;

const OPEN: ReadonlySet<string> = new Set(['Pending', 'InProgress', 'Delayed', 'Cancelling']);

export interface InvocationRecord {
  readonly hostId: string;
  details: InvocationDetails;
  /** −1: the script has not ended, or never began. */
  exitCode: number;
  stdout: string;
  stderr: string;
  startedAtMs: number | undefined;
  finishedAtMs: number | undefined;
  run: AgentRun | undefined;
  /** Handed to the network: counts against MaxConcurrency until it has ended. */
  isDispatched: boolean;
}

export interface CommandRecord {
  readonly id: string;
  readonly document: DocumentVersion;
  readonly parameters: Parameters;
  readonly comment: string;
  readonly requestedAtMs: number;
  /** The same as a text, for each of its events. */
  readonly requestedAt: string;
  /** Reads do not see the command before. */
  readonly visibleAtMs: number;
  readonly deliveryTimeoutMs: number;
  /** What each of the hosts' agents is given: one and the same. */
  readonly forAgents: AgentCommand;
  readonly maxConcurrency: string;
  readonly maxErrors: string;
  readonly invocations: readonly InvocationRecord[];
  readonly byHost: ReadonlyMap<string, InvocationRecord>;
  status: string;
  details: string;
  openCount: number;
  errorCount: number;
  /** How many invocations may be under way; grows with each answer of an agent. */
  window: number;
  /** So many of the invocations, from the first on, were dispatched or have ended. */
  reached: number;
}

export function isOpen({ details }: { details: string }): boolean {
  return OPEN.has(details);
}

export function statusOf({ details }: InvocationRecord): string {
  return STATUS_OF[details];
}

/** Those that count against MaxErrors; timeouts of delivery and undeliverable hosts do not. */
export function isError(details: InvocationDetails): boolean {
  return details === 'Failed' || details === 'ExecutionTimedOut';
}

/** `50`, `10%` of all targets, at least `least`. */
export function limitOf(text: string, targets: number, least: number): number {
  const number = Number.parseInt(text, 10);
  const limit = text.endsWith('%') ? Math.floor((targets * number) / 100) : number;
  return Math.max(limit, least);
}

/** The command's status once every invocation has ended. */
export function finalStatus(command: CommandRecord): { status: string; details: string } {
  const count = (...wanted: InvocationDetails[]) =>
    command.invocations.filter(({ details }) => wanted.includes(details)).length;
  const most = limitOf(command.maxErrors, command.invocations.length, 0);
  if (count('Cancelled') > 0) return { status: 'Cancelled', details: 'Cancelled' };
  if (command.errorCount > most) return { status: 'Failed', details: 'Failed' };
  if (count('DeliveryTimedOut') > most) return { status: 'TimedOut', details: 'DeliveryTimedOut' };
  if (command.errorCount > 0) return { status: 'Failed', details: 'Incomplete' };
  return { status: 'Success', details: 'Success' };
}
