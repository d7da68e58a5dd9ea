import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ChunkCommand, HostRecord } from '#core/chunk.ts';
import {
  hasEnded,
  type Invocation,
  judgeAnswers,
  judgeHost,
  needsRestore,
} from '#core/judge-host.ts';
import { HostResult, parseResultLine } from '#core/result-line.ts';
import {
  aChunk,
  aCommand,
  aCompletedHost,
  aFailedHost,
  anInvocation,
  anUpdatingHost,
  aResult,
  EXPECTED,
  FINISHED_MS,
  GENERATION,
  NOW_MS,
  V1,
  V2,
  V3,
} from './fixtures.ts';

const SOAKING = { ...EXPECTED, soakSeconds: 60 };
const WAY_BACK = { generation: GENERATION + 1, step: 2 };
const updating = anUpdatingHost();
const probing = anUpdatingHost({ status: 'verifying', phase: 'probing', digest_after: V2 });
const asking = anUpdatingHost({ phase: 'asking' });
const restoring = aFailedHost({ phase: 'restoring', step: 2 });
const goingBack = aCompletedHost({ phase: 'restoring', step: 2 });

const probe = aCommand({ action: 'probe', step: 2 });
const restore = aCommand({ action: 'restore', step: 2 });
const status = aCommand({ action: 'status', step: 2 });
const wayBack = aCommand({ action: 'restore', ...WAY_BACK });
const wayBackStatus = aCommand({ action: 'status', generation: GENERATION + 1, step: 3 });

function judge(
  host: HostRecord,
  command: ChunkCommand,
  invocation: Partial<Invocation> | undefined,
  at: { expected?: typeof EXPECTED; isOver?: boolean } = {},
): HostRecord {
  return judgeHost(
    host,
    command,
    invocation === undefined ? undefined : anInvocation(invocation),
    at.expected ?? EXPECTED,
    { nowMs: NOW_MS, isOver: at.isOver ?? false },
  );
}

/** The answer of a host to this very command. */
function answerTo(command: ChunkCommand, fields: Partial<HostResult> = {}): Partial<Invocation> {
  const { action: op, generation: gen, step } = command;
  return { result: aResult({ op, gen, step, ...fields }) };
}

describe('a command', () => {
  it.each([
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
  ])('has ended for a host as %s', (ended) => {
    expect(hasEnded(anInvocation({ status: ended }))).toBe(true);
  });

  it.each(['Pending', 'InProgress', 'Delayed', 'Cancelling', '', 'Something new'])(
    'may still end for a host as %j',
    (open) => {
      expect(hasEnded(anInvocation({ status: open }))).toBe(false);
    },
  );

  it('may still end for a host that SSM does not list yet', () => {
    expect(hasEnded(undefined)).toBe(false);
  });
});

describe('a host whose command may still end', () => {
  it.each([undefined, { status: 'InProgress' }, { status: 'InProgress', ...answerTo(aCommand()) }])(
    'is as it was (%#)',
    (invocation) => {
      expect(judge(updating, aCommand(), invocation)).toBe(updating);
    },
  );
});

describe('a host without an answer', () => {
  it.each(['InProgress', 'Pending', 'Delayed'])(
    'is unknown once the deadline has passed: %s',
    (open) => {
      const judged = judge(updating, aCommand(), { status: open }, { isOver: true });

      expect(judged).toEqual({
        ...updating,
        status: 'unknown',
        phase: 'done',
        error: `no answer (${open})`,
        completed_at_ms: FINISHED_MS,
      });
    },
  );

  it('is unknown at once where the command never began', () => {
    for (const never of ['DeliveryTimedOut', 'Undeliverable', 'InvalidPlatform', 'AccessDenied']) {
      const judged = judge(updating, aCommand(), { status: never });

      expect(judged).toMatchObject({ status: 'unknown', error: `no answer (${never})` });
    }
  });

  it('is unknown where SSM lists no invocation at all, from now on', () => {
    const judged = judge(updating, aCommand(), undefined, { isOver: true });

    expect(judged).toMatchObject({
      status: 'unknown',
      error: 'no answer (NoInvocation)',
      completed_at_ms: NOW_MS,
    });
  });

  it.each(['Success', 'Failed', 'Cancelled', 'TimedOut', 'ExecutionTimedOut', 'Terminated'])(
    'is asked for it where the command began: %s',
    (ended) => {
      const judged = judge(updating, aCommand(), { status: ended });

      expect(judged).toEqual({
        ...updating,
        phase: 'asking',
        error: `ended as ${ended} without an answer of this command`,
      });
    },
  );

  it.each([
    { what: 'a probe', host: probing, command: probe, status: 'unknown' },
    { what: 'a question', host: asking, command: status, status: 'unknown' },
    {
      what: 'a question on the way back',
      host: { ...goingBack, phase: 'asking' as const },
      command: wayBackStatus,
      status: 'rollback_failed',
    },
  ])('to $what is $status, not asked about the asking', ({ host, command, ...then }) => {
    expect(judge(host, command, {})).toMatchObject({
      status: then.status,
      phase: 'done',
      error: 'no answer (Success)',
    });
  });

  it('to a restore stays failed, and says both', () => {
    expect(judge(restoring, restore, { status: 'Failed' })).toEqual({
      ...restoring,
      phase: 'done',
      error: 'http answered 500; restore: no answer (Failed)',
      completed_at_ms: FINISHED_MS,
    });
  });

  it('to a restore of the whole rollout is asked, or did not go back', () => {
    expect(judge(goingBack, wayBack, { status: 'Failed' })).toMatchObject({ phase: 'asking' });
    expect(judge(goingBack, wayBack, { status: 'Undeliverable' })).toEqual({
      ...goingBack,
      status: 'rollback_failed',
      phase: 'done',
      error: 'no answer (Undeliverable)',
      completed_at_ms: FINISHED_MS,
    });
  });
});

