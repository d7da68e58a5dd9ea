/** The same work by everybody, in turns; what each takes beyond the hosts' own work is its orchestration. */
import type { Benchmark, Claim, Line, Report } from '../benchmark.ts';
import { ratioOf, type Spread, spreadOf } from '../spread.ts';
import { ansible, type Contender, stagedLoop } from './contenders.ts';
import { HostAgent } from './host-agent.ts';
import { longshore } from './longshore.ts';
import { BATCHES, HOSTS, Work } from './work.ts';

const ROUNDS = 5;
const FORKS = [5, 20];
const MODULES = ['command', 'raw'] as const;

/** What this is meant to reach: of Ansible's time and CPU, and of the hosts' own work. */
const GOALS = { overhead: 10, cpu: 20, wall: 1.1 };

interface Measured {
  wallMs: number[];
  overheadMs: number[];
  cpuMs: number[];
  /** The whole by the hosts' own work. */
  wall: number[];
}

interface Spreads {
  wallMs: Spread;
  overheadMs: Spread;
  cpuMs: Spread;
  wall: Spread;
}

async function run(): Promise<Report> {
  const work = new Work();
  const agents = Array.from({ length: HOSTS }, (_, host) => new HostAgent(work.hostFolder(host)));
  try {
    const ours = await longshore(agents);
    const contenders = [
      ours,
      stagedLoop(work),
      ...MODULES.flatMap((module) => FORKS.map((forks) => ansible(work, module, forks))),
    ];
    const spreads = await measure(contenders, work);
    const own = spreads.get(ours.name);
    if (own === undefined) throw new Error('Longshore was not measured');
    return {
      columns: [
        'wall, s',
        'by the hosts’ work',
        'overhead a host, ms',
        'times Longshore’s',
        'CPU a host, ms',
        'times Longshore’s',
      ],
      lines: [...spreads].map(([name, taken]) => lineOf(name, taken, own)),
      claims: claimsOf(spreads, own),
    };
  } finally {
    for (const agent of agents) agent.close();
    work.close();
  }
}

/** The first round warms up, and is not counted. */
async function measure(
  contenders: readonly Contender[],
  work: Work,
): Promise<Map<string, Spreads>> {
  const measured = new Map<string, Measured>();
  let version = 0;
  for (let round = 0; round <= ROUNDS; round += 1) {
    for (const { name, roll } of contenders) {
      version += 1;
      const taken = await roll(`v${version}`);
      const { leastMs, cpuMs } = work.readHosts(`v${version}`);
      if (round === 0) {
        measured.set(name, { wallMs: [], overheadMs: [], cpuMs: [], wall: [] });
        continue;
      }
      const row = measured.get(name);
      row?.wallMs.push(taken.wallMs);
      row?.overheadMs.push((taken.wallMs - leastMs) / HOSTS);
      row?.cpuMs.push((taken.cpuMs - cpuMs) / HOSTS);
      row?.wall.push(taken.wallMs / leastMs);
    }
  }
  return new Map(
    [...measured].map(([name, { wallMs, overheadMs, cpuMs, wall }]) => [
      name,
      {
        wallMs: spreadOf(wallMs),
        overheadMs: spreadOf(overheadMs),
        cpuMs: spreadOf(cpuMs),
        wall: spreadOf(wall),
      },
    ]),
  );
}

function lineOf(name: string, taken: Spreads, own: Spreads): Line {
  const overhead = ratio(taken.overheadMs, own.overheadMs);
  const cpu = ratio(taken.cpuMs, own.cpuMs);
  const isOurs = taken === own;
  return {
    name,
    figures: {
      ...figures('wall', 'ms', taken.wallMs),
      ...figures('overhead_per_host', 'ms', taken.overheadMs),
      ...figures('cpu_per_host', 'ms', taken.cpuMs),
      ...figures('wall_by_host_work', 'times', taken.wall),
      ...(overhead !== undefined && { overhead_ratio: overhead }),
      ...(cpu !== undefined && { cpu_ratio: cpu }),
    },
    cells: [
      text(taken.wallMs, 1_000, 1),
      text(taken.wall, 1, 2),
      text(taken.overheadMs, 1, 0),
      isOurs ? '' : times(overhead),
      text(taken.cpuMs, 1, 1),
      isOurs ? '' : times(cpu),
    ],
  };
}

/** How many times ours; undefined where the ranges overlap. */
function ratio(other: Spread, ours: Spread): number | undefined {
  const [more, less] = [ratioOf(other, ours), ratioOf(ours, other)];
  return more ?? (less === undefined ? undefined : 1 / less);
}

function claimsOf(spreads: ReadonlyMap<string, Spreads>, own: Spreads): Claim[] {
  const ansibles = [...spreads].filter(([name]) => name.startsWith('Ansible'));
  const least = (by: (taken: Spreads) => number | undefined) =>
    Math.min(...ansibles.map(([, taken]) => by(taken) ?? 0));
  return [
    {
      text: `its overhead is at most 1/${GOALS.overhead} of any of Ansible’s`,
      holds: least((taken) => ratioOf(taken.overheadMs, own.overheadMs)) >= GOALS.overhead,
    },
    {
      text: `its CPU a host is at most 1/${GOALS.cpu} of any of Ansible’s`,
      holds: least((taken) => ratioOf(taken.cpuMs, own.cpuMs)) >= GOALS.cpu,
    },
    {
      text: `it takes at most ${GOALS.wall} times the hosts’ own work`,
      holds: own.wall.median <= GOALS.wall,
    },
    {
      text: 'Ansible, whichever way, has more overhead and takes more CPU, and the ranges do not overlap',
      holds: ansibles.every(
        ([, taken]) =>
          ratioOf(taken.overheadMs, own.overheadMs) !== undefined &&
          ratioOf(taken.cpuMs, own.cpuMs) !== undefined,
      ),
    },
  ];
}

function figures(name: string, unit: string, { min, median, max }: Spread): Record<string, number> {
  return {
    [`${name}_min_${unit}`]: min,
    [`${name}_median_${unit}`]: median,
    [`${name}_max_${unit}`]: max,
  };
}

function text({ min, median, max }: Spread, by: number, digits: number): string {
  const one = (value: number) => (value / by).toFixed(digits);
  return `${one(median)} (${one(min)} to ${one(max)})`;
}

function times(value: number | undefined): string {
  return value === undefined ? 'ranges overlap' : `${value.toPrecision(2)}×`;
}

export const peers: Benchmark = {
  name: 'peers',
  about: `${HOSTS} hosts that are real processes, in batches of ${BATCHES.join(', ')}: medians of ${ROUNDS} rounds in turns, with ranges`,
  notShown:
    'networks: Ansible goes over its connection `local`, Longshore’s cloud is in its process, and what AWS takes in waits is leapt over; ' +
    'nor the starts: Ansible’s is in each of its runs, Longshore’s process is up as the cloud is, and a small agent on each host as the host is ' +
    '(its CPU is counted as Longshore’s); nor the script that Longshore runs on a host.',
  run,
};
