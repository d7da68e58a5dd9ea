/**
 * 1,000 pushes in a minute, to 200 repositories that 2,000 policies mean: each push is of one policy's tags and
 * has one right outcome, the queue drains, and nothing ends in the queue of dead letters.
 */
import * as z from 'zod';
import { readTarget } from '#aws/rollout-store.ts';
import { isOpen, RolloutStatus } from '#core/status.ts';
import { type BenchCloud, openBenchCloud, STACK } from './bench-cloud.ts';
import type { Benchmark, Claim, Line, Report } from './benchmark.ts';

const PUSHES = 1_000;
const REPOSITORIES = 200;
const POLICIES = 2_000;
const SECONDS = 60;
/** A sweep sends looks of its own. */
const BEFORE_SWEEP_MS = 14 * 60_000;
/** A policy of each repository gets two pushes of its five: the second takes over from the first. */
const TURNS = [0, 1, 2, 3, 3];

interface Push {
  repository: string;
  policy: number;
  tag: string;
}

const numbers = (count: number) => Array.from({ length: count }, (_, index) => index);

function policyOf(number: number): Record<string, unknown> {
  return {
    id: `policy-${number}`,
    image_pattern: `team/app-${number % REPOSITORIES}:p${number}-*`,
    container: `app-${number}`,
    fleet_id: `fleet-${number}`,
    update_strategy: 'auto',
    health_check: { type: 'container_running' },
  };
}

const pushes: readonly Push[] = numbers(PUSHES).map((number) => {
  const turn = TURNS[Math.floor(number / REPOSITORIES)] ?? 0;
  const policy = (number % REPOSITORIES) + turn * REPOSITORIES;
  return { repository: `team/app-${number % REPOSITORIES}`, policy, tag: `p${policy}-v${number}` };
});

async function open(): Promise<BenchCloud> {
  let base = '';
  return openBenchCloud({
    hosts: 0,
    policies: numbers(POLICIES).map(policyOf),
    prepare: ({ ecr, events, fleet }) => {
      events.disturb = () => [];
      for (const number of numbers(REPOSITORIES)) {
        const repository = `team/app-${number}`;
        ecr.createRepository(repository);
        base = ecr.push(repository, { tag: 'base' });
      }
      events.disturb = undefined;
      const used = new Set(pushes.map(({ policy }) => policy));
      for (const policy of used) {
        const tags = { 'longshore:enabled': 'true', 'longshore:fleet': `fleet-${policy}` };
        fleet.add({ tags, containers: { [`app-${policy}`]: base } });
      }
    },
  });
}

async function run(): Promise<Report> {
  const { cloud, store } = await open();
  const queue = cloud.sqs.queue(`${STACK}-images`);
  const dead = ['failed-images', 'lost-events'].map((name) => cloud.sqs.queue(`${STACK}-${name}`));
  const wanted = new Map<number, string>();
  const startMs = cloud.clock.nowMs();
  for (const [index, { repository, policy, tag }] of pushes.entries()) {
    cloud.clock.schedule(startMs + (index * SECONDS * 1000) / PUSHES, () => {
      wanted.set(policy, cloud.ecr.push(repository, { tag }));
    });
  }
  let longest = 0;
  let drainedAtMs = startMs;
  await cloud.run({
    untilMs: startMs + BEFORE_SWEEP_MS,
    until: () => {
      longest = Math.max(longest, queue.messages.length);
      if (queue.messages.length > 0) drainedAtMs = cloud.clock.nowMs();
      return false;
    },
  });
  await cloud.settle();

  const { statuses, stillOpen } = countRollouts(cloud.dynamo.dump()[store.rollouts] ?? []);
  let right = 0;
  for (const [policy, digest] of wanted)
    if (await isRight({ cloud, store }, policy, digest)) right += 1;
  return reportOf({
    right,
    wanted: wanted.size,
    statuses,
    stillOpen,
    longest,
    drainedAfterS: (drainedAtMs - startMs) / 1000,
    dead: dead.reduce((sum, { messages }) => sum + messages.length, 0),
  });
}

/** The policy desires what was pushed last, nothing is under way, and its host runs it. */
async function isRight(
  { cloud, store }: Pick<BenchCloud, 'cloud' | 'store'>,
  policy: number,
  digest: string,
): Promise<boolean> {
  const target = await readTarget(store, `policy-${policy}`, `team/app-${policy % REPOSITORIES}`);
  const fleet = `fleet-${policy}`;
  const host = cloud.fleet.list.find(({ tags }) => tags.get('longshore:fleet') === fleet);
  return (
    target?.desired.digest === digest &&
    target.active === undefined &&
    host?.running(`app-${policy}`) === digest
  );
}

const Meta = z.object({ item: z.literal('meta'), status: RolloutStatus });

function countRollouts(items: readonly unknown[]) {
  const statuses: Record<string, number> = {};
  let stillOpen = 0;
  for (const item of items) {
    const { data } = Meta.safeParse(item);
    if (data === undefined) continue;
    statuses[data.status] = (statuses[data.status] ?? 0) + 1;
    if (isOpen(data.status)) stillOpen += 1;
  }
  return { statuses, stillOpen };
}

interface Outcome {
  right: number;
  wanted: number;
  statuses: Record<string, number>;
  stillOpen: number;
  longest: number;
  drainedAfterS: number;
  dead: number;
}

function reportOf(outcome: Outcome): Report {
  const { right, wanted, statuses, stillOpen, longest, drainedAfterS, dead } = outcome;
  const { completed = 0, superseded = 0, ...others } = statuses;
  const other = Object.values(others).reduce((sum, count) => sum + count, 0);
  const figures = { completed, superseded, other, right, longest, drainedAfterS, dead };
  const text = (figure: number) => figure.toLocaleString('en', { maximumFractionDigits: 0 });
  const lines: Line[] = [
    {
      name: `${text(PUSHES)} pushes in ${SECONDS} s, ${REPOSITORIES} repositories, ${text(POLICIES)} policies`,
      figures,
      cells: Object.values(figures).map(text),
    },
  ];
  const claims: Claim[] = [
    {
      text: 'each policy ends with what was pushed last, and so does its host',
      holds: right === wanted,
    },
    {
      text: 'every push has one outcome: completed, or taken over',
      holds: completed + superseded <= PUSHES && other === 0,
    },
    { text: 'no rollout stays open', holds: stillOpen === 0 },
    { text: 'nothing ends among the dead letters', holds: dead === 0 },
    {
      text: 'the queue drains within five minutes of the last push',
      holds: drainedAfterS < SECONDS + 300,
    },
  ];
  const columns = [
    'completed',
    'superseded',
    'other ends',
    'policies with the right end',
    'longest queue',
    'queue empty after, s (virtual)',
    'dead letters',
  ];
  return { columns, lines, claims };
}

export const thousandPushes: Benchmark = {
  name: 'pushes',
  about: 'a thousand pushes within a minute, each of which one policy is to roll out',
  notShown: 'Lambda’s own limit of invocations at once, and what ECR and EventBridge throttle.',
  run,
};
