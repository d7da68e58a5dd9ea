/** `npm run simulate`: plays a range of seeds and says what they came to. */
import { fork } from 'node:child_process';
import { availableParallelism } from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { playSeed } from './play-seed.ts';
import { formatReport, judgeReport, Report } from './report.ts';
import { shrink } from './shrink.ts';
import { tellOutcome, tellShrunk, tellWorld } from './story.ts';
import { synthesize } from './template.ts';
import type { Answer, Task } from './worker.ts';
import type { Size } from './world.ts';

const HELP = `npm run simulate -- [options]

Plays rollouts in virtual time: the real lambdas and state machines, simulated hosts, and a cloud, operators and
hosts that misbehave as drawn from a seed. Every invariant is checked after every event.

  --seeds N    how many seeds (default 100)
  --first N    the first of them (default: another one each time)
  --seed N     one seed alone: its rates, its story, and the shortest story of what it violates
  --whole      with --seed: the whole story, though something is violated
  --hosts N    hosts of each seed (default 10)
  --hours N    virtual hours of each seed (default 6)
  --jobs N     processes (default: one for each core)
  --json       the report as JSON
  --help       this text

  npm run simulate -- --seeds 2000                      a fresh range
  npm run simulate -- --seeds 1000 --hosts 40 --hours 72
  npm run simulate -- --seed 4711                       the same again, told
`;

/**
 * A seed is short-lived objects, the SDK's and zod's. With the usual 16 MB for the young ones they are looked through
 * three times as often, and those in use copied each time: a tenth of a seed's CPU.
 */
const WORKER_FLAGS = ['--max-semi-space-size=64'];

/** Failing seeds whose shortest story is looked for. */
const MOST_STORIES = 3;

interface Options {
  size: Size;
  seeds: number;
  first: number;
  jobs: number;
  isJson: boolean;
}

async function main(args: string[]): Promise<number> {
  const { values } = parseArgs({
    args,
    options: {
      seeds: { type: 'string', default: '100' },
      first: { type: 'string' },
      seed: { type: 'string' },
      whole: { type: 'boolean', default: false },
      hosts: { type: 'string', default: '10' },
      hours: { type: 'string', default: '6' },
      jobs: { type: 'string', default: String(availableParallelism()) },
      json: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) {
    process.stdout.write(HELP);
    return 0;
  }
  const size = { hosts: whole('hosts', values.hosts, 2), hours: whole('hours', values.hours, 1) };
  if (values.seed !== undefined) {
    return playOne(whole('seed', values.seed, 0), size, values.whole);
  }
  return playMany({
    size,
    seeds: whole('seeds', values.seeds, 1),
    first: values.first === undefined ? freshSeed() : whole('first', values.first, 0),
    jobs: whole('jobs', values.jobs, 1),
    isJson: values.json,
  });
}

function whole(name: string, text: string, least: number): number {
  const value = Number(text);
  if (Number.isInteger(value) && value >= least) return value;
  throw new TypeError(`--${name} takes a whole number of at least ${least}, not "${text}"`);
}

/** Another range each time; it is printed, so that the run can be made again. */
function freshSeed(): number {
  return (Math.floor(Date.now() / 1000) % 100_000_000) * 10;
}

async function playOne(seed: number, size: Size, isWhole: boolean): Promise<number> {
  process.stdout.write(tellWorld(seed, size));
  const play = { seed, size, template: JSON.parse(synthesize()) };
  const outcome = await playSeed(play);
  const isWell = outcome.violations.length === 0;
  if (isWell || isWhole) process.stdout.write(`${tellOutcome(outcome)}\n`);
  else process.stdout.write(`${tellShrunk(await shrink(play, outcome))}\n`);
  return isWell ? 0 : 1;
}

async function playMany(options: Options): Promise<number> {
  const { size, seeds, first, jobs, isJson } = options;
  const say = (text: string) => isJson || process.stdout.write(text);
  say(
    `${seeds} seeds from ${first}, ${size.hosts} hosts, ${size.hours} hours, ${jobs} processes\n`,
  );
  const template = synthesize();
  const report = new Report();
  const startMs = performance.now();
  await playRange(options, template, (outcome) => {
    report.add(outcome);
    for (const violation of outcome.violations) say(`seed ${outcome.seed}: ${violation}\n`);
    if (process.stdout.isTTY && report.seeds % 10 === 0) say(`${report.seeds} seeds\r`);
  });
  const seconds = (performance.now() - startMs) / 1000;
  const claims = judgeReport(report);
  if (isJson) process.stdout.write(`${JSON.stringify({ ...report.toJson(), seconds, claims })}\n`);
  say(formatReport(report, seconds));
  for (const seed of report.failing.slice(0, isJson ? 0 : MOST_STORIES)) {
    say(`\n`);
    await playOne(seed, size, false);
  }
  for (const claim of claims) process.stderr.write(`${claim}\n`);
  return claims.length > 0 ? 1 : 0;
}

/** Each process gets the next seed when it is done with the last. */
async function playRange(
  { size, seeds, first, jobs }: Options,
  template: string,
  onOutcome: (outcome: Answer) => void,
): Promise<void> {
  let next = first;
  const playSome = (_: unknown, job: number) =>
    new Promise<void>((resolve, reject) => {
      const child = fork(path.join(import.meta.dirname, 'worker.ts'), {
        execArgv: [...process.execArgv, ...WORKER_FLAGS],
      });
      let seed = -1;
      const give = (task: Partial<Task>) => {
        if (next >= first + seeds) {
          child.disconnect();
          return;
        }
        seed = next++;
        child.send({ size, seed, ...task });
      };
      child.on('message', (outcome: Answer) => {
        onOutcome(outcome);
        give({});
      });
      child.on('exit', (code) => {
        if (code === 0) resolve();
        else reject(new Error(`process ${job} ended with ${code} in seed ${seed}`));
      });
      give({ template });
    });
  await Promise.all(Array.from({ length: Math.min(jobs, seeds) }, playSome));
}

try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  if (!(error instanceof TypeError)) throw error;
  process.stderr.write(`${error.message}\n\n${HELP}`);
  process.exitCode = 2;
}
