/**
 * What a policy may say, but hardly anybody means: it holds nothing up, and is said where the policy is
 * saved, and again where its hosts are known.
 *
 *   10/50/100 with 30-minute delays cannot end inside 02:00–02:45
 *   batch 1 of 3 hosts at 10 % is one host
 *   3 in a row can never fire with 2 hosts
 */
import { batchMs, leastBatchMs } from './batch-time.ts';
import {
  type BatchEntry,
  chunkSizeFor,
  chunkSizes,
  parseBatchEntry,
  planBatches,
} from './batches.ts';
import { commandSeconds, type Timed } from './chunk-command.ts';
import type { Policy } from './policy.ts';
import { windowSeconds } from './policy-window.ts';
import type { Pace } from './settings.ts';

export interface PolicyWarning {
  code:
    | 'row_never_fires'
    | 'limits_nothing'
    | 'batch_is_one_host'
    | 'first_batch_is_all'
    | 'batches_outlast_window'
    | 'batch_outlasts_window';
  /** With dots, as in a problem. */
  field: string;
  message: string;
}

interface Fleet {
  hosts: number;
  /** Else there may be fewer. */
  isExact: boolean;
}

/** More than any policy reaches: where nobody knows the hosts, every batch has some. */
const LARGE_FLEET = 100_000;

/** `hosts`: how many the policy reaches now; undefined where nobody has asked. */
export function listWarnings(policy: Policy, pace: Pace, hosts?: number): PolicyWarning[] {
  const fleet = fleetOf(policy, hosts);
  return [
    ...judgeRow(policy, fleet),
    ...judgeUnavailable(policy, fleet),
    ...judgeFirstBatch(policy, fleet),
    ...judgeWindow({ settings: policy, pace }, fleet),
  ];
}

/** What the policy itself says of their number. */
function fleetOf(policy: Policy, hosts: number | undefined): Fleet | undefined {
  if (hosts !== undefined) return { hosts, isExact: true };
  const most = Math.min(
    policy.hosts.length === 0 ? LARGE_FLEET : policy.hosts.length,
    policy.max_hosts ?? LARGE_FLEET,
  );
  return most === LARGE_FLEET ? undefined : { hosts: most, isExact: false };
}

function sizesOf(policy: Policy, hosts: number): number[] {
  return planBatches(policy.staged_batches, hosts, Math.min(hosts, policy.first_batch.length));
}

/** Failures in a row are counted inside a batch. */
function judgeRow(policy: Policy, fleet: Fleet | undefined): PolicyWarning[] {
  const row = policy.max_consecutive_failures;
  if (fleet === undefined || fleet.hosts === 0) return [];
  const largest = fleet.isExact ? Math.max(...sizesOf(policy, fleet.hosts)) : fleet.hosts;
  if (largest >= row) return [];
  const reason =
    fleet.hosts < row
      ? `with ${showFleet(fleet)}`
      : `where no batch of the ${showFleet(fleet)} has more than ${largest}`;
  const message = `${row} in a row can never fire ${reason}; lower max_consecutive_failures`;
  return [{ code: 'row_never_fires', field: 'max_consecutive_failures', message }];
}

function judgeUnavailable(policy: Policy, fleet: Fleet | undefined): PolicyWarning[] {
  const most = policy.max_unavailable;
  if (fleet === undefined || most === undefined || most <= fleet.hosts) return [];
  const message = `max_unavailable ${most} limits nothing: there are ${showFleet(fleet)}; lower it, or remove it`;
  return [{ code: 'limits_nothing', field: 'max_unavailable', message }];
}

function judgeFirstBatch(policy: Policy, fleet: Fleet | undefined): PolicyWarning[] {
  const named = policy.first_batch.length;
  // A list of hosts that is the first batch too leaves none for another, however many are reached.
  const isAllNamed = named > 0 && policy.hosts.length === named;
  if (isAllNamed) return [wholeFleet('first_batch', 'first_batch names every host of the policy')];
  if (fleet?.isExact !== true || fleet.hosts === 0) return [];
  const isStaged = policy.staged_batches.length > 1 || named > 0;
  if (sizesOf(policy, fleet.hosts).length === 1) {
    const what = `batch 1 is the whole fleet (${showFleet(fleet)})`;
    return isStaged ? [wholeFleet('staged_batches', what)] : [];
  }
  const isRounded = policy.staged_batches.slice(0, 1).some((entry) => isLessThanOne(entry, fleet));
  if (named > 0 || !isRounded) return [];
  const entries = policy.staged_batches.map(showEntry);
  const message = `batch 1 of ${showFleet(fleet)} at ${entries[0]} is one host; write "1 host" if that is meant`;
  return [{ code: 'batch_is_one_host', field: 'staged_batches.0', message }];
}

