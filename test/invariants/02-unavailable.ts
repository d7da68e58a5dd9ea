/**
 * Hosts with an open changing command are never more than the open batch's own, or than `max_unavailable`: by what
 * is stored, and by what hosts have really begun. A way back's are at most as many as its Map sends at once. (I1)
 */
import type { Chunk } from '#core/chunk.ts';
import type { Rollout } from '#core/rollout.ts';
import type { HostEvent } from '#local/hosts/host-state.ts';
import type { Check, Context } from './check.ts';

export const fewUnavailable: Check = {
  name: '2, I1',
  begin: (context) => {
    const working = new Working();
    const open = new OpenHosts();
    return {
      onWrite: (write) => {
        if (write.kind !== 'chunk' || write.after === undefined) return;
        const rollout = context.mirror.rollout(write.after.rollout);
        if (rollout === undefined) return;
        const { forward, back } = open.count(rollout, write.after, write.call.atMs);
        judge(context, rollout, forward, mostForward(rollout), 'have an open update');
        judge(context, rollout, back, mostBack(rollout), 'have an open way back');
      },
      onHostEvent: (event) => judgeEvent(context, event, working),
    };
  },
};

function judge(
  { report }: Context,
  { rollout }: Rollout,
  hosts: number,
  most: number,
  what: string,
): void {
  if (hosts > most) report(`${hosts} hosts of ${rollout} ${what}, ${most} may`);
}

function mostForward({ plan, batch, settings }: Rollout): number {
  const own = plan?.batches[batch]?.hosts ?? 0;
  return Math.min(own, settings.max_unavailable ?? own);
}

function mostBack({ plan, pace }: Rollout): number {
  return pace.chunk_concurrency * (plan?.chunk_size ?? 0);
}

interface Counts {
  forward: number;
  back: number;
}

/** Hosts with a changing command that has not ended, and may still change them: chunk by chunk. */
class OpenHosts {
  readonly #byRollout = new Map<string, Map<string, Chunk['commands']>>();

  count({ rollout, generation }: Rollout, chunk: Chunk, nowMs: number): Counts {
    const open = chunk.commands.filter(
      ({ ended, action }) => !ended && (action === 'update' || action === 'restore'),
    );
    const chunks = this.#byRollout.get(rollout) ?? new Map<string, Chunk['commands']>();
    this.#byRollout.set(rollout, chunks);
    if (open.length === 0) chunks.delete(chunk.item);
    else chunks.set(chunk.item, open);
    // One host may have two open commands: the second was sent because nobody knew of the first.
    const forward = new Set<string>();
    const back = new Set<string>();
    for (const command of [...chunks.values()].flat()) {
      if (command.deadline_at_ms <= nowMs) continue;
      const counted = command.generation === generation ? forward : back;
      for (const host of command.hosts) counted.add(host);
    }
    return { forward: forward.size, back: back.size };
  }
}

/** Which rollout's update each host is at work on, until its deadline: after it nothing changes. */
class Working {
  readonly #byPlace = new Map<string, { rollout: string; deadlineMs: number }>();

  /** How many are at work for the rollout, with this one. */
  begin(place: string, rollout: string, deadlineMs: number, nowMs: number): number {
    this.#byPlace.set(place, { rollout, deadlineMs });
    let count = 0;
    for (const one of this.#byPlace.values()) {
      if (one.rollout === rollout && one.deadlineMs > nowMs) count += 1;
    }
    return count;
  }

  end(place: string): void {
    this.#byPlace.delete(place);
  }
}

function judgeEvent(context: Context, event: HostEvent, working: Working): void {
  const place = `${event.host}/${event.container}`;
  switch (event.kind) {
    case 'accepted': {
      const send = context.commands.get(event.commandId);
      const rollout = context.mirror.rollout(send?.command.rollout ?? '');
      if (send?.command.op !== 'update' || !context.isOwn(send) || rollout === undefined) break;
      const deadlineMs = send.command.deadline * 1000;
      // One that takes it after its deadline has a clock that is behind: nobody counts on it any more.
      if (event.atMs > deadlineMs) break;
      const hosts = working.begin(place, rollout.rollout, deadlineMs, event.atMs);
      judge(context, rollout, hosts, mostForward(rollout), 'are at work');
      break;
    }
    case 'answered':
    case 'killed':
      working.end(place);
      break;
    default:
  }
}
