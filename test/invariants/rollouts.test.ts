/** That the checks of rollouts and their batches find what they are for: each is shown a forged write. */
import { describe, expect, it } from 'vitest';
import type { HostRecord } from '#core/chunk.ts';
import type { Rollout } from '#core/rollout.ts';
import {
  aChunk,
  aCommand,
  aCompletedHost,
  aDecision,
  aFailedHost,
  aHeldRollout,
  anUpdatingHost,
  aPolicy,
  aRollout,
  aSeed,
  aTally,
  NOW_MS,
} from '#test/core/fixtures.ts';
import { oneSender } from './01-one-sender.ts';
import { oneByOne } from './02-one-by-one.ts';
import { withinThresholds } from './02-thresholds.ts';
import { fewUnavailable } from './02-unavailable.ts';
import { batchAfterBatch } from './04-batch-order.ts';
import { sentAsApproved } from './11-approval.ts';
import { noneOverdue } from './12-overdue.ts';
import { wakesWhoWaits } from './12-woken.ts';
import { foldedLog } from './13-log.ts';
import { forge, HOST, OTHER } from './forge.ts';

const ID = aSeed().rollout;
const NEWER = `${ID}1`;
const STRANGER = `${ID}2`;
const MINUTE_MS = 60_000;

function plan(...sizes: number[]): Rollout['plan'] {
  const batches = sizes.map((hosts, index) => ({ hosts, first_chunk: index, chunks: 1 }));
  return { hosts: sizes.reduce((sum, size) => sum + size, 0), chunk_size: 50, batches };
}

describe('1', () => {
  it('finds a step of an execution that was replaced', () => {
    const { put, said } = forge(oneSender);
    put(aRollout({ run: 2 }));
    put(aChunk());
    const lambda = 'record-chunk';
    put(aChunk({ version: 2 }), { lambda, payload: { rolloutId: ID, run: 2 } });

    const payload = { rolloutId: ID, run: 1 };
    put(aChunk({ version: 3 }), { lambda, payload });
    put(aRollout({ run: 2, version: 4 }), { lambda: 'judge-batch', payload });

    expect(said()).toEqual([
      `run 1 of ${ID} wrote its chunk, and another one walks it`,
      `run 1 of ${ID} wrote its meta, and another one walks it`,
    ]);
  });

  it('lets a step note what it has published, though another execution walks by then', () => {
    const { put, call, said } = forge(oneSender);
    put(aRollout({ run: 2 }));

    call(
      {
        service: 'dynamodb',
        operation: 'UpdateItem',
        input: {
          TableName: 'Longshore-rollouts',
          Key: { rollout: { S: ID }, item: { S: 'meta' } },
          UpdateExpression: 'SET #seq = :seq',
          ExpressionAttributeNames: { '#seq': 'published_seq' },
          ExpressionAttributeValues: { ':seq': { N: '9' } },
        },
      },
      { lambda: 'judge-batch', payload: { rolloutId: ID, run: 1 } },
    );

    expect(said()).toEqual([]);
  });

  it('lets who closes a rollout write its chunks minutes after it has read who walks', () => {
    const { put, call, said } = forge(oneSender);
    const by = { lambda: 'close-rollout', payload: { rolloutId: ID, run: 1 } };
    put(aRollout({ run: 1 }));
    put(aChunk());
    call({ service: 'dynamodb', operation: 'BatchGetItem' }, by);
    put(aRollout({ run: 2, version: 9 }), { atMs: NOW_MS + MINUTE_MS });

    put(aChunk({ version: 2 }), { ...by, atMs: NOW_MS + 4 * MINUTE_MS });
    const since = said();
    const next = { ...by, requestId: 'request-2', atMs: NOW_MS + 5 * MINUTE_MS };
    put(aChunk({ version: 3 }), next);

    expect(since).toEqual([]);
    expect(said()).toHaveLength(1);
  });

  it('finds a rollout that writes the record of another, unless it took over from that one', () => {
    const { put, said } = forge(oneSender);
    put(aRollout({ run: 2 }));
    put(aRollout({ rollout: NEWER, supersedes: ID }));
    put(aRollout({ rollout: STRANGER }));
    const lambda = 'open-batch';

    put(aRollout({ run: 2, version: 2 }), { lambda, payload: { rolloutId: NEWER, run: 1 } });
    put(aRollout({ run: 2, version: 3 }), { lambda, payload: { rolloutId: STRANGER, run: 1 } });

    expect(said()).toEqual([`${STRANGER} wrote the meta of ${ID}`]);
  });
});

