/**
 * Which entries of a rollout's log people are told of, and what they were told already. That is an item of
 * its own beside `meta`: who tells does not race with the steps, and no step writes over what was told.
 *
 * Invariant: an entry is claimed before it is told, and noted after. So two who look at once tell it once;
 * it is told twice only where who told it died before the note, and readers know it again by its id.
 */
import * as z from 'zod';
import type { LogEntry, Rollout } from './rollout.ts';
import type { RolloutStatus } from './status.ts';

/** What waits for a person, and how it went. What a person did by hand is no news to anybody. */
export const TOLD_STATUSES = [
  'awaiting_approval',
  'held',
  'rolling_back',
  'completed',
  'completed_with_failures',
  'failed',
  'rolled_back',
  'rollback_failed',
  'expired',
] as const satisfies RolloutStatus[];
export type ToldStatus = (typeof TOLD_STATUSES)[number];

export const Told = z.strictObject({
  rollout: z.string(),
  item: z.literal('told'),
  version: z.int().min(0),
  /** Every entry up to this one was told, or is none that anybody is told of. */
  seq: z.int().min(0),
  /** Topics that were told of the next one already. */
  topics: z.array(z.string()),
  /** Until then somebody is at it. */
  busy_until_ms: z.int().optional(),
  expires_at: z.int(),
});
export type Told = z.infer<typeof Told>;

/** As long as the lambda that tells may run: a claim that is older belongs to somebody who died. */
const BUSY_MS = 60_000;
/** Lambda has tried three times by then. */
const LATE_MS = 5 * 60_000;
/** TTL is a broom: longer than a rollout may wait and its rows are kept, taken together. */
const KEPT_SECONDS = 800 * 86_400;

export type ToldEntry = LogEntry & { status: ToldStatus };

export type Telling =
  | { kind: 'nothing' }
  /** Somebody else tells now. */
  | { kind: 'busy' }
  /** `claimed` is written first. */
  | { kind: 'tell'; entry: ToldEntry; topics: string[]; claimed: Told };

/** The first entry of the log that is still to be told, and to which topics. */
export function planTelling(rollout: Rollout, stored: Told | undefined, nowMs: number): Telling {
  const told = stored ?? firstTold(rollout);
  const entry = rollout.log
    .filter(isNews)
    .filter(isTold)
    .find(({ seq }) => seq > told.seq);
  const named = rollout.settings.notifications.map(({ topic_arn }) => topic_arn);
  const topics = [...new Set(named)].filter((topic) => !told.topics.includes(topic));
  if (entry === undefined || named.length === 0) return { kind: 'nothing' };
  if (told.busy_until_ms !== undefined && told.busy_until_ms > nowMs) return { kind: 'busy' };
  const claimed = {
    ...told,
    busy_until_ms: nowMs + BUSY_MS,
    expires_at: Math.floor(nowMs / 1000) + KEPT_SECONDS,
  };
  return { kind: 'tell', entry, topics, claimed };
}

/** The first that is to be told, long after it should have been; undefined where all is well. */
export function chooseUntold(
  rollout: Rollout,
  stored: Told | undefined,
  nowMs: number,
): LogEntry | undefined {
  const telling = planTelling(rollout, stored, nowMs);
  if (telling.kind !== 'tell' || telling.entry.at_ms + LATE_MS > nowMs) return undefined;
  return telling.entry;
}

/** The claim given back: every topic has heard of the entry, or these have. */
export function noteTold(claimed: Told, heard: { all: number } | { topics: string[] }): Told {
  const { busy_until_ms, ...rest } = claimed;
  return 'all' in heard
    ? { ...rest, seq: heard.all, topics: [] }
    : { ...rest, topics: [...rest.topics, ...heard.topics] };
}

function firstTold({ rollout }: Rollout): Told {
  return { rollout, item: 'told', version: 0, seq: 0, topics: [], expires_at: 0 };
}

/** A change of status; but who resumes what was paused or held knows what it waits for then. */
function isNews({ status, event }: LogEntry, index: number, log: readonly LogEntry[]): boolean {
  return status !== log[index - 1]?.status && event !== 'image.rollout_resumed';
}

function isTold(entry: LogEntry): entry is ToldEntry {
  return TOLD_STATUSES.some((status) => status === entry.status);
}
