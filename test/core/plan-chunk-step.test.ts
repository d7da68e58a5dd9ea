import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Chunk, intend, makeChunk, markSent, openRound } from '#core/chunk.ts';
import { dropUnsent } from '#core/chunk-repair.ts';
import { type Invocation, judgeAnswers } from '#core/judge-host.ts';
import { planChunkStep, planWayBackStep } from '#core/plan-chunk-step.ts';
import { HostResult } from '#core/result-line.ts';
import {
  aChunk,
  aCommand,
  aCompletedHost,
  aFailedHost,
  aHost,
  anUpdatingHost,
  aResult,
  EXPECTED,
  GENERATION,
  NOW_MS,
  V1,
  V2,
} from './fixtures.ts';

const ROLLBACK = { auto_rollback: true };
const OPEN = { mayUpdate: true, mayRestore: true };
const SHUT = { mayUpdate: false, mayRestore: false };
const soaking = anUpdatingHost({ host: 'i-02', status: 'verifying', phase: 'soaking' });
const asking = anUpdatingHost({ host: 'i-03', phase: 'asking' });
const failed = aFailedHost({ host: 'i-04' });
const planned = aHost({ host: 'i-05' });

describe('a chunk', () => {
  it.each([
    {
      what: 'an update',
      hosts: [planned, aCompletedHost()],
      next: { step: 'update', hosts: ['i-05'] },
    },
    {
      what: 'a question',
      hosts: [planned, soaking, asking, failed],
      next: { step: 'look', action: 'status', hosts: ['i-03'] },
    },
    {
      what: 'a second look',
      hosts: [planned, soaking, failed],
      next: { step: 'look', action: 'probe', hosts: ['i-02'] },
    },
    { what: 'a restore', hosts: [planned, failed], next: { step: 'restore', hosts: ['i-04'] } },
    {
      what: 'nothing',
      hosts: [aCompletedHost(), aFailedHost({ digest_after: V1 })],
      next: { step: 'record', reason: 'every host has an outcome' },
    },
  ])('needs $what first', ({ hosts, next }) => {
    expect(planChunkStep(aChunk({ hosts }), EXPECTED, ROLLBACK, OPEN)).toEqual(next);
  });

  it.each(['update', 'probe', 'restore', 'status'] as const)(
    'waits for the %s that is at work, whatever else there is to do',
    (action) => {
      const hosts = [planned, soaking, asking, failed];
      const chunk = aChunk({ hosts, commands: [aCommand({ action })] });

      expect(planChunkStep(chunk, EXPECTED, ROLLBACK, OPEN)).toEqual({ step: 'wait', action });
    },
  );

  it.each([
    {
      sends: { mayUpdate: false, mayRestore: true },
      next: { step: 'restore', hosts: ['i-04'] },
    },
    { sends: { mayUpdate: true, mayRestore: false }, next: { step: 'update', hosts: ['i-05'] } },
    { sends: SHUT, next: { step: 'record', reason: '2 hosts wait for the gate' } },
  ])('sends what may be sent: $sends', ({ sends, next }) => {
    const chunk = aChunk({ hosts: [planned, failed] });

    expect(planChunkStep(chunk, EXPECTED, ROLLBACK, sends)).toEqual(next);
  });

  it('asks and looks through a closed gate, for neither changes a host', () => {
    expect(planChunkStep(aChunk({ hosts: [asking] }), EXPECTED, ROLLBACK, SHUT).step).toBe('look');
    expect(planChunkStep(aChunk({ hosts: [soaking] }), EXPECTED, ROLLBACK, SHUT).step).toBe('look');
  });

  it('leaves a failed host where it is when the policy says so', () => {
    const chunk = aChunk({ hosts: [failed] });

    expect(planChunkStep(chunk, EXPECTED, { auto_rollback: false }, OPEN)).toEqual({
      step: 'record',
      reason: 'every host has an outcome',
    });
  });

  it.each([
    { looks: 60, step: 'wait' },
    { looks: 61, step: 'record' },
  ])('is recorded as it stands after too many looks: $looks', ({ looks, step }) => {
    const chunk = aChunk({ looks, hosts: [asking], commands: [aCommand()] });

    expect(planChunkStep(chunk, EXPECTED, ROLLBACK, OPEN).step).toBe(step);
  });
});

