/**
 * A rollback brings each host back to the very digest and restart policy that it had when it first took the rollout's
 * update, or says `rollback_failed` (I10). Judged by the host itself when it answers, and by its record. What a
 * person changed on the host meanwhile, and what began on top of an unfinished swap, is left out.
 */
import type { HostRecord } from '#core/chunk.ts';
import type { HostEvent } from '#local/hosts/host-state.ts';
import type { Check, Context } from './check.ts';
import type { Write } from './item-kinds.ts';
import type { Send } from './send.ts';
import { ownContainer } from './slots.ts';

/** What a host ran before a rollout; undefined where that cannot be told. */
type Before = { digest: string; restart: string } | undefined;

export const wentBack: Check = {
  name: '6, I10',
  begin: (context) => {
    /** By rollout and host. */
    const before = new Map<string, Before>();
    return {
      onHostEvent: (event) => judgeEvent(context, event, before),
      onWrite: (write) => judgeWrite(context, write, before),
    };
  },
};

function judgeEvent(
  { cloud, commands, isOwn, report }: Context,
  event: HostEvent,
  known: Map<string, Before>,
): void {
  const slot = cloud.fleet.find(event.host)?.slot(event.container);
  if (isByHand(event)) {
    for (const key of known.keys()) if (key.endsWith(` ${event.host}`)) known.set(key, undefined);
  }
  if (event.kind === 'accepted') {
    const send = commands.get(event.commandId);
    const key = keyOf(send, event.host);
    if (send?.command.op !== 'update' || !isOwn(send) || known.has(key)) return;
    const own = ownContainer(slot);
    // What is half done may be gone on with, or taken back: what ran before it is not to be seen.
    const isClear = slot?.journal === undefined && own?.isRunning === true;
    known.set(key, isClear ? { digest: own.digest, restart: own.restart } : undefined);
  }
  if (event.kind !== 'answered' || !isBack(event)) return;
  const back = commands.get(event.commandId);
  const was = isOwn(back) ? known.get(keyOf(back, event.host)) : undefined;
  const own = ownContainer(slot);
  if (was === undefined || own === undefined) return;
  if (own.digest !== was.digest) {
    report(`${event.host} went back to ${own.digest}, and ran ${was.digest} before`);
  }
  if (own.restart !== was.restart) {
    report(`${event.host} went back to restart policy ${own.restart}, and had ${was.restart}`);
  }
}

/** By the way back of the rollout, by a restore of one failed host, or by the failed update itself. */
function isBack({ op, outcome }: { op: string; outcome: string }): boolean {
  return (
    (op === 'restore' && outcome === 'restored') || (op === 'update' && outcome === 'rolled_back')
  );
}

function isByHand(event: HostEvent): boolean {
  if (event.kind === 'started') return event.because === 'by_hand';
  return event.kind === 'stopped' || event.kind === 'lost';
}

function keyOf(send: Send | undefined, host: string): string {
  return `${send?.command.rollout} ${host}`;
}

function judgeWrite(
  { report }: Context,
  { kind, before, after }: Write,
  known: ReadonlyMap<string, Before>,
): void {
  if (kind !== 'chunk' || after === undefined) return;
  for (const [index, host] of after.hosts.entries()) {
    if (host.status !== 'rolled_back' || before?.hosts[index]?.status === host.status) continue;
    const was = known.get(`${after.rollout} ${host.host}`)?.digest ?? recorded(host);
    if (host.digest_after !== was) {
      report(
        `${host.host} is rolled_back in ${after.rollout} to ${host.digest_after}, not to ${was}`,
      );
    }
  }
}

function recorded({ digest_before }: HostRecord): string {
  return digest_before;
}
