/** What changed in a rollout, as sentences: its log's own words, and the hosts that need attention. */
import { rolloutTitle } from '#core/rollout.ts';
import type { TroubledHost } from '#core/view/host-glance.ts';
import { fateOf, type Tone, tellEntry } from '#core/view/tone.ts';
import type { Note } from './audience.ts';
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
      const { rollout, entry } = change;
      const { words, tone } = tellEntry(rollout.log, entry);
      notes.push({ atMs: entry.at_ms, text: `${rolloutTitle(rollout)}  ${words}`, tone });
    }
  }
  tellGroup();
  return notes;
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