describe('a line that this command did not ask for', () => {
  const foreign = [
    { what: 'another rollout', fields: { rollout: 'shop-web-abcdef-g1' } },
    { what: 'a lower generation', fields: { gen: GENERATION - 1 } },
    { what: 'a higher generation', fields: { gen: GENERATION + 1 } },
    { what: 'an earlier step', fields: { step: 0 } },
    { what: 'a later step', fields: { step: 2 } },
    { what: 'another action', fields: { op: 'probe' as const, outcome: 'healthy' as const } },
  ];

  it.each(foreign)('is no success: $what', ({ fields }) => {
    const judged = judge(updating, aCommand(), answerTo(aCommand(), fields));

    expect(judged).toMatchObject({ status: 'updating', phase: 'asking', digest_after: '' });
  });

  it.each([
    { fields: { rollout: 'shop-web-abcdef-g1' }, why: 'rollout "shop-web-abcdef-g1"' },
    { fields: { rollout: '\u001b[2J<b>' }, why: 'rollout "\\u001b[2J<b>"' },
    { fields: { gen: 7 }, why: 'update, generation 7, step 1' },
    { fields: { step: 2 }, why: `update, generation ${GENERATION}, step 2` },
    {
      fields: { op: 'probe' as const, outcome: 'healthy' as const },
      why: `probe, generation ${GENERATION}, step 1`,
    },
  ])('is named on the host: of $why', ({ fields, why }) => {
    const answer = answerTo(aCommand(), fields);

    const asked = judge(updating, aCommand(), answer);
    expect(asked.error).toBe(
      `ended as Success without an answer of this command: its line is of ${why}`,
    );
    const silent = judge(
      updating,
      aCommand(),
      { ...answer, status: 'InProgress' },
      { isOver: true },
    );
    expect(silent.error).toBe(`no answer (InProgress): its line is of ${why}`);
  });

  it('is still named when the question about it has found nothing', () => {
    const foreign = answerTo(aCommand(), { rollout: 'another' });
    const asked = judge(updating, aCommand(), foreign);
    const why =
      'ended as Success without an answer of this command: its line is of rollout "another"';

    const untouched = answerTo(status, { outcome: 'status', changed: false, new: V1 });
    expect(judge(asked, status, untouched)).toMatchObject({
      status: 'unknown',
      error: `${why}; status: the host has not accepted the command`,
    });
    expect(judge(asked, status, answerTo(status, { rollout: 'another' }))).toMatchObject({
      status: 'unknown',
      error: `${why}; status: no answer (Success): its line is of rollout "another"`,
    });
  });

  it.each(foreign)('is silence, once the deadline has passed: $what', ({ fields }) => {
    const late = { status: 'InProgress', ...answerTo(aCommand(), fields) };

    expect(judge(updating, aCommand(), late, { isOver: true })).toMatchObject({
      status: 'unknown',
    });
  });

  it('never completes a host, whatever it says', () => {
    const result = fc.record({
      op: fc.constantFrom(...HostResult.shape.op.options),
      rollout: fc.constantFrom(EXPECTED.rollout, 'another'),
      gen: fc.constantFrom(GENERATION, GENERATION + 1),
      step: fc.constantFrom(1, 2),
      outcome: fc.constantFrom(...HostResult.shape.outcome.options),
      new: fc.constantFrom(V1, V2, ''),
      healthy: fc.boolean(),
    });
    const law = fc.property(result, (fields) => {
      const judged = judge(updating, aCommand(), { result: aResult(fields) });

      const isOurs = fields.rollout === EXPECTED.rollout && fields.gen === GENERATION;
      const isAnswer = isOurs && fields.step === 1 && fields.op === 'update';
      const isWell = fields.new === V2 && fields.healthy;
      const isDone = fields.outcome === 'updated' || fields.outcome === 'unchanged';
      expect(['completed', 'skipped'].includes(judged.status)).toBe(isAnswer && isWell && isDone);
    });

    fc.assert(law);
  });
});

