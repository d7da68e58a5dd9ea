/**
 * A host with its agent, its containers and its misfortunes. It does to its state what the script does
 * to a real one, and shares the words of the protocol with the product (core/host-command.ts,
 * core/result-line.ts) and nothing else.
 */
import type { VirtualClock } from '../clock.ts';
import type { Random } from '../seeded-random.ts';
import type { AgentCommand, AgentReport, AgentRun, ManagedHost } from '../ssm/managed-host.ts';
import { ByHand } from './by-hand.ts';
import { CommandRun } from './command-run.ts';
import { findNamed, start } from './containers.ts';
import {
  type Container,
  emptySlot,
  type Ground,
  type HostEvent,
  type HostFaults,
  type HostNote,
  type HostTimings,
  type Slot,
} from './host-state.ts';
import type { ImageCatalogue } from './image-catalogue.ts';

/** The agent finds after a boot that the script it ran is gone, and says so. */
const LOST_WORKER_MS = 60_000;

/** What all hosts of a fleet share. */
export interface HostEnvironment {
  clock: VirtualClock;
  random: Random;
  timings: HostTimings;
  images: ImageCatalogue;
  /** From a lost agent to `ConnectionLost`: SSM misses its pings. */
  pingLagMs: number;
  onEvent: (event: HostEvent) => void;
  onReachable: (host: ManagedHost) => void;
}

export class SimulatedHost implements ManagedHost {
  readonly id: string;
  readonly tags: Map<string, string>;
  readonly platform: string;
  faults: HostFaults = {};
  readonly #environment: HostEnvironment;
  readonly #slots = new Map<string, Slot>();
  readonly #pulled = new Set<string>();
  /** The commands that it was given, the last one first. */
  #given: AgentCommand[] = [];
  #made = 0;
  #runs: CommandRun[] = [];
  /** Reports that wait for the connection. */
  #unsent: (() => void)[] = [];
  #lostAtMs: number | undefined;
  #isBooting = false;

  constructor(
    of: { id: string; tags: Record<string, string>; platform: string },
    environment: HostEnvironment,
  ) {
    this.id = of.id;
    this.tags = new Map(Object.entries(of.tags));
    this.platform = of.platform;
    this.#environment = environment;
  }

  get isReachable(): boolean {
    return this.#lostAtMs === undefined && !this.#isBooting;
  }

  /** Whether its agent has taken a command that has not ended. */
  get isAtWork(): boolean {
    return this.#runs.length > 0;
  }

  get pingStatus(): 'Online' | 'ConnectionLost' {
    const { clock, pingLagMs } = this.#environment;
    const lostAtMs = this.#lostAtMs ?? Number.POSITIVE_INFINITY;
    return clock.nowMs() - lostAtMs >= pingLagMs ? 'ConnectionLost' : 'Online';
  }

  get lastPingAtMs(): number {
    return this.#lostAtMs ?? this.#environment.clock.nowMs();
  }

  /** What the host knows of a container; undefined where it never heard of one of that name. */
  slot(container: string): Readonly<Slot> | undefined {
    return this.#slots.get(container);
  }

  /** The digest that runs under the name now, be it in a loop of crashes; undefined where nothing runs. */
  running(container: string): string | undefined {
    const slot = this.#slots.get(container);
    const own = slot && findNamed(slot, 'own');
    return own?.isRunning ? own.digest : undefined;
  }

  /** What people do to it past the agent. */
  get byHand(): ByHand {
    return new ByHand({
      slots: this.#slots,
      pulled: this.#pulled,
      ground: (container) => this.#ground(container),
    });
  }

  /** The agent loses its connection. SSM notices `pingLagMs` later, or knows already. */
  disconnect(isKnown = false): void {
    this.#lostAtMs ??= isKnown ? 0 : this.#environment.clock.nowMs();
  }

  connect(): void {
    this.#lostAtMs = undefined;
    this.#becomeReachable();
  }

