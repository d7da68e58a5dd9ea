/**
 * `npm run local`: Longshore whole, in this process, without an account. Plays two pushes on a fleet of
 * simulated hosts, or of real Docker Engines, and holds their end against what the hosts themselves say.
 *
 * With --keep the cloud stays up on a port until somebody ends it.
 *
 * Exit codes: 0 all as expected (or a kept cloud was ended), 1 something is not, 2 something is wrong with what
 * was given, and nothing was started. With --json, standard output carries one document and nothing else.
 */
import { Command, CommanderError, Option } from 'commander';
import { wrapWords } from '#core/view/format.ts';
import { listObstacles } from './docker/requirements.ts';
import { untilEnded } from './keep/until-ended.ts';
import type { Audience } from './scenario/audience.ts';
import type { StoryOptions } from './scenario/story.ts';
import {
  combineOptions,
  type GivenOptions,
  type Hosts,
  parseHosts,
  parsePort,
  parseSeed,
  parseShare,
  parseSilent,
  parseSpeed,
  type Speed,
} from './scenario/story-options.ts';
import {
  REAL_INTERVAL_SECONDS,
  type StoryStack,
  UnusableStackError,
} from './scenario/story-policy.ts';
import { UnusablePortError } from './serve/serve.ts';
import { jsonLines } from './view/json-lines.ts';
import { liveView, type Screen } from './view/live-view.ts';
import { Pacer, type Pass } from './view/pacer.ts';
import { pageOf, readReal, writeLines } from './view/page.ts';
import { plainView } from './view/plain-view.ts';
import { renderSummary } from './view/render-summary.ts';

const HELP = `
The story: every host runs shop/web:v1. v2 is pushed and rolls out as policies/shop-web.yaml
says; v3 is pushed, fails on every host and goes back; v3 under another tag starts nothing.
A rollout that waits for a person (a hold) ends the story: nobody answers here.

With --keep the cloud stays up after the story, on a port of this machine, until Ctrl-C: the AWS CLI
and SDKs take it as their endpoint, look at it and push. An image whose manifest has the annotation
"longshore.local/unhealthy": "1" is bad on every host, with "0.1" on a tenth of them. With
--speed max the story leaps, and what comes after it goes at 120.

With docker:<n> each host is a Docker Engine in namespaces of its own, with a real container that
the real host script swaps; on Linux, as root. Docker's work takes its real time, and the policy's
interval_seconds is one second there.

Examples:
  npm run local
  npm run local -- --speed 600                  ten virtual minutes a second
  npm run local -- --hosts 200 --failing 0.05   v2 fails on ten of the hosts
  npm run local -- --silent 3                   three hosts never answer
  npm run local -- --hosts docker:4             four real hosts
  npm run -s local -- --json --speed max        one JSON document on standard output
  npm run local -- --keep                       the story, and then it is yours
  npm run local -- --keep --no-story --port 4566 --speed 600

Exit codes: 0 all as expected, or ended by Ctrl-C after --keep; 1 something is not as expected;
2 something is wrong with what was given.`;

interface Options extends GivenOptions {
  speed: Speed;
  json?: true;
}

/** What the program finds around it. */
export interface Surroundings {
  out: Screen;
  err: Screen;
  readStack: (areReal: boolean) => Promise<StoryStack>;
  /** Why real hosts cannot be had here; empty where they can. */
  listObstacles: () => string[];
  /** Aborts when somebody wants the program to end; until it is asked for, that ends it at once. */
  untilEnded: () => AbortSignal;
}

/** What was given cannot be played; the message says why and how to mend it. */
class BadOptions extends Error {
  override readonly name = 'BadOptions';
}

/** Returns the exit code. `args` are the arguments after the program's name. */
export async function main(args: readonly string[], around: Surroundings): Promise<number> {
  const { out, err } = around;
  let exitCode = 0;
  const command = new Command('npm run local --')
    .usage('[options]')
    .description('Plays two pushes on an embedded cloud with simulated hosts, in virtual time.')
    .addOption(
      new Option('--hosts <n|docker:n>', 'hosts of the fleet, 1 to 100000; or real ones, 1 to 16')
        .argParser(parseHosts)
        .default({ count: 20, areReal: false } satisfies Hosts, '20'),
    )
    .option('--failing <share>', 'share of hosts on which v2 fails its health check', parseShare, 0)
    .option(
      '--silent <n|share>',
      'hosts that never answer: 3, or a tenth 0.1 (default: none)',
      parseSilent,
    )
    .option('--speed <n|max>', 'virtual seconds per second', parseSpeed, 120)
    .option('--seed <n>', 'everything left to chance is drawn from it', parseSeed, 1)
    .option('--keep', 'the cloud stays up on a port, until Ctrl-C')
    .option('--port <n>', 'the port of --keep (default: one that is free)', parsePort)
    .option('--no-story', 'with --keep: the hosts run v1, and nobody pushes')
    .option('--json', 'one JSON document at the end; progress as JSON lines on stderr')
    .allowExcessArguments(false)
    .addHelpText('after', HELP)
    .showHelpAfterError('Run with --help for what it takes, with examples.')
    .exitOverride()
    .configureOutput({
      writeOut: (text) => out.write(text),
      writeErr: (text) => err.write(text),
      outputError: (text, write) => write(`local: ${text}`),
    })
    .action(async (options: Options) => {
      exitCode = await play(options, around);
    });
  try {
    await command.parseAsync([...args], { from: 'user' });
    return exitCode;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
    if (!(error instanceof BadOptions)) throw error;
    err.write(`local: ${error.message}\n`);
    return 2;
  }
}

