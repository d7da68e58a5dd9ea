/** Numbers from the command line. What is wrong is an error that says what to give instead. */
import { InvalidArgumentError } from 'commander';
import type { StoryOptions } from './story.ts';

const MOST_HOSTS = 100_000;
/** Each of them is a Docker Engine on this machine. */
const MOST_REAL_HOSTS = 16;
const DOCKER = 'docker:';
const MOST_SPEED = 1_000_000;
const MOST_SEED = 2 ** 32 - 1;
const MOST_PORT = 65_535;

export type Speed = number | 'max';

/** How many, and of which kind. */
export interface Hosts {
  count: number;
  /** Docker Engines; else they are simulated. */
  areReal: boolean;
}

export function parseHosts(text: string): Hosts {
  const areReal = text.startsWith(DOCKER);
  const count = wholeNumber(areReal ? text.slice(DOCKER.length) : text);
  const most = areReal ? MOST_REAL_HOSTS : MOST_HOSTS;
  if (count !== undefined && count >= 1 && count <= most) return { count, areReal };
  throw new InvalidArgumentError(
    areReal
      ? `Give a whole number from 1 to ${MOST_REAL_HOSTS} after docker:, such as --hosts docker:4.`
      : `Give a whole number from 1 to ${MOST_HOSTS}, such as --hosts 200, or --hosts docker:4.`,
  );
}

export function parseShare(text: string): number {
  const share = decimal(text);
  if (share !== undefined && share <= 1) return share;
  throw new InvalidArgumentError('Give a share from 0 to 1, such as --failing 0.1.');
}

/** How many of so many hosts. */
export type Quota = (hosts: number) => number;

/** `3` is three hosts, `0.1` a tenth of them and `1.0` all. */
export function parseSilent(text: string): Quota {
  const count = wholeNumber(text);
  if (count !== undefined && count <= MOST_HOSTS) return () => count;
  const share = decimal(text);
  if (share !== undefined && share <= 1) return (hosts) => hostsOf(share, hosts);
  throw new InvalidArgumentError(
    'Give a number of hosts, such as --silent 3, or a share with a point, such as --silent 0.1.',
  );
}

export function parseSpeed(text: string): Speed {
  if (text === 'max') return text;
  const speed = decimal(text);
  if (speed !== undefined && speed > 0 && speed <= MOST_SPEED) return speed;
  throw new InvalidArgumentError(
    'Give virtual seconds per second, such as --speed 600, or --speed max.',
  );
}

export function parseSeed(text: string): number {
  const seed = wholeNumber(text);
  if (seed !== undefined && seed <= MOST_SEED) return seed;
  throw new InvalidArgumentError(`Give a whole number from 0 to ${MOST_SEED}, such as --seed 7.`);
}

export function parsePort(text: string): number {
  const port = wholeNumber(text);
  if (port !== undefined && port >= 1 && port <= MOST_PORT) return port;
  throw new InvalidArgumentError(`Give a port from 1 to ${MOST_PORT}, such as --port 4566.`);
}

export interface GivenOptions {
  hosts: Hosts;
  failing: number;
  silent?: Quota;
  seed: number;
  keep?: true;
  port?: number;
  /** False with --no-story. */
  story: boolean;
}

/** The options as the story takes them, or what is wrong with them together. */
export function combineOptions(given: GivenOptions): StoryOptions | string {
  return judgeKeeping(given) ?? combineHosts(given);
}

function judgeKeeping({ keep, port, story, hosts }: GivenOptions): string | undefined {
  if (keep && hosts.areReal) {
    return `--keep is for simulated hosts; real ones cannot pull what is pushed to the embedded registry. Give --hosts ${hosts.count}.`;
  }
  if (keep) return undefined;
  if (port !== undefined)
    return '--port is the port of a cloud that stays up. Give --keep as well.';
  return story ? undefined : '--no-story leaves nothing to do without --keep. Give --keep as well.';
}

function combineHosts(given: GivenOptions): StoryOptions | string {
  const { seed } = given;
  const { count: hosts, areReal } = given.hosts;
  const failing = hostsOf(given.failing, hosts);
  const silent = given.silent?.(hosts) ?? 0;
  if (areReal) {
    if (failing + silent === 0) return { hosts, docker: true, failing, silent, seed };
    return `--failing and --silent are for simulated hosts; a real one does what its container does. Leave them out, or give --hosts ${hosts}.`;
  }
  if (silent > hosts) {
    return `--silent ${silent} is more than --hosts ${hosts}. Give at most ${hosts}.`;
  }
  if (failing + silent > hosts) {
    return `--failing (${failing} hosts) and --silent (${silent} hosts) are more than --hosts ${hosts} together. Lower one of them.`;
  }
  return { hosts, failing, silent, seed };
}

/** A share that is more than nothing is at least one host. */
function hostsOf(share: number, hosts: number): number {
  return Math.ceil(Number((share * hosts).toPrecision(12)));
}

function wholeNumber(text: string): number | undefined {
  return /^\d{1,12}$/.test(text) ? Number(text) : undefined;
}

function decimal(text: string): number | undefined {
  return /^\d{1,12}(\.\d{1,12})?$|^\.\d{1,12}$/.test(text) ? Number(text) : undefined;
}