  /**
   * Kills what runs; the containers come back after `downMs`. The agent reports the commands that
   * it had as failed a minute later, or runs them again from the start (both are seen in practice).
   */
  reboot(downMs: number, runsAgain = false): void {
    const { clock } = this.#environment;
    const runs = this.#runs;
    for (const run of runs) run.kill();
    this.#isBooting = true;
    const armed = this.#powerOff();
    clock.schedule(clock.nowMs() + downMs, () => {
      this.#isBooting = false;
      for (const [name, container] of armed) start(this.#ground(name), container, 'boot');
      this.#becomeReachable();
      for (const { command, report } of runs) {
        if (runsAgain) this.start(command, report);
        else clock.schedule(clock.nowMs() + LOST_WORKER_MS, () => report(lostWorker()));
      }
    });
  }

  /** Everything stops; answers what a boot brings back, as Docker does by the restart policies. */
  #powerOff(): [string, Container][] {
    const armed: [string, Container][] = [];
    for (const { name, containers } of this.#slots.values()) {
      for (const container of containers) {
        const isBack = container.isRunning || container.restart === 'always';
        const wasStarted = container.startedAtMs !== undefined;
        if (container.restart !== 'no' && isBack && wasStarted) armed.push([name, container]);
        container.isRunning = false;
      }
    }
    return armed;
  }

  /** The agent runs a document again that it was given before, of so many ago; SSM hears no more of it. */
  repeat(ago: number): void {
    const command = this.#given[ago];
    if (command === undefined || !this.isReachable) return;
    this.#run(command, () => {});
  }

  /** The machine is gone; nothing of it answers any more. */
  terminate(): void {
    for (const run of this.#runs) run.kill();
    this.#unsent = [];
    this.disconnect(true);
  }

  start(command: AgentCommand, report: (report: AgentReport) => void): AgentRun {
    this.#given = [command, ...this.#given.filter((given) => given !== command)].slice(0, 4);
    this.#run(command, (answer) => this.#send(() => report(answer)));
    return { kill: () => this.#kill(command.commandId) };
  }

  #run(command: AgentCommand, report: (report: AgentReport) => void): void {
    const run = new CommandRun(command, report, {
      clock: this.#environment.clock,
      faults: () => this.faults,
      ground: (container) => this.#ground(container),
      onOver: (over) => {
        this.#runs = this.#runs.filter((other) => other !== over);
      },
    });
    this.#runs = [...this.#runs, run];
    if (this.faults.silent !== 'before_work') run.begin();
  }

  /** An agent that was silent before its work begins what it had taken, whatever it was given meanwhile. */
  wake(): void {
    for (const run of this.#runs) run.begin();
  }

  /** By the command's id: after a boot another run may have taken its place. */
  #kill(commandId: string): void {
    for (const run of this.#runs) if (run.command.commandId === commandId) run.kill();
  }

  #send(report: () => void): void {
    if (this.isReachable) report();
    else this.#unsent.push(report);
  }

  #becomeReachable(): void {
    if (!this.isReachable) return;
    const unsent = this.#unsent;
    this.#unsent = [];
    for (const report of unsent) report();
    this.#environment.onReachable(this);
  }

  #ground(container: string): Ground {
    const { clock, random, timings, images } = this.#environment;
    const slot = this.#slots.get(container) ?? emptySlot(container);
    this.#slots.set(container, slot);
    return {
      hostId: this.id,
      platform: this.platform,
      slot,
      random,
      timings,
      images,
      pulled: this.#pulled,
      faults: () => this.faults,
      nextId: () => ++this.#made,
      nowMs: () => clock.nowMs(),
      note: (note: HostNote) =>
        this.#environment.onEvent({
          atMs: clock.nowMs(),
          host: this.id,
          container,
          ...note,
        }),
    };
  }
}

function lostWorker(): AgentReport {
  const stderr = 'document process failed unexpectedly: document worker timed out';
  return { exitCode: 1, stdout: '', stderr };
}