async function play(options: Options, around: Surroundings): Promise<number> {
  const { out, err } = around;
  const startedMs = performance.now();
  const storyOptions = combineOptions(options);
  if (typeof storyOptions === 'string') throw new BadOptions(storyOptions);
  if (options.hosts.areReal) refuseObstacles(around.listObstacles());
  if (!options.json) writeLines(out, wrapWords(sayHello(options), pageOf(out).columns));
  if (options.keep) return keep(options, storyOptions, around);
  const [stack, { playStory }] = await Promise.all([
    refuseUnusable(() => around.readStack(options.hosts.areReal)),
    import('./scenario/play-story.ts'),
  ]);
  const pacer = options.speed === 'max' ? undefined : new Pacer(options.speed);
  const pass: Pass = async (...of) => pacer?.pass(...of);
  const story = await playStory(stack, storyOptions, audienceFor(options, { out, err }, pass));
  const real = readReal(startedMs);
  if (options.json) out.write(`${JSON.stringify({ ...story, real }, null, 2)}\n`);
  else writeLines(out, renderSummary(story, real, pageOf(out)));
  return story.isAsExpected ? 0 : 1;
}

/** Returns when somebody ends it. */
async function keep(options: Options, storyOptions: StoryOptions, around: Surroundings) {
  const { out } = around;
  const { runKept } = await import('./keep/run-kept.ts');
  await refuseUnusable(() =>
    runKept({
      options,
      storyOptions,
      out,
      audienceWith: (pass) => audienceFor(options, around, pass),
      readStack: () => around.readStack(false),
      untilEnded: around.untilEnded,
    }),
  );
  return 0;
}

function refuseObstacles(obstacles: readonly string[]): void {
  if (obstacles.length === 0) return;
  const lines = obstacles.map((reason) => `  - ${reason}`).join('\n');
  throw new BadOptions(
    `real hosts cannot be had here:\n${lines}\nSimulated ones need nothing: --hosts 4.`,
  );
}

function sayHello({ hosts: { count, areReal }, seed, speed }: Options): string {
  const pace = speed === 'max' ? 'as fast as it goes' : `${speed} virtual seconds a second`;
  const hosts = areReal
    ? `${count} real hosts, health looks ${REAL_INTERVAL_SECONDS} s apart`
    : `${count} hosts`;
  return `Longshore on an embedded cloud: ${hosts}, seed ${seed}, ${pace}.`;
}

/** What is unusable is what was given. */
async function refuseUnusable<Value>(work: () => Promise<Value>): Promise<Value> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof UnusableStackError || error instanceof UnusablePortError) {
      throw new BadOptions(error.message, { cause: error });
    }
    throw error;
  }
}

function audienceFor(
  { json }: Options,
  { out, err }: Pick<Surroundings, 'out' | 'err'>,
  pass: Pass,
): Audience {
  if (json) return jsonLines((text) => err.write(text), pass);
  const { paint } = pageOf(out);
  if (out.isTTY && process.env['TERM'] !== 'dumb') return liveView({ stream: out, paint, pass });
  return plainView({ write: (text) => out.write(text), paint, pass });
}

/** As of a program that SIGPIPE ended. */
const READER_IS_GONE = 141;

if (import.meta.main) {
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE') process.exit(READER_IS_GONE);
    throw error;
  });
  process.exitCode = await main(process.argv.slice(2), {
    out: process.stdout,
    err: process.stderr,
    // The CDK is large: it is loaded when it is needed.
    readStack: async (areReal) => {
      const { readRealStack, readStack } = await import('./scenario/read-stack.ts');
      return areReal ? readRealStack() : readStack();
    },
    listObstacles,
    untilEnded: () => untilEnded(process),
  });
}