describe('2', () => {
  const both = [aCommand({ hosts: [HOST, OTHER] })];

  it('finds more hosts with an open command than the batch has', () => {
    const { put, said } = forge(fewUnavailable);
    put(aRollout({ plan: plan(1, 3) }));

    put(aChunk({ commands: both }));
    put(aChunk({ version: 2, commands: both.map((command) => ({ ...command, ended: true })) }));

    expect(said()).toEqual([`2 hosts of ${ID} have an open update, 1 may`]);
  });

  it('finds more than max_unavailable, over chunks', () => {
    const { put, said } = forge(fewUnavailable);
    put(aRollout({ plan: plan(4), settings: aPolicy({ max_unavailable: 1 }) }));

    put(aChunk({ commands: [aCommand()] }));
    const second = [aCommand(), aCommand({ step: 2 })];
    put(aChunk({ version: 2, commands: second }));
    const sameHost = said();
    const commands = [aCommand({ hosts: [OTHER] })];
    put(aChunk({ item: 'chunk#000#00001', chunk: 1, commands }));

    expect(sameHost).toEqual([]);
    expect(said()).toEqual([`2 hosts of ${ID} have an open update, 1 may`]);
  });

  it('counts no command that can change a host no more', () => {
    const { put, said } = forge(fewUnavailable);
    put(aRollout({ plan: plan(4), settings: aPolicy({ max_unavailable: 1 }) }));
    put(aChunk({ commands: [aCommand()] }));

    const atMs = aCommand().deadline_at_ms;
    const next = { item: 'chunk#000#00001', chunk: 1 };
    put(aChunk({ ...next, commands: [aCommand({ deadline_at_ms: atMs + 1 })] }), { atMs });

    expect(said()).toEqual([]);
  });

  describe('a chunk that begins beside another', () => {
    const settings = aPolicy({ max_unavailable: 1 });
    const first = aChunk({ hosts: [anUpdatingHost()], commands: [aCommand()] });
    const next = aChunk({ ...first, item: 'chunk#000#00001', chunk: 1 });
    const last = aChunk({ ...first, item: 'chunk#000#00002', chunk: 2 });
    const atOnce = (of: string, before: string) =>
      `${of} of ${ID} begins, though ${before} is not recorded`;

    it('is found while that is not recorded', () => {
      const { put, said } = forge(oneByOne);
      put(aRollout({ plan: plan(4), settings }));
      put(first);

      put(next);
      put(aTally({ completed: 1 }));
      put({ ...next, version: 2 });
      put(last);

      expect(said()).toEqual([atOnce(next.item, first.item), atOnce(last.item, next.item)]);
    });

    it('is found in another round, also where that was touched in the one before', () => {
      const { put, said } = forge(oneByOne);
      put(aRollout({ plan: plan(4), settings }));
      put(first);
      put(aRollout({ plan: plan(4), settings, round: 1, version: 4 }));

      put({ ...next, round: 1 });

      expect(said()).toEqual([atOnce(next.item, first.item)]);
    });

    it('is found where an earlier intent is sent anew', () => {
      const { put, said } = forge(oneByOne);
      put(aRollout({ plan: plan(4), settings }));
      put(next);
      put(aTally({ item: 'tally#000#00001', chunk: 1, failed: 1 }));
      put(first);
      put(aRollout({ plan: plan(4), settings, round: 1, version: 4 }));

      put({ ...next, commands: [aCommand({ deadline_at_ms: NOW_MS + 9e6 })], version: 2 });

      expect(said()).toEqual([atOnce(next.item, first.item)]);
    });

    it('is none where it only waits for what an earlier round sent', () => {
      const { put, said } = forge(oneByOne);
      put(aRollout({ plan: plan(4), settings }));
      put(next);
      put(aTally({ item: 'tally#000#00001', chunk: 1, failed: 1 }));
      put(aRollout({ plan: plan(4), settings, round: 1, version: 4 }));
      put({ ...first, round: 1 });

      put({ ...next, version: 2 });

      expect(said()).toEqual([]);
    });

    it('may where the policy has no bound', () => {
      const { put, said } = forge(oneByOne);
      put(aRollout({ plan: plan(4) }));
      put(first);

      put(next);

      expect(said()).toEqual([]);
    });
  });

  it('finds more hosts at work than the batch has', () => {
    const { put, send, note, said } = forge(fewUnavailable);
    put(aRollout({ plan: plan(1, 3) }));
    send({ op: 'update', rollout: ID, ref: `a@${aSeed().image.digest}`, auto: 0, step: 1 });
    const mark = { owner: 'o', gen: 1, step: 1 };

    note({ kind: 'accepted', commandId: 'cmd-1', mark });
    note({ kind: 'accepted', commandId: 'cmd-1', mark }, OTHER);

    expect(said()).toEqual([`2 hosts of ${ID} are at work, 1 may`]);
  });

  it('counts no host at work whose deadline has passed', () => {
    const { cloud, put, send, note, said } = forge(fewUnavailable);
    const update = {
      op: 'update',
      rollout: ID,
      ref: `a@${aSeed().image.digest}`,
      auto: 0,
    } as const;
    const mark = { owner: 'o', gen: 1, step: 1 };
    put(aRollout({ plan: plan(1, 3) }));
    send({ ...update, step: 1, deadline: NOW_MS / 1000 + 60 });
    send({ ...update, step: 2 });
    note({ kind: 'accepted', commandId: 'cmd-1', mark });

    const later = { atMs: NOW_MS + MINUTE_MS, host: OTHER, container: 'web' };
    cloud.fleet.onEvent?.({ ...later, kind: 'accepted', commandId: 'cmd-2', mark });

    expect(said()).toEqual([]);
  });

  const judge = (hosts: HostRecord[], decision?: Rollout['decision']) => {
    const { put, said } = forge(withinThresholds);
    put(aRollout({ plan: plan(hosts.length, 9) }));
    put(aChunk({ hosts }));
    if (decision) put(aHeldRollout({ plan: plan(hosts.length, 9), decision }));
    put(aRollout({ plan: plan(hosts.length, 9), batch_judged: true }));
    return said();
  };
  const hosts = (count: number, host: HostRecord) =>
    Array.from({ length: count }, (_, index) => ({ ...host, host: `i-${host.status}-${index}` }));
  const unknown = aCompletedHost({ status: 'unknown' });

  it.each([
    [[...hosts(7, aCompletedHost()), ...hosts(3, aFailedHost())], '3 of 10 failed'],
    [[...hosts(7, aCompletedHost()), ...hosts(3, unknown)], '3 of 10 are unknown'],
    [[...hosts(17, aCompletedHost()), ...hosts(3, aFailedHost())], '3 failed in a row'],
  ])('finds a batch that passes its thresholds: %#', (batch, why) => {
    expect(judge(batch)).toEqual([`${ID} passed batch 1: ${why}`]);
  });

  it('lets a batch pass that is within them, or a person said so', () => {
    const bad = hosts(2, aFailedHost());

    expect(judge([...hosts(9, aCompletedHost()), ...hosts(1, aFailedHost())])).toEqual([]);
    expect(judge(bad, aDecision('go_on'))).toEqual([]);
    expect(judge(bad, aDecision('go_on', { by: 'longshore' }))).not.toEqual([]);
  });
});

