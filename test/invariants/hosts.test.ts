/** That the checks of hosts find what they are for: forged events, containers and files that were spoiled. */
import { describe, expect, it } from 'vitest';
import type { Container, HostNote, Journal } from '#local/hosts/host-state.ts';
import {
  aChunk,
  aCommand,
  aCompletedHost,
  aRollout,
  aSeed,
  GENERATION,
  NOW_MS,
  V1,
  V2,
  V3,
} from '#test/core/fixtures.ts';
import { oneSender } from './01-one-sender.ts';
import { wentBack } from './06-way-back.ts';
import { swappedOnce } from './07-one-swap.ts';
import { fenced } from './09-fence.ts';
import { type Forgery, forge, HOST, OWNER, slotOf, UPDATE } from './forge.ts';
import { oneRuns } from './i03-one-runs.ts';
import { oldKept } from './i22-old-kept.ts';
import { untouched } from './i23-untouched.ts';

const ID = aSeed().rollout;
const PLACE = `${HOST}/web`;
const STARTED = { kind: 'started', because: 'update' } as const;

function aContainer(fields: Partial<Container> = {}): Container {
  return {
    id: 7,
    digest: V2,
    ref: `shop/web@${V2}`,
    putBy: { owner: OWNER, gen: GENERATION },
    trait: undefined,
    name: 'own',
    restart: 'unless-stopped',
    isRunning: true,
    startedAtMs: NOW_MS,
    ...fields,
  };
}

/** Puts another container in the place of the one that bears the name. */
function replace(forgery: Forgery, fields: Partial<Container> = {}): void {
  const slot = slotOf(forgery);
  slot.containers = [aContainer(fields)];
}

describe('1', () => {
  it('finds a host that serves two owners, and one with two commands at a time', () => {
    const { accept, note, said } = forge(oneSender);
    accept('cmd-1');
    note({ kind: 'answered', op: 'update', outcome: 'updated', code: 0, commandId: 'cmd-1' });
    accept('cmd-2', { step: 2 });

    accept('cmd-3', { step: 3 });
    note({ kind: 'killed' });
    accept('cmd-4', { owner: 'Longshore/other/shop/web' });

    expect(said()).toEqual([
      `${PLACE} accepted cmd-3 while it worked on cmd-2`,
      `${PLACE} serves Longshore/other/shop/web, and served ${OWNER}`,
    ]);
  });
});

describe('6', () => {
  const answered = { kind: 'answered', op: 'restore', outcome: 'restored', code: 0 } as const;
  const backCommand = { ...UPDATE, op: 'restore', undoes: GENERATION, step: 2 } as const;

  function goBack(): Forgery {
    const forgery = forge(wentBack);
    forgery.send(UPDATE);
    forgery.accept('cmd-1');
    forgery.send(backCommand);
    return forgery;
  }

  it('finds a host that goes back to something else, or otherwise', () => {
    const forgery = goBack();
    forgery.note({ ...answered, commandId: 'cmd-2' });
    const same = forgery.said();
    replace(forgery, { digest: V3, restart: 'no' });

    forgery.note({ ...answered, commandId: 'cmd-2' });

    expect(same).toEqual([]);
    expect(forgery.said()).toEqual([
      `${HOST} went back to ${V3}, and ran ${V1} before`,
      `${HOST} went back to restart policy no, and had unless-stopped`,
    ]);
  });

  it('finds an update that failed, and did not leave what was there', () => {
    const forgery = goBack();
    replace(forgery, { digest: V1, restart: 'no' });
    const back = { ...answered, op: 'update', outcome: 'rolled_back', code: 2 };

    forgery.note({ ...back, commandId: 'cmd-1' });

    expect(forgery.said()).toEqual([
      `${HOST} went back to restart policy no, and had unless-stopped`,
    ]);
  });

  it('finds a record that says so of another digest', () => {
    const { put, said } = goBack();
    const host = aCompletedHost({ status: 'rolled_back', digest_after: V3 });

    put(aChunk({ hosts: [host], commands: [aCommand()] }));

    expect(said()).toEqual([`${HOST} is rolled_back in ${ID} to ${V3}, not to ${V1}`]);
  });

  it('leaves out what a person changed meanwhile', () => {
    const forgery = goBack();
    replace(forgery, { digest: V3 });
    forgery.note({ kind: 'started', because: 'by_hand', digest: V3 });

    forgery.note({ ...answered, commandId: 'cmd-2' });

    expect(forgery.said()).toEqual([]);
  });
});

