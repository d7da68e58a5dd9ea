/**
 * What a host leaves alone: containers that others make, that vanish when they stop, or that others hang on; what a
 * person put in the place of ours; a host that cannot do the work; and one whose old container fails the check that
 * the new one would be judged by.
 */
import type { Container, HostEvent } from '#local/hosts/host-state.ts';
import type { Check, Context } from './check.ts';
import { ownContainer } from './slots.ts';

interface Found {
  own: Container | undefined;
  /** The image by the host's own file; undefined where it has none. */
  recorded: string | undefined;
  isClear: boolean;
  failsEveryCheck: boolean;
  hasNoCommands: boolean;
  /** By ourselves: then a fix forward needs no check of what runs. */
  wasLeftUnhealthy: boolean;
  commandId: string;
}

export const leftAlone: Check = {
  name: 'hosts',
  begin: (context) => {
    const byHand = new Set<string>();
    const found = new Map<string, Found>();
    return { onHostEvent: (event) => judge(context, event, byHand, found) };
  },
};

function judge(
  { cloud, commands, report }: Context,
  event: HostEvent,
  byHand: Set<string>,
  found: Map<string, Found>,
): void {
  const place = `${event.host}/${event.container}`;
  const host = cloud.fleet.find(event.host);
  const slot = host?.slot(event.container);
  if (host === undefined || slot === undefined) return;
  const own = ownContainer(slot);
  if (event.kind === 'started' && event.because === 'by_hand') byHand.add(`${place} ${own?.id}`);
  if (event.kind === 'accepted') {
    const { faults } = host;
    if (faults.work === 'unfit') report(`${place} is unfit, and accepted a command`);
    const by = own?.putBy;
    const isForeign = by !== undefined && by.owner !== '' && by.owner !== event.mark.owner;
    if (isForeign) report(`${place} is ${by.owner}'s, and accepted ${event.mark.owner}`);
    if (!isForeign && (by?.gen ?? 0) > event.mark.gen) {
      report(`${place} bears generation ${by?.gen}, and accepted ${event.mark.gen}`);
    }
    found.set(place, {
      own,
      recorded: slot.recorded?.digest,
      isClear: slot.journal === undefined,
      failsEveryCheck: faults.failsEveryCheck === true,
      hasNoCommands: faults.custom === 'missing',
      wasLeftUnhealthy: slot.recorded?.healthy === false,
      commandId: event.commandId,
    });
  }
  if (event.kind !== 'started' || event.because !== 'update') return;
  const was = found.get(place);
  const command = commands.get(was?.commandId ?? '')?.command;
  if (was?.isClear !== true || command === undefined) return;
  const isChecked = command.check !== undefined && command.check.health !== 'none';
  const isHands = byHand.has(`${place} ${was.own?.id}`);
  if (was.own?.trait !== undefined && command.mode === 'recreate') {
    report(`${place} was swapped, and its container was ${was.own.trait}`);
  }
  if (isHands && was.recorded !== undefined && was.recorded !== was.own?.digest) {
    report(`${place} was swapped, and another hand had changed what ran`);
  }
  const isLooked = isChecked && !was.wasLeftUnhealthy;
  if (was.failsEveryCheck && host.faults.failsEveryCheck && isLooked && was.own) {
    report(`${place} was swapped, and its old container failed the same check`);
  }
  const asksThem = command.check?.health === 'custom' && isLooked;
  const needsCommands = command.mode === 'command' || asksThem;
  if (was.hasNoCommands && host.faults.custom === 'missing' && needsCommands) {
    report(`${place} was swapped, and its owner's commands are not there`);
  }
}
