/**
 * At most one execution per rollout may write; a host serves one owner, and one changing command at a time (I2). Which
 * rollout of a target may send is 03-since-begun.ts's.
 */
import type { HostEvent } from '#local/hosts/host-state.ts';
import type { Check, Context } from './check.ts';
import type { Write } from './item-kinds.ts';
import { isRecord } from './wire-item.ts';

interface Served {
  owner: string;
  /** The changing command that it has accepted and not ended. */
  commandId: string | undefined;
}

export const oneSender: Check = {
  name: '1, I2',
  begin: (context) => {
    const served = new Map<string, Served>();
    return {
      onWrite: (write) => judgeWrite(context, write),
      onHostEvent: (event) => judgeEvent(context, event, served),
    };
  },
};

/** Steps are invoked with the run of their execution; who has none is no execution's step. */
function judgeWrite({ mirror, report }: Context, { kind, before, after, call }: Write): void {
  // What was published is noted by whoever published it: it names no version, and changes nothing else.
  if ((kind !== 'meta' && kind !== 'chunk') || call.operation === 'UpdateItem') return;
  const payload = call.caller?.payload;
  const run = isRecord(payload) ? payload['run'] : undefined;
  if (typeof run !== 'number' || after === undefined || before === undefined) return;
  const own = isRecord(payload) ? String(payload['rolloutId']) : '';
  if (own !== after.rollout) {
    // Who took over settles the one that it took over from, whatever run that was at.
    if (!isTakenBy(mirror, own, after.rollout))
      report(`${own} wrote the ${kind} of ${after.rollout}`);
    return;
  }
  // A rollout's own write names the version that it read; a chunk's writer has read the rollout since it began.
  const beganAtMs = mirror.beganAtMs(call);
  const named = kind === 'meta' ? [before] : mirror.rolloutsSince(after.rollout, beganAtMs);
  if (!named.some((rollout) => rollout?.run === run)) {
    report(`run ${run} of ${after.rollout} wrote its ${kind}, and another one walks it`);
  }
}

/** Whether the one took over from the other, or from one that had. */
function isTakenBy(mirror: Context['mirror'], newer: string, older: string): boolean {
  let before = mirror.rollout(newer)?.supersedes;
  while (before !== undefined && before !== older) before = mirror.rollout(before)?.supersedes;
  return before === older;
}

function judgeEvent({ report }: Context, event: HostEvent, served: Map<string, Served>): void {
  const place = `${event.host}/${event.container}`;
  const before = served.get(place);
  switch (event.kind) {
    case 'accepted': {
      const { owner } = event.mark;
      served.set(place, { owner, commandId: event.commandId });
      if (before !== undefined && before.owner !== owner) {
        report(`${place} serves ${owner}, and served ${before.owner}`);
      }
      if (before?.commandId !== undefined) {
        report(`${place} accepted ${event.commandId} while it worked on ${before.commandId}`);
      }
      break;
    }
    case 'answered':
      if (before?.commandId !== event.commandId) break;
      before.commandId = undefined;
      break;
    case 'killed':
      if (before !== undefined) before.commandId = undefined;
      break;
    case 'lost':
      served.delete(place);
      break;
    default:
  }
}
