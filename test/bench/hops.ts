/** How many calls and moves stand between a push and the first command, and between a threshold and the way back. */
import type { ApiCall } from '#local/wire.ts';
import { openBenchCloud } from './bench-cloud.ts';
import type { Benchmark, Claim, Goal, Line, Report } from './benchmark.ts';
import { CALL_MS, type Hops, watchChain } from './causal-chain.ts';

const HOSTS = 50;

interface Way {
  name: string;
  goal: { calls: number; transitions: number };
  /** What may not be passed. */
  most: { calls: number; transitions: number };
  count: () => Promise<Hops>;
}

const WAYS: readonly Way[] = [
  {
    name: 'from a push to the first command',
    goal: { calls: 14, transitions: 8 },
    most: { calls: 17, transitions: 7 },
    count: countToUpdate,
  },
  {
    name: 'from a threshold to the first command back',
    goal: { calls: 8, transitions: 6 },
    most: { calls: 8, transitions: 7 },
    count: countToRollback,
  },
];

const isSend = ({ operation }: ApiCall) => operation === 'SendCommand';

async function countToUpdate(): Promise<Hops> {
  const { cloud, push } = await openBenchCloud({ hosts: HOSTS, latencyMs: () => CALL_MS });
  const hops = watchChain(cloud, 'now', isSend);
  push('v2');
  await cloud.settle();
  return hops();
}

/** Half of the first batch fails: the others have to be brought back. */
async function countToRollback(): Promise<Hops> {
  const { cloud, push } = await openBenchCloud({
    hosts: HOSTS,
    latencyMs: () => CALL_MS,
    policy: { max_failure_rate: 0.1, staged_batches: [1] },
  });
  const hops = watchChain(cloud, closesGate, isSend);
  cloud.fleet.images.set(push('v2'), { unhealthyShare: 0.5 });
  await cloud.settle();
  return hops();
}

/** "Record chunk" has seen that a threshold is crossed, and nothing is sent forward any more. */
function closesGate({ operation, input, caller }: ApiCall): boolean {
  if (operation !== 'PutItem' || !caller?.functionName.endsWith('record-chunk')) return false;
  return JSON.stringify(input['Item']).includes('"item":{"S":"meta"}');
}

async function countCommandsBack(): Promise<{ failed: number; restored: number }> {
  const { cloud, push } = await openBenchCloud({ hosts: HOSTS });
  let restored = 0;
  cloud.fleet.onEvent = (event) => {
    if (event.kind === 'started' && event.because === 'undo') restored += 1;
  };
  const bad = push('v2', true);
  await cloud.settle();
  const left = cloud.fleet.list.filter((host) => host.running('web') === bad).length;
  return { failed: restored + left, restored };
}

async function run(): Promise<Report> {
  const lines: Line[] = [];
  const claims: Claim[] = [];
  const goals: Goal[] = [];
  for (const { name, goal, most, count } of WAYS) {
    const hops = await count();
    const { calls, transitions } = hops;
    const again = await count();
    lines.push({
      name,
      figures: { calls, transitions },
      cells: [String(calls), String(transitions), tellChain(hops)],
    });
    claims.push(
      { text: `${name}: two runs count the same`, holds: same(hops, again) },
      {
        text: `${name}: at most ${most.calls} calls in a row and ${most.transitions} transitions`,
        holds: calls <= most.calls && transitions <= most.transitions,
      },
    );
    goals.push({
      text: name,
      goal: `${goal.calls} calls, ${goal.transitions} transitions`,
      ours: `${calls} calls, ${transitions} transitions`,
      isMet: calls <= goal.calls && transitions <= goal.transitions,
    });
  }
  const { failed, restored } = await countCommandsBack();
  const text = 'a host that fails is back before anybody is asked';
  claims.push({ text, holds: failed > 0 && failed === restored });
  goals.push({ text, goal: 'all', ours: `${restored} of ${failed}`, isMet: failed === restored });
  return {
    columns: ['calls in a row', 'transitions', 'all of its calls, by step'],
    lines,
    claims,
    goals,
  };
}

function same(one: Hops, other: Hops): boolean {
  return JSON.stringify(one) === JSON.stringify(other);
}

/** `plan-rollout 8, open-batch 4`: calls by step. */
function tellChain({ chain }: Hops): string {
  const counts: Record<string, number> = {};
  for (const call of chain) {
    const [step = ''] = call.split(' ');
    counts[step] = (counts[step] ?? 0) + 1;
  }
  return Object.entries(counts)
    .map(([step, count]) => `${step} ${count}`)
    .join(', ');
}

export const hops: Benchmark = {
  name: 'hops',
  about: `calls in a row and moves of the machines, ${HOSTS} hosts, a first batch of one command`,
  notShown:
    'how long each takes in AWS; a call is some milliseconds, an event or a cold start more.',
  run,
};
