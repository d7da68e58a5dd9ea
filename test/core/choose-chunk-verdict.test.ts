import { describe, expect, it } from 'vitest';
import {
  chooseHealthVerdict,
  chooseRestoresVerdict,
  chooseResultsVerdict,
  chooseWayBack,
} from '#core/choose-chunk-verdict.ts';
import type { ChunkStep } from '#core/plan-chunk-step.ts';
import {
  aChunk,
  aCommand,
  aCompletedHost,
  anUpdatingHost,
  aPolicy,
  aRollout,
  aWayBack,
  GENERATION,
  NOW_MS,
} from './fixtures.ts';

const probe: ChunkStep = { step: 'look', hosts: ['i-01'], action: 'probe' };
const status: ChunkStep = { step: 'look', hosts: ['i-01'], action: 'status' };
const soaking = aRollout({ settings: aPolicy({ soak_seconds: 60 }) });
const BACK = GENERATION + 1;

describe('what follows the answers to an update', () => {
  it.each<{ next: ChunkStep; verdict: string; reason: string }>([
    {
      next: { step: 'update', hosts: ['a', 'b'] },
      verdict: 'again',
      reason: '2 hosts are to be updated',
    },
    {
      next: { step: 'restore', hosts: ['a'] },
      verdict: 'restore',
      reason: '1 hosts failed their second look',
    },
    {
      next: { step: 'wait', action: 'restore' },
      verdict: 'restore',
      reason: 'the restore is at work',
    },
    { next: { step: 'wait', action: 'update' }, verdict: 'again', reason: 'the update is at work' },
    { next: { step: 'record', reason: 'all is said' }, verdict: 'record', reason: 'all is said' },
  ])('is $verdict: $reason', ({ next, verdict, reason }) => {
    expect(chooseResultsVerdict(aChunk(), next, aRollout(), NOW_MS)).toEqual({ verdict, reason });
  });

  it.each(['probe', 'status'] as const)('is a wait for the %s that is at work', (action) => {
    expect(chooseResultsVerdict(aChunk(), { step: 'wait', action }, aRollout(), NOW_MS)).toEqual({
      verdict: 'probe',
      reason: 'a look is at work',
      untilMs: NOW_MS,
    });
  });

  it.each([
    { what: 'the last host has soaked', checked: [-50_000, -10_000], untilMs: NOW_MS + 50_000 },
    { what: 'at once where that is over', checked: [-90_000], untilMs: NOW_MS },
    { what: 'from now where no instant is known', checked: [undefined], untilMs: NOW_MS + 60_000 },
  ])('is a second look when $what', ({ checked, untilMs }) => {
    const hosts = checked.map((after, index) =>
      anUpdatingHost({
        host: `i-${index}`,
        phase: 'soaking',
        ...(after !== undefined && { checked_at_ms: NOW_MS + after }),
      }),
    );

    expect(chooseResultsVerdict(aChunk({ hosts }), probe, soaking, NOW_MS)).toEqual({
      verdict: 'probe',
      reason: '1 hosts are to be looked at (probe)',
      untilMs,
    });
  });

  it.each([
    { what: 'in five seconds', code: 0, afterMs: 5_000 },
    { what: 'when who holds the lock must have ended', code: 11, afterMs: 900_000 },
  ])('is a question for a lost answer, $what', ({ code, afterMs }) => {
    const chunk = aChunk({ hosts: [anUpdatingHost({ phase: 'asking', code })] });

    expect(chooseResultsVerdict(chunk, status, soaking, NOW_MS)).toMatchObject({
      verdict: 'probe',
      untilMs: NOW_MS + afterMs,
    });
  });

  it('is not asked of a host that is held before an unlisted copy of its command must have ended', () => {
    const hosts = [anUpdatingHost({ phase: 'asking', code: 11, step: 2 })];
    const own = aCommand({ step: 2, deadline_at_ms: NOW_MS + 2_000_000, ended: true });
    const another = aCommand({ step: 1, deadline_at_ms: NOW_MS + 9_000_000, ended: true });

    const verdict = chooseResultsVerdict(
      aChunk({ hosts, commands: [another, own] }),
      status,
      soaking,
      NOW_MS,
    );

    expect(verdict.untilMs).toBe(NOW_MS + 2_000_000);
  });
});

