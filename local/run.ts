/**
 * `npm run local`: Longshore whole, in this process, without an account. Plays two pushes on a fleet of
 * simulated hosts, or of real Docker Engines, and holds their end against what the hosts themselves say.
 *
 * Exit codes: 0 all as expected, 1 something is not, 2 something is wrong with what was given, and nothing
 * was started. With --json, standard output carries one document and nothing else.
 */
import { Command, CommanderError, Option } from 'commander';
import { listObstacles } from './docker/requirements.ts';
import type { Audience } from './scenario/audience.ts';
import {
  combineOptions,
  type GivenOptions,
  type Hosts,
  parseHosts,
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
import { paintWith, wrapWords } from './view/format.ts';
import { jsonLines } from './view/json-lines.ts';
import { liveView, type Screen } from './view/live-view.ts';
import { Pacer } from './view/pacer.ts';
import { plainView } from './view/plain-view.ts';
import { renderSummary } from './view/render-summary.ts';

const HELP = `
The story: every host runs shop/web:v1. v2 is pushed and rolls out as policies/shop-web.yaml
says; v3 is pushed, fails on every host and goes back; v3 under another tag starts nothing.
A rollout that waits for a person (a hold) ends the story: nobody answers here.

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

Exit codes: 0 all as expected, 1 something is not, 2 something is wrong with what was given.`;

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
  if (!options.json) out.write(`${wrapWords(sayHello(options), columnsOf(out)).join('\n')}\n`);
  const [stack, { playStory }] = await Promise.all([
    readStackOrRefuse(() => around.readStack(options.hosts.areReal)),
    import('./scenario/play-story.ts'),
  ]);
  const story = await playStory(stack, storyOptions, audienceFor(options, { out, err }));
  const real = {
    seconds: (performance.now() - startedMs) / 1000,
    // resourceUsage counts in kilobytes.
    memoryBytes: process.resourceUsage().maxRSS * 1024,
  };
  if (options.json) out.write(`${JSON.stringify({ ...story, real }, null, 2)}\n`);
  else {
    const page = { columns: columnsOf(out), paint: paintWith(hasColours(out)) };
    out.write(`${renderSummary(story, real, page).join('\n')}\n`);
  }
  return story.isAsExpected ? 0 : 1;
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

async function readStackOrRefuse(readStack: () => Promise<StoryStack>): Promise<StoryStack> {
  try {
    return await readStack();
  } catch (error) {
    if (error instanceof UnusableStackError) throw new BadOptions(error.message, { cause: error });
    throw error;
  }
}

function audienceFor(
  { json, speed }: Options,
  { out, err }: Pick<Surroundings, 'out' | 'err'>,
): Audience {
  const pacer = speed === 'max' ? undefined : new Pacer(speed);
  const pass = async (fromMs: number, toMs: number, tick: (nowMs: number) => void = () => {}) =>
    pacer?.pass(fromMs, toMs, tick);
  if (json) return jsonLines((text) => err.write(text), pass);
  const paint = paintWith(hasColours(out));
  if (out.isTTY && process.env['TERM'] !== 'dumb') return liveView({ stream: out, paint, pass });
  return plainView({ write: (text) => out.write(text), paint, pass });
}

/** A log has room for so many. */
function columnsOf({ columns = 100 }: Screen): number {
  return columns;
}

/** Of the terminal, if it is one; NO_COLOR is respected. */
function hasColours({ isTTY = false, hasColors }: Screen): boolean {
  return isTTY && (hasColors?.() ?? false);
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
  });
}
