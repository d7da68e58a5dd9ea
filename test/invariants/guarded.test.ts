/** That the checks which the guards asked for find what they are for: forged writes, sends and events of hosts. */
import { describe, expect, it } from 'vitest';
import type { ChunkCommand, HostRecord } from '#core/chunk.ts';
import type { Rollout } from '#core/rollout.ts';
import type { Target } from '#core/target.ts';
import type { SimulatedHost } from '#local/hosts/simulated-host.ts';
import {
  aChunk,
  aCommand,
  aHost,
  aResult,
  aRollout,
  aSeed,
  aTarget,
  aWayBack,
  GENERATION,
  NOW_MS,
  V1,
  V2,
  V3,
} from '#test/core/fixtures.ts';
import { judgedAnew } from './02-looked-at.ts';
import { recordedAsTold } from './05-recorded.ts';
import { endsForGood } from './05-settled.ts';
import { looksFirst } from './07-looked-first.ts';
import { begunByNews } from './08-beginnings.ts';
import { askedForThis } from './11-asked.ts';
import { movesLegally } from './13-moves.ts';
import { forge, HOST, slotOf, UPDATE } from './forge.ts';
import { leftAlone } from './left-alone.ts';
import { toldByOne } from './told-people.ts';
import { writtenOverNothing } from './written-once.ts';

const ID = aSeed().rollout;
const PLACE = `${HOST}/web`;
const STARTED = { kind: 'started', because: 'update', digest: V2 } as const;

describe('5, as told', () => {
  const said = (
    status: HostRecord['status'],
    tell: (forgery: ReturnType<typeof forge>) => void,
    action: ChunkCommand['action'] = 'update',
  ) => {
    const forgery = forge(recordedAsTold);
    forgery.put(aRollout());
    forgery.put(aChunk());
    tell(forgery);
    const hosts = [aHost({ host: HOST, status, step: 1, attempts: 1 })];
    const commands = [aCommand({ action, hosts: [HOST], command_id: 'cmd-1' })];
    forgery.put(aChunk({ hosts, commands }));
    return forgery.said();
  };
  const result = { rollout: ID, gen: GENERATION, step: 1, cmd: 'cmd-1', new: V2 } as const;

  it('finds a host that is failed and never said so', () => {
    const silent = said('failed', () => {});
    const stale = said('failed', ({ tell }) =>
      tell(aResult({ ...result, outcome: 'refused', code: 12, healthy: false })),
    );

    expect(silent).toEqual([`${HOST} is failed in ${ID}, and never said so`]);
    expect(stale).toEqual(silent);
  });

  it('finds a host that is failed by what it remembers of another step', () => {
    const status = {
      ...result,
      op: 'status',
      outcome: 'status',
      last_outcome: 'rolled_back',
    } as const;
    const line = { ...status, last_code: 2, healthy: false, fence_gen: GENERATION };

    const told = (fence_step: number, step = 1) =>
      said('failed', ({ tell }) => tell(aResult({ ...line, step, fence_step })), 'status');

    expect(told(7)).toEqual([`${HOST} is failed in ${ID}, and never said so`]);
    expect(told(1, 9)).toEqual(told(7)); // An answer to an earlier command.
    expect(told(1)).toEqual([]);
  });

  it('finds a host whose way back is said to have failed, by its own answer and not by an earlier one', () => {
    const rollback = aWayBack();
    const gen = rollback.rollback?.generation ?? 0;
    const restore = aCommand({ action: 'restore', generation: gen, hosts: [HOST], ended: true });
    const told = (of: number) => {
      const { put, tell, said } = forge(recordedAsTold);
      put(rollback);
      put(aChunk({ commands: [restore] }));
      tell(aResult({ ...result, op: 'restore', outcome: 'restored', gen: of, new: V1 }));
      const host = aHost({ host: HOST, status: 'rollback_failed', step: 1, attempts: 1 });
      put(aChunk({ hosts: [host], commands: [restore] }));
      return said();
    };

    expect(told(gen)).toEqual([`${HOST} is rollback_failed in ${ID}, and said that it went back`]);
    expect(told(gen - 9)).toEqual([]);
  });

  it('takes a host at its word', () => {
    const bad = said('failed', ({ tell }) =>
      tell(aResult({ ...result, outcome: 'unhealthy', code: 4, healthy: false })),
    );

    expect(bad).toEqual([]);
  });
});

describe('5, for good', () => {
  it('finds a host that is changed by what has ended', () => {
    const { put, send, accept, note, said } = forge(endsForGood);
    put(aRollout({ status: 'cancelled', settled: true }));

    send(UPDATE);
    accept('cmd-1');
    note(STARTED);

    const line = `${PLACE} is changed by ${ID}, which is cancelled and settled`;
    expect(said()).toEqual([line, line]);
  });
});

