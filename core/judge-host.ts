/**
 * What one host's answer means. Three outcomes, not two: a host that is silent, undeliverable or lost is
 * `unknown`; it is never counted as success, and not as a failure of the image either.
 *
 * Invariants: a result counts only for the (rollout, generation, step, action) that it names, and where
 * the script ended with its code; `completed` means that the host itself reported the target digest,
 * running and healthy.
 */
import type { Chunk, ChunkCommand, HostRecord } from './chunk.ts';
import { type Expected, isWayBack, judgeResult, judgeSilence } from './judge-result.ts';
import { showValue } from './problem.ts';
import type { HostResult } from './result-line.ts';

/** One host's part of a command, as SSM tells it. */
export interface Invocation {
  host: string;
  /** SSM's StatusDetails with spaces stripped: `Success`, `InProgress`, `DeliveryTimedOut`, … */
  status: string;
  finishedAtMs?: number;
  /** Of the script; undefined while it runs, and where it never ran. */
  exitCode?: number;
  result?: HostResult;
}

/** Statuses of SSM from which nothing more comes. All else may still end. */
const ENDED = new Set([
  'Success',
  'Failed',
  'Cancelled',
  'TimedOut',
  'DeliveryTimedOut',
  'ExecutionTimedOut',
  'Undeliverable',
  'Terminated',
  'InvalidPlatform',
  'AccessDenied',
]);
/** The command never began on the host: to ask it for an answer would be to ask in vain. */
const NEVER_BEGAN = new Set([
  'DeliveryTimedOut',
  'Undeliverable',
  'InvalidPlatform',
  'AccessDenied',
]);

export function hasEnded(invocation: Invocation | undefined): boolean {
  return invocation !== undefined && ENDED.has(invocation.status);
}

/**
 * The host after what its invocation says at `nowMs`; the same host while the command may still end.
 * `isOver`: the command's deadline has passed, so that no answer is an answer too.
 */
export function judgeHost(
  host: HostRecord,
  command: ChunkCommand,
  invocation: Invocation | undefined,
  expected: Expected,
  at: { nowMs: number; isOver: boolean },
): HostRecord {
  if (!hasEnded(invocation) && !at.isOver) return host;
  const atMs = invocation?.finishedAtMs ?? at.nowMs;
  const result = invocation?.result;
  const doubt = result && doubtLine(result, invocation?.exitCode, command, expected.rollout);
  if (result !== undefined && doubt === undefined) {
    return judgeResult(host, command, result, expected, atMs);
  }
  const status = invocation?.status ?? 'NoInvocation';
  const why = doubt === undefined ? '' : `: ${doubt}`;
  const isAskable = command.action === 'update' || isWayBack(command, expected);
  if (
    isAskable &&
    command.action !== 'status' &&
    hasEnded(invocation) &&
    !NEVER_BEGAN.has(status)
  ) {
    return {
      ...host,
      phase: 'asking',
      error: `ended as ${status} without an answer of this command${why}`,
    };
  }
  return judgeSilence(host, command, expected, `no answer (${status})${why}`, atMs);
}

/** Why a line is not the answer of this command; undefined where it is. */
function doubtLine(
  result: HostResult,
  exitCode: number | undefined,
  command: ChunkCommand,
  rollout: string,
): string | undefined {
  if (result.rollout !== rollout) return `its line is of rollout ${showValue(result.rollout)}`;
  const isOurs =
    result.gen === command.generation &&
    result.step === command.step &&
    result.op === command.action;
  if (!isOurs) {
    return `its line is of ${result.op}, generation ${result.gen}, step ${result.step}`;
  }
  // The agent's word against the host's: nobody knows which of the two was cut off.
  return exitCode === undefined || exitCode === result.code
    ? undefined
    : `its line says ${result.code}, but the script ended with ${exitCode}`;
}

/** Whether a failed host still runs the image that failed, so that a restore has to be sent. */
export function needsRestore(chunk: Chunk, host: HostRecord, expected: Expected): boolean {
  return (
    host.status === 'failed' &&
    host.phase === 'done' &&
    host.probe?.passed === false &&
    host.digest_after === expected.digest &&
    // A restore takes the host's step: one that was made since the update is not made again.
    !chunk.commands.some(
      (command) =>
        command.action === 'restore' &&
        command.command_id !== '' &&
        command.step >= host.step &&
        command.hosts.includes(host.host),
    )
  );
}

/** Every host of the chunk after the answers to its open commands; a command ends with its last host. */
export function judgeAnswers(
  chunk: Chunk,
  answers: ReadonlyMap<number, readonly Invocation[]>,
  expected: Expected,
  nowMs: number,
): Chunk {
  let hosts = chunk.hosts;
  const commands = chunk.commands.map((command) => {
    const invocations = answers.get(command.step);
    if (command.ended || invocations === undefined) return command;
    const byHost = new Map(invocations.map((invocation) => [invocation.host, invocation]));
    const isOver = nowMs >= command.deadline_at_ms;
    const named = new Set(command.hosts);
    hosts = hosts.map((host) =>
      named.has(host.host) && isWaiting(host, command)
        ? judgeHost(host, command, byHost.get(host.host), expected, { nowMs, isOver })
        : host,
    );
    const ended = isOver || command.hosts.every((host) => hasEnded(byHost.get(host)));
    return { ...command, ended };
  });
  return { ...chunk, hosts, commands };
}

const WAITING = {
  update: 'updating',
  probe: 'probing',
  restore: 'restoring',
  status: 'asking',
} as const;

function isWaiting(host: HostRecord, command: ChunkCommand): boolean {
  return host.phase === WAITING[command.action];
}