describe('4', () => {
  const judged = aRollout({ plan: plan(1, 3), batch_judged: true, next_batch_at_ms: NOW_MS });
  const opened = { ...judged, batch: 1, batch_judged: false, version: 4 };

  it.each([
    [judged, aCompletedHost(), NOW_MS, []],
    [
      { ...judged, batch_judged: false },
      aCompletedHost(),
      NOW_MS,
      ['opened, and the one before was not judged'],
    ],
    [judged, aCompletedHost(), NOW_MS - 1, ['opened before its time']],
    [judged, undefined, NOW_MS, ['opened with 0 of 1 hosts at their end']],
  ])('finds a batch that opens too early: %#', (before, host, atMs, found) => {
    const { put, said } = forge(batchAfterBatch);
    put(before);
    if (host) put(aChunk({ hosts: [host] }));

    put(opened, { atMs });

    expect(said()).toEqual(found.map((what) => `batch 2 of ${ID} ${what}`));
  });

  it.each([
    [NOW_MS - 5_000, []],
    [NOW_MS - 5_001, [`batch 2 of ${ID} opened before its time`]],
  ])('lets a clock that is ahead open a batch so much earlier: %#', (atMs, found) => {
    const { put, said } = forge(batchAfterBatch, 5_000);
    put(judged);
    put(aChunk({ hosts: [aCompletedHost()] }));

    put(opened, { atMs });

    expect(said()).toEqual(found);
  });

  it('finds a batch that is left out, and an intent in one that is not open', () => {
    const { put, said } = forge(batchAfterBatch);
    put(aRollout({ batch: -1 }));

    put(aRollout({ batch: 1 }));
    put(aChunk({ batch: 2, item: 'chunk#002#00000', commands: [aCommand()] }));

    expect(said()).toEqual([
      `batch 2 of ${ID} follows batch 0`,
      `${ID} intends an update in batch 3, which is not open`,
    ]);
  });
});

