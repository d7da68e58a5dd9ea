/**
 * The instances that MiniStack runs, as SSM would know them: each container's agent is ours, the tags and the
 * state are what EC2 says. A host whose container is gone takes no command and reports nothing; SSM goes on
 * calling it Online for a while, as the real one does.
 */
import { DescribeInstancesCommand, type EC2Client } from '@aws-sdk/client-ec2';
import * as z from 'zod';
import type { VirtualClock } from '#local/clock.ts';
import { DockerHost } from '#local/docker/docker-host.ts';
import { callEngine } from '#local/docker/engine-api.ts';
import type {
  AgentCommand,
  AgentReport,
  ManagedHost,
  ManagedHosts,
} from '#local/ssm/managed-host.ts';
import { HostContainer } from './host-container.ts';

/** In the service the agent's pings are five minutes apart; here a test waits for it. */
export const PING_LAG_MS = 90_000;

const Inspected = z.object({ State: z.object({ Running: z.boolean(), Pid: z.number() }) });

interface Known extends ManagedHost {
  readonly container: HostContainer;
  isReachable: boolean;
  pingStatus: 'Online' | 'ConnectionLost';
  lastPingAtMs: number;
}

export class ManagedContainers implements ManagedHosts {
  onReachable: ((host: ManagedHost) => void) | undefined;
  readonly #hosts = new Map<string, Known>();
  readonly #clock: VirtualClock;
  readonly #engineSocket: string;
  readonly #ec2: EC2Client;
  readonly #pingLagMs: number;

  constructor(options: {
    clock: VirtualClock;
    engineSocket: string;
    ec2: EC2Client;
    pingLagMs: number;
  }) {
    this.#clock = options.clock;
    this.#engineSocket = options.engineSocket;
    this.#ec2 = options.ec2;
    this.#pingLagMs = options.pingLagMs;
  }

  get list(): readonly ManagedHost[] {
    return [...this.#hosts.values()];
  }

  find(id: string): ManagedHost | undefined {
    return this.#hosts.get(id);
  }

  container(id: string): HostContainer {
    const host = this.#hosts.get(id);
    if (host === undefined) throw new Error(`${id} is no managed host`);
    return host.container;
  }

  /** Registers the instances that are new, with their tags. */
  async register(): Promise<void> {
    const { Reservations = [] } = await this.#ec2.send(new DescribeInstancesCommand({}));
    for (const { InstanceId: id = '', Tags = [] } of Reservations.flatMap(
      (one) => one.Instances ?? [],
    )) {
      if (this.#hosts.has(id)) continue;
      const { Pid } = (await this.#inspect(id)).State;
      const tags = Object.fromEntries(Tags.map(({ Key = '', Value = '' }) => [Key, Value]));
      this.#hosts.set(id, this.#know(id, tags, new HostContainer(Pid)));
    }
  }

  /** What has become of the containers. */
  async ping(): Promise<void> {
    for (const host of this.#hosts.values()) {
      const isAlive = await this.#isAlive(host.id);
      const nowMs = this.#clock.nowMs();
      if (isAlive) host.lastPingAtMs = nowMs;
      host.isReachable = isAlive;
      if (nowMs - host.lastPingAtMs > this.#pingLagMs) host.pingStatus = 'ConnectionLost';
    }
  }

  #know(id: string, tags: Record<string, string>, container: HostContainer): Known {
    const agent = new DockerHost({ id, tags }, container, this.#clock);
    return {
      id,
      tags: agent.tags,
      container,
      isReachable: true,
      pingStatus: 'Online',
      lastPingAtMs: this.#clock.nowMs(),
      start: (command: AgentCommand, report: (report: AgentReport) => void) => {
        if (!container.isThere) return { kill: () => {} }; // Delivered to nobody: no ping has missed it yet.
        return agent.start(command, async (said) => {
          // The script of a host that died ends as well; its agent tells nobody.
          if (await container.canStart()) report(said);
        });
      },
    };
  }

  async #isAlive(id: string): Promise<boolean> {
    return this.#inspect(id).then(
      ({ State }) => State.Running,
      () => false,
    );
  }

  async #inspect(id: string): Promise<z.infer<typeof Inspected>> {
    const filters = JSON.stringify({ label: [`instance_id=${id}`] });
    const target = `/containers/json?all=true&filters=${encodeURIComponent(filters)}`;
    const [found] = z
      .array(z.object({ Id: z.string() }))
      .parse(await callEngine(this.#engineSocket, 'GET', target));
    if (found === undefined) throw new Error(`no container runs for ${id}`);
    return Inspected.parse(
      await callEngine(this.#engineSocket, 'GET', `/containers/${found.Id}/json`),
    );
  }
}
