/** Every check of a push fails when what it looks at is not as it should be. */
import { beforeAll, describe, expect, it } from 'vitest';
import type { HostRecord } from '#core/chunk.ts';
import { makeChunk } from '#core/chunk.ts';
import { makeRollout, type Rollout } from '#core/rollout.ts';
import type { RolloutStatus } from '#core/status.ts';
import { type Tally, tallyChunk } from '#core/tally.ts';
import { makeTarget, type Target } from '#core/target.ts';
import { expectEnd } from '#local/scenario/expect-end.ts';
import { type Aftermath, judgePush, type Truth } from '#local/scenario/judge-push.ts';
import { stackWith } from './rig.ts';

const HOSTS = ['i-1', 'i-2', 'i-3', 'i-4'];
const OLD = 'sha256:old';
const NEW = 'sha256:new';

let rollout: Rollout;
beforeAll(() => {
  rollout = rolloutOf({});
});

function rolloutOf(policy: Record<string, unknown>): Rollout {
  const made = makeRollout(
    {
      rollout: 'shop-web-000000-g1',
      policy: 'shop-web',
      repository: 'shop/web',
      number: 1,
      generation: 1,
      image: { registry: '', repository: 'shop/web', tag: 'v2', digest: NEW },
      previous: { tag: 'v1', digest: OLD },
      triggered_by: 'ecr',
      triggered_by_event: '{}',
      settings: stackWith(policy).policy,
      document: { name: 'document', version: '1', hash: 'hash' },
      pace: {
        chunk_concurrency: 40,
        chunks_per_second: 5,
        update_timeout_seconds: 600,
        delivery_timeout_seconds: 120,
      },
      created_at_ms: 0,
    },
    'arn',
  );
  const batches = [{ hosts: 4, first_chunk: 0, chunks: 1 }];
  return { ...made, plan: { hosts: 4, chunk_size: 50, batches } };
}

/** A rollout that ended so, with these outcomes of the four hosts. */
function aftermath(
  status: RolloutStatus,
  outcomes: readonly HostRecord['status'][],
  changes: Partial<Aftermath> = {},
): Aftermath {
  const chunk = makeChunk({ rollout: 'r', planHash: 'h', batch: 0, chunk: 0, hosts: HOSTS });
  const hosts = chunk.hosts.map((host, index) => ({
    ...host,
    status: outcomes[index] ?? host.status,
    attempts: 1,
    completed_at_ms: index,
  }));
  const touched = { ...chunk, hosts };
  const tallied = hosts.map((host) =>
    host.status === 'rolled_back' || host.status === 'rollback_failed'
      ? { ...host, status: 'failed' as const }
      : host,
  );
  const tally = tallyChunk({ ...chunk, hosts: tallied });
  const isBack = status === 'rolled_back' || status === 'rollback_failed';
  const log = [{ seq: 1, at_ms: 9, event: 'e', status, who: 'longshore', why: 'it ended' }];
  return {
    rollout: { ...rollout, status, log },
    planned: HOSTS,
    chunks: [touched],
    tallies: [tally === undefined ? [] : [tally]],
    target: targetOf(isBack),
    running: new Map(hosts.map(({ host, status: is }) => [host, is === 'completed' ? NEW : OLD])),
    wentBackAtMs: new Map(hosts.map(({ host }) => [host, 5])),
    nameOf: (digest) => digest ?? 'nothing',
    ...changes,
  };
}

function targetOf(isBack: boolean): Target {
  const denial = { digest: NEW, rollout: 'r', title: 't', reason: 'because', at_ms: 0 };
  return {
    ...makeTarget('shop-web', 'shop/web'),
    desired: { tag: '', digest: isBack ? OLD : NEW },
    denied: isBack ? [denial] : [],
  };
}

const GOOD: Truth = {
  digest: NEW,
  bad: new Set(),
  silent: new Set(),
  before: new Map(HOSTS.map((host) => [host, OLD])),
};
const BAD: Truth = { ...GOOD, bad: new Set(HOSTS) };

const COMPLETED = ['completed', 'completed', 'completed', 'completed'] as const;
const BACK = ['rolled_back', 'rolled_back', 'rolled_back', 'rolled_back'] as const;

function broken(truth: Truth, after: Aftermath): string[] {
  return judgePush(truth, after)
    .filter(({ holds }) => !holds)
    .map(({ what, found }) => `${what}: ${found}`);
}

