/** That the checks of commands, answers and items find what they are for. */
import { describe, expect, it } from 'vitest';
import { planKey } from '#core/plan-hosts.ts';
import {
  aChunk,
  aCommand,
  aCompletedHost,
  anActiveTarget,
  anUpdatingHost,
  aPolicy,
  aResult,
  aRollout,
  aSeed,
  aTarget,
  aWayBack,
  GENERATION,
  NOW_MS,
  V1,
  V2,
} from '#test/core/fixtures.ts';
import { sentWithinGate } from './03-gate.ts';
import { sentWithinWindow } from './03-window.ts';
import { endedWhole } from './05-end.ts';
import { keptDenied } from './10-denied.ts';
import { smallEnough } from './14-sizes.ts';
import { forge, HOST, OTHER } from './forge.ts';
import { granted } from './granted.ts';
import { toldByHost } from './i05-told.ts';
import { plannedHosts } from './i18-planned-hosts.ts';
import { oneDigest } from './i19-one-digest.ts';
import { poisonAlone } from './i25-alone.ts';

const ID = aSeed().rollout;
const DEADLINE = (NOW_MS + 600_000) / 1000;
const UPDATE = {
  op: 'update',
  rollout: ID,
  gen: GENERATION,
  step: 1,
  deadline: DEADLINE,
  ref: `1.dkr.ecr.eu-west-1.amazonaws.com/shop/web@${V2}`,
  auto: 1,
} as const;
const _RESTORE = { ...UPDATE, op: 'restore', undoes: GENERATION } as const;

describe('3', () => {
  const intended = aChunk({ commands: [aCommand()] });

  it('finds a command whose intent, hosts or deadline nobody stored', () => {
    const { put, send, said } = forge(sentWithinGate);
    put(aRollout());
    put(intended);
    send(UPDATE);
    const inOrder = said();

    send({ ...UPDATE, step: 2 });
    send({ ...UPDATE, deadline: DEADLINE + 1 });
    send(UPDATE, [HOST, OTHER]);

    expect(inOrder).toEqual([]);
    expect(said()).toHaveLength(3);
    expect(said()[0]).toBe(
      `update (${GENERATION}, 2) of ${ID} to chunk 0 was sent without a stored intent`,
    );
  });

  it('finds a payload that is not ours', () => {
    const { call, said } = forge(sentWithinGate);

    call({ service: 'ssm', operation: 'SendCommand', input: { Parameters: { payload: ['?'] } } });

    expect(said()).toEqual(['a payload does not parse']);
  });

  it('finds an update that could end after its window, or in a freeze', () => {
    const { put, send, said } = forge(sentWithinWindow);
    const open = { maintenance_window_start: '11:00', maintenance_window_zone: 'UTC' };
    const spec = (document: object) => ({ policy: 'shop-web', item: 'spec', document });
    put(aRollout());
    put(spec({ ...open, maintenance_window_end: '13:00' }));
    send(UPDATE);
    const inside = said();

    put(spec({ ...open, maintenance_window_end: '12:09' }), { atMs: NOW_MS - 120_000 });
    send(UPDATE);
    const why = 'holidays';
    const freeze = { from: '2026-11-14T12:05:00Z', to: '2026-11-15T00:00:00Z', why };
    put(spec({ freezes: [freeze] }), { atMs: NOW_MS - 120_000 });
    send(UPDATE);

    expect(inside).toEqual([]);
    expect(said()).toEqual(
      Array.from({ length: 2 }, () => `chunk 0 of ${ID} was sent outside its window`),
    );
  });

  it('finds a scheduled rollout that begins in the window of its making', () => {
    const { put, send, said } = forge(sentWithinWindow);
    const window = {
      maintenance_window_start: '11:00',
      maintenance_window_end: '13:00',
      maintenance_window_zone: 'UTC',
    };
    put(aRollout({ settings: aPolicy({ update_strategy: 'scheduled', ...window }) }));
    put({ policy: 'shop-web', item: 'spec', document: window });

    send(UPDATE);

    expect(said()).toEqual([`${ID} began in a window that was open when it was made`]);
  });
});

