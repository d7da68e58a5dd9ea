/**
 * What a host's own answer to a command makes of it, and what no answer makes of it. The answer is known to
 * be one of this command; whether it has come at all is judge-host.ts's question.
 */
import type { ChunkCommand, HostRecord } from './chunk.ts';
import type { HostResult } from './result-line.ts';

/** No Docker Engine answered: what the host runs, and whether the command changed it, nobody knows. */
const NO_ENGINE = 30;

export interface Expected {
  rollout: string;
  generation: number;
  digest: string;
  soakSeconds: number;
}

export function judgeResult(
  host: HostRecord,
  command: ChunkCommand,
  result: HostResult,
  expected: Expected,
  atMs: number,
): HostRecord {
  switch (command.action) {
    case 'update':
      return judgeUpdate(host, result, expected, atMs);
    case 'probe':
      return judgeProbe(host, result, expected, atMs);
    case 'restore':
      return isWayBack(command, expected)
        ? judgeWayBack(host, result, expected, atMs)
        : judgeRestore(host, result, atMs);
    case 'status':
      return judgeStatus(host, command, result, expected, atMs);
  }
}

/** A restore of the whole rollout, and what asks for its answer, carry the next generation. */
export function isWayBack(command: ChunkCommand, expected: Expected): boolean {
  return command.generation !== expected.generation;
}

function judgeUpdate(
  host: HostRecord,
  result: HostResult,
  expected: Expected,
  atMs: number,
): HostRecord {
  // On a later attempt the rollout's own digest may be an earlier attempt's: not what the host ran before.
  const isOwn = host.attempts > 1 && result.old === expected.digest;
  const answered = {
    ...host,
    digest_before: host.digest_before || (isOwn ? '' : result.old),
    digest_after: result.new,
    code: result.code,
  };
  if (result.outcome === 'updated' || result.outcome === 'unchanged') {
    if (result.new !== expected.digest || !result.healthy) {
      return failed(
        answered,
        `answered ${result.outcome}, but runs another digest or is unhealthy`,
        atMs,
      );
    }
    return passed(answered, result, expected, atMs);
  }
  if (result.outcome === 'busy') {
    return { ...answered, phase: 'asking', error: 'another command holds the host' };
  }
  if (result.code === NO_ENGINE) return { ...answered, phase: 'asking', error: result.detail };
  // Refused as stale, expired or foreign: the host is untouched, which says nothing about the image.
  if (result.outcome === 'refused' && [12, 13, 14].includes(result.code)) {
    return unknown(answered, `refused: ${result.detail}`, atMs);
  }
  return failed(answered, result.detail || result.outcome, atMs);
}

function passed(
  host: HostRecord,
  result: HostResult,
  expected: Expected,
  atMs: number,
): HostRecord {
  const probe = { passed: true, detail: result.detail };
  if (expected.soakSeconds === 0 || result.outcome === 'unchanged') {
    return {
      ...host,
      status: result.outcome === 'unchanged' ? 'skipped' : 'completed',
      phase: 'done',
      probe,
      error: '',
      checked_at_ms: atMs,
      completed_at_ms: atMs,
    };
  }
  return { ...host, status: 'verifying', phase: 'soaking', probe, error: '', checked_at_ms: atMs };
}

function judgeProbe(
  host: HostRecord,
  result: HostResult,
  expected: Expected,
  atMs: number,
): HostRecord {
  const checked = { ...host, digest_after: result.new, code: result.code, checked_at_ms: atMs };
  if (result.outcome === 'healthy' && result.new === expected.digest) {
    return {
      ...checked,
      status: 'completed',
      phase: 'done',
      probe: { passed: true, detail: result.detail },
      completed_at_ms: atMs,
    };
  }
  if (result.outcome === 'busy') return unknown(checked, 'another command holds the host', atMs);
  if (result.code === NO_ENGINE) return unknown(checked, result.detail, atMs);
  const detail = result.outcome === 'healthy' ? 'runs another digest' : result.detail;
  return failed({ ...checked, probe: { passed: false, detail } }, detail || result.outcome, atMs);
}

