/**
 * What a rollout costs: what a whole run in the embedded cloud counts, times the prices of prices.json. Not
 * counted there, and assumed here, is for how long a lambda is paid.
 */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import * as z from 'zod';
import { DEFAULT_MEMORY_MB, isLambdaName, LAMBDAS, type LambdaShape } from '#lib/lambda-list.ts';
import { openBenchCloud, STACK } from './bench-cloud.ts';
import { type Benchmark, type Line, moreIsWorse, type Report } from './benchmark.ts';

const HOSTS = { default: 1_000, large: 10_000 };
/** Dollars for 10,000 hosts, and how many seconds each batch is looked at again. */
const ROWS = [
  { name: 'without a soak', soakSeconds: 0, goal: 0.04 },
  { name: 'with a soak', soakSeconds: 60, goal: 0.08 },
];

/** An invocation is paid for so long, and for each call that it makes as if they came one after the other. */
const BASE_MS = 50;
const CALL_MS = 20;
/** Of a lambda, as many sandboxes at most as a batch has chunks under way; each starts once. */
const COLD_START_MS = 500;
const SANDBOXES = 40;
/** What Lambda itself logs of an invocation: START, END, REPORT. */
const PLATFORM_LOG_BYTES = 400;
/** EventBridge's send, the poller's receive and delete. */
const REQUESTS_OF_A_MESSAGE = 3;
/** Of the namespace Longshore, in the hour in which the rollout ends. */
const METRICS = 3;

/** What fails where it grows; a log line more, or a call that takes longer, is no count. */
const COUNTS = [
  'transition',
  'lambda_request',
  'dynamodb_write_unit',
  'dynamodb_read_unit',
  'custom_event',
  'sqs_request',
  'run_command',
];

const Prices = z.object({ lines: z.record(z.string(), z.object({ usd: z.number() })) });

/** Units by the price line that they are paid by. */
type Units = Record<string, number>;

async function run({ isLarge }: { isLarge: boolean }): Promise<Report> {
  const prices = readPrices();
  const lines: Line[] = [];
  for (const hosts of isLarge ? Object.values(HOSTS) : [HOSTS.default]) {
    for (const { name, soakSeconds, goal } of ROWS) {
      const units = await countUnits(hosts, soakSeconds);
      const share = hosts === HOSTS.large ? goal : undefined;
      lines.push(lineOf(`${hosts.toLocaleString('en')} hosts, ${name}`, units, prices, share));
    }
  }
  for (const [name, line] of Object.entries(OTHERS)) lines.push(otherLine(name, line, prices));
  const [first, second] = [lines[0], await countUnits(HOSTS.default, 0)];
  return {
    columns: ['transitions', 'Lambda', 'DynamoDB', 'the rest', 'together, $', 'goal, $'],
    lines,
    claims: [
      {
        text: 'two runs count the same',
        holds: Object.entries(second).every(([unit, count]) => first?.figures[unit] === count),
      },
    ],
  };
}

const OTHERS = {
  'CodeDeploy, 10,000 hosts on premises': 'codedeploy_on_premises',
  'CodeDeploy, 10,000 hosts of EC2': 'codedeploy_ec2',
  'IoT Jobs, 10,000 hosts': 'iot_job_execution',
};

function readPrices(): (line: string) => number {
  const file = path.join(import.meta.dirname, 'prices.json');
  const { lines } = Prices.parse(JSON.parse(readFileSync(file, 'utf8')));
  return (line) => {
    const found = lines[line];
    if (found === undefined) throw new Error(`prices.json has no line ${line}`);
    return found.usd;
  };
}

