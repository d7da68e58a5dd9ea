/**
 * 100,000 hosts in the embedded cloud: how long that takes and what it holds in memory, beside a bare queue of
 * as many timers in the same process. The sizes are those of the benchmark `size`.
 */
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { VirtualClock } from '#local/clock.ts';
import { openBenchCloud } from './bench-cloud.ts';
import type { Benchmark, Claim, Goal, Line, Report } from './benchmark.ts';
import {
  callMs,
  playAndMeasure,
  playRollout,
  SIZE_COLUMNS,
  sizeClaims,
  sizeGoal,
  sizeLine,
} from './rollout-size.ts';

const SIZES = [2_000, 100_000];
const GOALS = { hostsPerSecond: 10_000, bytesPerHost: 2_000 };
/** What a command to a simulated host comes to. */
const TIMERS_PER_HOST = 8;

const TIME_COLUMNS = [
  'seconds',
  'seconds of CPU',
  'hosts a second',
  'a bare queue, hosts a second',
  'bytes a host, at the end',
  'resident, MB',
];

interface Timed {
  seconds: number;
  cpuSeconds: number;
}

async function run(): Promise<Report> {
  const lines: Line[] = [];
  const claims: Claim[] = [];
  const goals: Goal[] = [];
  await playRollout(await openBenchCloud({ hosts: 200 })); // The compiler has seen it all once.
  for (const hosts of SIZES) {
    const name = `${hosts.toLocaleString('en')} hosts`;
    const bare = await timed(() => runBareQueue(hosts));
    const took = await playTimed(hosts);
    // Once more, for what is weighed takes time as well.
    const sizes = await playAndMeasure(await openBenchCloud({ hosts, latencyMs: callMs }));
    const line = sizeLine(name, sizes);
    const figures = {
      s: took.seconds,
      cpu_s: took.cpuSeconds,
      hosts_per_s: hosts / took.seconds,
      bare_hosts_per_s: hosts / bare.seconds,
      bytes_per_host: took.bytesPerHost,
      resident_mb: took.residentBytes / 1e6,
    };
    const cells = Object.values(figures).map((figure) =>
      figure.toLocaleString('en', { maximumSignificantDigits: 3 }),
    );
    lines.push({
      name,
      figures: { ...figures, ...line.figures },
      cells: [...cells, ...line.cells],
    });
    claims.push(...sizeClaims(name, sizes));
    goals.push(...goalsOf(name, figures), sizeGoal(name, sizes));
  }
  return { columns: [...TIME_COLUMNS, ...SIZE_COLUMNS], lines, claims, goals };
}

async function playTimed(hosts: number) {
  const emptyBytes = heapBytes();
  const bench = await openBenchCloud({ hosts });
  const took = await timed(() => playRollout(bench));
  const residentBytes = process.memoryUsage.rss();
  // The cloud is held until here, with all that it knows of its hosts.
  const bytesPerHost = Math.round((heapBytes() - emptyBytes) / bench.cloud.fleet.list.length);
  return { ...took, residentBytes, bytesPerHost };
}

function goalsOf(name: string, of: { hosts_per_s: number; bytes_per_host: number }): Goal[] {
  const text = (figure: number) => Math.round(figure).toLocaleString('en');
  return [
    {
      text: `${name}: hosts a second`,
      goal: `≥ ${text(GOALS.hostsPerSecond)}`,
      ours: text(of.hosts_per_s),
      isMet: of.hosts_per_s >= GOALS.hostsPerSecond,
    },
    {
      text: `${name}: bytes a host`,
      goal: `≤ ${text(GOALS.bytesPerHost)}`,
      ours: text(of.bytes_per_host),
      isMet: of.bytes_per_host <= GOALS.bytesPerHost,
    },
  ];
}

/** As many timers as the hosts of a rollout need, each of which does nothing but schedule the next. */
async function runBareQueue(hosts: number): Promise<void> {
  const clock = new VirtualClock(0);
  const step = (host: number, left: number) => {
    if (left > 0) clock.schedulePlain(clock.nowMs() + (host % 977) + 1, () => step(host, left - 1));
  };
  for (let host = 0; host < hosts; host += 1) step(host, TIMERS_PER_HOST);
  await clock.run();
}

async function timed(work: () => Promise<void>): Promise<Timed> {
  const [startMs, cpu] = [performance.now(), process.cpuUsage()];
  await work();
  const { user, system } = process.cpuUsage(cpu);
  return {
    seconds: (performance.now() - startMs) / 1000,
    cpuSeconds: (user + system) / 1e6,
  };
}

/** What is still held after everything that can go has gone. */
function heapBytes(): number {
  setFlagsFromString('--expose-gc');
  const collect: unknown = runInNewContext('gc');
  if (typeof collect === 'function') collect();
  return process.memoryUsage().heapUsed;
}

export const scale: Benchmark = {
  name: 'scale',
  about: 'a rollout on 100,000 simulated hosts, through the lambdas and the machines as they are',
  notShown:
    'any second of AWS: hosts, services and time are simulated, and this is what simulating them costs here.',
  isLarge: true,
  run,
};
