/**
 * A host is swapped at most once per (generation, step), and no new step is made for a host that is `completed` in
 * this rollout, but a way back's (I12). Containers are told apart by the host's own numbers for them.
 */
import type { Chunk } from '#core/chunk.ts';
import type { HostEvent } from '#local/hosts/host-state.ts';
import type { Check, Context } from './check.ts';
import type { Write } from './item-kinds.ts';
import { isByHand, ownContainer } from './slots.ts';

export const swappedOnce: Check = {
  name: '7, I12',
  begin: (context) => {
    const swaps = new Map<string, { mark: string; container: number | undefined }>();
    return {
      onHostEvent: (event) => judgeEvent(context, event, swaps),
      onWrite: (write) => judgeWrite(context, write),
    };
  },
};

function judgeEvent(
  { cloud, mirror, report }: Context,
  event: HostEvent,
  swaps: Map<string, { mark: string; container: number | undefined }>,
): void {
  const place = `${event.host}/${event.container}`;
  // What was taken back, or what another hand took away, may be swapped anew: the host has not what it was to have.
  if (isTakenAway(event)) swaps.delete(place);
  if (event.kind !== 'started' || event.because !== 'update') return;
  const { host, container } = event;
  const slot = cloud.fleet.find(host)?.slot(container);
  if (slot?.fence === undefined) return;
  const { owner, gen, step } = slot.fence;
  // Before it swaps, a host goes on with what was killed: that start is the former command's.
  const isItsOwn = [...mirror.rollouts.values()].some(
    ({ generation, image }) => generation === gen && image.digest === event.digest,
  );
  if (!isItsOwn) return;
  const mark = `${owner} (${gen}, ${step})`;
  const own = ownContainer(slot)?.id;
  const last = swaps.get(place);
  // A killed one that goes on may start what it had made once more.
  if (last?.mark === mark && last.container !== own) {
    report(`${place} was swapped twice by ${mark}`);
  }
  swaps.set(place, { mark, container: own });
}

function isTakenAway(event: HostEvent): boolean {
  const isBack =
    event.kind === 'started' && (event.because === 'undo' || event.because === 'restore');
  return isBack || event.kind === 'lost' || isByHand(event);
}

function judgeWrite({ mirror, report }: Context, { kind, before, after }: Write): void {
  if (kind !== 'chunk' || before === undefined || after === undefined) return;
  const generation = mirror.rollout(after.rollout)?.generation;
  for (const command of newCommands(before, after)) {
    const isChange = command.action === 'update' || command.action === 'restore';
    if (!isChange || command.generation !== generation) continue;
    for (const host of before.hosts) {
      if (host.status === 'completed' && command.hosts.includes(host.host)) {
        report(`${host.host} is completed, and gets step ${command.step} of ${after.rollout}`);
      }
    }
  }
}

function newCommands(before: Chunk, after: Chunk): Chunk['commands'] {
  return after.commands.slice(before.commands.length);
}
