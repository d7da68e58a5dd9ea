/** The simulated hosts of a cloud, in the order in which they registered, and the images they run. */
import type { VirtualClock } from '../clock.ts';
import { drawHex, type Random } from '../seeded-random.ts';
import type { ManagedHost, ManagedHosts } from '../ssm/managed-host.ts';
import { HOST_TIMINGS, type HostEvent, type HostFaults, type HostTimings } from './host-state.ts';
import { ImageCatalogue } from './image-catalogue.ts';
import { type HostEnvironment, SimulatedHost } from './simulated-host.ts';

export interface HostSpec {
  id?: string;
  /** `hybrid` ids begin with `mi-`. Default `ec2`. */
  kind?: 'ec2' | 'hybrid';
  tags?: Record<string, string>;
  /** Container name → digest that runs. */
  containers?: Record<string, string>;
  /** Default `linux/amd64`. */
  platform?: string;
  faults?: HostFaults;
  /** Known to be gone from the start: `ConnectionLost`. */
  isOffline?: boolean;
  /** The letter of its availability zone. Default: a, b and c in turn; `none` is unknown to EC2. */
  zone?: string;
}

export interface FleetOptions {
  clock: VirtualClock;
  random: Random;
  timings?: Partial<HostTimings>;
  /** Default 5 minutes, as often as the agent pings. */
  pingLagMs?: number;
  /** Keep each host's log. Default true; without it only `onEvent` is told. */
  keepsLogs?: boolean;
}

const ZONES = ['a', 'b', 'c'];

export class Fleet implements ManagedHosts {
  readonly images = new ImageCatalogue();
  onReachable: ((host: ManagedHost) => void) | undefined;
  onEvent: ((event: HostEvent) => void) | undefined;
  readonly #random: Random;
  readonly #environment: HostEnvironment;
  readonly #keepsLogs: boolean;
  readonly #byId = new Map<string, SimulatedHost>();
  readonly #logs = new Map<string, HostEvent[]>();
  readonly #zones = new Map<string, string>();
  #list: SimulatedHost[] = [];

  constructor(options: FleetOptions) {
    const { clock, random, timings, pingLagMs = 300_000, keepsLogs = true } = options;
    this.#random = random;
    this.#keepsLogs = keepsLogs;
    this.#environment = {
      clock,
      random,
      timings: { ...HOST_TIMINGS, ...timings },
      images: this.images,
      pingLagMs,
      onEvent: (event) => this.#record(event),
      onReachable: (host) => this.onReachable?.(host),
    };
  }

  get list(): readonly SimulatedHost[] {
    return this.#list;
  }

  find(id: string): SimulatedHost | undefined {
    return this.#byId.get(id);
  }

  /** Throws where there is no such host. */
  host(id: string): SimulatedHost {
    const host = this.#byId.get(id);
    if (host === undefined) throw new Error(`there is no host ${id}`);
    return host;
  }

  /** The letter of a host's zone, as far as EC2 knows it. */
  zoneOf(id: string): string | undefined {
    return this.#zones.get(id);
  }

  /** What happened on a host, in order. */
  log(id: string): readonly HostEvent[] {
    return this.#logs.get(id) ?? [];
  }

  add(spec: HostSpec = {}): SimulatedHost {
    const prefix = spec.kind === 'hybrid' ? 'mi' : 'i';
    const id = spec.id ?? `${prefix}-0${drawHex(this.#random, 16)}`;
    if (this.#byId.has(id)) throw new Error(`two hosts are named ${id}`);
    const { tags = {}, platform = 'linux/amd64' } = spec;
    const host = new SimulatedHost({ id, tags, platform }, this.#environment);
    const zone = spec.zone ?? ZONES[this.#zones.size % ZONES.length] ?? '';
    if (id.startsWith('i-') && zone !== 'none') this.#zones.set(id, zone);
    this.#byId.set(id, host);
    this.#list.push(host);
    for (const [container, digest] of Object.entries(spec.containers ?? {})) {
      host.byHand.run(container, digest);
    }
    host.faults = spec.faults ?? {};
    if (spec.isOffline) host.disconnect(true);
    return host;
  }

  addMany(count: number, spec: (index: number) => HostSpec): SimulatedHost[] {
    return Array.from({ length: count }, (_, index) => this.add(spec(index)));
  }

  /** Terminated and deregistered: SSM and EC2 know it no more, and what it ran is gone. */
  vanish(id: string): void {
    this.host(id).terminate();
    this.#byId.delete(id);
    this.#zones.delete(id);
    this.#list = this.#list.filter((host) => host.id !== id);
  }

  #record(event: HostEvent): void {
    this.onEvent?.(event);
    if (!this.#keepsLogs) return;
    const log = this.#logs.get(event.host);
    if (log) log.push(event);
    else this.#logs.set(event.host, [event]);
  }
}