describe('judgePush', () => {
  it.each([
    ['a rollout that completes', GOOD, 'completed', COMPLETED],
    ['a rollout that goes back', BAD, 'rolled_back', BACK],
    [
      'a silent host that the policy bears',
      { ...GOOD, silent: new Set(['i-4']) },
      'held',
      ['completed', 'completed', 'completed', 'unknown'],
    ],
  ] as const)('finds nothing wrong with %s', (_, truth, status, outcomes) => {
    expect(broken(truth, aftermath(status, outcomes))).toEqual([]);
  });

  it.each([
    ['an end that its policy does not know', 'rolled_back', COMPLETED, {}],
    [
      'a host that says it completed and runs the old image',
      'completed',
      COMPLETED,
      {
        running: new Map(HOSTS.map((host) => [host, host === 'i-3' ? OLD : NEW])),
      },
    ],
    ['a host that nobody planned', 'completed', COMPLETED, { planned: HOSTS.slice(1) }],
    ['a host that was planned twice', 'completed', COMPLETED, { planned: [...HOSTS, 'i-1'] }],
    ['a host that is not of the fleet', 'completed', COMPLETED, { planned: [...HOSTS, 'i-9'] }],
    [
      'a healthy host that is said to have failed',
      'completed_with_failures',
      ['completed', 'completed', 'completed', 'failed'],
      {},
    ],
    [
      'another desired image',
      'completed',
      COMPLETED,
      {
        target: { ...targetOf(false), desired: { tag: '', digest: OLD } },
      },
    ],
    [
      'a denial of a good image',
      'completed',
      COMPLETED,
      {
        target: { ...targetOf(true), desired: { tag: '', digest: NEW } },
      },
    ],
    ['a missing target', 'completed', COMPLETED, { target: undefined }],
  ] as const)('finds %s', (_, status, outcomes, changes) => {
    const after = { ...aftermath(status, outcomes), ...changes };

    expect(broken(GOOD, after)).not.toEqual([]);
  });

  it('finds a bad image that is not denied', () => {
    const after = { ...aftermath('rolled_back', BACK), target: { ...targetOf(true), denied: [] } };

    expect(broken(BAD, after)).toEqual(['the digest of sha256:new: not denied']);
  });

  it('finds a failed host that waited for the whole rollout to go back', () => {
    const after = aftermath('rolled_back', BACK);
    const late = new Map([...after.wentBackAtMs, ['i-2', 10]]);
    const turned = { ...after.rollout.log[0]!, status: 'rolling_back' as const };
    const log = [turned, ...after.rollout.log];

    const found = broken(BAD, { ...after, wentBackAtMs: late, rollout: { ...after.rollout, log } });

    expect(found).toEqual([
      'hosts that failed: i-2 has been left as it was, not gone back at once',
    ]);
  });

  it('names a few hosts and counts the others', () => {
    const many = Array.from({ length: 9 }, (_, index) => `i-${index}`);
    const truth = { ...GOOD, before: new Map(many.map((host) => [host, OLD])) };

    const [found] = broken(truth, aftermath('completed', COMPLETED, { planned: [] }));

    expect(found).toMatch(/^the plan: i-0 has planned 0 times, .*; and 4 more$/);
  });
});

describe('expectEnd', () => {
  const batches = [
    { hosts: 2, first_chunk: 0, chunks: 1 },
    { hosts: 8, first_chunk: 1, chunks: 1 },
  ];

  function tally(counts: Partial<Tally>): Tally {
    const none = { completed: 0, skipped: 0, failed: 0, unknown: 0, baseline: 0 };
    const at = { rollout: 'r', item: 'tally', chunk: 0, batch: 0, round: 0 };
    return { ...at, ...none, finishes: [], ...counts };
  }

  it.each([
    [[{ completed: 2 }, { completed: 8 }], 'completed'],
    [[{ completed: 2 }, { completed: 7, failed: 1 }], 'completed_with_failures'],
    [[{ completed: 2 }, { completed: 7, unknown: 1 }], 'completed_with_failures'],
    [[{ completed: 1, failed: 1 }], 'rolled_back'],
    [[{ completed: 2 }, { completed: 6, unknown: 2 }], 'held'],
    [[{ failed: 2, baseline: 2 }], 'held'],
  ])('%j → %s', (counts, status) => {
    const of = { ...rollout, plan: { hosts: 10, chunk_size: 50, batches } };

    const end = expectEnd(
      of,
      counts.map((some) => [tally(some)]),
      false,
    );

    expect(end.status).toBe(status);
  });

  it('does not expect a way back of a host that answers nothing', () => {
    const of = { ...rollout, plan: { hosts: 10, chunk_size: 50, batches } };

    const end = expectEnd(of, [[tally({ failed: 1, unknown: 1 })]], true);

    expect(end.status).toBe('rollback_failed');
  });

  it('expects a hold where the policy asks for a person', () => {
    const holding = rolloutOf({ on_threshold: 'hold' });

    const end = expectEnd(holding, [[tally({ failed: 4 })]], false);

    expect(end.status).toBe('held');
  });

  it('expects nothing but the approval where nobody gave it', () => {
    const manual = rolloutOf({ update_strategy: 'manual' });

    expect(expectEnd(manual, [], false).status).toBe('awaiting_approval');
  });
});