describe('a line and the exit code of the script', () => {
  it('agree in an answer', () => {
    const well = { ...answerTo(aCommand()), exitCode: 0 };
    const failed = {
      ...answerTo(aCommand(), { outcome: 'failed', code: 36, detail: 'pull_failed: timeout' }),
      status: 'Failed',
      exitCode: 36,
    };

    expect(judge(updating, aCommand(), well).status).toBe('completed');
    expect(judge(updating, aCommand(), failed)).toMatchObject({ status: 'failed', code: 36 });
  });

  it.each([1, 2, 137])(
    'that says 0 and ends with %d are no answer: the host is asked',
    (exitCode) => {
      const judged = judge(updating, aCommand(), {
        ...answerTo(aCommand()),
        status: 'Failed',
        exitCode,
      });

      expect(judged).toEqual({
        ...updating,
        phase: 'asking',
        error: `ended as Failed without an answer of this command: its line says 0, but the script ended with ${exitCode}`,
      });
    },
  );

  it('that differ leave a host unknown that was asked', () => {
    const answer = answerTo(status, { outcome: 'status', changed: false });

    expect(judge(asking, status, { ...answer, exitCode: 1 })).toMatchObject({
      status: 'unknown',
      phase: 'done',
      error: 'no answer (Success): its line says 0, but the script ended with 1',
    });
  });
});

