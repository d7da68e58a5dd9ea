/** What a sweep costs at 2,000 policies, and a push at 10,000: API calls and read units, counted twice. */
import { synthesizeTemplate } from '#lib/longshore-app.ts';
import { type Benchmark, type Claim, type Line, moreIsWorse, type Report } from './benchmark.ts';
import { type Cost, costOfPush, costOfSweep, PUSHED_TO, SWEPT } from './many-policies.ts';

/** A decision's own calls; what a rollout then starts with is not the search for policies. */
const SHOWN = {
  Scan: 'dynamodb:Scan',
  Query: 'dynamodb:Query',
  BatchGetItem: 'dynamodb:BatchGetItem',
  DescribeImages: 'ecr:DescribeImages',
  DescribeRepositories: 'ecr:DescribeRepositories',
  SendMessageBatch: 'sqs:SendMessageBatch',
} as const;

const MOST_READ_UNITS = 3;

async function run(): Promise<Report> {
  const template = JSON.stringify(synthesizeTemplate());
  const lines: Line[] = [];
  const claims: Claim[] = [];
  for (const [name, stock] of Object.entries(SWEPT)) {
    const what = `a sweep, 2,000 policies: ${name}`;
    const cost = await countedTwice(what, () => costOfSweep(template, stock), claims);
    const looks = stock.repositories.filter((one) => !one.startsWith('nobody/')).length;
    lines.push(lineOf(what, cost));
    claims.push({
      text: `${what}: one listing for each of ${looks} repositories, ten looks a call`,
      holds:
        countOf(cost, SHOWN.DescribeImages) === looks &&
        countOf(cost, SHOWN.SendMessageBatch) === Math.ceil(looks / 10),
    });
  }
  for (const [name, stock] of Object.entries(PUSHED_TO)) {
    const what = `a push, 10,000 policies: ${name}`;
    const cost = await countedTwice(what, () => costOfPush(template, stock), claims);
    lines.push(lineOf(what, cost));
    claims.push({
      text: `${what}: three Queries, one listing`,
      holds: countOf(cost, SHOWN.Query) === 3 && countOf(cost, SHOWN.DescribeImages) === 1,
    });
    if (name.includes('others')) continue; // Other globs are proposals, half a unit for about seven.
    claims.push({
      text: `${what}: at most ${MOST_READ_UNITS} read units for its Queries`,
      holds: (cost.readUnits['policies/byRepository'] ?? 0) <= MOST_READ_UNITS,
    });
  }
  return { columns: [...Object.keys(SHOWN), 'read units of the index'], lines, claims };
}

async function countedTwice(
  what: string,
  count: () => Promise<Cost>,
  claims: Claim[],
): Promise<Cost> {
  const [first, second] = [await count(), await count()];
  const holds = JSON.stringify(first) === JSON.stringify(second);
  claims.push({ text: `${what}: two runs count the same`, holds });
  return first;
}

function countOf({ calls }: Cost, operation: string): number {
  return Object.entries(calls)
    .filter(([name]) => name.endsWith(` ${operation}`))
    .reduce((sum, [, count]) => sum + count, 0);
}

function lineOf(name: string, cost: Cost): Line {
  const units = cost.readUnits['policies/byRepository'] ?? 0;
  const counts = Object.values(SHOWN).map((operation) => countOf(cost, operation));
  const figures = { ...cost.calls, index_read_units: units };
  return {
    name,
    figures,
    worse: moreIsWorse(figures),
    cells: [...counts, units].map((count) => count.toLocaleString('en')),
  };
}

export const calls: Benchmark = {
  name: 'calls',
  about:
    'API calls of the lambdas in the embedded cloud; the same in every run and on every machine',
  notShown:
    'what the services take in time, and throttling; a Query that finds nothing counts as no read unit here.',
  run,
};
