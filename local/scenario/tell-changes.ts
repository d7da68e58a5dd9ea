/** What changed in a rollout, as sentences: its log's own words, and the hosts that need attention. */
import { type LogEntry, type Rollout, rolloutTitle } from '#core/rollout.ts';
import type { RolloutStatus } from '#core/status.ts';
import type { Note, Tone } from './audience.ts';
import type { TroubledHost } from './host-glance.ts';
import type { Change } from './rollout-watch.ts';

/** How many hosts a sentence names. */
const NAMED = 3;

/** Neighbouring hosts of one fate are one sentence, however many they are. */
export function tellChanges(changes: readonly Change[]): Note[] {
  const notes: Note[] = [];
  let group: Extract<Change, { kind: 'host' }>[] = [];
  const tellGroup = () => {
    for (const [fate, same] of Map.groupBy(group, fateOfChange)) notes.push(tellHosts(fate, same));
    group = [];
  };
  for (const change of changes) {
    if (change.kind === 'host') group.push(change);
    else {
      tellGroup();
      notes.push(tellEntry(change.rollout, change.entry));
    }
  }
  tellGroup();
  return notes;
}

function tellEntry(rollout: Rollout, entry: LogEntry): Note {
  const before = rollout.log.find(({ seq }) => seq === entry.seq - 1)?.status;
  const isChange = before !== entry.status;
  const words = isChange ? `${entry.status}: ${entry.why}` : entry.why;
  return {
    atMs: entry.at_ms,
    text: `${rolloutTitle(rollout)}  ${words}`,
    tone: isChange ? toneOf(entry.status) : 'plain',
  };
}

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

function tellHosts(fate: string, changes: Extract<Change, { kind: 'host' }>[]): Note {
  const [first] = changes;
  const names = changes.slice(0, NAMED).map(({ host }) => host.host);
  const more = changes.length - names.length;
  const who = more > 0 ? `${names.join(', ')} and ${more} more` : names.join(', ');
  return {
    atMs: first?.atMs ?? 0,
    text: `${first ? rolloutTitle(first.rollout) : ''}  ${who} ${fate}`,
    tone: first ? toneOfHost(first.host) : 'plain',
  };
}

function toneOfHost({ state }: TroubledHost): Tone {
  if (state === 'back') return 'plain';
  return state === 'unknown' ? 'waiting' : 'bad';
}

function fateOfChange({ host, rollout }: Extract<Change, { kind: 'host' }>): string {
  return fateOf(host, rollout.previous.tag);
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
