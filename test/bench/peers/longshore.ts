/**
 * Longshore as a contender: its lambdas and its machines in the embedded cloud, in this process, as on a day on
 * which nobody else pushes. Its hosts are the same real processes; the simulated host beside each only keeps
 * what the script would remember, and answers in its words. What the model of the cloud takes in waits is
 * leapt over, and the time of the hosts' work passes as the wall clock does.
 */
import type { VirtualClock } from '#local/clock.ts';
import { Fleet } from '#local/hosts/fleet.ts';
import { seededRandom } from '#local/seeded-random.ts';
import type {
  AgentCommand,
  AgentReport,
  AgentRun,
  ManagedHost,
  ManagedHosts,
} from '#local/ssm/managed-host.ts';
import { type BenchCloud, openBenchCloud, POLICY, REPOSITORY } from '../bench-cloud.ts';
import type { Contender } from './contenders.ts';
import type { HostAgent } from './host-agent.ts';

const AT_ONCE = [0, 0] as const;
const TIMINGS = { prepareMs: AT_ONCE, pullMs: AT_ONCE, swapMs: AT_ONCE };
const TAGS = { 'longshore:enabled': 'true', 'longshore:fleet': 'production' };
/** What runs before the first rollout. */
const FIRST = `sha256:${'0'.repeat(64)}`;

export async function longshore(agents: readonly HostAgent[]): Promise<Contender> {
  const told = { version: '' };
  const bench = await openBenchCloud({
    hosts: 0,
    managedHosts: (clock) => registerHosts(agents, clock, told),
    ssm: { latencies: { deliveryMs: AT_ONCE, reportMs: AT_ONCE } },
    eventDeliveryMs: AT_ONCE,
    // The host's own work asks until it is healthy, as it does for everybody.
    policy: { health_check: undefined, health_check_enabled: false },
  });
  return {
    name: 'Longshore, embedded',
    roll: async (version) => {
      told.version = version;
      const [startedAtMs, before] = [performance.now(), usedMs(agents)];
      bench.push(version);
      await bench.cloud.settle();
      const wallMs = performance.now() - startedAtMs;
      const cpuMs = usedMs(agents) - before;
      await expectCompleted(bench);
      return { wallMs, cpuMs };
    },
  };
}

/** The agents' CPU is Longshore's as well, and has the hosts' work in it. */
function usedMs(agents: readonly HostAgent[]): number {
  const { user, system } = process.cpuUsage();
  return agents.reduce((sum, { cpuMs }) => sum + cpuMs, (user + system) / 1_000);
}

async function expectCompleted({ cloud }: BenchCloud): Promise<void> {
  const machine = cloud.machines.get('Longshore-rollout') ?? '';
  const last = cloud.stepFunctions.executions(machine).at(-1);
  if (last?.['status'] !== 'SUCCEEDED') {
    throw new Error(`the rollout of ${REPOSITORY} by ${POLICY.id} is ${String(last?.['status'])}`);
  }
}

function registerHosts(
  agents: readonly HostAgent[],
  clock: VirtualClock,
  told: { version: string },
): ManagedHosts {
  const fleet = new Fleet({ clock, random: seededRandom(1), timings: TIMINGS, keepsLogs: false });
  const list = agents.map((agent, host) => {
    const id = `i-${String(host).padStart(17, '0')}`;
    const keeper = fleet.add({ id, tags: TAGS, containers: { [POLICY.container]: FIRST } });
    return new ProcessHost(keeper, clock, () => agent.update(told.version));
  });
  const byId = new Map(list.map((host) => [host.id, host]));
  return { list, find: (id) => byId.get(id), onReachable: undefined };
}

/** Does the work, and then has the simulated host put it on record and answer. */
class ProcessHost implements ManagedHost {
  readonly isReachable = true;
  readonly pingStatus = 'Online';
  readonly #keeper: ManagedHost;
  readonly #clock: VirtualClock;
  readonly #run: () => Promise<void>;

  constructor(keeper: ManagedHost, clock: VirtualClock, run: () => Promise<void>) {
    this.#keeper = keeper;
    this.#clock = clock;
    this.#run = run;
  }

  get id(): string {
    return this.#keeper.id;
  }

  get tags(): ReadonlyMap<string, string> {
    return this.#keeper.tags;
  }

  get lastPingAtMs(): number {
    return this.#clock.nowMs();
  }

  start(command: AgentCommand, report: (report: AgentReport) => void): AgentRun {
    this.#clock.spawn(async () => {
      await this.#clock.awaitReal(this.#run());
      this.#keeper.start(command, report);
    });
    return { kill: () => undefined };
  }
}