function wholeFleet(field: string, what: string): PolicyWarning {
  return { code: 'first_batch_is_all', field, message: `${what}: none goes before the others` };
}

function isLessThanOne(entry: BatchEntry, { hosts }: Fleet): boolean {
  const share = parseBatchEntry(entry);
  return share?.kind === 'fraction' && share.amount * hosts < 1;
}

/** Each batch goes out as early as it can, and still is to end inside the window. */
function judgeWindow(timed: Timed, fleet: Fleet | undefined): PolicyWarning[] {
  const { settings } = timed;
  const { maintenance_window_start: start, maintenance_window_end: end } = settings;
  if (start === undefined || end === undefined) return [];
  const lengthMs = windowSeconds(start, end) * 1000;
  const title = `${start}–${end}`;
  const isKnown = fleet?.isExact === true;
  const sizes = sizesOf(settings, isKnown ? fleet.hosts : LARGE_FLEET);
  const chunkSize = chunkSizeFor(settings.max_unavailable);
  const warnings: PolicyWarning[] = [];
  let fromMs = 0;
  let isOutlasted = false;
  for (const [index, size] of sizes.entries()) {
    const chunks = isKnown ? chunkSizes(size, chunkSize).length : 1;
    const isLong = batchMs(timed, chunks) > lengthMs;
    // What no window is long enough for begins where one chunk fits, and goes on in the next.
    const needMs = isLong ? commandSeconds(timed, 'update') * 1000 : batchMs(timed, chunks);
    if (isLong) warnings.push(longBatch(index + 1, size, batchMs(timed, chunks), title));
    if (fromMs + needMs > lengthMs && !isOutlasted) {
      isOutlasted = true;
      warnings.push(lateBatch(settings, index + 1, fromMs + needMs, title));
    }
    fromMs += leastBatchMs(timed, chunks) + settings.batch_delay_minutes * 60_000;
  }
  return warnings;
}

function longBatch(batch: number, hosts: number, ms: number, title: string): PolicyWarning {
  const message = `batch ${batch} of ${showCount(hosts)} may take ${showMinutes(ms)}, longer than ${title}: what is left goes on in the next window`;
  return { code: 'batch_outlasts_window', field: 'maintenance_window_end', message };
}

function lateBatch(policy: Policy, batch: number, ms: number, title: string): PolicyWarning {
  const delay = policy.batch_delay_minutes;
  const delays = delay > 0 ? ` with ${delay}-minute delays` : '';
  const message = `${showBatches(policy)}${delays} cannot end inside ${title}: batch ${batch} may end ${showMinutes(ms)} after the beginning, and waits for the next window`;
  return { code: 'batches_outlast_window', field: 'batch_delay_minutes', message };
}

/** `10/50/100`, `2 hosts/25/100`: the shares are in percent. */
export function showBatches({ staged_batches, first_batch }: Policy): string {
  const named = first_batch.length > 0 ? [showCount(first_batch.length)] : [];
  const entries = staged_batches.map((entry) => showEntry(entry).replace(/ %$/, ''));
  return [...named, ...entries].join('/');
}

/** `0.1` and `"10%"` are both `10 %`. */
function showEntry(entry: BatchEntry): string {
  const share = parseBatchEntry(entry);
  if (share?.kind !== 'fraction') return String(entry);
  return `${Number((share.amount * 100).toPrecision(6))} %`;
}

function showFleet({ hosts, isExact }: Fleet): string {
  return `${isExact ? '' : 'at most '}${showCount(hosts)}`;
}

function showCount(hosts: number): string {
  return hosts === 1 ? '1 host' : `${hosts} hosts`;
}

function showMinutes(ms: number): string {
  return `${Math.ceil(ms / 60_000)} minutes`;
}