describe('7', () => {
  const mark = { owner: OWNER, gen: GENERATION, step: 1 };

  it('finds a second swap by the same step', () => {
    const forgery = forge(swappedOnce);
    const { note, put, said } = forgery;
    put(aRollout());
    slotOf(forgery).fence = mark;
    note({ ...STARTED, digest: V2 });
    // Killed, and gone on with.
    note({ ...STARTED, digest: V2 });
    const once = said();
    replace(forgery, { id: 8 });

    note({ ...STARTED, digest: V2 });

    expect(once).toEqual([]);
    expect(said()).toEqual([`${PLACE} was swapped twice by ${OWNER} (${GENERATION}, 1)`]);
  });

  it.each<[string, HostNote]>([
    ['taken back', { kind: 'started', because: 'undo', digest: V1 }],
    ['taken away by hand', { kind: 'stopped' }],
    ['forgotten', { kind: 'lost' }],
  ])('lets the same step swap anew what was %s', (_, back) => {
    const forgery = forge(swappedOnce);
    forgery.put(aRollout());
    slotOf(forgery).fence = mark;
    forgery.note({ ...STARTED, digest: V2 });
    forgery.note(back);
    replace(forgery, { id: 8 });

    forgery.note({ ...STARTED, digest: V2 });

    expect(forgery.said()).toEqual([]);
  });

  it('knows that a host first goes on with a swap that was killed', () => {
    const forgery = forge(swappedOnce);
    forgery.put(aRollout());
    slotOf(forgery).fence = mark;

    forgery.note({ ...STARTED, digest: V3 });
    replace(forgery, { id: 8 });
    forgery.note({ ...STARTED, digest: V2 });

    expect(forgery.said()).toEqual([]);
  });

  it('finds a new step for a host that is completed', () => {
    const { put, said } = forge(swappedOnce);
    const hosts = [aCompletedHost()];
    const sent = [aCommand({ ended: true })];
    put(aRollout());
    put(aChunk({ hosts, commands: sent }));

    put(aChunk({ hosts, commands: [...sent, aCommand({ step: 2 })] }));
    const back = aCommand({ action: 'restore', step: 3, generation: GENERATION + 1 });
    put(aChunk({ hosts, commands: [...sent, aCommand({ step: 2 }), back] }));

    expect(said()).toEqual([`${HOST} is completed, and gets step 2 of ${ID}`]);
  });
});

describe('9', () => {
  it.each<HostNote>([
    { kind: 'killed' },
    { kind: 'answered', op: 'update', outcome: 'failed', code: 41, commandId: 'cmd-1' },
  ])('lets the same command go on with what $kind left open, and no lower one', (left) => {
    const { accept, note, said } = forge(fenced);
    accept('cmd-1', { gen: 2, step: 3 });
    note(left);

    accept('cmd-2', { gen: 2, step: 3 });
    note(left);
    accept('cmd-3', { gen: 2, step: 2 });

    expect(said()).toEqual([`${PLACE} accepted (2, 2) after (2, 3)`]);
  });

  it('finds a lower step, and takes any after the files are lost', () => {
    const { accept, note, said } = forge(fenced);
    accept('cmd-1', { gen: 2, step: 3 });
    accept('cmd-2', { gen: 3, step: 1 });

    accept('cmd-3', { gen: 3, step: 1 });
    accept('cmd-4', { gen: 2, step: 9 });
    note({ kind: 'lost' });
    accept('cmd-5', { gen: 1, step: 1 });

    expect(said()).toEqual([
      `${PLACE} accepted (3, 1) after (3, 1)`,
      `${PLACE} accepted (2, 9) after (3, 1)`,
    ]);
  });

  it('finds what changes a host after the deadline, or by nobody’s order', () => {
    const { cloud, send, accept, note, said } = forge(fenced);
    note({ ...STARTED, digest: V2 });
    send({ ...UPDATE, deadline: NOW_MS / 1000 });
    accept('cmd-1');
    note({ ...STARTED, digest: V2 });
    const inTime = said().slice(1);

    const late = { atMs: NOW_MS + 1, host: HOST, container: 'web', digest: V2 };
    cloud.fleet.onEvent?.({ ...late, ...STARTED });
    cloud.fleet.onEvent?.({ ...late, ...STARTED, because: 'by_hand' });

    expect(inTime).toEqual([]);
    expect(said()).toEqual([
      `${PLACE} started a container without an accepted command`,
      `${PLACE} started a container after the deadline of (${GENERATION}, 1)`,
    ]);
  });
});

