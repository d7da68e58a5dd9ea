/** Commands and invocations in the shapes that the calls answer with. Times are epoch seconds. */
import { type CommandRecord, type InvocationRecord, isOpen, statusOf } from './command-record.ts';

/** ListCommandInvocations gives the beginning of stdout and stderr together. */
const COMBINED_CHARACTERS = 2_500;

export function viewCommand(command: CommandRecord): Record<string, unknown> {
  const { document, invocations } = command;
  const count = (details: string) => invocations.filter((held) => held.details === details).length;
  return {
    CommandId: command.id,
    DocumentName: document.name,
    DocumentVersion: document.version,
    Comment: command.comment,
    ExpiresAfter: expiresAtMs(command) / 1000,
    Parameters: command.parameters,
    InstanceIds: invocations.map(({ hostId }) => hostId),
    Targets: [],
    RequestedDateTime: command.requestedAtMs / 1000,
    Status: command.status,
    StatusDetails: command.details,
    TimeoutSeconds: command.deliveryTimeoutMs / 1000,
    MaxConcurrency: command.maxConcurrency,
    MaxErrors: command.maxErrors,
    TargetCount: invocations.length,
    CompletedCount: invocations.filter((held) => !isOpen(held)).length,
    ErrorCount: command.errorCount,
    DeliveryTimedOutCount: count('DeliveryTimedOut'),
  };
}

/** When nothing of the command can be open any more. */
export function expiresAtMs(command: CommandRecord): number {
  return command.requestedAtMs + command.deliveryTimeoutMs + command.forAgents.executionTimeoutMs;
}

export function viewInvocation(
  command: CommandRecord,
  invocation: InvocationRecord,
  hasDetails: boolean,
): Record<string, unknown> {
  return {
    CommandId: command.id,
    InstanceId: invocation.hostId,
    InstanceName: '',
    Comment: command.comment,
    DocumentName: command.document.name,
    DocumentVersion: command.document.version,
    RequestedDateTime: command.requestedAtMs / 1000,
    Status: statusOf(invocation),
    StatusDetails: invocation.details,
    StandardOutputUrl: '',
    StandardErrorUrl: '',
    CommandPlugins: hasDetails ? [viewPlugin(command, invocation)] : [],
  };
}

function viewPlugin(command: CommandRecord, invocation: InvocationRecord): Record<string, unknown> {
  const { startedAtMs, finishedAtMs, stdout, stderr } = invocation;
  const combined = stderr === '' ? stdout : `${stdout}\n----------ERROR-------\n${stderr}`;
  return {
    Name: command.document.content.mainSteps[0]?.name ?? '',
    Status: statusOf(invocation),
    StatusDetails: invocation.details,
    ResponseCode: invocation.exitCode,
    ...(startedAtMs !== undefined && { ResponseStartDateTime: startedAtMs / 1000 }),
    ...(finishedAtMs !== undefined && { ResponseFinishDateTime: finishedAtMs / 1000 }),
    Output: combined.slice(0, COMBINED_CHARACTERS),
    StandardOutputUrl: '',
    StandardErrorUrl: '',
  };
}

/** GetCommandInvocation: stdout and stderr apart, and whole. */
export function viewOutput(
  command: CommandRecord,
  invocation: InvocationRecord,
): Record<string, unknown> {
  return {
    CommandId: command.id,
    InstanceId: invocation.hostId,
    Comment: command.comment,
    DocumentName: command.document.name,
    DocumentVersion: command.document.version,
    PluginName: command.document.content.mainSteps[0]?.name ?? '',
    ResponseCode: invocation.exitCode,
    Status: statusOf(invocation),
    StatusDetails: invocation.details,
    StandardOutputContent: invocation.stdout,
    StandardErrorContent: invocation.stderr,
    StandardOutputUrl: '',
    StandardErrorUrl: '',
    // These are texts here, and empty until there is something to tell.
    ExecutionStartDateTime: toIso(invocation.startedAtMs),
    ExecutionEndDateTime: toIso(invocation.finishedAtMs),
  };
}

function toIso(atMs: number | undefined): string {
  return atMs === undefined ? '' : new Date(atMs).toISOString();
}
