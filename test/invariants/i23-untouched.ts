/** A command that fails before its swap leaves the container as it was: the same one, started at the same instant. */
import type { HostEvent } from '#local/hosts/host-state.ts';
import type { Check, Context } from './check.ts';
import { ownContainer } from './slots.ts';

/** Unfit, no Docker, no state, no room, no container, no image, not made, not to be managed, a check that fails anyway. */
const BEFORE_THE_SWAP: ReadonlySet<number> = new Set([
  12, 13, 14, 20, 30, 31, 32, 33, 35, 36, 37, 38, 39, 42, 43, 44, 45, 46, 47, 51,
]);

interface Seen {
  id: number | undefined;
  startedAtMs: number | undefined;
  /** The command at work, whose doing any change is; and whether it found an open swap. */
  commandId: string | undefined;
  isRecovering: boolean;
}

export const untouched: Check = {
  name: 'I23',
  begin: (context) => {
    const seen = new Map<string, Seen>();
    return { onHostEvent: (event) => judge(context, event, seen) };
  },
};

function judge({ cloud, report }: Context, event: HostEvent, seen: Map<string, Seen>): void {
  const place = `${event.host}/${event.container}`;
  const slot = cloud.fleet.find(event.host)?.slot(event.container);
  const own = ownContainer(slot);
  const before = seen.get(place);
  if (event.kind === 'answered' && before !== undefined && BEFORE_THE_SWAP.has(event.code)) {
    const isOther = before.commandId !== undefined && before.commandId !== event.commandId;
    const isSame = own?.id === before.id && own?.startedAtMs === before.startedAtMs;
    const isGone = own === undefined && slot?.journal === undefined;
    if (!isOther && !before.isRecovering && !isSame && !isGone) {
      report(`${place} answered ${event.code} to ${event.commandId}, and was changed`);
    }
  }
  const hasEnded = event.kind === 'killed' || event.kind === 'answered';
  const isAccepted = event.kind === 'accepted';
  // An update that starts something has changed the host: what it compares with stays what it found.
  if (event.kind === 'started' && before?.commandId !== undefined && event.because !== 'by_hand') {
    if (event.because !== 'boot') return;
  }
  seen.set(place, {
    id: own?.id,
    startedAtMs: own?.startedAtMs,
    commandId: isAccepted ? event.commandId : hasEnded ? undefined : before?.commandId,
    isRecovering: isAccepted ? slot?.journal !== undefined : before?.isRecovering === true,
  });
}