describe('5, and a host without its files', () => {
  it('lets it take again what has ended, until it has taken something else', () => {
    const { put, send, accept, note, said } = forge(endsForGood);
    const other = aRollout({ rollout: 'shop-web-aaaaaa-g9' });
    put(aRollout({ status: 'cancelled', settled: true }));
    put(other);
    send(UPDATE);
    send({ ...UPDATE, rollout: other.rollout, step: 2 });

    note({ kind: 'lost' });
    accept('cmd-1');
    accept('cmd-2');
    const forgetful = said();
    accept('cmd-1');

    expect(forgetful).toEqual([]);
    expect(said()).toEqual([`${PLACE} is changed by ${ID}, which is cancelled and settled`]);
  });
});

describe('I16, who takes over', () => {
  it.each([
    ['Failed', []],
    ['InProgress', [`${PLACE} is changed by ${ID}, which is cancelled and settled`]],
  ])('lets an agent run again what was killed only where SSM calls it %s', (details, found) => {
    const { put, send, accept, note, said } = say({ 1: details });
    put(aRollout({ status: 'in_progress' }));
    send(UPDATE);
    accept('cmd-1');
    note({ kind: 'killed' });
    put(aRollout({ version: 9, status: 'cancelled', settled: true }));

    accept('cmd-1');

    expect(said()).toEqual(found);
  });

  /** What SSM says of the commands of these steps. */
  const say = (steps: Record<number, string>) => {
    const forgery = forge(endsForGood);
    const commands = Object.entries(steps).map(([step, details]) => ({
      id: `cmd-${step}`,
      byHost: new Map([[HOST, { details }]]),
    }));
    Object.defineProperty(forgery.cloud.ssm, 'commands', { value: commands });
    return forgery;
  };
  const later = { ...UPDATE, step: 2 };

  it('finds a command beside one that may still change the host', () => {
    const { send, said } = say({ 1: 'InProgress', 2: 'Pending' });

    send({ ...UPDATE, step: 1 });
    send(later);

    expect(said()).toEqual([`${ID} sent update to ${HOST}, where ${ID} is at work`]);
  });

  it.each([
    ['of a step that has ended', { 1: 'Failed' }, {}],
    ['whose deadline is over', { 1: 'InProgress' }, { deadline: 1 }],
    ['of another owner, whom the host refuses', { 1: 'InProgress' }, { owner: 'Other/p/shop/web' }],
    ['of a higher step, which the host knows', { 1: 'InProgress' }, { step: 3 }],
  ])('takes one beside a command %s', (_, steps, former) => {
    const { send, said } = say(steps);

    send({ ...UPDATE, step: 1, ...former });
    send(later);

    expect(said()).toEqual([]);
  });
});

describe('8, what begins', () => {
  const begun = (before: Partial<Target> | undefined, seed = aSeed(), old?: Partial<Rollout>) => {
    const { put, said } = forge(begunByNews);
    if (old !== undefined) put(aRollout(old));
    if (before !== undefined) put(aTarget({ version: 1, number: 0, ...before }));
    put(aTarget({ version: 2, number: 1, active: { ...seed, rollout: 'shop-web-aaaaaa-g9' } }));
    return said().map((line) => line.replace('shop-web-aaaaaa-g9 began, and ', ''));
  };
  const image = { tag: 'v2', digest: V2 };
  const other = { tag: 'v3', digest: V3 };
  const idle = { active: undefined, desired: other, seen: other };

  it('finds a rollout of what is there, or was seen', () => {
    expect(begun({ ...idle, desired: image })).toEqual(['it is there already']);
    expect(begun({ ...idle, seen: image })).toEqual(['its image was seen before']);
    expect(begun(idle)).toEqual([]);
  });

  it('finds a rollout of a target that was only met', () => {
    expect(begun(undefined, aSeed({ triggered_by: 'sweep' }))).toEqual(['its target was only met']);
    expect(begun(undefined, aSeed({ triggered_by: 'ecr' }))).toEqual([]);
  });

  it('finds one that takes over from what goes back, and one that nobody approved', () => {
    const active = aSeed();
    const manual = aSeed({ settings: { ...active.settings, update_strategy: 'manual' } });
    const back = { ...idle, active, rolling_back: true };

    expect(begun(back, aSeed(), { status: 'rolling_back' })).toEqual(['its target goes back']);
    expect(begun({ ...idle, active }, manual, {})).toEqual(['nobody approved it yet']);
    expect(begun({ ...idle, active }, manual, { status: 'awaiting_approval' })).toEqual([]);
  });
});