describe('what follows the answers to a look', () => {
  it.each<{ next: ChunkStep; verdict: string; reason: string }>([
    {
      next: { step: 'restore', hosts: ['a'] },
      verdict: 'restore',
      reason: '1 hosts failed their second look',
    },
    { next: { step: 'record', reason: 'all is said' }, verdict: 'record', reason: 'all is said' },
    {
      next: { step: 'update', hosts: ['a'] },
      verdict: 'record',
      reason: 'hosts wait for the batch to open again',
    },
  ])('is $verdict: $reason', ({ next, verdict, reason }) => {
    expect(chooseHealthVerdict(aChunk(), next, aRollout(), NOW_MS)).toEqual({ verdict, reason });
  });

  it('is another look, when it is due', () => {
    const host = anUpdatingHost({ phase: 'soaking', checked_at_ms: NOW_MS - 1_000 });

    expect(chooseHealthVerdict(aChunk({ hosts: [host] }), probe, soaking, NOW_MS)).toEqual({
      verdict: 'again',
      reason: '1 hosts are to be looked at (probe)',
      untilMs: NOW_MS + 59_000,
    });
  });

  it('is a wait while the look is at work', () => {
    const next: ChunkStep = { step: 'wait', action: 'probe' };

    expect(chooseHealthVerdict(aChunk(), next, aRollout(), NOW_MS)).toEqual({
      verdict: 'again',
      reason: 'the look is at work',
      untilMs: NOW_MS + 5_000,
    });
  });
});

describe('what is sent on the way back', () => {
  it('is a restore with the next generation', () => {
    const chunk = aChunk({ hosts: [aCompletedHost()] });

    expect(chooseWayBack(chunk, aWayBack(), NOW_MS)).toEqual({
      action: 'restore',
      hosts: ['i-01'],
      generation: BACK,
    });
  });

  it('is a question where a restore’s answer was lost', () => {
    const chunk = aChunk({
      hosts: [aCompletedHost({ phase: 'asking', step: 2 })],
      commands: [aCommand({ action: 'restore', generation: BACK, step: 2, ended: true })],
    });

    expect(chooseWayBack(chunk, aWayBack(), NOW_MS)).toEqual({
      action: 'status',
      hosts: ['i-01'],
      generation: BACK,
    });
  });

  it('is nothing where every host is through', () => {
    expect(chooseWayBack(aChunk(), aWayBack(), NOW_MS)).toEqual({ reason: 'record' });
  });

  it('is nothing while a command of before may still change a host', () => {
    const chunk = aChunk({ hosts: [anUpdatingHost()], commands: [aCommand()] });

    expect(chooseWayBack(chunk, aWayBack(), NOW_MS)).toEqual({ reason: 'later' });
  });

  it('is nothing where the rollout does not go back', () => {
    const chunk = aChunk({ hosts: [aCompletedHost()] });

    expect(chooseWayBack(chunk, aRollout(), NOW_MS)).toEqual({
      reason: 'the rollout is in_progress',
    });
    expect(chooseWayBack(chunk, aWayBack({ status: 'held' }), NOW_MS)).toEqual({
      reason: 'the rollout is held',
    });
  });
});

describe('what follows the answers to a restore', () => {
  it('is another one, for hosts that are left', () => {
    const chunk = aChunk({ hosts: [aCompletedHost()] });

    expect(chooseRestoresVerdict(chunk, aWayBack(), NOW_MS)).toEqual({
      verdict: 'again',
      reason: 'restore',
      untilMs: NOW_MS + 5_000,
    });
  });

  it('is another one when who held a host must have ended', () => {
    const chunk = aChunk({ hosts: [aCompletedHost({ code: 11 })] });

    expect(chooseRestoresVerdict(chunk, aWayBack(), NOW_MS)).toEqual({
      verdict: 'again',
      reason: 'restore',
      untilMs: NOW_MS + 900_000,
    });
  });

  it('is a wait until no command of before can change a host', () => {
    const open = aCommand();
    const chunk = aChunk({ hosts: [anUpdatingHost()], commands: [open] });

    expect(chooseRestoresVerdict(chunk, aWayBack(), NOW_MS)).toEqual({
      verdict: 'again',
      reason: 'a command may still change a host',
      untilMs: open.deadline_at_ms,
    });
  });

  it('is the end where every host is through', () => {
    const chunk = aChunk({ hosts: [aCompletedHost({ status: 'rolled_back' })] });

    expect(chooseRestoresVerdict(chunk, aWayBack(), NOW_MS)).toEqual({
      verdict: 'record',
      reason: 'every host has answered or is named',
    });
  });

  it('is the end where the rollout does not go back any more', () => {
    const chunk = aChunk({ hosts: [aCompletedHost()] });

    expect(chooseRestoresVerdict(chunk, aRollout(), NOW_MS)).toEqual({
      verdict: 'record',
      reason: 'the rollout is in_progress',
    });
    expect(chooseRestoresVerdict(chunk, aWayBack({ status: 'paused' }), NOW_MS).verdict).toBe(
      'record',
    );
  });
});
