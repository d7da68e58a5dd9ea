/**
 * Of the containers of one name at most one runs, and at most one would come back from a boot. Where a person ran one in
 * the midst of a swap, or where its files are lost, theirs and the one that is kept are two, until the host has settled it.
 */
import type { Check } from './check.ts';
import { isByHand } from './slots.ts';

export const oneRuns: Check = {
  name: 'I3',
  begin: ({ cloud, report }) => {
    const meddled = new Set<string>();
    return {
      onHostEvent: (event) => {
        const place = `${event.host}/${event.container}`;
        const slot = cloud.fleet.find(event.host)?.slot(event.container);
        const held = slot?.containers ?? [];
        const running = held.filter(({ isRunning }) => isRunning).length;
        if (running > 1) report(`${place}: ${running} containers run`);
        // One that was made and never started does not come back.
        const armed = held.filter(
          ({ restart, startedAtMs }) => restart !== 'no' && startedAtMs !== undefined,
        ).length;
        if (armed <= 1) meddled.delete(place);
        else if (isByHand(event)) meddled.add(place);
        if (armed > 1 && !meddled.has(place)) {
          report(`${place}: ${armed} containers would come back from a boot`);
        }
      },
    };
  },
};