describe('13, moves', () => {
  it('finds a status that does not follow the one before', () => {
    const { put, said } = forge(movesLegally);
    const rollout = aRollout({ status: 'rolled_back' });
    const entry = { seq: 99, at_ms: 1, event: 'x', status: 'rolling_back', who: 'ada', why: '' };
    put(rollout);

    put({ ...rollout, log: [...rollout.log, entry], status: 'rolling_back' });

    expect(said()).toEqual([`${ID} went from rolled_back to rolling_back`]);
  });
});

describe('11, as asked', () => {
  const decision = { action: 'approve', by: 'ada', why: 'fine', at_ms: NOW_MS } as const;
  const awaiting = aRollout({ status: 'awaiting_approval', plan_hash: 'b'.repeat(64) });
  const payload = { request: 'r', asked: { action: 'approve', plan: 'a'.repeat(64) } };

  it('finds an approval of another plan, and one by who asked for the rollout', () => {
    const { put, said } = forge(askedForThis);
    put(awaiting);
    put({ ...awaiting, decision }, { lambda: 'control-rollout', payload });
    const requested = { by: 'ada', why: 'now', at_ms: NOW_MS };
    put({ ...awaiting, requested });
    put({ ...awaiting, requested, decision });

    expect(said()).toEqual([
      `${ID} is approved, and another plan was seen`,
      `${ID} is approved by ada, who asked for it`,
    ]);
  });

  it('finds a sleeper that was decided about, and sleeps on', () => {
    const { put, call, said } = forge(askedForThis);
    put(aRollout({ status: 'awaiting_window', decision: { ...decision, action: 'cancel' } }));

    call({ service: 'dynamodb', operation: 'Scan' }, { lambda: 'sweep', atMs: NOW_MS + 7e6 });
    const soon = said();
    call({ service: 'dynamodb', operation: 'Scan' }, { lambda: 'sweep', atMs: NOW_MS + 8e6 });

    expect(soon).toEqual([]);
    expect(said()).toEqual([`${ID} sleeps on, and was decided about hours ago`]);
  });

  it('waits for a second sweep, where the first comes hours later', () => {
    const { put, call, said } = forge(askedForThis);
    put(aRollout({ status: 'awaiting_window', decision: { ...decision, action: 'cancel' } }));

    call({ service: 'dynamodb', operation: 'Scan' }, { lambda: 'sweep', atMs: NOW_MS + 60e6 });
    call({ service: 'dynamodb', operation: 'Query' }, { lambda: 'sweep', atMs: NOW_MS + 60.1e6 });
    const first = said();
    call({ service: 'dynamodb', operation: 'Scan' }, { lambda: 'sweep', atMs: NOW_MS + 61e6 });

    expect(first).toEqual([]);
    expect(said()).toHaveLength(1);
  });
});

describe('writes, looks and rounds', () => {
  it('finds what was written over, and a look that did not come first', () => {
    const written = forge(writtenOverNothing);
    written.put(aRollout({ version: 3 }));
    written.put(aRollout({ version: 3 }));
    const looked = forge(looksFirst);
    const by = { lambda: 'update-hosts', requestId: 'request-2', atMs: NOW_MS + 60_000 };
    looked.send(UPDATE);
    looked.send(UPDATE, [HOST], by);

    expect(written.said()).toEqual([
      `shop-web ${ID} meta became version 3, and was not there`,
      `shop-web ${ID} meta became version 3, and was 3`,
    ]);
    expect(looked.said()).toEqual([
      `update (${GENERATION}, 1) of ${ID} to chunk ${aChunk().chunk} was sent again`,
    ]);
  });

  it('finds a batch that is judged again without being tried again', () => {
    const { put, said } = forge(judgedAnew);
    const before = aRollout({ round: 1, batch: 0, batch_judged: false });
    const hosts = [aHost({ status: 'failed' })];
    put(before);
    put(aChunk({ round: 0, batch: 0, hosts }));

    put({ ...before, batch_judged: true });

    expect(said()).toEqual([`${ID} was judged, and was not tried again`]);
  });

  it.each([
    [0, 1],
    [1, 0],
  ])('counts old containers that fail the check as this round has tried them: %#', (now, count) => {
    const { put, said } = forge(judgedAnew);
    const before = aRollout({ round: now, batch: 0, batch_judged: false });
    const broken = ['i-01', 'i-02'].map((host) => aHost({ host, status: 'failed', code: 45 }));
    put(before);
    put(aChunk({ round: 0, batch: 0, hosts: broken }));
    const hosts = [aHost({ status: 'failed' })];
    put(aChunk({ item: 'chunk#000#00001', chunk: 1, round: now, batch: 0, hosts }));

    put({ ...before, batch_judged: true });

    expect(said()).toHaveLength(count);
  });
});

