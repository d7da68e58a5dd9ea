/** What befalls the events of services on their way: lost, doubled, late and so out of order. */
import type { CloudEvent } from '#local/events/cloud-event.ts';
import type { Stage } from '../stage.ts';
import type { Hits } from './hit.ts';

const DELIVERY_MS = [100, 1_000] as const;
const LATE_MS = 10 * 60_000;

export function disturbEvents(stage: Stage, hits: Hits): void {
  /** When the last of the events on the same thing comes. */
  const lastMs = new Map<string, number>();
  const come = (event: CloudEvent, inMs: number) => {
    const [thing, atMs] = [thingOf(event), stage.cloud.clock.nowMs() + inMs];
    const before = lastMs.get(thing) ?? 0;
    if (before > atMs) stage.counters.count('events changed places');
    lastMs.set(thing, Math.max(before, atMs));
  };
  stage.cloud.events.disturb = (event) => {
    const name = nameOf(event);
    const [least, most] = DELIVERY_MS;
    const share = hits.share(name);
    const usual = Math.round(least + share * (most - least));
    if (isOut(stage, event)) return [];
    if (hits('event_lost', name)) return [];
    const late = Math.round(share ** 3 * LATE_MS);
    const first = hits('event_late', name) ? usual + late : usual;
    come(event, first);
    return hits('event_doubled', name) ? [first, usual + late] : [first];
  };
}

function isOut({ outages }: Stage, { source }: CloudEvent): boolean {
  return (
    (source === 'aws.ssm' && outages.has('command_events')) ||
    (source === 'aws.ecr' && outages.has('push_events')) ||
    (source === 'longshore' && outages.has('news'))
  );
}

/** A repository, an execution, a command. */
function thingOf({ source, detail }: CloudEvent): string {
  const about: Record<string, unknown> = { ...(detail as object) };
  const { executionArn, rollout_id: rollout } = about;
  return `${source} ${about['repository-name'] ?? executionArn ?? about['command-id'] ?? rollout}`;
}

function nameOf({ source, detail }: CloudEvent): string {
  const about: Record<string, unknown> = { ...(detail as object) };
  const fields = ['repository-name', 'image-tag', 'name', 'status'].map(
    (name) => about[name] ?? '',
  );
  return [source, ...fields].join(' ').trim();
}
