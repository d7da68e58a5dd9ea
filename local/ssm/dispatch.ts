/**
 * How a command reaches its hosts and comes to its end.
 *
 * It goes to one host, then to two more for each that was reached, up to MaxConcurrency; once more
 * than MaxErrors hosts have failed, those not yet reached are Terminated. A host that SSM knows to be
 * lost is Undeliverable; one whose loss SSM has not noticed gets the command when it comes back, until
 * the delivery timeout. An agent that took a command and is silent keeps it InProgress until delivery
 * and execution timeout have both passed.
 */
import type { VirtualClock } from '../clock.ts';
import { drawMs, type Random, type RangeMs } from '../seeded-random.ts';
import {
  type CommandRecord,
  finalStatus,
  type InvocationDetails,
  type InvocationRecord,
  isError,
  isOpen,
  limitOf,
} from './command-record.ts';
import type { AgentReport, ManagedHost, ManagedHosts } from './managed-host.ts';

/** Drawn for each host. */
export interface SsmLatencies {
  /** From SendCommand to the agent. Default 0.3 to 2 s. */
  deliveryMs: RangeMs;
  /** From the script's end to what SSM tells. Default 0.2 to 1.5 s. */
  reportMs: RangeMs;
}

export const SSM_LATENCIES: SsmLatencies = { deliveryMs: [300, 2_000], reportMs: [200, 1_500] };

export interface DispatchEnvironment {
  clock: VirtualClock;
  random: Random;
  hosts: ManagedHosts;
  latencies: SsmLatencies;
  onCommandStatus: (command: CommandRecord) => void;
  onInvocationStatus: (command: CommandRecord, invocation: InvocationRecord) => void;
}

/** SSM keeps at most 2,500 and 24,000 characters of what a script prints, and 8,000 of its errors. */
const STDOUT_CHARACTERS = 24_000;
const STDERR_CHARACTERS = 8_000;

export class Dispatch {
  readonly #environment: DispatchEnvironment;
  /** Deliveries that wait for a host to come back. */
  readonly #waiting = new Map<string, (() => void)[]>();

  constructor(environment: DispatchEnvironment) {
    this.#environment = environment;
    environment.hosts.onReachable = (host) => this.#comeBack(host);
  }

  begin(command: CommandRecord): void {
    const { clock } = this.#environment;
    const deliverUntilMs = command.requestedAtMs + command.deliveryTimeoutMs;
    clock.schedulePlain(deliverUntilMs, () => this.#expire(command, ['Pending', 'Delayed']));
    clock.schedulePlain(deliverUntilMs + command.forAgents.executionTimeoutMs, () =>
      this.#expire(command, ['Pending', 'Delayed', 'InProgress', 'Cancelling']),
    );
    this.#send(command);
  }

  /** Best effort: what has not reached its agent ends at once, a running script is killed. */
  cancel(command: CommandRecord, hostIds: readonly string[]): void {
    const { clock } = this.#environment;
    for (const hostId of hostIds.length > 0 ? hostIds : command.byHost.keys()) {
      const invocation = command.byHost.get(hostId);
      if (invocation === undefined || !isOpen(invocation)) continue;
      if (invocation.details !== 'InProgress') {
        this.#end(command, invocation, 'Cancelled');
        continue;
      }
      this.#move(command, invocation, 'Cancelling');
      clock.schedulePlain(this.#soonMs('deliveryMs'), () => {
        if (invocation.details !== 'Cancelling') return;
        if (!this.#environment.hosts.find(hostId)?.isReachable) return;
        invocation.run?.kill();
        this.#end(command, invocation, 'Cancelled');
      });
    }
  }

  #send(command: CommandRecord): void {
    const { clock } = this.#environment;
    const { invocations } = command;
    // Each delivery and each end comes here: for most of them there is nobody left.
    if (command.reached === invocations.length) return;
    const most = limitOf(command.maxConcurrency, invocations.length, 1);
    let underWay = 0;
    for (const { isDispatched, details } of invocations) {
      if (isDispatched && isOpen({ details })) underWay++;
    }
    for (; command.reached < invocations.length; command.reached++) {
      const invocation = invocations[command.reached];
      if (underWay >= Math.min(command.window, most)) return;
      if (invocation === undefined || !isOpen(invocation)) continue;
      invocation.isDispatched = true;
      underWay++;
      clock.schedulePlain(this.#soonMs('deliveryMs'), () => this.#deliver(command, invocation));
    }
  }

  #deliver(command: CommandRecord, invocation: InvocationRecord, isAgain = false): void {
    if (invocation.details !== 'Pending' && invocation.details !== 'Delayed') return;
    const host = this.#environment.hosts.find(invocation.hostId);
    if (!isAgain) command.window += 2;
    if (host === undefined || host.pingStatus === 'ConnectionLost') {
      this.#end(command, invocation, 'Undeliverable');
    } else if (host.isReachable) {
      this.#start(command, invocation, host);
    } else {
      this.#move(command, invocation, 'Delayed');
      const waiting = this.#waiting.get(host.id) ?? [];
      this.#waiting.set(host.id, [...waiting, () => this.#deliver(command, invocation, true)]);
    }
    this.#send(command);
  }

