/** That the checks of who may send, and of who opens what was closed, find what they are for. */
import { describe, expect, it } from 'vitest';
import {
  anActiveTarget,
  aRollout,
  aSeed,
  aTarget,
  aWayBack,
  GENERATION,
  NOW_MS,
} from '#test/core/fixtures.ts';
import { askedSinceBegun } from './03-since-begun.ts';
import { openedByRedrive } from './13-redriven.ts';
import { type Forgery, forge, HOST, UPDATE } from './forge.ts';

const ID = aSeed().rollout;
const RESTORE = { ...UPDATE, op: 'restore', undoes: GENERATION } as const;

describe('3, since it began', () => {
  it('finds a send whose gate was closed, and whose target was taken over, before it asked', () => {
    const { put, call, send, said } = forge(askedSinceBegun);
    const by = { lambda: 'update-hosts', requestId: 'request-2' };
    put(aRollout(), { atMs: NOW_MS });
    put(anActiveTarget(), { atMs: NOW_MS });
    put(aRollout({ version: 9, gate: 'closed' }), { atMs: NOW_MS + 1 });
    put(aTarget({ active: { ...aSeed(), rollout: 'shop-web-aaaaaa-g9' } }), { atMs: NOW_MS + 1 });

    call({ service: 'dynamodb', operation: 'BatchGetItem' }, { ...by, atMs: NOW_MS + 2 });
    send(UPDATE, [HOST], { ...by, atMs: NOW_MS + 3 });

    expect(said()).toEqual([
      `${ID} sent update, and another had taken over before it asked`,
      `${ID} sent update, and its gate was closed before it asked`,
    ]);
  });

  it.each([
    { gate: 'closed' },
    { status: 'paused' },
    { batch: 1 },
    { hold: { reason: 'wait', batch: 0, since_ms: NOW_MS } },
    { decision: { action: 'cancel', by: 'anna', at_ms: NOW_MS, why: 'no' } },
  ] as const)('finds an update through a gate that was closed when it asked: %o', (closed) => {
    const { put, send, said } = forge(askedSinceBegun);
    put(aRollout());
    put(anActiveTarget());
    put(aRollout(closed), { atMs: NOW_MS + 1 });

    send(UPDATE, [HOST], { atMs: NOW_MS + 1 });
    const late = said();
    send(UPDATE, [HOST], { atMs: NOW_MS + 2 });

    expect(late).toEqual([]);
    expect(said()).toEqual([`${ID} sent update, and its gate was closed before it asked`]);
  });

  it('finds a restore of a rollout that does not go back', () => {
    const { put, send, said } = forge(askedSinceBegun);
    put(anActiveTarget());
    put(aWayBack());
    send({ ...RESTORE, gen: GENERATION + 1 });
    const inOrder = said();

    put(aRollout({ status: 'rolled_back' }), { atMs: NOW_MS });
    send({ ...RESTORE, gen: GENERATION + 1 }, [HOST], { atMs: NOW_MS + 1 });

    expect(inOrder).toEqual([]);
    expect(said()).toHaveLength(1);
  });

  it('lets an invocation send what it was let to when it began', () => {
    const { put, call, send, said } = forge(askedSinceBegun);
    const by = { lambda: 'update-hosts', requestId: 'request-2' };
    put(aRollout(), { atMs: NOW_MS });
    put(anActiveTarget(), { atMs: NOW_MS });

    call({ service: 'dynamodb', operation: 'BatchGetItem' }, { ...by, atMs: NOW_MS + 2 });
    put(aRollout({ version: 9, gate: 'closed' }), { atMs: NOW_MS + 3 });
    send(UPDATE, [HOST], { ...by, atMs: NOW_MS + 4 });

    expect(said()).toEqual([]);
  });
});

describe('13, opened', () => {
  const ended = { execution_arn: 'arn:r1', redrive_count: 0 };
  const paused = {
    from: 'in_progress',
    cause: 'a look',
    since_ms: NOW_MS,
    by: 'ada',
    ended,
  } as const;
  const closed = aRollout({ status: 'paused', execution_arn: 'arn:r1', paused });
  const step = { lambda: 'open-batch', payload: { rolloutId: ID, run: 1 } };

  const executions = ({ cloud }: Forgery, ...all: object[]) => {
    cloud.stepFunctions.executions = () => all.map((one) => ({ executionArn: 'arn:r1', ...one }));
  };
  const sweep = ({ call }: Forgery, atMs: number) =>
    call({ service: 'dynamodb', operation: 'Scan' }, { lambda: 'sweep', atMs });

  it.each([[[]], [[{ status: 'RUNNING', redriveCount: 0 }]]])(
    'finds what a step has opened, though its execution was not redriven: %#',
    (all) => {
      const forgery = forge(openedByRedrive);
      executions(forgery, ...all);
      forgery.put(closed);

      forgery.put(aRollout({ execution_arn: 'arn:r1' }), step);

      expect(forgery.said()).toEqual([`${ID} was opened, and its execution was not redriven`]);
    },
  );

  it('lets a step open what was closed after its execution had been redriven', () => {
    const forgery = forge(openedByRedrive);
    executions(forgery, { status: 'RUNNING', redriveCount: 1 });
    forgery.put(closed);

    forgery.put(aRollout({ execution_arn: 'arn:r1' }), step);

    expect(forgery.said()).toEqual([]);
  });

  it('finds what stays closed, though its execution runs again', () => {
    const forgery = forge(openedByRedrive);
    forgery.put(closed);
    executions(forgery, { status: 'RUNNING', redriveCount: 1 });

    sweep(forgery, NOW_MS);
    sweep(forgery, NOW_MS + 1e6);
    const soon = forgery.said();
    sweep(forgery, NOW_MS + 2e6);

    expect(soon).toEqual([]);
    expect(forgery.said()).toEqual([`${ID} is redriven, and stays paused`]);
  });

  it('says nothing where the redriven execution has ended again: that waits for a person', () => {
    const forgery = forge(openedByRedrive);
    forgery.put(closed);
    executions(forgery, { status: 'RUNNING', redriveCount: 1 });
    sweep(forgery, NOW_MS);
    executions(forgery, { status: 'ABORTED', redriveCount: 1 });

    sweep(forgery, NOW_MS + 2e6);

    expect(forgery.said()).toEqual([]);
  });

  it('finds a step that is taken though the rollout stays closed', () => {
    const { put, said } = forge(openedByRedrive);
    put(closed);

    put({ ...closed, version: 9, token: 'a token' }, step);

    expect(said()).toEqual([`${ID} took a step, and stays paused`]);
  });

  it('finds what is closed by an execution that does not walk it', () => {
    const { put, said } = forge(openedByRedrive);

    put({ ...closed, execution_arn: 'arn:r2' });

    expect(said()).toEqual([`${ID} is closed by an execution that does not walk it`]);
  });
});
