/**
 * While a swap is open the old container is there, stopped or not; nothing new runs but what was made from the
 * command's own image; and where the old one has stopped, the new one exists, until a later command takes it back. (The reserve of the disk is not
 * simulated.) Until somebody runs, stops or removes a container there while a command works: that is his affair.
 */
import type { HostEvent, Slot } from '#local/hosts/host-state.ts';
import type { Check, Context } from './check.ts';
import { isByHand, ownContainer } from './slots.ts';

export const oldKept: Check = {
  name: 'I22',
  begin: (context) => {
    /** Places where another hand was since there was no open swap. */
    const meddled = new Set<string>();
    /** By place: the swap that a later command found open, and may be taking back. */
    const settled = new Map<string, string>();
    /** By place: the new container of a swap that was taken back. */
    const undone = new Map<string, number | undefined>();
    return {
      onHostEvent: (event) => {
        const slot = context.cloud.fleet.find(event.host)?.slot(event.container);
        if (slot === undefined) return;
        const { journal } = slot;
        const place = `${event.host}/${event.container}`;
        const swap = `${journal?.gen} ${journal?.step}`;
        // Another swap, maybe of the same step: what befell the one before does not excuse it.
        if (undone.has(place) && undone.get(place) !== journal?.fresh) {
          for (const places of [meddled, settled, undone]) places.delete(place);
        }
        if (isByHand(event)) meddled.add(place);
        else if (event.kind === 'accepted' && journal === undefined) meddled.delete(place);
        else if (event.kind === 'accepted') settled.set(place, swap);
        else if (event.kind === 'started' && event.because === 'undo') {
          undone.set(place, journal?.fresh);
        }
        const isForward = /^(swapping|verifying)$/.test(journal?.phase ?? '');
        if (!isForward || journal?.mode !== 'recreate' || meddled.has(place)) return;
        judge(context, event, slot, settled.get(place) === swap);
      },
    };
  },
};

function judge(
  { report }: Context,
  event: HostEvent,
  slot: Readonly<Slot>,
  mayBeTakenBack: boolean,
): void {
  const { id, fresh, ref } = slot.journal ?? {};
  const find = (wanted: number | undefined) => slot.containers.find((one) => one.id === wanted);
  const place = `${event.host}/${event.container}`;
  const old = find(id);
  if (id !== undefined && old === undefined)
    report(`${place} has lost its old container in a swap`);
  if (!mayBeTakenBack && old?.isRunning === false && find(fresh) === undefined) {
    report(`${place} has stopped its old container, and there is no new one`);
  }
  if (event.kind !== 'started' || event.because !== 'update') return;
  const digest = ownContainer(slot)?.digest ?? 'nothing';
  if (ref?.endsWith(`@${digest}`) !== true) report(`${place} started ${digest} for ${ref}`);
}