  #start(command: CommandRecord, invocation: InvocationRecord, host: ManagedHost): void {
    const { clock } = this.#environment;
    invocation.startedAtMs = clock.nowMs();
    this.#move(command, invocation, 'InProgress');
    invocation.run = host.start(command.forAgents, (report) => {
      clock.schedulePlain(this.#soonMs('reportMs'), () => this.#take(command, invocation, report));
    });
  }

  #take(command: CommandRecord, invocation: InvocationRecord, report: AgentReport): void {
    if (!isOpen(invocation)) return;
    invocation.exitCode = report.exitCode;
    // The agent keeps the beginning of an output, not its end.
    invocation.stdout = report.stdout.slice(0, STDOUT_CHARACTERS);
    invocation.stderr = report.stderr.slice(0, STDERR_CHARACTERS);
    if (report.isTimedOut) this.#end(command, invocation, 'ExecutionTimedOut');
    else this.#end(command, invocation, report.exitCode === 0 ? 'Success' : 'Failed');
  }

  #expire(command: CommandRecord, which: readonly InvocationDetails[]): void {
    if (command.openCount === 0) return;
    for (const invocation of command.invocations) {
      if (which.includes(invocation.details)) this.#end(command, invocation, 'DeliveryTimedOut');
    }
  }

  #comeBack(host: ManagedHost): void {
    const { clock } = this.#environment;
    const deliveries = this.#waiting.get(host.id) ?? [];
    this.#waiting.delete(host.id);
    for (const deliver of deliveries) clock.schedulePlain(this.#soonMs('deliveryMs'), deliver);
  }

  #move(command: CommandRecord, invocation: InvocationRecord, details: InvocationDetails): void {
    if (invocation.details === details) return;
    invocation.details = details;
    this.#environment.onInvocationStatus(command, invocation);
    if (command.status !== 'Pending') return;
    command.status = 'InProgress';
    command.details = 'InProgress';
    this.#environment.onCommandStatus(command);
  }

  #end(command: CommandRecord, invocation: InvocationRecord, details: InvocationDetails): void {
    invocation.finishedAtMs = this.#environment.clock.nowMs();
    invocation.run = undefined;
    this.#move(command, invocation, details);
    command.openCount--;
    if (isError(details)) command.errorCount++;
    if (command.errorCount > limitOf(command.maxErrors, command.invocations.length, 0)) {
      this.#terminate(command);
    }
    if (command.openCount > 0) {
      this.#send(command);
      return;
    }
    if (!isOpen(command)) return;
    Object.assign(command, finalStatus(command));
    this.#environment.onCommandStatus(command);
  }

  /** More hosts failed than MaxErrors allows: nothing is sent any more, what runs may end. */
  #terminate(command: CommandRecord): void {
    for (const invocation of command.invocations) {
      if (invocation.isDispatched || !isOpen(invocation)) continue;
      this.#move(command, invocation, 'Terminated');
      invocation.finishedAtMs = this.#environment.clock.nowMs();
      command.openCount--;
    }
  }

  #soonMs(latency: keyof SsmLatencies): number {
    const { clock, random, latencies } = this.#environment;
    return clock.nowMs() + drawMs(random, latencies[latency]);
  }
}