describe('5', () => {
  const parts = { ...planKey(ID, 0), first_chunk: 0, chunks: [[HOST], [OTHER]] };

  it('finds an end with a host that has none, and one of fewer hosts than planned', () => {
    const { put, said } = forge(endedWhole);
    put(parts);
    put(aChunk({ hosts: [aCompletedHost({ host: HOST })] }));
    put(aChunk({ item: 'chunk#000#00001', chunk: 1, hosts: [anUpdatingHost({ host: OTHER })] }));

    put(aRollout({ status: 'completed', settled: true }));

    expect(said()).toEqual([
      `${OTHER} is updating in ${ID}, completed`,
      `${ID} completed with 1 of 2 hosts`,
    ]);
  });

  it.each([
    ['another digest', { new: V1 }],
    ['another generation', { gen: GENERATION + 1 }],
    ['another rollout', { rollout: 'shop-web-abcdef-g1' }],
    ['ill health', { outcome: 'unhealthy', code: 4, healthy: false }],
  ] as const)('finds a host that is completed, and told of %s', (_, told) => {
    const { put, tell, note, said } = forge(toldByHost);
    put(aRollout());
    tell(aResult(told));
    note({ kind: 'answered', op: 'update', outcome: 'updated', code: 0, commandId: 'cmd-1' });

    put(aChunk({ hosts: [aCompletedHost()], commands: [aCommand()] }));

    expect(said()).toEqual([`${HOST} is completed in ${ID}, and never said so`]);
  });

  it('believes what the host has really said', () => {
    const { put, tell, note, said } = forge(toldByHost);
    const chunk = aChunk({ hosts: [aCompletedHost()], commands: [aCommand()] });
    put(aRollout());
    tell(aResult());
    note({ kind: 'answered', op: 'update', outcome: 'updated', code: 0, commandId: 'cmd-1' });

    put(chunk);

    expect(said()).toEqual([]);
  });

  it.each([
    [GENERATION + 1, V1, 0],
    [GENERATION, V1, 1],
    [GENERATION + 1, V2, 1],
  ])('finds a host that is back by the line of another command: %#', (gen, now, count) => {
    const { put, tell, note, said } = forge(toldByHost);
    const host = aCompletedHost({ status: 'rolled_back', digest_after: V1 });
    put(aWayBack());
    tell(aResult({ op: 'restore', outcome: 'restored', gen, new: now }));
    note({ kind: 'answered', op: 'restore', outcome: 'restored', code: 0, commandId: 'cmd-1' });

    put(aChunk({ hosts: [host], commands: [aCommand({ action: 'restore', generation: gen })] }));

    expect(said()).toHaveLength(count);
  });

  it('does not believe a line that no host has said', () => {
    const { put, tell, said } = forge(toldByHost);
    put(aRollout());
    tell(aResult());

    put(aChunk({ hosts: [aCompletedHost()], commands: [aCommand()] }));

    expect(said()).toHaveLength(1);
  });
});

describe('10', () => {
  const denial = { digest: V2, rollout: ID, title: 'shop-web #41', reason: 'bad', at_ms: NOW_MS };
  const lifted = { by: 'anna', why: 'mended', at_ms: NOW_MS };

  it.each([
    ['stands', anActiveTarget({ denied: [denial] })],
    [
      'was lifted by nobody',
      anActiveTarget({ denied: [{ ...denial, lifted: { ...lifted, by: '' } }] }),
    ],
  ])('finds a digest desired whose denial %s', (_, target) => {
    const { put, said } = forge(keptDenied);

    put(target);

    expect(said()).toEqual([`shop-web desires ${V2}, which is denied: bad`]);
  });

  it('finds it also where it was desired before', () => {
    const { put, said } = forge(keptDenied);
    const desired = { tag: 'v1', digest: V1 };
    const previous = { tag: 'v2', digest: V2 };
    put(anActiveTarget({ denied: [denial], desired, active: aSeed({ previous }) }));

    const begun = said();
    put(aTarget({ denied: [denial], desired: previous }));

    expect(begun).toEqual([]);
    expect(said()).toHaveLength(1);
  });

  it('finds one whose denial was dropped, and lets a person lift it', () => {
    const { put, said } = forge(keptDenied);
    put(anActiveTarget({ denied: [{ ...denial, lifted }] }));
    const byName = said();
    put(anActiveTarget({ denied: [denial], desired: { tag: 'v1', digest: V1 } }));

    put(anActiveTarget({ denied: [] }));

    expect(byName).toEqual([]);
    expect(said()).toHaveLength(1);
  });
});