/** One turn of a chunk's machine, with what chance brings: gates, deaths before the send, answers. */
const turns = fc.array(
  fc.record({
    mayUpdate: fc.boolean(),
    mayRestore: fc.boolean(),
    isSent: fc.boolean(),
    isNewRound: fc.boolean(),
    isLate: fc.boolean(),
    outcomes: fc.array(fc.constantFrom(...HostResult.shape.outcome.options), {
      minLength: 3,
      maxLength: 3,
    }),
    isAnswered: fc.array(fc.boolean(), { minLength: 3, maxLength: 3 }),
    runs: fc.array(fc.constantFrom(V1, V2), { minLength: 3, maxLength: 3 }),
  }),
  { maxLength: 30 },
);
type Turn = typeof turns extends fc.Arbitrary<(infer T)[]> ? T : never;

function answersTo(chunk: Chunk, turn: Turn): Map<number, Invocation[]> {
  const open = chunk.commands.filter((command) => !command.ended);
  return new Map(
    open.map((command) => [
      command.step,
      command.hosts.map((host, index) => {
        const result = aResult({
          op: command.action,
          gen: command.generation,
          step: command.step,
          outcome: turn.outcomes[index] ?? 'failed',
          new: turn.runs[index] ?? V1,
          fence_gen: command.generation,
          fence_step: chunk.hosts.find((one) => one.host === host)?.step ?? 0,
          last_outcome: 'updated',
        });
        return { host, status: 'Success', ...(turn.isAnswered[index] === true && { result }) };
      }),
    ]),
  );
}

describe('a host that is completed', () => {
  it('never gets another update in this rollout, whatever happens to the others', () => {
    const expected = { ...EXPECTED, soakSeconds: 30 };
    const law = fc.property(turns, (row) => {
      let chunk = makeChunk({
        rollout: EXPECTED.rollout,
        planHash: 'plan-1',
        batch: 0,
        chunk: 0,
        hosts: ['i-01', 'i-02', 'i-03'],
      });
      const completed = new Set<string>();
      let nowMs = NOW_MS;
      for (const [index, turn] of row.entries()) {
        if (turn.isNewRound) chunk = openRound(chunk, chunk.round + 1);
        const next = planChunkStep(chunk, expected, ROLLBACK, turn);
        if (next.step === 'update' || next.step === 'restore' || next.step === 'look') {
          const action = next.step === 'look' ? next.action : next.step;
          if (action === 'update') {
            expect(next.hosts.filter((host) => completed.has(host))).toEqual([]);
          }
          expect(chunk.commands.every((command) => command.ended)).toBe(true);
          chunk = intend(chunk, {
            action,
            generation: GENERATION,
            hosts: next.hosts,
            nowMs,
            deadlineAtMs: nowMs + 1_000,
          });
          if (turn.isSent) chunk = markSent(chunk, chunk.step, `cmd-${index}`);
        }
        if (turn.isLate) nowMs += 2_000;
        chunk = dropUnsent(chunk, nowMs);
        chunk = judgeAnswers(chunk, answersTo(chunk, turn), expected, nowMs);
        for (const host of chunk.hosts) {
          if (completed.has(host.host)) expect(['completed', 'skipped']).toContain(host.status);
          if (['completed', 'skipped'].includes(host.status)) completed.add(host.host);
        }
      }
    });

    fc.assert(law, { numRuns: 300 });
  });
});

