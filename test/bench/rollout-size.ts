/** How large the histories, payloads and items of a rollout become, and how hard one key of a table is hit. */
import { type BenchCloud, openBenchCloud } from './bench-cloud.ts';
import type { Benchmark, Claim, Goal, Line, Report } from './benchmark.ts';
import { meterRollout, type RolloutCost } from './rollout-meter.ts';

const SIZES = [20, 500, 2_000];

const MOST = {
  parentEvents: 110,
  /** For each stretch of planning after the first. */
  eventsPerTurn: 7,
  childEvents: 200,
  payloadBytes: 64 * 1024,
  itemBytes: 150 * 1024,
  /** A page of a Query is a MB, twice that as JSON; a read without bounds would grow with the fleet. */
  readBytes: 2_500_000,
  /** What DynamoDB gives to one key. */
  unitsPerSecond: 1_000,
};

/** So that calls in a row do not all fall into one instant; what a small call takes about. */
export const callMs = () => 10;

export const SIZE_COLUMNS = [
  'events of the parent',
  'of a child',
  'children',
  'largest payload, bytes',
  'largest item, bytes',
  'largest answer, bytes',
  'most writes to a key in a second',
  'their write units',
];

export interface Sizes extends RolloutCost {
  planningTurns: number;
  largestItemBytes: number;
}

/** Pushes, and plays to the end. */
export async function playRollout({ cloud, push }: BenchCloud): Promise<void> {
  const digest = push('v2');
  await cloud.settle();
  const still = cloud.fleet.list.filter((host) => host.running('web') !== digest).length;
  if (still > 0) throw new Error(`${still} hosts do not run the image: nothing was measured`);
}

export async function playAndMeasure(bench: BenchCloud): Promise<Sizes> {
  const { cloud, store } = bench;
  const meter = meterRollout(cloud);
  await playRollout(bench);
  const items = cloud.dynamo.dump()[store.rollouts] ?? [];
  const sizes = items.map((item) => JSON.stringify(item).length);
  return {
    ...meter.cost(),
    planningTurns: items.filter((item) => /"item":"hosts#/.test(JSON.stringify(item))).length,
    largestItemBytes: sizes.reduce((most, bytes) => Math.max(most, bytes), 0),
  };
}

export function sizeLine(name: string, sizes: Sizes): Line {
  const { mostWrites, parentEvents, childEvents, children } = sizes;
  const figures = {
    parent_events: parentEvents,
    child_events: childEvents,
    children,
    largest_payload_bytes: sizes.largestPayloadBytes,
    largest_item_bytes: sizes.largestItemBytes,
    largest_read_bytes: sizes.largestReadBytes,
    most_writes_per_key_and_s: mostWrites.writes,
    most_write_units_per_key_and_s: mostWrites.units,
  };
  return {
    name,
    figures: { ...figures, planning_turns: sizes.planningTurns },
    cells: Object.values(figures).map((figure) => figure.toLocaleString('en')),
  };
}

export function sizeClaims(name: string, sizes: Sizes): Claim[] {
  const events = MOST.parentEvents + MOST.eventsPerTurn * Math.max(0, sizes.planningTurns - 1);
  const claim = (what: string, value: number, most: number): Claim => ({
    text: `${name}: ${what}: at most ${most.toLocaleString('en')}`,
    holds: value > 0 && value <= most,
  });
  return [
    claim('events of the parent', sizes.parentEvents, events),
    claim('events of a child', sizes.childEvents, MOST.childEvents),
    claim('bytes of a payload', sizes.largestPayloadBytes, MOST.payloadBytes),
    claim('bytes of an item', sizes.largestItemBytes, MOST.itemBytes),
    claim('bytes of an answer', sizes.largestReadBytes, MOST.readBytes),
  ];
}

/** What is beyond it DynamoDB refuses. */
export function sizeGoal(name: string, { mostWrites }: Sizes): Goal {
  return {
    text: `${name}: write units of a key in a second`,
    goal: `≤ ${MOST.unitsPerSecond.toLocaleString('en')}`,
    ours: mostWrites.units.toLocaleString('en'),
    isMet: mostWrites.units <= MOST.unitsPerSecond,
  };
}

async function run(): Promise<Report> {
  const lines: Line[] = [];
  const claims: Claim[] = [];
  const goals: Goal[] = [];
  for (const hosts of SIZES) {
    const name = `${hosts.toLocaleString('en')} hosts`;
    const sizes = await playAndMeasure(await openBenchCloud({ hosts, latencyMs: callMs }));
    lines.push(sizeLine(name, sizes));
    claims.push(...sizeClaims(name, sizes));
    goals.push(sizeGoal(name, sizes));
  }
  return { columns: SIZE_COLUMNS, lines, claims, goals };
}

export const rolloutSize: Benchmark = {
  name: 'size',
  about: 'histories, payloads, items and the busiest key of a rollout in three batches',
  notShown:
    'how DynamoDB spreads a key that is hit hard; it has 1,000 write units a second for one.',
  run,
};
