/**
 * Whether commands leave at the pace that was set, and what is wasted where SSM admits fewer: calls of
 * SendCommand that were refused. SSM publishes no rates; here it has one.
 */

import { MAX_CHUNK_SIZE } from '#core/batches.ts';
import { seededRandom } from '#local/seeded-random.ts';
import type { ApiCall } from '#local/wire.ts';
import { openBenchCloud, POLICY } from './bench-cloud.ts';
import type { Benchmark, Claim, Goal, Line, Report } from './benchmark.ts';

/** 40 commands: a second of them at the highest rate. */
const FEW = 40;
/** One refused call is a quarter of a percent of them. */
const MANY = 400;
const RATES = [1, 5, 10, 40];
const GOAL = { wasted: 0.02, late: 1.05 };
/** A command more or less at either end of the time. */
const ENDS = 1;

interface Sent {
  commands: number;
  refused: number;
  seconds: number;
  /** Sent within any second. */
  busiest: number;
}

interface Case {
  name: string;
  /** What the stack was told. */
  set: number;
  /** What SSM takes. */
  admitted: number;
  chunks: number;
  rollouts: number;
  /** Chunks at work at once in each rollout. Default: all of them. */
  concurrency?: number;
  /** With a second look at each chunk, which is a command as well. */
  soakSeconds?: number;
  /** Each call takes from 5 to 60 ms, so that commands do not arrive as they were sent; SSM bears with a second's. */
  isUneven?: true;
}

async function send(of: Case): Promise<Sent> {
  const { set, admitted, chunks, rollouts, concurrency = 1_000, soakSeconds = 0, isUneven } = of;
  const random = seededRandom(1);
  const { cloud, push } = await openBenchCloud({
    hosts: chunks * MAX_CHUNK_SIZE,
    host: (index) => ({
      tags: { 'longshore:enabled': 'true', 'longshore:fleet': `fleet-${index % rollouts}` },
    }),
    policies: Array.from({ length: rollouts }, (_, index) => ({
      ...POLICY,
      id: `policy-${index}`,
      fleet_id: `fleet-${index}`,
      staged_batches: [1],
      soak_seconds: soakSeconds,
    })),
    settings: { chunks_per_second: set, chunk_concurrency: concurrency },
    ...(isUneven && { latencyMs: () => 5 + Math.round(random() ** 2 * 55) }),
  });
  cloud.ssm.limit('SendCommand', { perSecond: admitted, burst: isUneven ? admitted : 1 });
  const calls: { atMs: number; isRefused: boolean }[] = [];
  cloud.wire.onCall = ({ operation, atMs }: ApiCall, outcome) => {
    if (operation === 'SendCommand') calls.push({ atMs, isRefused: 'error' in outcome });
  };
  push('v2');
  await cloud.settle();
  const taken = calls.filter(({ isRefused }) => !isRefused).map(({ atMs }) => atMs);
  const first = taken[0] ?? 0;
  return {
    commands: taken.length,
    refused: calls.length - taken.length,
    seconds: ((taken.at(-1) ?? 0) - first) / 1000,
    busiest: busiestSecond(calls.map(({ atMs }) => atMs)),
  };
}

function busiestSecond(instants: readonly number[]): number {
  let from = 0;
  let most = 0;
  for (const [index, atMs] of instants.entries()) {
    while ((instants[from] ?? atMs) <= atMs - 1000) from += 1;
    most = Math.max(most, index - from + 1);
  }
  return most;
}

function judge(rate: number, { commands, refused, seconds }: Sent) {
  const due = (commands - ENDS) / rate;
  return { late: seconds / due, wasted: refused / (commands + refused) };
}

function cases(): Case[] {
  const alone = { rollouts: 1, chunks: FEW };
  const known = RATES.map((set) => ({
    ...alone,
    name: `set to ${set} a second, and SSM admits it`,
    set,
    admitted: set,
  }));
  const halved = (chunks: number, rates: readonly number[]) =>
    rates.map((set) => ({
      ...alone,
      name: `set to ${set} a second, SSM admits ${set / 2}, ${chunks} chunks`,
      set,
      admitted: set / 2,
      chunks,
    }));
  const together = { rollouts: 4, chunks: FEW, set: 5, admitted: 5 };
  return [
    ...known,
    { ...together, name: '4 rollouts at once, set to 5 a second, and SSM admits it' },
    { ...together, name: '4 rollouts at once, calls take from 5 to 60 ms', isUneven: true },
    {
      ...together,
      name: '4 rollouts at once, 20 chunks at work at once in each, and a second look',
      chunks: MANY,
      concurrency: 20,
      soakSeconds: 5,
    },
    ...halved(FEW, RATES),
    ...halved(MANY, [5, 40]),
  ];
}

async function run(): Promise<Report> {
  const lines: Line[] = [];
  const claims: Claim[] = [];
  const goals: Goal[] = [];
  for (const one of cases()) {
    const { name, set, admitted, chunks } = one;
    const sent = await send(one);
    const { late, wasted } = judge(admitted, sent);
    const text = (share: number) => `${(share * 100).toFixed(1)} %`;
    const { commands, refused, seconds, busiest } = sent;
    lines.push({
      name,
      figures: { ...sent, late, wasted },
      cells: [
        String(commands),
        String(refused),
        text(wasted),
        seconds.toFixed(1),
        late.toFixed(2),
        String(busiest),
      ],
    });
    // Where few are at work at once, the hosts' work takes the time, and not the rate.
    const isByRate = one.concurrency === undefined;
    const isMet = wasted <= GOAL.wasted && (late <= GOAL.late || !isByRate);
    goals.push({
      text: name,
      goal: `≤ ${text(GOAL.wasted)} wasted${isByRate ? `, ≤ ${GOAL.late} × the time` : ''}`,
      ours: `${text(wasted)}, ${late.toFixed(2)} ×`,
      isMet,
    });
    claims.push({
      text: `${name}: each chunk is sent once`,
      holds: commands === chunks * (one.soakSeconds === undefined ? 1 : 2),
    });
    // What a handful of calls finds out is more than a fiftieth of 40.
    if (set === admitted || chunks === MANY) {
      claims.push({ text: `${name}: as the goal says`, holds: isMet });
    }
  }
  const columns = [
    'commands',
    'refused',
    'wasted',
    'seconds (virtual)',
    '× calls / rate',
    'most calls in a second',
  ];
  return { columns, lines, claims, goals };
}

export const sender: Benchmark = {
  name: 'sender',
  about: 'SendCommand for a batch, at a rate that is set and a rate that SSM admits',
  notShown: 'SSM’s own rates, which it does not publish, and who else in the account uses them up.',
  run,
};