describe('a chunk on the way back', () => {
  const back = GENERATION + 1;
  const restore = aCommand({ action: 'restore', generation: back, step: 2 });

  it.each([
    { what: 'completed', host: aCompletedHost() },
    { what: 'failed', host: aFailedHost() },
    { what: 'failed and restored by itself', host: aFailedHost({ digest_after: V1 }) },
    { what: 'unknown', host: anUpdatingHost({ status: 'unknown', phase: 'done' }) },
    { what: 'skipped, but touched', host: aCompletedHost({ status: 'skipped' }) },
    { what: 'soaking', host: anUpdatingHost({ status: 'verifying', phase: 'soaking' }) },
    { what: 'planned again', host: anUpdatingHost({ status: 'pending', phase: 'planned' }) },
    { what: 'still to be asked about its update', host: anUpdatingHost({ phase: 'asking' }) },
  ])('restores every host for which an update was ever intended: $what', ({ host }) => {
    const update = aCommand({ ended: true });
    const chunk = aChunk({ hosts: [host, aHost({ host: 'i-02' })], commands: [update] });

    expect(planWayBackStep(chunk, back, NOW_MS)).toEqual({ step: 'restore', hosts: ['i-01'] });
  });

  it('leaves hosts alone that nothing was intended for', () => {
    expect(planWayBackStep(aChunk(), back, NOW_MS)).toEqual({ step: 'record' });
  });

  it.each(['rolled_back', 'rollback_failed'] as const)(
    'is through with a host that is %s',
    (status) => {
      const chunk = aChunk({ hosts: [aCompletedHost({ status })] });

      expect(planWayBackStep(chunk, back, NOW_MS)).toEqual({ step: 'record' });
    },
  );

  it('restores a host once', () => {
    const hosts = [aCompletedHost({ step: 2 }), aCompletedHost({ host: 'i-02' })];
    const sent = aChunk({ hosts, commands: [{ ...restore, ended: true }] });
    const unsent = aChunk({ hosts, commands: [{ ...restore, ended: true, command_id: '' }] });

    expect(planWayBackStep(sent, back, NOW_MS)).toEqual({ step: 'restore', hosts: ['i-02'] });
    expect(planWayBackStep(unsent, back, NOW_MS)).toEqual({
      step: 'restore',
      hosts: ['i-01', 'i-02'],
    });
  });

  it('restores a host again that another command held, a bounded number of times', () => {
    const held = aCompletedHost({ step: 2, code: 11 });
    const sent = { ...restore, ended: true };
    const restoredTimes = (times: number) =>
      aChunk({ hosts: [held], commands: Array.from({ length: times }, () => sent) });

    expect(planWayBackStep(restoredTimes(1), back, NOW_MS)).toEqual({
      step: 'restore',
      hosts: ['i-01'],
    });
    expect(planWayBackStep(restoredTimes(4), back, NOW_MS).step).toBe('restore');
    expect(planWayBackStep(restoredTimes(5), back, NOW_MS)).toEqual({ step: 'record' });
  });

  it('does not take the restore of a failed host for its way back', () => {
    const forward = aCommand({ action: 'restore', step: 2, ended: true });
    const chunk = aChunk({ hosts: [aFailedHost({ step: 2 })], commands: [forward] });

    expect(planWayBackStep(chunk, back, NOW_MS)).toEqual({ step: 'restore', hosts: ['i-01'] });
  });

  it.each(['update', 'restore'] as const)(
    'begins when no %s of before can change a host any more, not sooner',
    (action) => {
      const open = aCommand({ action, deadline_at_ms: NOW_MS });
      const chunk = aChunk({ hosts: [anUpdatingHost()], commands: [open] });

      expect(planWayBackStep(chunk, back, NOW_MS - 1)).toEqual({ step: 'later', untilMs: NOW_MS });
      expect(planWayBackStep(chunk, back, NOW_MS).step).toBe('restore');
    },
  );

  it('does not wait for a look, which changes nothing', () => {
    const chunk = aChunk({
      hosts: [anUpdatingHost({ phase: 'probing' })],
      commands: [aCommand({ action: 'probe', deadline_at_ms: NOW_MS + 60_000 })],
    });

    expect(planWayBackStep(chunk, back, NOW_MS).step).toBe('restore');
  });

  it.each([
    { looks: 60, step: 'wait' },
    { looks: 61, step: 'record' },
  ])('waits for its own command, a bounded number of looks: $looks', ({ looks, step }) => {
    const chunk = aChunk({ looks, hosts: [aCompletedHost()], commands: [restore] });

    expect(planWayBackStep(chunk, back, NOW_MS)).toEqual({ step });
  });

  it('asks for the answer to a restore that was lost', () => {
    const chunk = aChunk({
      hosts: [aCompletedHost({ phase: 'asking', step: 2 })],
      commands: [{ ...restore, ended: true }],
    });

    expect(planWayBackStep(chunk, back, NOW_MS)).toEqual({ step: 'look', hosts: ['i-01'] });
  });
});
