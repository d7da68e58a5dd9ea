/** `staged_batches` of a policy: a list of entries, or how many batches there shall be. */
import * as z from 'zod';
import {
  type BatchEntry,
  batchesOf,
  DEFAULT_BATCHES,
  MAX_BATCHES,
  parseBatchEntry,
} from './batches.ts';
import { addFlaw, type Flaw } from './problem.ts';

export const BatchEntries = z
  .array(z.union([z.number(), z.string()]))
  .min(1)
  .max(MAX_BATCHES);

export const StagedBatches = z
  .custom<number | BatchEntry[]>()
  .superRefine((value: unknown, context) => {
    for (const flaw of judgeStagedBatches(value)) addFlaw(context, flaw);
  });

function judgeStagedBatches(value: unknown): Flaw[] {
  if (typeof value === 'number') return judgeCount(value);
  if (!Array.isArray(value))
    return [{ code: 'wrong_type', what: 'is neither a list nor a number of batches' }];
  if (value.length === 0) return [{ code: 'too_few', what: 'has no entry' }];
  if (value.length > MAX_BATCHES) {
    return [{ code: 'too_many', what: `has more than ${MAX_BATCHES} entries` }];
  }
  return judgeEntries(value);
}

function judgeCount(count: number): Flaw[] {
  if (!Number.isInteger(count)) return [{ code: 'not_whole', what: 'is not a whole number' }];
  if (count < 1) return [{ code: 'too_small', what: 'is less than 1' }];
  if (count > MAX_BATCHES) return [{ code: 'too_large', what: `is more than ${MAX_BATCHES}` }];
  return [];
}

/**
 * Fractions and counts are each compared among themselves: whether "10 hosts" is more than 0.5 depends
 * on the fleet, and an entry that adds no host is dropped when the fleet is known.
 */
function judgeEntries(entries: readonly unknown[]): Flaw[] {
  const reached = { fraction: 0, count: 0 };
  const flaws = entries.flatMap((entry, index): Flaw[] => {
    const share = isBatchEntry(entry) ? parseBatchEntry(entry) : undefined;
    if (share === undefined) return [{ ...judgeMeaningless(entry), path: [index] }];
    if (share.amount < reached[share.kind]) {
      return [{ code: 'batches_fall', what: 'is less than an entry before it', path: [index] }];
    }
    reached[share.kind] = share.amount;
    return [];
  });
  if (flaws.length > 0 || isEverything(entries.at(-1))) return flaws;
  return [{ code: 'batches_not_whole', what: 'does not end with everything' }];
}

function judgeMeaningless(entry: unknown): Flaw {
  if (!isBatchEntry(entry)) return { code: 'wrong_type', what: 'is neither a number nor text' };
  if (Number.parseFloat(String(entry)) === 0) return { code: 'batch_empty', what: 'is no host' };
  return { code: 'malformed', what: 'is no share of the hosts' };
}

function isBatchEntry(entry: unknown): entry is BatchEntry {
  return typeof entry === 'number' || typeof entry === 'string';
}

function isEverything(entry: unknown): boolean {
  return entry === 1 || (typeof entry === 'string' && /^100(?:\.0+)?%$/.test(entry));
}

/** The entries that a policy's field means. */
export function listBatches(staged: number | BatchEntry[] | undefined): BatchEntry[] {
  return Array.isArray(staged) ? [...staged] : batchesOf(staged ?? DEFAULT_BATCHES.length);
}