describe('an update', () => {
  it('completes the host that reports the digest, healthy', () => {
    expect(judge(updating, aCommand(), answerTo(aCommand()))).toEqual({
      ...updating,
      status: 'completed',
      phase: 'done',
      digest_before: V1,
      digest_after: V2,
      probe: { passed: true, detail: '' },
      checked_at_ms: FINISHED_MS,
      completed_at_ms: FINISHED_MS,
    });
  });

  it('takes the answer of a command that ended badly for SSM, and of one that is over', () => {
    const answer = answerTo(aCommand());

    expect(judge(updating, aCommand(), { ...answer, status: 'Failed' }).status).toBe('completed');
    expect(
      judge(updating, aCommand(), { ...answer, status: 'InProgress' }, { isOver: true }).status,
    ).toBe('completed');
  });

  it('is looked at again where the policy soaks', () => {
    const judged = judge(updating, aCommand(), answerTo(aCommand()), { expected: SOAKING });

    expect(judged).toMatchObject({
      status: 'verifying',
      phase: 'soaking',
      checked_at_ms: FINISHED_MS,
    });
    expect(judged).not.toHaveProperty('completed_at_ms');
  });

  it.each([EXPECTED, SOAKING])('skips a host that ran the digest already (%#)', (expected) => {
    const answer = answerTo(aCommand(), { outcome: 'unchanged', old: V2 });

    expect(judge(updating, aCommand(), answer, { expected })).toMatchObject({
      status: 'skipped',
      phase: 'done',
      digest_before: V2,
      completed_at_ms: FINISHED_MS,
    });
  });

  it.each([
    { outcome: 'updated' as const, what: 'another digest', fields: { new: V3 } },
    { outcome: 'updated' as const, what: 'no digest', fields: { new: '' } },
    { outcome: 'updated' as const, what: 'no health', fields: { healthy: false } },
    { outcome: 'unchanged' as const, what: 'another digest', fields: { new: V1 } },
    { outcome: 'unchanged' as const, what: 'no health', fields: { healthy: false } },
  ])('that says $outcome with $what has failed', ({ outcome, fields }) => {
    const judged = judge(updating, aCommand(), answerTo(aCommand(), { outcome, ...fields }));

    expect(judged).toMatchObject({
      status: 'failed',
      phase: 'done',
      error: `answered ${outcome}, but runs another digest or is unhealthy`,
    });
  });

  it.each([
    { outcome: 'unhealthy' as const, code: 4, detail: 'http answered 500' },
    { outcome: 'rolled_back' as const, code: 2, detail: 'http answered 500' },
    { outcome: 'rolled_back_unhealthy' as const, code: 5, detail: 'both are bad' },
    { outcome: 'failed' as const, code: 36, detail: 'pull_failed: timeout' },
    { outcome: 'refused' as const, code: 20, detail: 'bad_payload: v is not 1' },
    { outcome: 'refused' as const, code: 44, detail: 'drift: somebody was here' },
    { outcome: 'refused' as const, code: 45, detail: 'baseline_unhealthy: it fails too' },
    { outcome: 'refused' as const, code: 42, detail: 'unfit_host: Podman' },
    { outcome: 'refused' as const, code: 43, detail: 'managed_by_compose: it owns the container' },
    {
      outcome: 'refused' as const,
      code: 48,
      detail: 'inspect_incomplete: web-2 shares its network',
    },
    { outcome: 'failed' as const, code: 50, detail: 'custom_failed: apply ended with 3' },
    { outcome: 'refused' as const, code: 51, detail: 'custom_missing: no /etc/longshore/web.conf' },
    { outcome: 'failed' as const, code: 33, detail: 'not_running: somebody stopped it' },
  ])('that is $outcome ($code) has failed, and says why', ({ outcome, code, detail }) => {
    const answer = answerTo(aCommand(), { outcome, code, detail, new: V1, healthy: false });

    expect(judge(updating, aCommand(), answer)).toMatchObject({
      status: 'failed',
      phase: 'done',
      code,
      error: detail,
      digest_before: V1,
      digest_after: V1,
    });
  });

  it('that failed without a word says its outcome', () => {
    const answer = answerTo(aCommand(), { outcome: 'rolled_back', detail: '' });

    expect(judge(updating, aCommand(), answer).error).toBe('rolled_back');
  });

  it.each([
    { code: 12, detail: 'stale: the host has seen generation 9 step 1' },
    { code: 13, detail: 'expired: the work would end after the deadline' },
    { code: 14, detail: 'foreign_owner: other/shop/web' },
  ])('that was refused as $code says nothing about the image: unknown', ({ code, detail }) => {
    const answer = answerTo(aCommand(), { outcome: 'refused', code, detail });

    expect(judge(updating, aCommand(), answer)).toMatchObject({
      status: 'unknown',
      error: `refused: ${detail}`,
    });
  });

  it('that met a lock is asked for later', () => {
    const answer = answerTo(aCommand(), { outcome: 'busy', code: 11 });

    expect(judge(updating, aCommand(), answer)).toMatchObject({
      status: 'updating',
      phase: 'asking',
      code: 11,
      error: 'another command holds the host',
    });
  });

  it('that met no Engine says nothing about the image: it is asked for later', () => {
    const answer = answerTo(aCommand(), { outcome: 'failed', code: 30, detail: 'docker_down' });

    expect(judge(updating, aCommand(), answer)).toMatchObject({
      status: 'updating',
      phase: 'asking',
      code: 30,
      error: 'docker_down',
    });
  });

  it('keeps the digest that the host recorded first', () => {
    const host = anUpdatingHost({ digest_before: V1, attempts: 2 });

    expect(judge(host, aCommand(), answerTo(aCommand(), { old: V3 })).digest_before).toBe(V1);
  });

  it('does not take the rollout’s own digest for the one before, if an earlier try may have brought it', () => {
    const again = anUpdatingHost({ attempts: 2 });
    const answer = answerTo(aCommand(), { outcome: 'unchanged', old: V2 });

    expect(judge(again, aCommand(), answer)).toMatchObject({
      status: 'skipped',
      digest_before: '',
    });
  });
});

