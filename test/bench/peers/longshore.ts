/**
 * Longshore as a contender: its lambdas and its machines in the embedded cloud, in this process, as on a day on
 * which nobody else pushes. Its hosts are the same real processes; the simulated host beside each only keeps
 * what the script would remember, and answers in its words. What the model of the cloud takes in waits is
 * leapt over, and the time of the hosts' work passes as the wall clock does.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
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
import { HOSTS, UPDATE_HOST, type Work } from './work.ts';

const AT_ONCE = [0, 0] as const;
const TIMINGS = { prepareMs: AT_ONCE, pullMs: AT_ONCE, swapMs: AT_ONCE };
const TAGS = { 'longshore:enabled': 'true', 'longshore:fleet': 'production' };
/** What runs before the first rollout. */
const FIRST = `sha256:${'0'.repeat(64)}`;

export async function longshore(work: Work): Promise<Contender> {
  const told = { version: '' };
  const bench = await openBenchCloud({
    hosts: 0,
    managedHosts: (clock) => registerHosts(work, clock, told),
    ssm: { latencies: { deliveryMs: AT_ONCE, reportMs: AT_ONCE } },
    eventDeliveryMs: AT_ONCE,
    // The host's own work asks until it is healthy, as it does for everybody.
    policy: { health_check: undefined, health_check_enabled: false },
  });
  return {
    name: 'Longshore, embedded',
    roll: async (version) => {
      told.version = version;
      const [startedAtMs, before] = [performance.now(), process.cpuUsage()];
      bench.push(version);
      await bench.cloud.settle();
      const { user, system } = process.cpuUsage(before);
      const wallMs = performance.now() - startedAtMs;
      await expectCompleted(bench);
      return { wallMs, cpuMs: (user + system) / 1_000, hasHosts: false };
    },
  };
}

async function expectCompleted({ cloud }: BenchCloud): Promise<void> {
  const machine = cloud.machines.get('Longshore-rollout') ?? '';
  const last = cloud.stepFunctions.executions(machine).at(-1);
  if (last?.['status'] !== 'SUCCEEDED') {
    throw new Error(`the rollout of ${REPOSITORY} by ${POLICY.id} is ${String(last?.['status'])}`);
  }
}

function registerHosts(work: Work, clock: VirtualClock, told: { version: string }): ManagedHosts {
  const fleet = new Fleet({ clock, random: seededRandom(1), timings: TIMINGS, keepsLogs: false });
  const list = Array.from({ length: HOSTS }, (_, host) => {
    const id = `i-${String(host).padStart(17, '0')}`;
    const keeper = fleet.add({ id, tags: TAGS, containers: { [POLICY.container]: FIRST } });
    const run = () => runUpdate(work.hostFolder(host), told.version);
    return new ProcessHost(keeper, clock, run);
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

async function runUpdate(folder: string, version: string): Promise<void> {
  const [code] = await once(spawn(UPDATE_HOST, [folder, version], { stdio: 'ignore' }), 'exit');
  if (code !== 0) throw new Error(`${folder}: the update ended with ${String(code)}`);
}
