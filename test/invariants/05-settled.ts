/**
 * What has ended changes no host any more: no command of a rollout that is settled is accepted, or starts anything.
 * And who takes over changes a host only when the one before can change it no more (I16).
 */
import type { HostEvent } from '#local/hosts/host-state.ts';
import type { Check, Context } from './check.ts';
import type { Send } from './send.ts';

const OPEN = new Set(['Pending', 'InProgress', 'Delayed', 'Cancelling']);

export const endsForGood: Check = {
  name: '5, I16',
  begin: (context) => {
    const known: Known = { working: new Map(), killed: new Map(), forgetful: new Set() };
    const last = new Map<string, Send[]>();
    return {
      onHostEvent: (event) => judgeEvent(context, event, known),
      onSend: (send) => judgeSend(context, send, last),
    };
  },
};

/** By place: the last command that was accepted, and the last one whose script was killed. */
interface Known {
  working: Map<string, string>;
  killed: Map<string, string>;
  /** Who may take again what has ended. */
  forgetful: Set<string>;
}

function judgeEvent(
  { cloud, commands, isOwn, mirror, report }: Context,
  event: HostEvent,
  { working, killed, forgetful }: Known,
): void {
  const place = `${event.host}/${event.container}`;
  // A host that has lost its files knows no fence: what came before, and is in time, it may take again.
  if (event.kind === 'lost') forgetful.add(place);
  if (event.kind === 'killed') killed.set(place, working.get(place) ?? '');
  if (event.kind === 'accepted') {
    const { commandId, host } = event;
    working.set(place, commandId);
    // Its agent has told SSM how it ended, and runs it again all the same: it was never answered, and is in time.
    if (killed.get(place) === commandId && isTold(cloud, commandId, host)) forgetful.add(place);
  }
  const isChange =
    event.kind === 'accepted' ||
    (event.kind === 'started' && event.because !== 'by_hand' && event.because !== 'boot');
  if (!isChange) return;
  const send = commands.get(working.get(place) ?? '');
  // What comes after its deadline is check 9's, by the host's own clock: a rollout does not wait for longer.
  if (send === undefined || !isOwn(send) || send.command.deadline * 1000 < event.atMs) return;
  const rollout = mirror.rollout(send.command.rollout);
  if (rollout?.settled !== true) forgetful.delete(place);
  else if (!forgetful.has(place)) {
    report(`${place} is changed by ${rollout.rollout}, which is ${rollout.status} and settled`);
  }
}

function isTold(cloud: Context['cloud'], commandId: string, host: string): boolean {
  const sent = cloud.ssm.commands.find(({ id }) => id === commandId);
  return /^(Success|Failed)$/.test(sent?.byHost.get(host)?.details ?? '');
}

/**
 * Another owner's command is the fence's affair, and so is a lower one, which somebody sends who has slept. Of a
 * step that was sent twice, because SSM did not list the first, one that has ended is enough: the other finds its
 * answer there.
 */
function judgeSend({ cloud, report }: Context, send: Send, last: Map<string, Send[]>): void {
  const { command, hosts, atMs, commandId } = send;
  if (command.op !== 'update' && command.op !== 'restore') return;
  const isOpenOn = (host: string) => (former: Send) => {
    const sent = cloud.ssm.commands.find(({ id }) => id === former.commandId);
    const isLate = former.command.deadline * 1000 <= atMs;
    return !isLate && OPEN.has(sent?.byHost.get(host)?.details ?? '');
  };
  for (const host of hosts) {
    const place = `${host}/${command.container} of ${command.owner}`;
    const former = last.get(place) ?? [];
    const isSame = former.some((one) => compareMarks(one, send) === 0);
    if (former.some((one) => compareMarks(one, send) > 0)) continue;
    if (!isSame && former.length > 0 && former.every(isOpenOn(host))) {
      report(
        `${command.rollout} sent ${command.op} to ${host}, where ${former[0]?.command.rollout} is at work`,
      );
    }
    if (commandId !== undefined) last.set(place, isSame ? [...former, send] : [send]);
  }
}

function compareMarks({ command: one }: Send, { command: other }: Send): number {
  return one.gen - other.gen || one.step - other.step;
}
