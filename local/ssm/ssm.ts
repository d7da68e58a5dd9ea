/**
 * SSM Run Command over the wire, in front of any hosts (ManagedHosts).
 *
 * Options of misbehaviour: request rates (`ThrottlingException`, before anything else is looked at),
 * reads that do not yet see a command that was just sent, short pages. Its events are best effort:
 * what may befall them is EventBridge's `disturb`.
 */
import type { VirtualClock } from '../clock.ts';
import type { RaisedEvent } from '../events/cloud-event.ts';
import { drawMs, drawUuid, type Random, type RangeMs } from '../seeded-random.ts';
import type { Service } from '../service.ts';
import { ServiceError } from '../service-error.ts';
import type { CommandRecord, InvocationRecord } from './command-record.ts';
import { statusOf } from './command-record.ts';
import { expiresAtMs, viewCommand } from './command-views.ts';
import { describeHosts } from './describe-hosts.ts';
import { Dispatch, SSM_LATENCIES, type SsmLatencies } from './dispatch.ts';
import { createDocument, deleteDocument, describeDocument } from './document-calls.ts';
import { Documents } from './documents.ts';
import type { ManagedHosts } from './managed-host.ts';
import { type Rate, RateLimit } from './rate-limit.ts';
import { CommandLog } from './read-commands.ts';
import { acceptCommand } from './send-command.ts';

export interface SsmOptions {
  clock: VirtualClock;
  random: Random;
  region: string;
  accountId: string;
  hosts: ManagedHosts;
  emit: (event: RaisedEvent) => void;
  latencies?: Partial<SsmLatencies>;
  /** How long reads may not see a new command. Default none; in the service it is about a second. */
  visibleAfterMs?: RangeMs;
  /** How often DescribeInstanceInformation gives a short page. Default 0. */
  shortPageShare?: number;
}

export class Ssm implements Service {
  readonly documents = new Documents();
  readonly #options: SsmOptions;
  readonly #dispatch: Dispatch;
  readonly #log: CommandLog;
  readonly #limits = new Map<string, RateLimit>();

  constructor(options: SsmOptions) {
    this.#options = options;
    const { clock, random, hosts } = options;
    this.#log = new CommandLog(() => clock.nowMs());
    this.#dispatch = new Dispatch({
      clock,
      random,
      hosts,
      latencies: { ...SSM_LATENCIES, ...options.latencies },
      onCommandStatus: (command) => this.#raiseCommand(command),
      onInvocationStatus: (command, invocation) => this.#raiseInvocation(command, invocation),
    });
  }

  /** Every command so far, oldest first. */
  get commands(): readonly CommandRecord[] {
    return this.#log.commands;
  }

  /** Throttles one operation, or all that have no rate of their own (`*`); undefined lifts it. */
  limit(operation: string, rate: Rate | undefined): void {
    if (rate === undefined) this.#limits.delete(operation);
    else this.#limits.set(operation, new RateLimit(rate, this.#options.clock.nowMs()));
  }

  async apply(action: string, input: Record<string, unknown>): Promise<Record<string, unknown>> {
    const { clock, random, hosts, shortPageShare = 0 } = this.#options;
    const limit = this.#limits.get(action) ?? this.#limits.get('*');
    if (limit && !limit.admits(clock.nowMs())) {
      throw new ServiceError('ThrottlingException', 'Rate exceeded');
    }
    switch (action) {
      case 'SendCommand':
        return this.#send(input);
      case 'CancelCommand':
        return this.#cancel(input);
      case 'ListCommands':
        return this.#log.listCommands(input);
      case 'ListCommandInvocations':
        return this.#log.listInvocations(input);
      case 'GetCommandInvocation':
        return this.#log.readInvocation(input);
      case 'DescribeInstanceInformation':
        return describeHosts(input, hosts, { random, shortPageShare });
      case 'CreateDocument':
        return createDocument(this.documents, input, clock.nowMs());
      case 'DescribeDocument':
        return describeDocument(this.documents, input);
      case 'ListDocuments':
        return { DocumentIdentifiers: this.documents.names.map((Name) => ({ Name })) };
      case 'DeleteDocument':
        return deleteDocument(this.documents, input);
      default:
        throw new ServiceError('UnknownOperationException', `SSM: ${action}`);
    }
  }

  #send(input: Record<string, unknown>): Record<string, unknown> {
    const { clock, random, hosts, visibleAfterMs = [0, 0] } = this.#options;
    const nowMs = clock.nowMs();
    const command = acceptCommand(input, {
      documents: this.documents,
      hosts,
      id: drawUuid(random),
      nowMs,
      visibleAtMs: nowMs + drawMs(random, visibleAfterMs),
    });
    this.#log.add(command);
    this.#dispatch.begin(command);
    return { Command: viewCommand(command) };
  }

  #cancel(input: Record<string, unknown>): Record<string, unknown> {
    const { command, hostIds } = this.#log.findCancelled(input);
    this.#dispatch.cancel(command, hostIds);
    return {};
  }

  #raiseCommand(command: CommandRecord): void {
    this.#options.emit({
      source: 'aws.ssm',
      detailType: 'EC2 Command Status-change Notification',
      resources: command.invocations.map(({ hostId }) => this.#arn(hostId)),
      detail: {
        'command-id': command.id,
        'document-name': command.document.name,
        'expire-after': new Date(expiresAtMs(command)).toISOString(),
        parameters: command.parameters,
        'requested-date-time': command.requestedAt,
        status: command.status,
      },
    });
  }

  #raiseInvocation(command: CommandRecord, invocation: InvocationRecord): void {
    this.#options.emit({
      source: 'aws.ssm',
      detailType: 'EC2 Command Invocation Status-change Notification',
      resources: [this.#arn(invocation.hostId)],
      detail: {
        'command-id': command.id,
        'document-name': command.document.name,
        'instance-id': invocation.hostId,
        'requested-date-time': command.requestedAt,
        status: statusOf(invocation),
      },
    });
  }

  #arn(hostId: string): string {
    const { region, accountId } = this.#options;
    return hostId.startsWith('mi-')
      ? `arn:aws:ssm:${region}:${accountId}:managed-instance/${hostId}`
      : `arn:aws:ec2:${region}:${accountId}:instance/${hostId}`;
  }
}