describe('a second look', () => {
  const healthy = { outcome: 'healthy' as const, new: V2, detail: 'http 200' };

  it('completes a host that is healthy on the digest', () => {
    expect(judge(probing, probe, answerTo(probe, healthy))).toEqual({
      ...probing,
      status: 'completed',
      phase: 'done',
      digest_after: V2,
      code: 0,
      probe: { passed: true, detail: 'http 200' },
      checked_at_ms: FINISHED_MS,
      completed_at_ms: FINISHED_MS,
    });
  });

  it('fails a host that is healthy on another digest', () => {
    expect(judge(probing, probe, answerTo(probe, { ...healthy, new: V1 }))).toMatchObject({
      status: 'failed',
      digest_after: V1,
      probe: { passed: false, detail: 'runs another digest' },
      error: 'runs another digest',
    });
  });

  it.each([
    {
      outcome: 'unhealthy' as const,
      code: 4,
      detail: 'http answered 500',
      error: 'http answered 500',
    },
    {
      outcome: 'failed' as const,
      code: 33,
      detail: 'missing: no container',
      error: 'missing: no container',
    },
    { outcome: 'unhealthy' as const, code: 4, detail: '', error: 'unhealthy' },
  ])('fails a host that is $outcome ($code): $error', ({ outcome, code, detail, error }) => {
    const answer = answerTo(probe, { outcome, code, detail });

    expect(judge(probing, probe, answer)).toMatchObject({
      status: 'failed',
      phase: 'done',
      code,
      error,
      probe: { passed: false, detail },
      completed_at_ms: FINISHED_MS,
    });
  });

  it('that met a lock leaves the host unknown', () => {
    const answer = answerTo(probe, { outcome: 'busy', code: 11 });

    expect(judge(probing, probe, answer)).toMatchObject({
      status: 'unknown',
      error: 'another command holds the host',
    });
  });
});

describe('a second look without an Engine', () => {
  it('leaves the host unknown', () => {
    const answer = answerTo(probe, { outcome: 'failed', code: 30, detail: 'docker_down' });

    expect(judge(probing, probe, answer)).toMatchObject({
      status: 'unknown',
      code: 30,
      error: 'docker_down',
    });
  });
});

describe('a restore of a failed host', () => {
  it.each(['restored', 'unchanged'] as const)(
    'that is %s leaves the failure as it was',
    (outcome) => {
      expect(judge(restoring, restore, answerTo(restore, { outcome, new: V1 }))).toEqual({
        ...restoring,
        phase: 'done',
        digest_after: V1,
        completed_at_ms: FINISHED_MS,
      });
    },
  );

  it.each([
    {
      detail: 'no_previous: no earlier container is kept',
      says: 'no_previous: no earlier container is kept',
    },
    { detail: '', says: 'failed' },
  ])('that fails says so beside the failure: $says', ({ detail, says }) => {
    const answer = answerTo(restore, { outcome: 'failed', code: 34, detail });

    expect(judge(restoring, restore, answer)).toMatchObject({
      status: 'failed',
      code: 34,
      error: `http answered 500; restore: ${says}`,
    });
  });
});

