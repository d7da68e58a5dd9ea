/**
 * What Step Functions adds to JSONata, and what it takes away: `$eval` is gone, `$parse` reads
 * JSON instead. `$now` and `$millis` tell virtual time; `$random` and `$uuid` draw from the run's
 * own source, so that a seeded run repeats itself.
 */
import { createHash } from 'node:crypto';
import jsonata from 'jsonata';
import { drawUuid } from './arns.ts';

/** Measured on the service: one element more exceeds the memory of an evaluation. */
const MAX_RANGE_LENGTH = 360_145;

const HASHES: Readonly<Record<string, string>> = {
  MD5: 'md5',
  'SHA-1': 'sha1',
  'SHA-256': 'sha256',
  'SHA-384': 'sha384',
  'SHA-512': 'sha512',
};

const FORMAT_NOW = jsonata('$fromMillis($at, $picture, $timezone)');

export function functionsFor(nowMs: () => number, random: () => number): Record<string, unknown> {
  return {
    eval: undefined,
    partition,
    range,
    hash,
    parse: (text: unknown) => parse(text),
    random: (seed?: unknown) => (seed === undefined ? random() : drawFrom(seed)),
    uuid: () => drawUuid(random),
    millis: () => nowMs(),
    now: (picture?: unknown, timezone?: unknown) =>
      FORMAT_NOW.evaluate(undefined, { at: nowMs(), picture, timezone }),
  };
}

function partition(items: unknown, size: unknown): unknown[][] {
  if (!Array.isArray(items)) throw new Error('Argument 1 of function "partition" must be an array');
  const step = wholeNumber(size, 2, 'partition');
  if (step < 1) throw new Error('Argument 2 of function "partition" must be positive');
  const chunks: unknown[][] = [];
  for (let at = 0; at < items.length; at += step) chunks.push(items.slice(at, at + step));
  return chunks;
}

function range(first: unknown, last: unknown, delta: unknown): number[] {
  const from = wholeNumber(first, 1, 'range');
  const to = wholeNumber(last, 2, 'range');
  const step = wholeNumber(delta, 3, 'range');
  if (step === 0) throw new Error('Argument 3 of function "range" must not be zero');
  const length = Math.max(0, Math.floor((to - from) / step) + 1);
  if (length > MAX_RANGE_LENGTH) {
    throw new Error(
      'Expression evaluation memory limit exceeded: Check for excessive memory usage',
    );
  }
  return Array.from({ length }, (_, index) => from + index * step);
}

function hash(value: unknown, algorithm: unknown): string {
  const name = typeof algorithm === 'string' ? HASHES[algorithm] : undefined;
  if (name === undefined) {
    throw new Error(
      `Argument 2 of function "hash" must be one of ${Object.keys(HASHES).join(', ')}`,
    );
  }
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  return createHash(name).update(text).digest('hex');
}

function parse(text: unknown): unknown {
  if (typeof text !== 'string') throw new Error('Argument 1 of function "parse" must be a string');
  return JSON.parse(text);
}

function wholeNumber(value: unknown, argument: number, name: string): number {
  if (typeof value === 'number' && Number.isInteger(value)) return value;
  throw new Error(`Argument ${argument} of function "${name}" must be an integer`);
}

/** The same seed gives the same number, always (mulberry32). */
function drawFrom(seed: unknown): number {
  const start = wholeNumber(seed, 1, 'random') + 0x6d2b79f5;
  let mixed = Math.imul(start ^ (start >>> 15), start | 1);
  mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
  return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
}
