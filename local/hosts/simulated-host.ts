/**
 * A host with its agent, its containers and its misfortunes. It does to its state what the script does
 * to a real one, and shares the words of the protocol with the product (core/host-command.ts,
 * core/result-line.ts) and nothing else.
 */
import type { VirtualClock } from '../clock.ts';
import type { Random } from '../seeded-random.ts';
import type { AgentCommand, AgentReport, AgentRun, ManagedHost } from '../ssm/managed-host.ts';
import { CommandRun } from './command-run.ts';
import {
  emptySlot,
  type Ground,
  type HostEvent,
  type HostFaults,
  type HostNote,
  type HostTimings,
  type Slot,
} from './host-state.ts';
import type { ImageCatalogue } from './image-catalogue.ts';
import { startContainer } from './update-script.ts';

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

  /** The digest that runs under the name now; undefined where nothing runs. */
  running(container: string): string | undefined {
    const slot = this.#slots.get(container);
    return slot?.isRunning ? slot.current?.digest : undefined;
  }

  /** Somebody starts a container by hand: there before Longshore, or drift after it. */
  runByHand(container: string, digest: string, ref = `example.com/image@${digest}`): void {
    const startedAtMs = this.#environment.clock.nowMs();
    this.#pulled.add(digest);
    const ground = this.#ground(container);
    startContainer(ground, { digest, ref, startedAtMs, putBy: undefined }, 'by_hand');
  }

  stopByHand(container: string): void {
    const ground = this.#ground(container);
    ground.slot.isRunning = false;
    ground.note({ kind: 'stopped' });
  }

  /** `docker container prune`: the kept containers are gone. */
  prune(): void {
    for (const slot of this.#slots.values()) slot.previous = undefined;
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
    clock.schedule(clock.nowMs() + downMs, () => {
      this.#isBooting = false;
      this.#becomeReachable();
      for (const { command, report } of runs) {
        if (runsAgain) this.start(command, report);
        else clock.schedule(clock.nowMs() + LOST_WORKER_MS, () => report(lostWorker()));
      }
    });
  }

  /** The machine is gone; nothing of it answers any more. */
  terminate(): void {
    for (const run of this.#runs) run.kill();
    this.#unsent = [];
    this.disconnect(true);
  }

  start(command: AgentCommand, report: (report: AgentReport) => void): AgentRun {
    const send = (answer: AgentReport) => this.#send(() => report(answer));
    const run = new CommandRun(command, send, {
      clock: this.#environment.clock,
      faults: () => this.faults,
      ground: (container) => this.#ground(container),
      onOver: (over) => {
        this.#runs = this.#runs.filter((other) => other !== over);
      },
    });
    this.#runs = [...this.#runs, run];
    if (this.faults.silent !== 'before_work') run.begin();
    return { kill: () => this.#kill(command.commandId) };
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