describe('the way back of a host', () => {
  it.each(['restored', 'unchanged'] as const)(
    'has an end when it is %s on the very digest that it recorded',
    (outcome) => {
      const judged = judge(goingBack, wayBack, answerTo(wayBack, { outcome, new: V1 }));

      expect(judged).toEqual({
        ...goingBack,
        status: 'rolled_back',
        phase: 'done',
        digest_before: V1,
        digest_after: V1,
        completed_at_ms: FINISHED_MS,
      });
    },
  );

  it.each(['restored', 'unchanged'] as const)(
    'has failed when it is %s on another digest',
    (outcome) => {
      for (const [digest, named] of [
        [V3, V3],
        ['', 'nothing'],
      ] as const) {
        const judged = judge(goingBack, wayBack, answerTo(wayBack, { outcome, new: digest }));

        expect(judged).toMatchObject({
          status: 'rollback_failed',
          phase: 'done',
          digest_after: digest,
          error: `runs ${named}, not ${V1}`,
        });
      }
    },
  );

  it.each([
    { what: 'of a host that got its first container', host: aCompletedHost({ digest_before: '' }) },
    { what: 'of a host that is unknown', host: anUpdatingHost({ status: 'unknown' }) },
  ])('has an end $what when nothing runs there', ({ host }) => {
    const restored = answerTo(wayBack, { outcome: 'restored', old: V2, new: '', healthy: false });

    expect(judge({ ...host, phase: 'restoring', step: 2 }, wayBack, restored)).toMatchObject({
      status: 'rolled_back',
      phase: 'done',
      digest_before: '',
      digest_after: '',
    });
  });

  it('has failed where the rollout’s own digest is restored', () => {
    const host = aCompletedHost({ digest_before: '', phase: 'restoring', step: 2 });

    expect(judge(host, wayBack, answerTo(wayBack, { outcome: 'restored' }))).toMatchObject({
      status: 'rollback_failed',
      error: `answered restored, but runs ${V2} still`,
    });
    const unchanged = answerTo(wayBack, { outcome: 'unchanged', changed: false });
    expect(judge(host, wayBack, unchanged).status).toBe('rolled_back');
  });

  it('takes what a host says that never told what it ran before', () => {
    const host = anUpdatingHost({ status: 'unknown', phase: 'restoring', step: 2 });
    const answer = answerTo(wayBack, { outcome: 'unchanged', new: V1 });

    expect(judge(host, wayBack, answer)).toMatchObject({
      status: 'rolled_back',
      digest_before: V1,
    });
  });

  it.each([
    {
      outcome: 'failed' as const,
      detail: 'rollback_failed: it does not start',
      error: 'rollback_failed: it does not start',
    },
    { outcome: 'refused' as const, detail: 'foreign_owner: b/c/d', error: 'foreign_owner: b/c/d' },
    { outcome: 'rolled_back_unhealthy' as const, detail: '', error: 'rolled_back_unhealthy' },
    { outcome: 'updated' as const, detail: '', error: 'updated' },
  ])('has failed when it is $outcome: $error', ({ outcome, detail, error }) => {
    const answer = answerTo(wayBack, { outcome, detail, new: V1 });

    expect(judge(goingBack, wayBack, answer)).toMatchObject({ status: 'rollback_failed', error });
  });

  it('that met a lock has not begun: the host is to be restored again', () => {
    const answer = answerTo(wayBack, { outcome: 'busy', code: 11 });

    expect(judge(goingBack, wayBack, answer)).toMatchObject({
      status: 'completed',
      phase: 'done',
      code: 11,
    });
  });

  const lostBack: HostRecord = { ...goingBack, phase: 'asking' };
  const back = {
    outcome: 'status' as const,
    new: V1,
    fence_gen: GENERATION + 1,
    fence_step: 2,
    last_op: 'restore',
    last_outcome: 'restored',
  };

  it.each(['restored', 'unchanged'])('is found by asking: %s', (last_outcome) => {
    const answer = answerTo(wayBackStatus, { ...back, last_outcome });

    expect(judge(lostBack, wayBackStatus, answer)).toMatchObject({
      status: 'rolled_back',
      digest_after: V1,
    });
  });

  it('is found by asking: nothing runs where nothing ran before', () => {
    const first = { ...lostBack, digest_before: '' };
    const answer = answerTo(wayBackStatus, { ...back, new: '', healthy: false });

    expect(judge(first, wayBackStatus, answer)).toMatchObject({
      status: 'rolled_back',
      digest_after: '',
    });
    const still = answerTo(wayBackStatus, { ...back, new: V2 });
    expect(judge(first, wayBackStatus, still)).toMatchObject({ status: 'rollback_failed' });
  });

  it('that was not found says why it was looked for', () => {
    const host = { ...lostBack, error: 'ended as Failed without an answer of this command' };
    const answer = answerTo(wayBackStatus, { ...back, fence_step: 1 });

    expect(judge(host, wayBackStatus, answer).error).toBe(
      'ended as Failed without an answer of this command; status: the host has not gone back',
    );
  });

  it('is found to have ended on another digest', () => {
    const answer = answerTo(wayBackStatus, { ...back, new: V3 });

    expect(judge(lostBack, wayBackStatus, answer)).toMatchObject({ status: 'rollback_failed' });
  });

  it.each([
    { what: 'did not accept the restore', fields: { fence_step: 1 } },
    { what: 'has the same step of another generation', fields: { fence_gen: GENERATION } },
    { what: 'has no fence', fields: { fence_gen: undefined, fence_step: undefined } },
    { what: 'is still at work', fields: { last_outcome: undefined } },
    { what: 'failed', fields: { last_outcome: 'failed' } },
  ])('has failed where the host $what', ({ fields }) => {
    const answer = answerTo(wayBackStatus, without({ ...back, ...fields }));

    expect(judge(lostBack, wayBackStatus, answer)).toMatchObject({
      status: 'rollback_failed',
      error: 'the host has not gone back',
    });
  });
});

function without(fields: Record<string, unknown>): Partial<HostResult> {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));
}