describe('9, and a host’s own clock', () => {
  const late = { atMs: NOW_MS + 60_000, host: HOST, container: 'web', ...STARTED } as const;

  it.each([
    ['behind, which is in time', -60_000, []],
    ['behind, and not far enough', -59_999, ['after the deadline']],
    ['right', 0, ['after the deadline']],
  ])('judges the deadline by one that is %s', (_, clockAheadMs, found) => {
    const { cloud, send, accept, said } = forge(fenced);
    cloud.fleet.host(HOST).faults = { clockAheadMs };
    send({ ...UPDATE, deadline: NOW_MS / 1000 });
    accept('cmd-1');
    cloud.fleet.host(HOST).faults = {};

    cloud.fleet.onEvent?.({ ...late, digest: V2 });

    expect(said()).toEqual(found.map((what) => expect.stringContaining(what)));
  });

  it('finds an older command after a newer one, whatever the clock says', () => {
    const { cloud, accept, said } = forge(fenced);
    cloud.fleet.host(HOST).faults = { clockAheadMs: -3_600_000 };
    accept('cmd-2', { gen: 2, step: 1 });

    accept('cmd-1', { gen: 1, step: 1 });

    expect(said()).toEqual([`${PLACE} accepted (1, 1) after (2, 1)`]);
  });
});

const journal: Journal = {
  owner: OWNER,
  gen: GENERATION,
  step: 1,
  op: 'update',
  mode: 'recreate',
  phase: 'swapping',
  ref: `shop/web@${V2}`,
  id: 1,
  kept: V1,
  policy: 'no',
  fresh: 2,
  healthy: false,
  why: '',
};

describe('I3', () => {
  it('says nothing of a container that a person ran in the midst of a swap, until it is settled', () => {
    const forgery = forge(oneRuns);
    const kept = aContainer({ id: 8, name: 'kept', isRunning: false });
    Object.assign(slotOf(forgery), { journal, containers: [aContainer(), kept] });

    forgery.note({ kind: 'started', because: 'by_hand', digest: V2 });
    forgery.note({ kind: 'killed' });
    const meddled = forgery.said();
    slotOf(forgery).containers = [kept];
    forgery.note({ kind: 'killed' });
    slotOf(forgery).containers = [aContainer(), kept];
    forgery.note({ kind: 'killed' });

    expect(meddled).toEqual([]);
    expect(forgery.said()).toHaveLength(1);
  });

  it('finds two that run, and two that would come back', () => {
    const forgery = forge(oneRuns);
    const slot = slotOf(forgery);
    const kept = aContainer({ id: 8, name: 'kept', isRunning: false, restart: 'no' });
    slot.containers = [aContainer(), kept];
    forgery.note({ kind: 'killed' });
    const usual = forgery.said();

    kept.restart = 'always';
    forgery.note({ kind: 'killed' });
    kept.isRunning = true;
    kept.restart = 'no';
    forgery.note({ kind: 'killed' });

    expect(usual).toEqual([]);
    expect(forgery.said()).toEqual([
      `${PLACE}: 2 containers would come back from a boot`,
      `${PLACE}: 2 containers run`,
    ]);
  });
});

