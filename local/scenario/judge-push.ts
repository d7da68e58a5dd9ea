/**
 * Holds a push's end against what the scenario knows and the product does not: which hosts cannot run the
 * image, which never answer, and what each host runs, as the host itself says. No result is written down
 * here: the end follows from the policy, the outcomes from the hosts.
 */
import type { Chunk, HostRecord } from '#core/chunk.ts';
import type { Rollout } from '#core/rollout.ts';
import type { HostStatus } from '#core/status.ts';
import type { Tally } from '#core/tally.ts';
import { denialOf, type Target } from '#core/target.ts';
import { checkEqual, checkHosts } from './check.ts';
import { expectEnd } from './expect-end.ts';
import type { Check } from './story.ts';

/** What the scenario knows of a push. */
export interface Truth {
  digest: string;
  /** Hosts on which the image fails its health check. */
  bad: ReadonlySet<string>;
  silent: ReadonlySet<string>;
  /** Host → digest that ran before. */
  before: ReadonlyMap<string, string | undefined>;
}

/** What is there afterwards. */
export interface Aftermath {
  rollout: Rollout;
  planned: readonly string[];
  chunks: readonly Chunk[];
  /** By batch. */
  tallies: readonly (readonly Tally[])[];
  target: Target | undefined;
  running: ReadonlyMap<string, string | undefined>;
  /** Host → when it took the image from before again. */
  wentBackAtMs: ReadonlyMap<string, number>;
  /** A name for a digest. */
  nameOf: (digest: string | undefined) => string;
}

export function judgePush(truth: Truth, after: Aftermath): Check[] {
  const touched = after.chunks.flatMap(({ hosts }) => hosts).filter(({ attempts }) => attempts > 0);
  return [
    judgeEnd(truth, after, touched),
    judgePlan(truth, after),
    checkHosts(
      'what the rollout says of the hosts',
      touched.map(({ host, status }) => ({
        host,
        expected: outcomeOf(host, truth, after.rollout),
        found: status,
      })),
    ),
    judgeDigests(truth, after, touched),
    judgeWaysBack(truth, after, touched),
    ...judgeTarget(truth, after),
  ];
}

function judgeEnd(truth: Truth, after: Aftermath, touched: readonly HostRecord[]): Check {
  const { rollout, tallies } = after;
  const isSomeoneSilent = touched.some(({ host }) => truth.silent.has(host));
  const { status, because } = expectEnd(rollout, tallies, isSomeoneSilent);
  const why = rollout.log.at(-1)?.why ?? '';
  return {
    what: 'the end',
    expected: `${status}, because ${because}`,
    found: `${rollout.status}, because ${why || 'of no reason that it gives'}`,
    holds: rollout.status === status && why !== '',
  };
}

function judgePlan({ before }: Truth, { planned, rollout }: Aftermath): Check {
  const counts = new Map<string, number>();
  for (const host of planned) counts.set(host, (counts.get(host) ?? 0) + 1);
  const words = (count = 0) => (count === 1 ? 'planned once' : `planned ${count} times`);
  if (rollout.plan === undefined) return checkEqual('the plan', 'a plan', 'none');
  return checkHosts(
    'the plan',
    [...new Set([...before.keys(), ...planned])].map((host) => ({
      host,
      expected: words(before.has(host) ? 1 : 0),
      found: words(counts.get(host)),
    })),
  );
}

/** What has to become of a host for which an update was intended. */
function outcomeOf(host: string, truth: Truth, { status }: Rollout): HostStatus {
  if (status === 'rolled_back' || status === 'rollback_failed') {
    return truth.silent.has(host) ? 'rollback_failed' : 'rolled_back';
  }
  if (truth.silent.has(host)) return 'unknown';
  return truth.bad.has(host) ? 'failed' : 'completed';
}

function judgeDigests(truth: Truth, after: Aftermath, touched: readonly HostRecord[]): Check {
  const { rollout, running, nameOf } = after;
  const statusOf = new Map(touched.map(({ host, status }) => [host, status]));
  return checkHosts(
    'what the hosts run',
    [...truth.before].map(([host, before]) => {
      const status = statusOf.get(host);
      const isLeft = status === 'failed' && !rollout.settings.auto_rollback;
      const runs = status === 'completed' || isLeft ? truth.digest : before;
      return { host, expected: nameOf(runs), found: nameOf(running.get(host)) };
    }),
  );
}

/** With `auto_rollback` a host that fails goes back by itself, and not only when the whole rollout does. */
function judgeWaysBack(truth: Truth, after: Aftermath, touched: readonly HostRecord[]): Check {
  const { rollout, wentBackAtMs } = after;
  const turnedAtMs = rollout.log.find(({ status }) => status === 'rolling_back')?.at_ms;
  const failed = touched.filter(({ host }) => truth.bad.has(host) && !truth.silent.has(host));
  const expected = rollout.settings.auto_rollback ? 'gone back at once' : 'been left as it was';
  return checkHosts(
    'hosts that failed',
    failed.map(({ host }) => {
      const atMs = wentBackAtMs.get(host) ?? Number.POSITIVE_INFINITY;
      const isAtOnce = atMs < (turnedAtMs ?? Number.POSITIVE_INFINITY);
      return { host, expected, found: isAtOnce ? 'gone back at once' : 'been left as it was' };
    }),
  );
}

/** What the policy wants from now on. */
function judgeTarget(truth: Truth, after: Aftermath): Check[] {
  const { rollout, target, nameOf } = after;
  const isBack = rollout.status === 'rolled_back' || rollout.status === 'rollback_failed';
  const isDenied = target !== undefined && denialOf(target, truth.digest) !== undefined;
  return [
    checkEqual(
      'the desired image',
      nameOf(isBack ? rollout.previous.digest : truth.digest),
      nameOf(target?.desired.digest),
    ),
    checkEqual(
      `the digest of ${nameOf(truth.digest)}`,
      isBack ? 'denied' : 'not denied',
      isDenied ? 'denied' : 'not denied',
    ),
  ];
}