describe('a lost answer', () => {
  const found = {
    outcome: 'status' as const,
    new: V2,
    fence_gen: GENERATION,
    fence_step: 1,
    last_op: 'update',
    last_outcome: 'updated',
    last_code: 0,
  };

  it.each(['updated', 'unchanged'])(
    'is found: the host is %s, up, on the digest',
    (last_outcome) => {
      const judged = judge(asking, status, answerTo(status, { ...found, last_outcome }));

      expect(judged).toMatchObject({
        status: 'completed',
        phase: 'done',
        digest_after: V2,
        error: '',
        completed_at_ms: FINISHED_MS,
      });
    },
  );

  it('that is found is looked at again where the policy soaks', () => {
    const judged = judge(asking, status, answerTo(status, found), { expected: SOAKING });

    expect(judged).toMatchObject({ status: 'verifying', phase: 'soaking' });
  });

  it('of an update that met no Engine is unknown, also where one answers again', () => {
    const engineless = { ...found, last_outcome: 'failed', last_code: 30, new: V1 };
    const host = { ...asking, error: 'docker_down' };

    expect(judge(host, status, answerTo(status, engineless))).toMatchObject({
      status: 'unknown',
      error: 'docker_down; status: no Engine answered it',
    });
  });

  it.each([
    { what: 'another step', fields: { fence_step: 7 } },
    { what: 'the same step of an earlier generation', fields: { fence_gen: GENERATION - 9 } },
    { what: 'no fence', fields: { fence_gen: undefined, fence_step: undefined } },
  ])('of a host with $what is unknown: it has not accepted the command', ({ fields }) => {
    const judged = judge(
      asking,
      status,
      answerTo(status, without({ ...found, ...fields, new: V1 })),
    );

    expect(judged).toMatchObject({
      status: 'unknown',
      phase: 'done',
      digest_after: V1,
      error: 'the host has not accepted the command',
    });
  });

  it.each([
    { last_outcome: undefined, phase: 'swap', error: 'the host is still at swap' },
    { last_outcome: '', phase: '', error: 'the host is still at work' },
  ])('of a host that is not through is unknown: $error', ({ error, ...fields }) => {
    const judged = judge(asking, status, answerTo(status, without({ ...found, ...fields })));

    expect(judged).toMatchObject({ status: 'unknown', error });
  });

  it.each([
    { what: 'said that it failed', fields: { last_outcome: 'failed', last_code: 36 }, code: 36 },
    { what: 'went back', fields: { last_outcome: 'rolled_back', last_code: 2, new: V1 }, code: 2 },
    { what: 'runs another digest', fields: { new: V1 }, code: 0 },
    { what: 'is down', fields: { healthy: false, last_code: undefined }, code: 0 },
  ])('of a host that $what is a failure', ({ fields, code }) => {
    const judged = judge(asking, status, answerTo(status, without({ ...found, ...fields })));

    expect(judged).toMatchObject({
      status: 'failed',
      phase: 'done',
      code,
      error: fields.last_outcome ?? 'updated',
    });
  });
});

describe('an answer that contradicts itself', () => {
  const contradicting = (command: ChunkCommand, fields: Partial<HostResult>) => {
    const { action: op, generation: gen, step } = command;
    const line = `HS1 ${JSON.stringify({ ...aResult({ op, gen, step }), ...fields })}`;
    const result = parseResultLine(line);
    return anInvocation({ ...(result !== undefined && { result }) });
  };

  it.each([
    { what: 'an outcome and its code', fields: { code: 4 } },
    { what: 'updated and unhealthy', fields: { healthy: false } },
    { what: 'an action and its outcome', fields: { outcome: 'restored' as const } },
  ])('to an update is asked for: $what', ({ fields }) => {
    expect(judge(updating, aCommand(), contradicting(aCommand(), fields))).toMatchObject({
      status: 'updating',
      phase: 'asking',
    });
  });

  it.each([
    { what: 'itself', fields: { outcome: 'status' as const, changed: false, code: 1 } },
    {
      what: 'what it remembers',
      fields: {
        outcome: 'status' as const,
        changed: false,
        fence_gen: GENERATION,
        fence_step: 1,
        last_op: 'update',
        last_outcome: 'updated',
        last_code: 36,
      },
    },
  ])('to a question leaves the host unknown: it contradicts $what', ({ fields }) => {
    expect(judge(asking, status, contradicting(status, fields))).toMatchObject({
      status: 'unknown',
      phase: 'done',
      error: 'no answer (Success)',
    });
  });
});