describe('what a host leaves alone', () => {
  const swapped = (spoil: (host: SimulatedHost) => void, fields = {}) => {
    const forgery = forge(leftAlone);
    const host = forgery.cloud.fleet.host(HOST) as SimulatedHost;
    spoil(host);
    forgery.send({ ...UPDATE, ...fields });
    forgery.accept('cmd-1');
    forgery.note(STARTED);
    return forgery.said();
  };

  it('finds a swap of what others make', () => {
    const said = swapped((host) => host.byHand.run('web', V1, { trait: 'managed' }));

    expect(said).toEqual([`${PLACE} was swapped, and its container was managed`]);
  });

  it('finds a swap under a check that fails for everything, and work on an unfit host', () => {
    const check = { health: 'container_running' };
    const failing = swapped(
      (host) => {
        host.faults = { failsEveryCheck: true };
      },
      { check },
    );
    const unfit = swapped((host) => {
      host.faults = { work: 'unfit' };
    });

    expect(failing).toEqual([`${PLACE} was swapped, and its old container failed the same check`]);
    expect(unfit).toEqual([`${PLACE} is unfit, and accepted a command`]);
  });

  it('finds a swap without the commands of the owner', () => {
    const missing = (host: SimulatedHost) => {
      host.faults = { custom: 'missing' };
    };

    expect(swapped(missing, { mode: 'command' })).toEqual([
      `${PLACE} was swapped, and its owner's commands are not there`,
    ]);
    expect(swapped(missing)).toEqual([]);
  });

  it('lets a fix forward begin where we left the host unhealthy, whatever its check says', () => {
    const forgery = forge(leftAlone);
    const host = forgery.cloud.fleet.host(HOST) as SimulatedHost;
    host.faults = { custom: 'missing', failsEveryCheck: true };
    const recorded = { id: 1, digest: V1, ref: '', owner: '', gen: 1, healthy: false };
    slotOf(forgery).recorded = recorded;

    forgery.send({ ...UPDATE, check: { health: 'custom' } });
    forgery.accept('cmd-1');
    forgery.note(STARTED);

    expect(forgery.said()).toEqual([]);
  });

  it('finds a swap of what another hand had put there', () => {
    const forgery = forge(leftAlone);
    const recorded = { id: 99, digest: V3, ref: '', owner: '', gen: 1, healthy: true };
    slotOf(forgery).recorded = recorded;
    forgery.note({ kind: 'started', because: 'by_hand', digest: V1 });

    forgery.send(UPDATE);
    forgery.accept('cmd-1');
    forgery.note(STARTED);

    expect(forgery.said()).toEqual([`${PLACE} was swapped, and another hand had changed what ran`]);
  });
});

describe('who tells people', () => {
  const OPS = 'arn:aws:sns:eu-west-1:111122223333:ops';
  const held = aRollout({
    settings: { ...aRollout().settings, notifications: [{ topic_arn: OPS }] },
    status: 'held',
    log: [{ seq: 1, at_ms: NOW_MS, event: 'x', status: 'held', who: 'a', why: 'b' }],
  });
  const told = { rollout: ID, item: 'told', version: 1, seq: 0, topics: [], expires_at: 0 };
  const claim = { ...told, busy_until_ms: NOW_MS + 60_000 };
  const publish = {
    service: 'sns',
    operation: 'Publish',
    input: {
      TopicArn: OPS,
      MessageAttributes: { entry: [{ Name: 'id', Value: { StringValue: `${ID}/1` } }] },
    },
  } as const;

  it('says nothing of who claims it, tells it, and notes it', () => {
    const { put, call, said } = forge(toldByOne);
    put(held);
    put(claim, { lambda: 'notify' });

    call(publish, { lambda: 'notify' });
    put({ ...told, seq: 1, version: 2 }, { lambda: 'notify' });

    expect(said()).toEqual([]);
  });

  it('finds what is told without a claim, after it, and under another’s', () => {
    const { put, call, said } = forge(toldByOne);
    put(held);

    call(publish, { lambda: 'notify' });
    put(claim, { lambda: 'notify' });
    call(publish, { lambda: 'notify', requestId: 'request-2' });
    call(publish, { lambda: 'notify', atMs: NOW_MS + 60_000 });

    expect(said()).toEqual([
      `${ID}/1 is told, and unclaimed`,
      `${ID}/1 is told by two at once`,
      `${ID}/1 is told, and unclaimed`,
    ]);
  });

  it('finds what is noted, and was told to nobody', () => {
    const { put, said } = forge(toldByOne);
    put(held);

    put({ ...told, seq: 1 }, { lambda: 'notify' });

    expect(said()).toEqual([`${ID}/1 is noted as told, and ${OPS} has not heard of it`]);
  });
});