/** Of one rollout of a good image, from its push to its end. */
async function countUnits(hosts: number, soakSeconds: number): Promise<Units> {
  const { cloud, push } = await openBenchCloud({ hosts, policy: { soak_seconds: soakSeconds } });
  const { stepFunctions, functions, dynamo, wire, logs } = cloud;
  const callsBy = new Map<string, number>();
  let [sqs, events] = [0, 0];
  wire.onCall = ({ service, operation, input, caller }) => {
    if (caller === undefined) return;
    callsBy.set(caller.functionName, (callsBy.get(caller.functionName) ?? 0) + 1);
    if (service === 'sqs') sqs += 1;
    const { Entries } = input;
    if (operation === 'PutEvents' && Array.isArray(Entries)) events += Entries.length;
  };
  const invoked = () =>
    new Map(functions.names().map((name) => [name, functions.invocations(name)]));
  const [transitions, before, capacity, line] = [
    stepFunctions.stateTransitions(),
    invoked(),
    capacityOf(dynamo.counters().capacity),
    logs.length,
  ];
  push('v2');
  await cloud.settle();

  const invocations = [...invoked()].map(([name, count]) => ({
    name: name.slice(STACK.length + 1),
    count: count - (before.get(name) ?? 0),
    calls: callsBy.get(name) ?? 0,
  }));
  const requests = sum(invocations.map(({ count }) => count));
  const looks = invocations.find(({ name }) => name === 'consider-image')?.count ?? 0;
  const used = capacityOf(dynamo.counters().capacity);
  const logged = sum(logs.slice(line).map((one) => JSON.stringify(one.line).length));
  return {
    transition: stepFunctions.stateTransitions() - transitions,
    lambda_request: requests,
    lambda_gb_second: sum(invocations.map(gbSeconds)),
    dynamodb_write_unit: used.write - capacity.write,
    dynamodb_read_unit: used.read - capacity.read,
    custom_event: events,
    sqs_request: sqs + REQUESTS_OF_A_MESSAGE * looks,
    log_gb: (logged + requests * PLATFORM_LOG_BYTES) / 1e9,
    metric_hour: METRICS,
    run_command: wire.apiCalls.get('ssm:SendCommand') ?? 0,
  };
}

function gbSeconds(of: { name: string; count: number; calls: number }): number {
  const shape: LambdaShape = isLambdaName(of.name) ? LAMBDAS[of.name] : {};
  const starts = Math.min(of.count, SANDBOXES);
  const ms = of.count * BASE_MS + of.calls * CALL_MS + starts * COLD_START_MS;
  return ((shape.memoryMb ?? DEFAULT_MEMORY_MB) / 1024) * (ms / 1000);
}

function capacityOf(tables: Readonly<Record<string, { read: number; write: number }>>) {
  const all = Object.values(tables);
  return { read: sum(all.map(({ read }) => read)), write: sum(all.map(({ write }) => write)) };
}

function sum(values: readonly number[]): number {
  return values.reduce((total, one) => total + one, 0);
}

function lineOf(
  name: string,
  units: Units,
  price: (line: string) => number,
  goal: number | undefined,
): Line {
  const paid = (...lines: string[]) => sum(lines.map((line) => (units[line] ?? 0) * price(line)));
  const all = paid(...Object.keys(units));
  const parts = [
    paid('transition'),
    paid('lambda_request', 'lambda_gb_second'),
    paid('dynamodb_write_unit', 'dynamodb_read_unit'),
  ];
  return {
    name,
    figures: { ...units, together_usd: all },
    worse: moreIsWorse(Object.fromEntries(COUNTS.map((unit) => [unit, 0]))),
    cells: [
      ...[...parts, all - sum(parts), all].map((dollars) => dollars.toFixed(4)),
      goal === undefined ? '' : `${goal.toFixed(2)}: ${all <= goal ? 'reached' : 'not reached'}`,
    ],
  };
}

function otherLine(name: string, line: string, price: (line: string) => number): Line {
  const usd = HOSTS.large * price(line);
  return { name, figures: { together_usd: usd }, cells: ['', '', '', '', usd.toFixed(2), ''] };
}

export const cost: Benchmark = {
  name: 'cost',
  about:
    'dollars of a rollout of a good image to all hosts, in three batches: counts times prices.json',
  notShown:
    `the time for which lambdas are paid, assumed as ${BASE_MS} ms, ${CALL_MS} ms a call and ${COLD_START_MS} ms a start, of at most ${SANDBOXES} starts each; ` +
    'what the stack costs at rest, what ECR and the hosts cost, tax; another region.',
  run,
};