describe('I22', () => {
  const old = aContainer({ id: 1, digest: V1, name: 'kept', isRunning: false });
  const fresh = aContainer({ id: 2 });
  const swap = (forgery: Forgery, containers: Container[]) => {
    Object.assign(slotOf(forgery), { journal: undefined });
    forgery.accept('cmd-1');
    Object.assign(slotOf(forgery), { journal, containers });
  };

  it.each([
    [[old, fresh], []],
    [[fresh], ['has lost its old container in a swap']],
    [[old], ['has stopped its old container, and there is no new one']],
  ])('finds a swap with nothing to go on or back to: %#', (containers, found) => {
    const forgery = forge(oldKept);
    swap(forgery, containers);

    forgery.note({ kind: 'killed' });

    expect(forgery.said()).toEqual(found.map((what) => `${PLACE} ${what}`));
  });

  it.each([
    ['runs', { kind: 'started', because: 'by_hand', digest: V3 }],
    ['stops or removes', { kind: 'stopped' }],
    ['prunes', { kind: 'pruned' }],
  ] as const)('says nothing of a swap in which another hand %s a container', (_, meddles) => {
    const forgery = forge(oldKept);
    swap(forgery, [old]);

    forgery.note(meddles);
    forgery.note({ kind: 'killed' });
    // Who goes on with that swap is not to blame for it, either.
    forgery.accept('cmd-1');
    const meddled = forgery.said();
    swap(forgery, [fresh]);
    forgery.note({ kind: 'killed' });

    expect(meddled).toEqual([]);
    expect(forgery.said()).toHaveLength(1);
  });

  it('lets the old one be made again that was pruned, and looks at the next swap of the same step', () => {
    const forgery = forge(oldKept);
    swap(forgery, [fresh]);
    forgery.note({ kind: 'pruned' });
    forgery.accept('cmd-2', { step: 2 });
    const again = aContainer({ id: 8, digest: V1 });
    Object.assign(slotOf(forgery), { containers: [again] });
    forgery.note({ kind: 'started', because: 'undo', digest: V1 });
    forgery.note({ kind: 'killed' });
    const remade = forgery.said();

    const next = { ...journal, id: 8, fresh: 9 };
    Object.assign(slotOf(forgery), { journal: next, containers: [aContainer({ id: 9 })] });
    forgery.note({ kind: 'killed' });

    expect(remade).toEqual([]);
    expect(forgery.said()).toEqual([`${PLACE} has lost its old container in a swap`]);
  });

  it('lets a later command take back what it finds open, and never without the old one', () => {
    const forgery = forge(oldKept);
    swap(forgery, [old, fresh]);
    forgery.accept('cmd-2', { step: 2 });
    Object.assign(slotOf(forgery), { containers: [old] });
    forgery.note({ kind: 'killed' });
    const back = forgery.said();
    Object.assign(slotOf(forgery), { containers: [] });
    forgery.note({ kind: 'killed' });
    Object.assign(slotOf(forgery), { journal: { ...journal, step: 2 }, containers: [old] });
    forgery.note({ kind: 'killed' });

    expect(back).toEqual([]);
    expect(forgery.said()).toEqual([
      `${PLACE} has lost its old container in a swap`,
      `${PLACE} has stopped its old container, and there is no new one`,
    ]);
  });

  it('says nothing of a container that was removed by hand before its swap began', () => {
    const forgery = forge(oldKept);
    forgery.accept('cmd-1');
    forgery.note({ kind: 'stopped' });
    Object.assign(slotOf(forgery), { journal, containers: [fresh] });

    forgery.note({ kind: 'killed' });

    expect(forgery.said()).toEqual([]);
  });

  it('finds another image than the command’s', () => {
    const forgery = forge(oldKept);
    swap(forgery, [old, { ...fresh, digest: V3 }]);

    forgery.note({ ...STARTED, digest: V3 });

    expect(forgery.said()).toEqual([`${PLACE} started ${V3} for shop/web@${V2}`]);
  });
});

describe('I23', () => {
  const refused = { kind: 'answered', op: 'update', outcome: 'refused' } as const;

  it('finds a refusal that changed the container, or started it again', () => {
    const forgery = forge(untouched);
    const { accept, note, said } = forgery;
    accept('cmd-1');
    note({ ...refused, code: 45, commandId: 'cmd-1' });
    const usual = said();

    accept('cmd-2');
    replace(forgery);
    note({ ...refused, code: 45, commandId: 'cmd-2' });
    accept('cmd-3');
    replace(forgery, { startedAtMs: NOW_MS + 1 });
    note({ ...refused, code: 32, commandId: 'cmd-3' });

    expect(usual).toEqual([]);
    expect(said()).toEqual([
      `${PLACE} answered 45 to cmd-2, and was changed`,
      `${PLACE} answered 32 to cmd-3, and was changed`,
    ]);
  });

  it('does not take another command’s doing for its own', () => {
    const forgery = forge(untouched);
    forgery.accept('cmd-1');
    replace(forgery);

    forgery.note({ ...refused, code: 12, commandId: 'cmd-2' });

    expect(forgery.said()).toEqual([]);
  });
});
