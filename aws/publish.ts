/**
 * Longshore's events on its bus: the entries of a rollout's log, after the write that holds them. What is
 * owed is in `published_seq`; a publication that fails is paid by the next step or by the sweep, so it is
 * never a reason for a step to fail. Twice is possible: each entry has a deterministic id.
 */
import { EventBridgeClient, PutEventsCommand } from '@aws-sdk/client-eventbridge';
import { adviceFor } from '#core/advice.ts';
import { LostRaceError, ThrottledError } from '#core/errors.ts';
import { firstChunkOf } from '#core/plan-hosts.ts';
import { type LogEntry, type Rollout, rolloutTitle } from '#core/rollout.ts';
import { readEnvironment } from './environment.ts';
import { notePublished, writeRollout } from './rollout-store.ts';
import type { Runtime } from './runtime.ts';
import type { Store } from './store.ts';

/** PutEvents takes 10 entries. */
const ENTRIES_PER_CALL = 10;

export interface Bus {
  client: EventBridgeClient;
  name: string;
}

export function openBus(runtime: Runtime): Bus {
  return {
    client: new EventBridgeClient(runtime.clientConfig),
    name: readEnvironment(runtime).BUS_NAME,
  };
}

/** Whether entries of the rollout's log are not known to be published. */
export function owesEvents(rollout: Rollout): boolean {
  return (rollout.log.at(-1)?.seq ?? 0) > rollout.published_seq;
}

/** Publishes what the rollout's log owes. What the bus does not take now stays owed. */
export async function publishOwed(store: Store, bus: Bus, rollout: Rollout): Promise<Rollout> {
  const owed = rollout.log.filter((entry) => entry.seq > rollout.published_seq);
  const last = owed.at(-1);
  if (last === undefined) return rollout;
  for (let from = 0; from < owed.length; from += ENTRIES_PER_CALL) {
    const entries = owed.slice(from, from + ENTRIES_PER_CALL);
    if (!(await putEntries(bus, rollout, entries))) return rollout;
  }
  try {
    await notePublished(store, rollout.rollout, last.seq);
  } catch (error) {
    if (!(error instanceof LostRaceError)) throw error; // Another has noted as much or more.
  }
  return { ...rollout, published_seq: last.seq };
}

/** Publishes an entry that was published already, of which nobody was told. */
export async function announceAgain(bus: Bus, rollout: Rollout, entry: LogEntry): Promise<void> {
  if (!(await putEntries(bus, rollout, [entry]))) {
    throw new ThrottledError('the bus did not take an event');
  }
}

/** Whether the bus took them all. */
async function putEntries(
  bus: Bus,
  rollout: Rollout,
  entries: readonly LogEntry[],
): Promise<boolean> {
  const command = new PutEventsCommand({
    Entries: entries.map((entry) => ({
      EventBusName: bus.name,
      Source: 'longshore',
      DetailType: entry.event,
      Time: new Date(entry.at_ms),
      Resources: [rollout.execution_arn],
      Detail: JSON.stringify({
        id: `${rollout.rollout}/${entry.seq}`,
        rollout_id: rollout.rollout,
        title: rolloutTitle(rollout),
        policy: rollout.policy,
        image: `${rollout.repository}:${rollout.image.tag}`,
        digest: rollout.image.digest,
        status: entry.status,
        who: entry.who,
        why: entry.why,
        // Of a rollout that has moved on meanwhile nobody needs to be told what they could have done.
        ...(entry.status === rollout.status && { advice: adviceFor(rollout) }),
        /** Whether its policy names somebody to tell: nobody is woken for one that does not. */
        notifies: rollout.settings.notifications.length > 0,
      }),
    })),
  });
  try {
    return ((await bus.client.send(command)).FailedEntryCount ?? 0) === 0;
  } catch {
    return false; // Owed still: the next step, "Close rollout" or the sweep pays it.
  }
}

/**
 * The same where chunks are to follow at once: what the log owes is published by the first of them, once its
 * command is out, for hosts wait for the one and nobody for the other. Where that one is not among them, now.
 */
export async function saveForChunks(
  store: Store,
  bus: Bus,
  rollout: Rollout,
  chunks: readonly number[],
): Promise<Rollout> {
  const saved = await writeRollout(store, rollout);
  return chunks.includes(firstChunkOf(saved)) ? saved : publishOwed(store, bus, saved);
}

/** Writes the rollout on condition of its version, then publishes what its log owes. */
export async function saveRollout(store: Store, bus: Bus, rollout: Rollout): Promise<Rollout> {
  return publishOwed(store, bus, await writeRollout(store, rollout));
}
