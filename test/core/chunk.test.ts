import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  Chunk,
  changingUntilMs,
  chunkItem,
  intend,
  makeChunk,
  markSent,
  openCommands,
  openRound,
  pad,
  tallyItem,
} from '#core/chunk.ts';
import { HostStatus } from '#core/status.ts';
import {
  aChunk,
  aCommand,
  aCompletedHost,
  aFailedHost,
  aHost,
  anUpdatingHost,
  GENERATION,
  NOW_MS,
  V1,
} from './fixtures.ts';

function intentOf(action: 'update' | 'probe' | 'restore' | 'status', hosts: string[]) {
  return { action, generation: GENERATION, hosts, nowMs: NOW_MS, deadlineAtMs: NOW_MS + 60_000 };
}

describe('a chunk', () => {
  it('begins with hosts that nothing was intended for', () => {
    const chunk = makeChunk({
      rollout: 'shop-web-abcdef-g1',
      planHash: 'plan-1',
      batch: 1,
      chunk: 7,
      hosts: ['i-01', 'i-02'],
    });

    expect(Chunk.parse(chunk)).toEqual(chunk);
    expect(chunk).toMatchObject({ item: 'chunk#001#00007', version: 0, step: 0, commands: [] });
    expect(chunk.rolled_back).toBe(false);
    expect(chunk.hosts).toEqual([aHost({ host: 'i-01' }), aHost({ host: 'i-02' })]);
  });

  it('may be of an earlier release, which said of each host by which command', () => {
    const chunk = aChunk({ hosts: [anUpdatingHost({ command_id: 'cmd-1' })] });

    expect(Chunk.parse(chunk)).toEqual(chunk);
  });

  it('has an item that sorts by batch and number, and a tally beside it', () => {
    expect(chunkItem(12, 345)).toBe('chunk#012#00345');
    expect(tallyItem(12, 345)).toBe('tally#012#00345');
    expect([chunkItem(10, 2), chunkItem(2, 10), chunkItem(2, 9)].toSorted()).toEqual([
      chunkItem(2, 9),
      chunkItem(2, 10),
      chunkItem(10, 2),
    ]);
    expect(pad(123_456, 5)).toBe('123456');
  });
});

describe('an intent', () => {
  it('to update takes the next step for the hosts that it names, and no other', () => {
    const chunk = aChunk();

    const intended = intend(chunk, intentOf('update', ['i-02']));

    expect(intended.step).toBe(1);
    expect(intended.hosts).toEqual([
      chunk.hosts[0],
      aHost({
        host: 'i-02',
        status: 'updating',
        phase: 'updating',
        step: 1,
        attempts: 1,
        started_at_ms: NOW_MS,
      }),
    ]);
    expect(intended.commands).toEqual([
      {
        action: 'update',
        generation: GENERATION,
        step: 1,
        hosts: ['i-02'],
        command_id: '',
        intended_at_ms: NOW_MS,
        deadline_at_ms: NOW_MS + 60_000,
        ended: false,
      },
    ]);
  });

  it('to update again counts, keeps the first start, and forgets the last error', () => {
    const host = anUpdatingHost({ status: 'pending', phase: 'planned', error: 'was', code: 36 });
    const chunk = aChunk({ hosts: [host], commands: [aCommand({ ended: true })] });

    const [again] = intend(chunk, intentOf('update', ['i-01'])).hosts;

    expect(again).toMatchObject({
      attempts: 2,
      step: 2,
      started_at_ms: host.started_at_ms,
      error: '',
      code: 0,
    });
  });

  it.each([
    { action: 'probe' as const, host: { phase: 'probing', step: 1, status: 'completed' } },
    { action: 'restore' as const, host: { phase: 'restoring', step: 2, status: 'completed' } },
    { action: 'status' as const, host: { phase: 'done', step: 1, status: 'completed' } },
  ])('to $action moves the fence of its hosts only where it changes them', ({ action, host }) => {
    const chunk = aChunk({ hosts: [aCompletedHost()], commands: [aCommand({ ended: true })] });

    const intended = intend(chunk, intentOf(action, ['i-01']));

    expect(intended.step).toBe(2);
    expect(intended.hosts[0]).toMatchObject({ ...host, attempts: 1 });
    expect(intended.commands.at(-1)).toMatchObject({ action, step: 2 });
  });

  it('is never one of a step that was there before', () => {
    const actions = fc.array(fc.constantFrom('update', 'probe', 'restore', 'status'));
    const law = fc.property(actions, (row) => {
      const chunk = row.reduce(
        (before, action) => intend(before, intentOf(action, ['i-01'])),
        aChunk(),
      );
      const steps = chunk.commands.map((command) => command.step);

      expect(steps).toEqual(row.map((_, index) => index + 1));
    });

    fc.assert(law);
  });
});

describe('a command that SSM took', () => {
  it('has its id', () => {
    const chunk = intend(aChunk(), intentOf('update', ['i-02']));

    const sent = markSent(chunk, 1, 'cmd-9');

    expect(sent.commands[0]?.command_id).toBe('cmd-9');
  });

  it('of a step that the chunk does not have marks nothing', () => {
    const chunk = intend(aChunk(), intentOf('update', ['i-01', 'i-02']));

    expect(markSent(chunk, 5, 'cmd-9')).toEqual(chunk);
  });
});

describe('the instant until which a command may change a host', () => {
  it.each([
    { action: 'update' as const, ended: false, untilMs: NOW_MS + 5 },
    { action: 'restore' as const, ended: false, untilMs: NOW_MS + 5 },
    { action: 'probe' as const, ended: false, untilMs: 0 },
    { action: 'status' as const, ended: false, untilMs: 0 },
    { action: 'update' as const, ended: true, untilMs: 0 },
  ])('is the deadline of an open $action (ended: $ended): $untilMs', ({ untilMs, ...fields }) => {
    const chunk = aChunk({ commands: [aCommand({ ...fields, deadline_at_ms: NOW_MS + 5 })] });

    expect(changingUntilMs(chunk)).toBe(untilMs);
    expect(openCommands(chunk)).toHaveLength(fields.ended ? 0 : 1);
  });

  it('is the last of several deadlines', () => {
    const commands = [3, 9, 5].map((after) => aCommand({ deadline_at_ms: NOW_MS + after }));

    expect(changingUntilMs(aChunk({ commands }))).toBe(NOW_MS + 9);
  });
});

describe('another round', () => {
  it.each(HostStatus.options)('is for hosts that failed or never answered: %s', (status) => {
    const host = aCompletedHost({ status });

    const [again] = openRound(aChunk({ hosts: [host] }), 1).hosts;

    const isAgain = status === 'failed' || status === 'unknown';
    expect(again).toEqual(isAgain ? { ...host, status: 'pending', phase: 'planned' } : host);
  });

  it('counts its looks anew, and keeps what the host recorded', () => {
    const chunk = openRound(aChunk({ looks: 61, hosts: [aFailedHost()] }), 2);

    expect(chunk).toMatchObject({ round: 2, looks: 0 });
    expect(chunk.hosts[0]?.digest_before).toBe(V1);
  });

  it.each([{ of: 1 }, { of: 2 }])('that the chunk has begun ($of) is not begun again', ({ of }) => {
    const chunk = aChunk({ round: of, hosts: [aFailedHost()] });

    expect(openRound(chunk, 1)).toBe(chunk);
  });
});