describe('11', () => {
  const settings = aPolicy({ update_strategy: 'manual' });
  const waiting = { settings, batch: -1 };

  it.each([
    [aDecision('approve', { plan_hash: 'plan-1' }), []],
    [aDecision('approve', { plan_hash: 'plan-0' }), ['and nobody approved its plan']],
    [
      aDecision('approve', { plan_hash: 'plan-1', by: 'longshore' }),
      ['and nobody approved its plan'],
    ],
    [undefined, ['and nobody approved its plan']],
  ])('finds an update without an approval of its plan: %#', (decision, found) => {
    const { put, said } = forge(sentAsApproved);
    put(aRollout({ ...waiting, ...(decision && { decision }) }));

    put(aRollout({ settings }));
    put(aChunk({ commands: [aCommand()] }));

    expect(said()).toEqual(found.map((what) => `${ID} intends an update, ${what}`));
  });

  it('finds an update by another plan', () => {
    const { put, said } = forge(sentAsApproved);
    put(aRollout());

    put(aChunk({ plan_hash: 'plan-0', commands: [aCommand()] }));

    expect(said()).toEqual([`${ID} intends an update of another plan than its own`]);
  });
});

describe('12', () => {
  const sweep = { service: 'dynamodb', operation: 'Scan' } as const;

  it('finds a rollout that a sweep did not set going', () => {
    const { put, call, said } = forge(noneOverdue);
    put(aRollout({ waits_until_ms: NOW_MS + 60 * MINUTE_MS }));

    for (const minutes of [70, 80, 95, 99]) {
      call(sweep, { lambda: 'sweep', atMs: NOW_MS + minutes * MINUTE_MS });
    }
    const early = said();
    call(sweep, { lambda: 'sweep', atMs: NOW_MS + 100 * MINUTE_MS });

    expect(early).toEqual([]);
    expect(said()).toEqual([expect.stringMatching(/is overdue since 2026-11-14T13:0/)]);
  });

  it('waits for the deadline of an open command, and for a person', () => {
    const { put, call, said } = forge(noneOverdue);
    put(aRollout());
    const commands = [aCommand({ deadline_at_ms: NOW_MS + 300 * MINUTE_MS })];
    put(aChunk({ commands }));
    for (const minutes of [60, 290])
      call(sweep, { lambda: 'sweep', atMs: NOW_MS + minutes * MINUTE_MS });
    put(aHeldRollout());
    for (const minutes of [400, 800])
      call(sweep, { lambda: 'sweep', atMs: NOW_MS + minutes * MINUTE_MS });

    expect(said()).toEqual([]);
  });

  it('finds an approval that nobody was asked for, or that has expired', () => {
    const { put, call, said } = forge(noneOverdue);
    const status = 'awaiting_approval';
    const other = 'shop-web-abcdef-g1';
    put(aRollout({ status }));
    put(aRollout({ status, rollout: other, approval_expires_at_ms: NOW_MS + 60 * MINUTE_MS }));

    for (const minutes of [20, 50, 80, 110, 140]) {
      call(sweep, { lambda: 'sweep', atMs: NOW_MS + minutes * MINUTE_MS });
    }

    expect(said().map((line) => line.split(' ')[0])).toEqual([ID, other]);
  });

  it('finds what names nobody', () => {
    const { put, said } = forge(noneOverdue);

    put(aRollout({ status: 'held' }));
    put(aRollout({ status: 'paused' }));

    expect(said().map((line) => line.replace(`${ID} is `, ''))).toEqual([
      'held, and says no reason',
      'paused, and says no cause',
    ]);
  });
});

describe('12, who waits', () => {
  it('finds a token that took the place of one which is waited for, and wakes nobody', () => {
    const { cloud, put, said } = forge(wakesWhoWaits);
    cloud.stepFunctions.isWaitedFor = (token) => token.startsWith('live');
    put(aHeldRollout({ version: 8, token: 'live' }));

    put(aHeldRollout({ version: 9, token: 'live again' }));
    put(aHeldRollout({ version: 10, token: 'dead' }));
    put(aHeldRollout({ version: 11, token: 'dead too' }));

    expect(said()).toEqual([`${ID} waits, and its token became one that wakes nobody`]);
  });
});

describe('13', () => {
  it('finds a status without an entry, and a log that was told anew', () => {
    const { put, said } = forge(foldedLog);
    const rollout = aRollout();
    put(rollout);

    put({ ...rollout, status: 'held' });
    put({ ...rollout, log: rollout.log.slice(0, 1), status: 'pending' });
    put({ ...rollout, log: [...rollout.log, ...rollout.log] });

    expect(said()).toEqual([
      `the log of ${ID} gives in_progress, and its status is held`,
      `${ID} became held without an entry in its log`,
      `the log of ${ID} has lost an entry, or told it anew`,
      `${ID} became pending without an entry in its log`,
      `the log of ${ID} gives RangeError: log entry 1 follows 2, and its status is in_progress`,
    ]);
  });
});
