/**
 * While a swap is open the old container is there, stopped or not; nothing new runs but what was made from the
 * command's own image; and where the old one has stopped, the new one exists. (The reserve of the disk is not
 * simulated.) Until somebody runs, stops or removes a container there in the midst of it: that is his affair.
 */
import type { HostEvent, Slot } from '#local/hosts/host-state.ts';
import type { Check, Context } from './check.ts';
import { isByHand, ownContainer } from './slots.ts';

export const oldKept: Check = {
  name: 'I22',
  begin: (context) => {
    /** By place: the swap in which another hand was. */
    const meddled = new Map<string, string>();
    return {
      onHostEvent: (event) => {
        const slot = context.cloud.fleet.find(event.host)?.slot(event.container);
        if (slot?.journal === undefined) return;
        const { phase, mode, gen, step } = slot.journal;
        const [place, swap] = [`${event.host}/${event.container}`, `${gen} ${step}`];
        if (isByHand(event)) meddled.set(place, swap);
        const isForward = phase === 'swapping' || phase === 'verifying';
        const isOwn = isForward && mode === 'recreate' && meddled.get(place) !== swap;
        if (isOwn) judge(context, event, slot);
      },
    };
  },
};

function judge({ report }: Context, event: HostEvent, slot: Readonly<Slot>): void {
  const { id, fresh, ref } = slot.journal ?? {};
  const find = (wanted: number | undefined) => slot.containers.find((one) => one.id === wanted);
  const place = `${event.host}/${event.container}`;
  const old = find(id);
  if (id !== undefined && old === undefined)
    report(`${place} has lost its old container in a swap`);
  if (old?.isRunning === false && find(fresh) === undefined) {
    report(`${place} has stopped its old container, and there is no new one`);
  }
  if (event.kind !== 'started' || event.because !== 'update') return;
  const digest = ownContainer(slot)?.digest ?? 'nothing';
  if (ref?.endsWith(`@${digest}`) !== true) report(`${place} started ${digest} for ${ref}`);
}
