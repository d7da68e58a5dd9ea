/** What a rollout calls beside the fewest calls it could do with, when all goes well and when it goes back. */
import { readChunks } from '#aws/chunk-store.ts';
import { type BenchCloud, openBenchCloud, POLICY } from './bench-cloud.ts';
import type { Benchmark, Claim, Goal, Line, Options, Report } from './benchmark.ts';
import { type Floor, floorOf } from './rollout-floor.ts';
import { meterRollout } from './rollout-meter.ts';

const SIZES = [10, 100, 1_000, 10_000];
const LARGE = [100_000];
/** Up to here each is played twice, and has to count the same. */
const COUNTED_TWICE = 1_000;
const GOAL = 1.1;
/** What may not be passed; it goes down when the product learns to call less. A small fleet costs what any does. */
const MOST = new Map([
  [10, 3.7],
  [100, 3.9],
  [1_000, 2.4],
  [10_000, 1.7],
  [100_000, 1.7],
]);

const ENDS = ['as it should be', 'goes back'] as const;
const EVENTS = ['', ', every event lost'] as const;
type End = (typeof ENDS)[number];

interface Counted {
  calls: Record<string, number>;
  floor: Floor;
}

async function run({ isLarge }: Options): Promise<Report> {
  const lines: Line[] = [];
  const claims: Claim[] = [];
  for (const hosts of isLarge ? [...SIZES, ...LARGE] : SIZES) {
    for (const end of ENDS) {
      for (const events of EVENTS) {
        const name = `${hosts.toLocaleString('en')} hosts, ${end}${events}`;
        const areLost = events !== '';
        const counted = await count(hosts, end, areLost);
        if (hosts <= COUNTED_TWICE) {
          const again = await count(hosts, end, areLost);
          const holds = JSON.stringify(counted) === JSON.stringify(again);
          claims.push({ text: `${name}: two runs count the same`, holds });
        }
        const line = lineOf(name, hosts, counted);
        lines.push(line);
        const { ssm_ratio: ssm = 0, all_ratio: all = 0 } = line.figures;
        const most = MOST.get(hosts) ?? 0;
        claims.push(
          { text: `${name}: SSM is called no more than the floor says`, holds: ssm <= 1 },
          { text: `${name}: at most ${most} × the floor of all calls`, holds: all <= most },
        );
      }
    }
  }
  const floors = ['floor of SSM', 'SSM', 'ratio', 'floor of all', 'all', 'ratio'];
  const columns = ['chunks', ...floors, 'floor, safe and told', 'ratio'];
  return { columns, lines, claims, goals: goalsOf(lines) };
}

function goalsOf(lines: readonly Line[]): Goal[] {
  const goalOf = (text: string, figure: string, of: readonly Line[]): Goal => {
    const most = Math.max(...of.map(({ figures }) => figures[figure] ?? 0));
    const goal = `${GOAL.toFixed(2)} × the floor`;
    return { text, goal, ours: `${most.toFixed(2)} ×`, isMet: most <= GOAL };
  };
  const small = lines.filter(({ figures }) => (figures['hosts'] ?? 0) < 10_000);
  const large = lines.filter((line) => !small.includes(line));
  return [
    goalOf('calls to SSM, at every size', 'ssm_ratio', lines),
    goalOf('all API calls, from 10,000 hosts on', 'all_ratio', large),
    goalOf('the same, by the floor that is safe and told', 'design_ratio', large),
    goalOf('all API calls of a smaller fleet', 'all_ratio', small),
  ];
}

async function count(hosts: number, end: End, areLost: boolean): Promise<Counted> {
  const bench = await openBenchCloud({ hosts });
  const { cloud, push } = bench;
  const meter = meterRollout(cloud);
  if (areLost) cloud.events.disturb = ({ source }) => (source === 'aws.ssm' ? [] : [0]);
  const digest = push('v2');
  // Half of the hosts fail and go back by themselves; the others have to be brought back.
  if (end === 'goes back') cloud.fleet.images.set(digest, { unhealthyShare: 0.5 });
  await cloud.settle();
  const { calls } = meter.cost();
  return {
    calls,
    floor: floorOf({ ...(await playedOf(bench, end)), hosts, eventsCome: !areLost }),
  };
}

async function playedOf({ cloud, store }: BenchCloud, end: End) {
  const played = { batches: POLICY.staged_batches, soaks: false };
  if (end === 'as it should be') return { ...played, chunksBroughtBack: 0 };
  const [rollout = ''] = cloud.ssm.commands.map(({ comment }) => comment.split(' ')[0] ?? '');
  const chunks = await readChunks(store, rollout);
  return {
    ...played,
    openedBatches: 1 + Math.max(...chunks.map(({ batch }) => batch)),
    chunksBroughtBack: chunks.filter(({ hosts }) =>
      hosts.some(({ status, step }) => status === 'rolled_back' && step > 1),
    ).length,
  };
}

function lineOf(name: string, hosts: number, { calls, floor }: Counted): Line {
  const counts = Object.entries(calls);
  const sum = (of: readonly (readonly [string, number])[]) =>
    of.reduce((total, [, one]) => total + one, 0);
  const all = sum(counts);
  const ssm = sum(counts.filter(([operation]) => operation.startsWith('ssm:')));
  const [ssmRatio, allRatio] = [ssm / floor.ssm, all / floor.all];
  const designRatio = all / floor.design;
  const text = (value: number) => value.toLocaleString('en');
  return {
    name,
    figures: {
      hosts,
      ...calls,
      ssm_ratio: ssmRatio,
      all_ratio: allRatio,
      design_ratio: designRatio,
      floor_of_ssm: floor.ssm,
      floor_of_all: floor.all,
      floor_of_design: floor.design,
    },
    cells: [
      text(floor.chunks),
      text(floor.ssm),
      text(ssm),
      ssmRatio.toFixed(2),
      text(floor.all),
      text(all),
      allRatio.toFixed(2),
      text(floor.design),
      designRatio.toFixed(2),
    ],
  };
}

export const rolloutCalls: Benchmark = {
  name: 'rollout',
  about:
    'API calls of a rollout in 10 %, 50 %, 100 %, beside the floor; every attempt of anybody counts',
  notShown:
    'how fast AWS answers, and how often it loses an event: here it loses none, or every one.',
  run,
};