describe('a restore', () => {
  const sent = aCommand({ action: 'restore', step: 2 });

  it('is needed for a host that failed its second look and runs the bad image', () => {
    expect(needsRestore(aChunk(), aFailedHost(), EXPECTED)).toBe(true);
  });

  it.each([
    { what: 'has not failed', host: aFailedHost({ status: 'completed' }) },
    { what: 'is being restored', host: aFailedHost({ phase: 'restoring' }) },
    { what: 'passed its look', host: aFailedHost({ probe: { passed: true, detail: '' } }) },
    { what: 'went back by itself', host: aFailedHost({ digest_after: V1 }) },
  ])('is not needed for a host that $what', ({ host }) => {
    expect(needsRestore(aChunk(), host, EXPECTED)).toBe(false);
  });

  it('is not needed for a host that was never looked at', () => {
    const { probe: _none, ...host } = aFailedHost();

    expect(needsRestore(aChunk(), host, EXPECTED)).toBe(false);
  });

  it.each([
    { what: 'this one', command: sent, isNeeded: false },
    { what: 'another host', command: { ...sent, hosts: ['i-02'] }, isNeeded: true },
    { what: 'nobody, for it was not sent', command: { ...sent, command_id: '' }, isNeeded: true },
    { what: 'an earlier update', command: { ...sent, step: 1 }, isNeeded: true },
    { what: 'a probe', command: { ...sent, action: 'probe' as const }, isNeeded: true },
  ])('is made once for an update: the one sent was for $what', ({ command, isNeeded }) => {
    const chunk = aChunk({ commands: [command] });

    expect(needsRestore(chunk, aFailedHost({ step: 2 }), EXPECTED)).toBe(isNeeded);
  });
});

describe('the answers to a chunk', () => {
  const hosts = [anUpdatingHost(), anUpdatingHost({ host: 'i-02' })];
  const both = aCommand({ hosts: ['i-01', 'i-02'] });
  const good = (host: string) => anInvocation({ host, result: aResult() });

  it('judge each host by its own, and leave the command open for the others', () => {
    const chunk = aChunk({ hosts, commands: [both] });

    const judged = judgeAnswers(chunk, new Map([[1, [good('i-02')]]]), EXPECTED, NOW_MS);

    expect(judged.hosts[0]).toBe(hosts[0]);
    expect(judged.hosts[1]?.status).toBe('completed');
    expect(judged.commands[0]?.ended).toBe(false);
  });

  it('end the command with its last host', () => {
    const chunk = aChunk({ hosts, commands: [both] });
    const answers = new Map([[1, [good('i-01'), good('i-02')]]]);

    const judged = judgeAnswers(chunk, answers, EXPECTED, NOW_MS);

    expect(judged.commands[0]?.ended).toBe(true);
  });

  it.each([
    { afterMs: -1, status: 'updating', ended: false },
    { afterMs: 0, status: 'unknown', ended: true },
  ])('end with the deadline, not before: $status $afterMs ms from it', ({ afterMs, ...then }) => {
    const chunk = aChunk({ hosts, commands: [both] });
    const nowMs = both.deadline_at_ms + afterMs;

    const judged = judgeAnswers(chunk, new Map([[1, []]]), EXPECTED, nowMs);

    expect(judged.hosts.map((host) => host.status)).toEqual([then.status, then.status]);
    expect(judged.commands[0]?.ended).toBe(then.ended);
  });

  it('to a command that nobody asked about, or that has ended, change nothing', () => {
    const ended = { ...both, ended: true };
    const answers = new Map([[1, [good('i-01')]]]);

    const unasked = aChunk({ hosts, commands: [both] });
    expect(judgeAnswers(unasked, new Map(), EXPECTED, NOW_MS)).toEqual(unasked);
    const late = aChunk({ hosts, commands: [ended] });
    expect(judgeAnswers(late, answers, EXPECTED, NOW_MS)).toEqual(late);
  });

  it('of a host that the command does not name, or that waits for another, do not count', () => {
    const others = [
      anUpdatingHost(),
      anUpdatingHost({ host: 'i-02', phase: 'soaking', status: 'verifying' }),
    ];
    const chunk = aChunk({ hosts: others, commands: [aCommand({ hosts: ['i-02'] })] });
    const answers = new Map([[1, [good('i-01'), good('i-02')]]]);

    expect(judgeAnswers(chunk, answers, EXPECTED, NOW_MS).hosts).toEqual(others);
  });

  it('never take a host back from an outcome to work', () => {
    const outcome = fc.constantFrom(...HostResult.shape.outcome.options);
    const law = fc.property(outcome, fc.boolean(), (said, isOver) => {
      const chunk = aChunk({ hosts: [aCompletedHost()], commands: [aCommand()] });
      const answers = new Map([[1, [anInvocation({ result: aResult({ outcome: said }) })]]]);
      const nowMs = isOver ? aCommand().deadline_at_ms : NOW_MS;

      expect(judgeAnswers(chunk, answers, EXPECTED, nowMs).hosts).toEqual([aCompletedHost()]);
    });

    fc.assert(law);
  });
});
