/**
 * The commands that were sent, and the calls that read them. Lists give the newest first and see a
 * command only from `visibleAtMs` on: until then it is as if it had not been sent.
 */
import * as z from 'zod';
import { ServiceError } from '../service-error.ts';
import { parseInput } from '../service-input.ts';
import { type CommandRecord, type InvocationRecord, statusOf } from './command-record.ts';
import { viewCommand, viewInvocation, viewOutput } from './command-views.ts';

const CommandId = z.string().length(36);
const Filters = z
  .array(
    z.strictObject({
      key: z.enum(['InvokedAfter', 'InvokedBefore', 'Status', 'DocumentName']),
      value: z.string().min(1).max(128),
    }),
  )
  .max(5)
  .default([]);
type Filter = z.infer<typeof Filters>[number];
const Page = { MaxResults: z.int().min(1).max(50).default(50), NextToken: z.string().optional() };
const ListCommands = z.strictObject({
  CommandId: CommandId.optional(),
  InstanceId: z.string().optional(),
  Filters,
  ...Page,
});
const ListInvocations = z.strictObject({
  CommandId: CommandId.optional(),
  InstanceId: z.string().optional(),
  Filters,
  Details: z.boolean().default(false),
  ...Page,
});
const ReadInvocation = z.looseObject({
  CommandId,
  InstanceId: z.string(),
  PluginName: z.string().optional(),
});
const CancelCommand = z.strictObject({
  CommandId,
  InstanceIds: z.array(z.string()).max(50).default([]),
});

export class CommandLog {
  readonly commands: CommandRecord[] = [];
  readonly #byId = new Map<string, CommandRecord>();
  readonly #nowMs: () => number;

  constructor(nowMs: () => number) {
    this.#nowMs = nowMs;
  }

  add(command: CommandRecord): void {
    this.commands.push(command);
    this.#byId.set(command.id, command);
  }

  listCommands(input: Record<string, unknown>): Record<string, unknown> {
    const request = parseInput(ListCommands, input);
    const { InstanceId, MaxResults, NextToken } = request;
    const wanted = this.#select(request.CommandId, request.Filters).filter(
      (command) => InstanceId === undefined || command.byHost.has(InstanceId),
    );
    const page = paginate(wanted, MaxResults, NextToken);
    return { Commands: page.items.map(viewCommand), ...page.next };
  }

  listInvocations(input: Record<string, unknown>): Record<string, unknown> {
    const request = parseInput(ListInvocations, input);
    const { InstanceId, Details, MaxResults, NextToken } = request;
    const status = request.Filters.find(({ key }) => key === 'Status')?.value;
    const others = request.Filters.filter(({ key }) => key !== 'Status');
    const pairs: [CommandRecord, InvocationRecord][] = [];
    for (const command of this.#select(request.CommandId, others)) {
      for (const invocation of command.invocations) {
        if (InstanceId !== undefined && invocation.hostId !== InstanceId) continue;
        if (status !== undefined && statusOf(invocation) !== status) continue;
        pairs.push([command, invocation]);
      }
    }
    const page = paginate(pairs, MaxResults, NextToken);
    return {
      CommandInvocations: page.items.map(([command, invocation]) =>
        viewInvocation(command, invocation, Details),
      ),
      ...page.next,
    };
  }

  readInvocation(input: Record<string, unknown>): Record<string, unknown> {
    const request = parseInput(ReadInvocation, input);
    const command = this.#visible(request.CommandId);
    const invocation = command?.byHost.get(request.InstanceId);
    if (command === undefined || invocation === undefined) {
      throw new ServiceError('InvocationDoesNotExist');
    }
    const plugin = command.document.content.mainSteps[0]?.name;
    if (request.PluginName !== undefined && request.PluginName !== plugin) {
      throw new ServiceError('InvalidPluginName');
    }
    return viewOutput(command, invocation);
  }

  /** The command that CancelCommand names, and the hosts; no hosts mean all. */
  findCancelled(input: Record<string, unknown>): { command: CommandRecord; hostIds: string[] } {
    const { CommandId: id, InstanceIds: hostIds } = parseInput(CancelCommand, input);
    const command = this.#byId.get(id);
    if (command === undefined) throw new ServiceError('InvalidCommandId');
    if (hostIds.some((hostId) => !command.byHost.has(hostId))) {
      throw new ServiceError('InvalidInstanceId');
    }
    return { command, hostIds };
  }

  #visible(id: string): CommandRecord | undefined {
    const command = this.#byId.get(id);
    return command && command.visibleAtMs <= this.#nowMs() ? command : undefined;
  }

  /** Newest first. The walk ends at InvokedAfter: commands are kept in the order of their requests. */
  #select(id: string | undefined, filters: readonly Filter[]): CommandRecord[] {
    if (id !== undefined) {
      const command = this.#visible(id);
      return command && filters.every((filter) => matches(command, filter)) ? [command] : [];
    }
    const after = filters.find(({ key }) => key === 'InvokedAfter');
    const sinceMs = after ? readInstant(after.value) : Number.NEGATIVE_INFINITY;
    const selected: CommandRecord[] = [];
    for (let index = this.commands.length - 1; index >= 0; index--) {
      const command = this.commands[index];
      if (command === undefined || command.requestedAtMs < sinceMs) break;
      if (command.visibleAtMs > this.#nowMs()) continue;
      if (filters.every((filter) => matches(command, filter))) selected.push(command);
    }
    return selected;
  }
}

function matches(command: CommandRecord, { key, value }: Filter): boolean {
  switch (key) {
    case 'InvokedAfter':
      return command.requestedAtMs >= readInstant(value);
    case 'InvokedBefore':
      return command.requestedAtMs <= readInstant(value);
    case 'DocumentName':
      return command.document.name === value;
    case 'Status':
      return command.status === value || command.details === value;
  }
}

function readInstant(text: string): number {
  const atMs = Date.parse(text);
  if (Number.isNaN(atMs)) throw new ServiceError('InvalidFilterKey', `${text} is no instant`);
  return atMs;
}

function paginate<Item>(items: readonly Item[], most: number, token: string | undefined) {
  const start = token === undefined ? 0 : Number(token);
  if (!Number.isInteger(start) || start < 0) throw new ServiceError('InvalidNextToken');
  const end = start + most;
  return {
    items: items.slice(start, end),
    next: end < items.length ? { NextToken: String(end) } : {},
  };
}
