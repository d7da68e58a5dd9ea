/**
 * At rest the tables and the hosts say the same of a target's last rollout: who is `completed` runs its image, who is
 * `rolled_back` what ran before, and the view of hosts agrees. Whom a person changed since is left out, and who has lost
 * its files and taken an older command after a newer one.
 */
import type { HostRecord } from '#core/chunk.ts';
import type { Rollout } from '#core/rollout.ts';
import { isOpen } from '#core/status.ts';
import type { HostEvent, Mark } from '#local/hosts/host-state.ts';
import type { Check, Context } from './check.ts';

export const restsAsRecorded: Check = {
  name: 'I4',
  begin: (context) => {
    /** Hosts that were changed by hand, and how often a command was accepted since: not once. */
    const touched = new Set<string>();
    /** Containers that a person stopped or took away: what changes nothing leaves them so. */
    const stopped = new Set<string>();
    /** The last command that each accepted: of another policy's rollout, where a policy was renamed. */
    const accepted = new Map<string, string>();
    /** The highest that each accepted, of its owner. */
    const highest = new Map<string, Mark>();
    return {
      onHostEvent: (event) => {
        const place = `${event.host}/${event.container}`;
        const isByHand = event.kind === 'started' && event.because === 'by_hand';
        if (isByHand || event.kind === 'stopped') touched.add(place);
        // What a host that lost its files had left open it does not end any more; and who comes later to a host where
        // nothing runs has not heard who stopped it.
        const isNew = event.kind === 'accepted' && !accepted.has(place);
        const isLeft = (event.kind === 'lost' || isNew) && !runs(context, event);
        if (isLeft) touched.add(place);
        if (event.kind === 'stopped' || isLeft) stopped.add(place);
        if (event.kind === 'started') stopped.delete(place);
        if (event.kind !== 'accepted') return;
        accepted.set(place, event.commandId);
        if (isOlder(event.mark, highest.get(place))) {
          touched.add(place);
          return;
        }
        highest.set(place, event.mark);
        if (!stopped.has(place)) touched.delete(place);
      },
      atRest: () => {
        for (const rollout of lastRollouts(context)) judge(context, rollout, touched, accepted);
      },
    };
  },
};

function isOlder(mark: Mark, highest: Mark | undefined): boolean {
  if (highest?.owner !== mark.owner) return false;
  return mark.gen < highest.gen || (mark.gen === highest.gen && mark.step < highest.step);
}

function runs({ cloud }: Context, { host, container }: HostEvent): boolean {
  return cloud.fleet.find(host)?.running(container) !== undefined;
}

/** Of each target, where it has ended whole. */
function lastRollouts({ mirror }: Context): Rollout[] {
  const last = new Map<string, Rollout>();
  for (const rollout of mirror.rollouts.values()) {
    const key = `${rollout.policy} ${rollout.repository}`;
    const held = last.get(key);
    if (held === undefined || held.generation < rollout.generation) last.set(key, rollout);
  }
  return [...last.values()].filter(({ status, settled }) => !isOpen(status) && settled);
}

function judge(
  { cloud, commands, isOwn, mirror, report }: Context,
  rollout: Rollout,
  touched: ReadonlySet<string>,
  accepted: ReadonlyMap<string, string>,
): void {
  const { settings, image, rollout: id } = rollout;
  const container = settings.container ?? image.repository.split('/').at(-1) ?? '';
  for (const record of mirror.chunksOf(id).flatMap(({ hosts }) => hosts)) {
    const host = cloud.fleet.find(record.host);
    const place = `${record.host}/${container}`;
    if (host === undefined || touched.has(place)) continue;
    const last = commands.get(accepted.get(place) ?? '');
    if (last !== undefined && (last.command.rollout !== id || !isOwn(last))) continue;
    const said = digestOf(record, rollout);
    const runs = host.running(container) ?? '';
    if (said !== undefined && runs !== said) {
      report(`${record.host} is ${record.status} in ${id}, and runs ${runs || 'nothing'}`);
    }
    const row = mirror.hostRow(record.host, container);
    if (row?.['rollout'] === id && row['status'] !== record.status) {
      report(`${record.host} is ${record.status} in ${id}, and ${row['status']} in the view`);
    }
  }
}

function digestOf(record: HostRecord, { image }: Rollout): string | undefined {
  if (record.status === 'completed') return image.digest;
  return record.status === 'rolled_back' ? record.digest_before : undefined;
}