/** The answer to a restore of one failed host: what it says stands beside the failure that it mends. */
function judgeRestore(host: HostRecord, result: HostResult, atMs: number): HostRecord {
  const isBack = result.outcome === 'restored' || result.outcome === 'unchanged';
  return {
    ...host,
    phase: 'done',
    digest_after: result.new,
    completed_at_ms: atMs,
    code: isBack ? host.code : result.code,
    error: isBack ? host.error : `${host.error}; restore: ${result.detail || result.outcome}`,
  };
}

/**
 * Back is the very digest that the host itself recorded; a host that never told it tells it now. A host
 * that had no container before has none again.
 */
function judgeWayBack(
  host: HostRecord,
  result: HostResult,
  expected: Expected,
  atMs: number,
): HostRecord {
  const answered = { ...host, digest_after: result.new, code: result.code };
  if (result.outcome === 'busy') {
    return { ...answered, phase: 'done', error: 'another command holds the host' };
  }
  const isBack = result.outcome === 'restored' || result.outcome === 'unchanged';
  if (!isBack) return notBack(answered, result.detail || result.outcome, atMs);
  if (host.digest_before !== '' && host.digest_before !== result.new) {
    return notBack(answered, `runs ${result.new || 'nothing'}, not ${host.digest_before}`, atMs);
  }
  if (result.outcome === 'restored' && result.new === expected.digest) {
    return notBack(answered, `answered restored, but runs ${result.new} still`, atMs);
  }
  return {
    ...answered,
    status: 'rolled_back',
    phase: 'done',
    digest_before: result.new,
    completed_at_ms: atMs,
  };
}

function notBack(host: HostRecord, error: string, atMs: number): HostRecord {
  return { ...host, status: 'rollback_failed', phase: 'done', error, completed_at_ms: atMs };
}

/** A lost answer, found: what the host says that its last changing command came to. */
function judgeStatus(
  host: HostRecord,
  command: ChunkCommand,
  result: HostResult,
  expected: Expected,
  atMs: number,
): HostRecord {
  // What the fence remembers of an earlier generation may well bear the same step.
  const isOurs = result.fence_gen === command.generation && result.fence_step === host.step;
  if (isWayBack(command, expected)) {
    const outcome = isOurs ? result.last_outcome : undefined;
    return outcome === 'restored' || outcome === 'unchanged'
      ? judgeWayBack(host, { ...result, outcome }, expected, atMs)
      : notBack(host, asked(host, 'the host has not gone back'), atMs);
  }
  const found = { ...host, digest_after: result.new };
  if (!isOurs) {
    return unknown(found, asked(host, 'the host has not accepted the command'), atMs);
  }
  const isUp = result.new === expected.digest && result.healthy;
  if (isUp && (result.last_outcome === 'updated' || result.last_outcome === 'unchanged')) {
    return passed(found, { ...result, outcome: 'updated' }, expected, atMs);
  }
  if (result.last_outcome === undefined || result.last_outcome === '') {
    return unknown(found, asked(host, `the host is still at ${result.phase || 'work'}`), atMs);
  }
  if (result.last_code === NO_ENGINE) {
    return unknown(found, asked(host, 'no Engine answered it'), atMs);
  }
  return failed({ ...found, code: result.last_code ?? 0 }, result.last_outcome, atMs);
}

/** Why the host was asked, and what came of it. */
function asked(host: HostRecord, found: string): string {
  return host.error === '' ? found : `${host.error}; status: ${found}`;
}

function failed(host: HostRecord, error: string, atMs: number): HostRecord {
  return { ...host, status: 'failed', phase: 'done', error, completed_at_ms: atMs };
}

function unknown(host: HostRecord, error: string, atMs: number): HostRecord {
  return { ...host, status: 'unknown', phase: 'done', error, completed_at_ms: atMs };
}

/** No answer: an update or a probe leaves the host unknown; a failed host that does not answer stays failed. */
export function judgeSilence(
  host: HostRecord,
  command: ChunkCommand,
  expected: Expected,
  error: string,
  atMs: number,
): HostRecord {
  const said = command.action === 'status' ? asked(host, error) : error;
  if (isWayBack(command, expected)) return notBack(host, said, atMs);
  if (command.action !== 'restore') return unknown(host, said, atMs);
  return {
    ...host,
    phase: 'done',
    error: `${host.error}; restore: ${error}`,
    completed_at_ms: atMs,
  };
}
