/**
 * Once a host has accepted (generation, step), nothing lower of that owner is accepted or changes it (I6), whatever its
 * clock says; nothing changes it after the deadline of what it accepted (I7) by the host's own clock, which is all that
 * it has; nor without something accepted.
 */
import type { HostEvent, Mark } from '#local/hosts/host-state.ts';
import type { Check, Context } from './check.ts';

interface Accepted extends Mark {
  commandId: string;
  /** The same command may go on with it. */
  isOpen: boolean;
  /** The host has lost its files since, and knows of it no more; a script that is at work goes on. */
  isLost: boolean;
  /** The host's clock when it accepted it. */
  aheadMs: number;
}

export const fenced: Check = {
  name: '9, I6, I7',
  begin: (context) => {
    const accepted = new Map<string, Accepted>();
    return { onHostEvent: (event) => judge(context, event, accepted) };
  },
};

function judge(context: Context, event: HostEvent, accepted: Map<string, Accepted>): void {
  const place = `${event.host}/${event.container}`;
  const last = accepted.get(place);
  if (last !== undefined && event.kind === 'lost') last.isLost = true;
  if (last !== undefined && leavesOpen(event, last)) last.isOpen = true;
  if (event.kind === 'accepted') {
    const { mark, commandId } = event;
    const aheadMs = clockOf(context, event.host);
    accepted.set(place, { ...mark, commandId, isOpen: false, isLost: false, aheadMs });
    const isFree = last?.isLost === true || (last?.isOpen === true && isSame(mark, last));
    if (last?.owner === mark.owner && !isHigher(mark, last) && !isFree) {
      context.report(
        `${place} accepted (${mark.gen}, ${mark.step}) after (${last.gen}, ${last.step})`,
      );
    }
  }
  if (event.kind !== 'started' || event.because === 'by_hand' || event.because === 'boot') return;
  const command = context.commands.get(last?.commandId ?? '')?.command;
  if (command === undefined) {
    context.report(`${place} started a container without an accepted command`);
  } else if (event.atMs + (last?.aheadMs ?? 0) > command.deadline * 1000) {
    context.report(
      `${place} started a container after the deadline of (${command.gen}, ${command.step})`,
    );
  }
}

function clockOf({ cloud }: Context, host: string): number {
  return cloud.fleet.find(host)?.faults.clockAheadMs ?? 0;
}

/** The way back could not be gone, or what was left open not be ended: the same command tries it again. */
const LEFT_OPEN = [40, 41];

/** Whether the same command may be accepted again: it was killed before its answer, or left something open. */
function leavesOpen(event: HostEvent, last: Accepted): boolean {
  if (event.kind === 'killed') return true;
  const isOwn = event.kind === 'answered' && event.commandId === last.commandId;
  return isOwn && LEFT_OPEN.includes(event.code);
}

function isSame(mark: Mark, last: Mark): boolean {
  return mark.gen === last.gen && mark.step === last.step;
}

function isHigher(mark: Mark, last: Mark): boolean {
  return mark.gen > last.gen || (mark.gen === last.gen && mark.step > last.step);
}
