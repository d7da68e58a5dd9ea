/** How good a status is; an entry of the log, and a host's fate, in words. */
import type { LogEntry } from '#core/rollout.ts';
import type { RolloutStatus } from '#core/status.ts';
import type { TroubledHost } from './host-glance.ts';

export type Tone = 'plain' | 'good' | 'bad' | 'waiting';

export function toneOf(status: RolloutStatus): Tone {
  switch (status) {
    case 'completed':
      return 'good';
    case 'held':
    case 'paused':
    case 'awaiting_approval':
    case 'awaiting_window':
    case 'completed_with_failures':
      return 'waiting';
    case 'rolling_back':
    case 'rolled_back':
    case 'rollback_failed':
    case 'failed':
      return 'bad';
    default:
      return 'plain';
  }
}

/** What an entry of the log says: with the status, where that changed. */
export function tellEntry(
  log: readonly LogEntry[],
  entry: LogEntry,
): { words: string; tone: Tone } {
  const before = log.find(({ seq }) => seq === entry.seq - 1)?.status;
  return before === entry.status
    ? { words: entry.why, tone: 'plain' }
    : { words: `${entry.status}: ${entry.why}`, tone: toneOf(entry.status) };
}

/** `failed: the health check fails; v1 runs again`; `tag` is the image from before. */
export function fateOf({ state, reason, isBack }: TroubledHost, tag: string): string {
  const old = tag || 'the old image';
  const why = reason === '' ? '' : `: ${reason}`;
  switch (state) {
    case 'back':
      return `went back to ${old}`;
    case 'not back':
      return `did not go back to ${old}${why}`;
    default:
      return `${state}${why}${isBack ? `; ${old} runs again` : ''}`;
  }
}