describe('14', () => {
  it('finds an item that is too large', () => {
    const { put, said } = forge(smallEnough);

    put(aRollout({ triggered_by_event: 'x'.repeat(150_000) }));
    put(aRollout({ triggered_by_event: 'x'.repeat(154_000) }));

    expect(said()).toEqual([expect.stringMatching(/^meta meta has 15\d{4} bytes$/)]);
  });

  /** Goes round and round, until its input says that it ends. */
  async function walk(name: string, input: { ends: boolean; text: string }) {
    const forgery = forge(smallEnough);
    const States = {
      'Open batch': { Type: 'Pass', Next: 'Is it closed?' },
      'Is it closed?': {
        Type: 'Choice',
        Choices: [{ Condition: '{% $states.context.Execution.Input.ends %}', Next: 'End' }],
        Default: 'Open batch',
      },
      End: { Type: 'Succeed' },
    };
    const definition = { QueryLanguage: 'JSONata', StartAt: 'Open batch', States };
    const { stepFunctions } = forgery.cloud;
    const stateMachineArn = stepFunctions.createStateMachine({
      name: 'walk',
      definition: JSON.stringify(definition),
    });
    const request = { stateMachineArn, input: JSON.stringify(input), name };
    await stepFunctions.apply('StartExecution', request);
    await forgery.cloud.run({
      until: () => forgery.said().some((line) => line.includes('events')),
    });
    return forgery.said();
  }

  it('finds a history that is too long for its batches', async () => {
    expect(await walk('one', { ends: false, text: 'x'.repeat(65_000) })).toEqual([
      expect.stringMatching(/one has 11\d events, 110 at most$/),
    ]);
  });

  it('finds a text that is too large', async () => {
    expect(await walk('two', { ends: true, text: 'x'.repeat(66_000) })).toContainEqual(
      expect.stringMatching(/two passes 660\d\d characters on its way to Is it closed\?$/),
    );
  });
});

describe('I18', () => {
  const part = { ...planKey(ID, 0), first_chunk: 0, chunks: [[HOST]] };

  it('finds a command to a host that is not of the plan', () => {
    const { put, list, send, said } = forge(plannedHosts);
    list(ID, [HOST]);
    put(part);

    send(UPDATE, [HOST]);
    send(UPDATE, [HOST, OTHER]);

    expect(said()).toEqual([`${ID} sent update to ${OTHER}, not of its plan`]);
  });

  it('finds a host that has not opted in, and a plan that changes', () => {
    const { cloud, list, put, said } = forge(plannedHosts);
    cloud.fleet.host(OTHER).tags.delete('longshore:enabled');
    list(ID, [HOST, OTHER]);
    put(part);
    put(aRollout({ plan: { hosts: 1, chunk_size: 50, batches: [] } }));

    put({ ...part, chunks: [[OTHER]] });
    put(aRollout({ plan_hash: 'plan-2' }));

    expect(said()).toEqual([
      `the plan of ${ID} changed after it was made`,
      `${ID} plans ${OTHER}, which has not opted in`,
      `${ID} has another plan than it had`,
    ]);
  });

  it('lets a host be planned that loses its tag once SSM has listed it', () => {
    const { cloud, list, put, said } = forge(plannedHosts);
    list(ID, [HOST]);
    cloud.fleet.host(HOST).tags.delete('longshore:enabled');

    put(part);

    expect(said()).toEqual([]);
  });

  it('finds a plan of more hosts than are named, or than the policy lets', () => {
    const { list, put, said } = forge(plannedHosts);
    list(ID, [HOST]);
    put(part);

    put(aRollout({ settings: aPolicy({ max_hosts: 50 }) }));

    expect(said()).toEqual([
      `${ID} plans 100 hosts, and its parts name 1`,
      `${ID} plans 100 hosts, more than max_hosts`,
    ]);
  });
});

describe('I19', () => {
  it('finds another digest, another document, and an image that changes', () => {
    const { put, send, said } = forge(oneDigest);
    put(aRollout());
    send(UPDATE);
    const inOrder = said();

    send({ ...UPDATE, ref: `shop/web@${V1}` });
    put(aRollout({ document: { name: 'longshore-host', version: '2', hash: 'ab' } }));
    send(UPDATE);
    put(aRollout({ image: { ...aSeed().image, digest: V1 } }));

    expect(inOrder).toEqual([]);
    expect(said()).toEqual([
      `${ID} sent shop/web@${V1}, and is about ${V2}`,
      `${ID} sent by version 1 of the document, not by its own`,
      `${ID} has another image than it had`,
    ]);
  });
});

describe('I25 and IAM', () => {
  it('finds a message that is taken again and again', () => {
    const { call, said } = forge(poisonAlone);
    const take = (count: number) => {
      const attributes = { ApproximateReceiveCount: String(count) };
      const payload = { Records: [{ messageId: 'one', attributes }] };
      const by = { lambda: 'consider-image', payload, requestId: `request-${count}` };
      call({ service: 'dynamodb', operation: 'Query' }, by);
    };

    take(5);
    take(11);

    expect(said()).toEqual(['message one is taken for the 11th time']);
  });

  it('finds a call that no role grants', () => {
    const grants = new Map([['Longshore-sweep', new Set(['dynamodb:Scan'])]]);
    const { call, said } = forge(granted(grants));

    call({ service: 'dynamodb', operation: 'Scan' }, { lambda: 'sweep' });
    call({ service: 'dynamodb', operation: 'DeleteTable' }, { lambda: 'sweep' });
    call({ service: 'dynamodb', operation: 'DeleteTable' });

    expect(said()).toEqual(['Longshore-sweep may not call dynamodb:DeleteTable']);
  });
});
