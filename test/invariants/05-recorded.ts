/**
 * Unknown is not failed, and neither is said too early: a host becomes `failed` only where a line of its own says
 * so, `unknown` only when no command may change it any more; and one that told that it went back is not
 * `rollback_failed` once its answer was taken.
 */
import type { Chunk, ChunkCommand, HostRecord } from '#core/chunk.ts';
import type { HostResult } from '#core/result-line.ts';
import type { Rollout } from '#core/rollout.ts';
import type { Check, Context } from './check.ts';
import type { Write } from './item-kinds.ts';

const OPEN = new Set(['Pending', 'InProgress', 'Delayed', 'Cancelling']);
/** Stale, too late, another's: nothing was begun, whatever the image is like. */
const UNBEGUN = [12, 13, 14];
const NO_ENGINE = 30;

export const recordedAsTold: Check = {
  name: '5',
  begin: (context) => ({ onWrite: (write) => judge(context, write) }),
};

function judge(context: Context, write: Write): void {
  const { kind, before, after, atMs } = write;
  if (kind === 'meta') judgeEnd(context, write);
  if (kind !== 'chunk' || after === undefined) return;
  const rollout = context.mirror.rollout(after.rollout);
  if (rollout === undefined) return;
  for (const command of after.commands.slice(0, before?.commands.length ?? 0)) {
    const was = before?.commands.find(({ step }) => step === command.step);
    if (was?.ended !== false || !command.ended) continue;
    const left = command.hosts.filter((host) => isAtWork(context, command, host, atMs));
    if (left.length > 0) context.report(`${after.rollout} waits no more for ${left.join(', ')}`);
  }
  for (const [index, host] of after.hosts.entries()) {
    if (before?.hosts[index]?.status === host.status || host.attempts === 0) continue;
    const wrong = judgeHost(context, host, { before, after, rollout, atMs });
    if (wrong !== undefined) {
      context.report(`${host.host} is ${host.status} in ${after.rollout}, and ${wrong}`);
    }
  }
}

/** After a way back each host that was touched is back, or says that it is not. */
function judgeEnd({ mirror, report }: Context, { kind, after }: Write): void {
  if (kind !== 'meta' || after === undefined || !after.settled) return;
  if (after.status !== 'rolled_back' && after.status !== 'rollback_failed') return;
  const hosts = mirror.chunksOf(after.rollout).flatMap((chunk) => chunk.hosts);
  for (const { host, status, attempts } of hosts) {
    if (attempts === 0 || status === 'rolled_back' || status === 'rollback_failed') continue;
    report(`${host} is ${status} in ${after.rollout}, which is ${after.status}`);
  }
}

interface Around {
  before: Chunk | undefined;
  after: Chunk;
  rollout: Rollout;
  atMs: number;
}

function judgeHost(
  context: Context,
  { host, status, step, digest_before, digest_after }: HostRecord,
  { before, after, rollout, atMs }: Around,
): string | undefined {
  const { told } = context;
  const lines = (commands: readonly ChunkCommand[]) =>
    commands
      .filter(({ hosts }) => hosts.includes(host))
      .map(({ command_id: id, generation, step, action }) => {
        const line = told.isSame(id, host) ? told.of(id, host) : undefined;
        // A line of an earlier attempt, or of an earlier rollout, is no answer of this command.
        const isOfThis = line?.gen === generation && line.step === step && line.op === action;
        return isOfThis ? line : undefined;
      })
      .filter((line) => line !== undefined);
  switch (status) {
    case 'failed':
      return lines(after.commands).some((line) => saysBad(line, rollout, step))
        ? undefined
        : 'never said so';
    case 'unknown':
      return after.commands.some((command) => isAtWork(context, command, host, atMs))
        ? 'a command may still change it'
        : undefined;
    case 'rolled_back': {
      const was = before?.hosts.find((one) => one.host === host)?.digest_before ?? '';
      return was !== '' && digest_after !== was ? `ran ${was} before` : undefined;
    }
    case 'rollback_failed': {
      const taken = (before?.commands ?? []).filter(
        ({ ended, generation }) => ended && generation === rollout.rollback?.generation,
      );
      const isBack = lines(taken).some(
        ({ op, outcome, new: digest }) =>
          op === 'restore' &&
          (outcome === 'restored' || outcome === 'unchanged') &&
          digest !== rollout.image.digest &&
          (digest_before === '' || digest_before === digest),
      );
      return isBack ? 'said that it went back' : undefined;
    }
    default:
      return undefined;
  }
}

/** What its fence remembers of another step says nothing of this one. */
function saysBad(line: HostResult, { generation, image }: Rollout, step: number): boolean {
  if (line.gen !== generation || line.outcome === 'busy' || line.code === NO_ENGINE) return false;
  const isWell = line.new === image.digest && line.healthy;
  if (line.op === 'status') {
    const isRemembered = line.fence_gen === generation && line.fence_step === step;
    const isSaid = (line.last_outcome ?? '') !== '' && line.last_code !== NO_ENGINE;
    return (
      isRemembered && isSaid && !(isWell && /^(updated|unchanged)$/.test(line.last_outcome ?? ''))
    );
  }
  if (line.outcome === 'refused' && UNBEGUN.includes(line.code)) return false;
  return !isWell || !/^(updated|unchanged|healthy)$/.test(line.outcome);
}

function isAtWork(
  { cloud, limits }: Context,
  { action, hosts, command_id, deadline_at_ms }: ChunkCommand,
  host: string,
  atMs: number,
): boolean {
  const isChange = action === 'update' || action === 'restore';
  const isOver = deadline_at_ms <= atMs + limits.skewMs;
  if (!isChange || !hosts.includes(host) || command_id === '' || isOver) return false;
  const sent = cloud.ssm.commands.find(({ id }) => id === command_id)?.byHost.get(host);
  return sent !== undefined && OPEN.has(sent.details);
}
