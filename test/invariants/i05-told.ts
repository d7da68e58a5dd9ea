/**
 * Unknown is not success: a host becomes `completed`, or `skipped` for what it runs already, only where its own line
 * of this rollout and generation says that it runs the target digest, healthy; `rolled_back` only where its line of
 * the way back names the digest; and the host has really answered.
 */
import type { ChunkCommand, HostRecord } from '#core/chunk.ts';
import type { HostResult } from '#core/result-line.ts';
import type { Rollout } from '#core/rollout.ts';
import type { Check, Context } from './check.ts';
import type { Write } from './item-kinds.ts';

export const toldByHost: Check = {
  name: '5, I5',
  begin: (context) => {
    const answered = new Set<string>();
    return {
      onHostEvent: (event) => {
        if (event.kind === 'answered') answered.add(`${event.commandId} ${event.host}`);
      },
      onWrite: (write) => judge(context, write, answered),
    };
  },
};

function judge(
  { mirror, told, report }: Context,
  { kind, before, after }: Write,
  answered: ReadonlySet<string>,
): void {
  if (kind !== 'chunk' || after === undefined) return;
  const rollout = mirror.rollout(after.rollout);
  if (rollout === undefined) return;
  for (const [index, host] of after.hosts.entries()) {
    if (!isSuccess(host) || before?.hosts[index]?.status === host.status) continue;
    const commands = after.commands.filter(
      ({ command_id: id, hosts }) =>
        hosts.includes(host.host) && answered.has(`${id} ${host.host}`),
    );
    // What it told last counts: a look after the soak says more than the update before.
    const last = commands.findLast(({ command_id: id }) => told.of(id, host.host) !== undefined);
    const isTold =
      last !== undefined &&
      told.isSame(last.command_id, host.host) &&
      says(told.of(last.command_id, host.host), last, host, rollout);
    if (!isTold) {
      report(`${host.host} is ${host.status} in ${after.rollout}, and never said so`);
    }
  }
}

/** One whose batch never opened is skipped too, and was never touched. */
function isSuccess({ status, attempts }: HostRecord): boolean {
  return (
    status === 'completed' || (attempts > 0 && (status === 'skipped' || status === 'rolled_back'))
  );
}

/** What the fence remembers of another step is no answer to this one. */
function says(
  line: HostResult | undefined,
  command: ChunkCommand,
  host: HostRecord,
  { rollout, generation, image }: Rollout,
): boolean {
  const isOurs = line?.op === command.action && line.step === command.step;
  if (!isOurs || line.rollout !== rollout || line.gen !== command.generation) return false;
  if (line.op === 'status') {
    const isRemembered = line.fence_gen === line.gen && line.fence_step === host.step;
    if (!isRemembered || !/^(updated|unchanged|restored)$/.test(line.last_outcome ?? ''))
      return false;
  }
  // A way back carries a later generation than what it undoes, whatever the host is left with.
  if (host.status === 'rolled_back') return line.gen > generation && line.new === host.digest_after;
  return line.gen === generation && line.new === image.digest && line.healthy;
}
