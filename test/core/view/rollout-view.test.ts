import { describe, expect, it } from 'vitest';
import { logEvent } from '#core/change-status.ts';
import type { HostRecord } from '#core/chunk.ts';
import type { Rollout } from '#core/rollout.ts';
import { renderBars } from '#core/view/batch-bars.ts';
import { styleOf } from '#core/view/format.ts';
import { glanceAt } from '#core/view/host-glance.ts';
import { viewRollout } from '#core/view/rollout-view.ts';
import { fateOf, tellEntry, toneOf } from '#core/view/tone.ts';
import { aChunk, aFailedHost, aHost, aRollout, NOW_MS, V1, V2 } from '#test/core/fixtures.ts';

/** Two batches of one host and of two. */
const PLAN = {
  hosts: 3,
  chunk_size: 50,
  batches: [
    { hosts: 1, first_chunk: 0, chunks: 1 },
    { hosts: 2, first_chunk: 1, chunks: 1 },
  ],
};

function view(fields: Partial<Rollout>, hosts: readonly Partial<HostRecord>[][] = []) {
  const chunks = hosts.map((own, chunk) =>
    glanceAt(aChunk({ batch: chunk, chunk, hosts: own.map((host) => aHost(host)) })),
  );
  const rollout = aRollout({ plan: PLAN, batch: 0, ...fields });
  return viewRollout({ rollout, chunks: new Map(chunks.map((one) => [one.chunk, one])) });
}

describe('a rollout as people see it', () => {
  it('has a state for every planned host, also for those that no item holds yet', () => {
    const { batches } = view({ gate: 'open' }, [[{ status: 'updating' }]]);

    expect(batches).toEqual([
      {
        number: 1,
        reach: 1 / 3,
        hosts: 1,
        stage: 'open',
        counts: { updating: 1 },
        states: ['updating'],
      },
      {
        number: 2,
        reach: 1,
        hosts: 2,
        stage: 'waits',
        counts: { waiting: 2 },
        states: ['waiting', 'waiting'],
      },
    ]);
  });

  it.each([
    [{ gate: 'open' }, ['open', 'waits']],
    [{ gate: 'closed' }, ['stopped', 'waits']],
    [{ batch_judged: true }, ['judged', 'waits']],
    [{ batch: 1, gate: 'open' }, ['judged', 'open']],
    [{ status: 'rolling_back', gate: 'open' }, ['stopped', 'never opened']],
    [{ status: 'cancelled', batch: -1 }, ['never opened', 'never opened']],
  ] as const)('%j: its batches are %j', (fields, stages) => {
    expect(view(fields).batches.map(({ stage }) => stage)).toEqual(stages);
  });

  it('counts what never began of an ended rollout as skipped', () => {
    const { batches } = view({ status: 'cancelled', completed_at_ms: NOW_MS });

    expect(batches[1]?.counts).toEqual({ skipped: 2 });
    expect(renderBars(batches, undefined, { columns: 100, paint: (_, text) => text })[1]).toContain(
      '2 hosts, never opened',
    );
  });

  it('waits for an instant between two batches alone', () => {
    const waiting = { batch_judged: true, next_batch_at_ms: NOW_MS + 1 };

    expect(view(waiting).nextBatchAtMs).toBe(NOW_MS + 1);
    expect(view({ ...waiting, batch: 1 }).nextBatchAtMs).toBeUndefined();
    expect(view({ ...waiting, status: 'held' }).nextBatchAtMs).toBeUndefined();
  });

  it('has no batches before there is a plan, and nothing before its first image', () => {
    const { plan, ...unplanned } = aRollout({ previous: { tag: '', digest: '' } });

    const seen = viewRollout({ rollout: unplanned, chunks: new Map() });

    expect(seen).toMatchObject({ batches: [], from: 'nothing', title: 'shop-web #42' });
  });

  it('names the hosts that need attention, in the order of the chunks', () => {
    const failed = {
      ...aFailedHost(),
      host: 'i-2',
      digest_before: V1,
      digest_after: V1,
      error: 'x',
    };

    const { troubled } = view({ batch: 1 }, [[{ host: 'i-1', status: 'unknown' }], [failed]]);

    expect(troubled).toEqual([
      { host: 'i-1', state: 'unknown', reason: '', isBack: false },
      { host: 'i-2', state: 'failed', reason: 'x', isBack: true },
    ]);
  });
});

describe('a host as people see it', () => {
  it.each([
    [{ status: 'pending' }, 'waiting'],
    [{ status: 'verifying' }, 'verifying'],
    [{ status: 'completed' }, 'healthy'],
    [{ status: 'failed', phase: 'restoring' }, 'going back'],
    [{ status: 'rolled_back' }, 'back'],
    [{ status: 'rollback_failed' }, 'not back'],
    [{ status: 'skipped' }, 'skipped'],
  ] as const)('%j is %s', (host, state) => {
    expect(glanceAt(aChunk({ hosts: [aHost(host)] })).states).toEqual([state]);
  });

  it.each([
    [{ state: 'back', reason: 'x', isBack: true }, 'v1', 'went back to v1'],
    [{ state: 'not back', reason: 'x', isBack: false }, 'v1', 'did not go back to v1: x'],
    [{ state: 'failed', reason: 'x', isBack: true }, '', 'failed: x; the old image runs again'],
    [{ state: 'unknown', reason: '', isBack: false }, 'v1', 'unknown'],
  ] as const)('%j: %s', (host, tag, words) => {
    expect(fateOf({ host: 'i-1', ...host }, tag)).toBe(words);
  });
});

describe('a status', () => {
  it.each([
    ['completed', 'good', 'green'],
    ['held', 'waiting', 'yellow'],
    ['completed_with_failures', 'waiting', 'yellow'],
    ['rolling_back', 'bad', 'red'],
    ['rolled_back', 'bad', 'red'],
    ['in_progress', 'plain', 'reset'],
  ] as const)('%s is %s: %s', (status, tone, style) => {
    expect(toneOf(status)).toBe(tone);
    expect(styleOf(toneOf(status))).toBe(style);
  });

  it('is said with the entry of the log that changed it, and with no other', () => {
    const entry = (to: Rollout['status']) => ({ to, event: 'e', who: 'ada', why: 'x', nowMs: 1 });
    const begun = aRollout({
      log: [],
      image: { registry: '', repository: 'r', tag: 'v2', digest: V2 },
    });
    const { log } = logEvent(logEvent(begun, entry('held')), entry('held'));

    expect(log.map((one) => tellEntry(log, one))).toEqual([
      { words: 'held: x', tone: 'waiting' },
      { words: 'x', tone: 'plain' },
    ]);
  });
});
