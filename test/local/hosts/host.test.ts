import { describe, expect, it } from 'vitest';
import { START_MS } from '../cloud-rig.ts';
import { hostRig, OWNER, refOf, V1, V2, V3 } from './commands.ts';

const bad = new Set([V2]);

describe('update', () => {
  it('swaps the container, checks it and keeps the old one', async () => {
    const { host, send, started } = hostRig();

    const result = await send();

    expect(result).toMatchObject({
      op: 'update',
      rollout: 'shop-web-123abc-g10',
      gen: 10,
      step: 1,
      cmd: 'command-1',
      outcome: 'updated',
      code: 0,
      changed: true,
      old: V1,
      new: V2,
      ref: refOf(V2),
      prev_ready: true,
      healthy: true,
      phase: 'done',
    });
    expect(host.running('web')).toBe(V2);
    expect(started().map(({ digest, because }) => [digest, because])).toEqual([
      [V1, 'by_hand'],
      [V2, 'update'],
    ]);
  });

  it('goes back by itself when the new container fails its check', async () => {
    const { host, send, started } = hostRig({ faults: { unhealthyDigests: bad } });

    const result = await send();

    expect(result).toMatchObject({
      outcome: 'rolled_back',
      code: 2,
      changed: true,
      new: V1,
      healthy: true,
    });
    expect(host.running('web')).toBe(V1);
    expect(started().map(({ digest }) => digest)).toEqual([V1, V2, V1]);
  });

  it('leaves the new container with auto=0', async () => {
    const { host, send } = hostRig({ faults: { unhealthyDigests: bad } });

    const result = await send({ auto: 0 });

    expect(result).toMatchObject({
      outcome: 'unhealthy',
      code: 4,
      changed: true,
      new: V2,
      prev_ready: true,
    });
    expect(host.running('web')).toBe(V2);
  });

  it.each([
    ['disk_full', 32],
    ['pull_failed', 36],
    ['image_not_found', 37],
    ['auth', 38],
    ['create_failed', 39],
  ] as const)('that meets %s fails with %i and touches nothing', async (work, code) => {
    const { host, send, started } = hostRig({ faults: { work } });

    const result = await send();

    expect(result).toMatchObject({ outcome: 'failed', code, changed: false, new: V1 });
    expect(host.running('web')).toBe(V1);
    expect(started()).toHaveLength(1);
  });

  it.each([
    ['docker_down', 'failed', 30],
    ['state_write', 'failed', 31],
    ['unfit', 'refused', 42],
  ] as const)(
    'that finds the host %s is %s with %i before its fence',
    async (work, outcome, code) => {
      const { host, send } = hostRig({ faults: { work } });

      const result = await send();

      expect(result).toMatchObject({ outcome, code, changed: false, old: '', new: '' });
      expect(host.slot('web')?.fence).toBeUndefined();
    },
  );

  it('says rollback_failed when the way back fails, and keeps the journal', async () => {
    const { host, send } = hostRig({ faults: { unhealthyDigests: bad, undoFails: true } });

    const result = await send();

    expect(result).toMatchObject({ outcome: 'failed', code: 41, changed: true, old: V1, new: V1 });
    expect(host.running('web')).toBeUndefined();
    expect(host.slot('web')?.journal?.phase).toBe('undoing');
  });

  it('says rolled_back_unhealthy when the old container does not become healthy again', async () => {
    const { clock, fleet, send } = hostRig();
    fleet.images.set(V2, { unhealthyShare: 1 });
    fleet.images.set(V1, { warmUpMs: 60_000 });
    await clock.run({ untilMs: START_MS + 120_000 });

    const result = await send();

    expect(result).toMatchObject({ outcome: 'rolled_back_unhealthy', code: 5, new: V1 });
  });

  it.each([
    { what: 'the container is missing', rig: () => hostRig({ containers: {} }), code: 33 },
    {
      what: 'the container was stopped',
      rig: () => {
        const rig = hostRig();
        rig.host.byHand.stop('web');
        return rig;
      },
      code: 33,
    },
    {
      what: 'the image has another platform',
      rig: () => {
        const rig = hostRig();
        rig.fleet.images.set(V2, { platforms: ['linux/arm64'] });
        return rig;
      },
      code: 46,
    },
    {
      what: 'the registry has lost the image',
      rig: () => {
        const rig = hostRig();
        rig.fleet.images.isInRegistry = () => false;
        return rig;
      },
      code: 37,
    },
  ])('fails with $code where $what', async ({ rig, code }) => {
    const { send } = rig();

    expect(await send()).toMatchObject({ outcome: 'failed', code, changed: false });
  });

  it('refuses where the old container fails the same check', async () => {
    const { host, send } = hostRig({ faults: { failsEveryCheck: true } });

    const result = await send();

    expect(result).toMatchObject({ outcome: 'refused', code: 45, changed: false, healthy: false });
    expect(host.running('web')).toBe(V1);
  });

  it('refuses where another hand has changed what it put there', async () => {
    const { host, send } = hostRig();
    await send();
    host.byHand.run('web', V3);

    expect(await send({ step: 2, ref: refOf(V1) })).toMatchObject({ outcome: 'refused', code: 44 });
  });

  it('changes nothing where the digest runs already', async () => {
    const { send, started } = hostRig();

    const result = await send({ ref: refOf(V1) });

    expect(result).toMatchObject({ outcome: 'unchanged', code: 0, changed: false, healthy: true });
    expect(started()).toHaveLength(1);
  });

  it('checks nothing with health=none', async () => {
    const { send } = hostRig({ faults: { failsEveryCheck: true } });

    expect(await send({ check: { health: 'none' } })).toMatchObject({ outcome: 'updated' });
  });

  it('waits for an image that is slow to warm up', async () => {
    const { fleet, send } = hostRig();
    fleet.images.set(V2, { warmUpMs: 12_000 });

    expect(
      await send({
        timing: { retries: 5, interval: 5, htimeout: 5, grace: 0, success: 2, stable: 0 },
      }),
    ).toMatchObject({
      outcome: 'updated',
    });
  });

  it('sees an image that dies while it is watched', async () => {
    const { fleet, send } = hostRig();
    fleet.images.set(V2, { diesAfterMs: 20_000 });

    expect(await send()).toMatchObject({ outcome: 'rolled_back' });
  });

  it('does not begin a swap for which no time is left', async () => {
    const { send, started } = hostRig();

    const result = await send({ timeout: 30 });

    expect(result).toMatchObject({ outcome: 'failed', code: 36, changed: false });
    expect(started()).toHaveLength(1);
  });

  it('ends a check early to have the time to go back', async () => {
    const { send, started } = hostRig({ faults: { unhealthyDigests: bad } });
    const timing = { retries: 100, interval: 5, htimeout: 5, grace: 0, success: 2, stable: 0 };

    const result = await send({ timeout: 60, timing });

    expect(result).toMatchObject({ outcome: 'rolled_back', detail: 'not healthy within its time' });
    expect(started().at(-1)?.atMs).toBeLessThanOrEqual(START_MS + 60_000);
  });
});

describe('restore', () => {
  it('goes back to what the host itself kept, without a registry', async () => {
    const { fleet, host, send } = hostRig();
    await send();
    fleet.images.isInRegistry = () => false;

    const result = await send({ op: 'restore', step: 2 });

    expect(result).toMatchObject({
      outcome: 'restored',
      code: 0,
      changed: true,
      old: V2,
      new: V1,
      prev_ready: false,
    });
    expect(host.running('web')).toBe(V1);
  });

  it('changes nothing where another generation put the container there', async () => {
    const { host, send } = hostRig();
    await send();

    const result = await send({ op: 'restore', step: 2, undoes: 9 });

    expect(result).toMatchObject({ outcome: 'unchanged', code: 0, changed: false, new: V2 });
    expect(host.running('web')).toBe(V2);
  });

  it('changes nothing on a host that went back by itself', async () => {
    const { send, started } = hostRig({ faults: { unhealthyDigests: bad } });
    await send();

    expect(await send({ op: 'restore', step: 2 })).toMatchObject({ outcome: 'unchanged', new: V1 });
    expect(started()).toHaveLength(3);
  });

  it('makes a kept container that was pruned again, as long as its image is anywhere', async () => {
    const { fleet, host, send } = hostRig();
    await send();
    host.byHand.prune(true);
    fleet.images.isInRegistry = (ref) => ref === refOf(V1);

    expect(await send({ op: 'restore', step: 2 })).toMatchObject({ outcome: 'restored', new: V1 });
  });

  it('fails where nothing is kept any more', async () => {
    const { fleet, host, send } = hostRig();
    await send();
    host.byHand.prune(true);
    fleet.images.isInRegistry = () => false;

    expect(await send({ op: 'restore', step: 2 })).toMatchObject({
      outcome: 'failed',
      code: 34,
      new: V2,
    });
  });

  it('fails where the time that it has is too short', async () => {
    const { host, send } = hostRig();
    await send();
    host.faults = { slowFactor: 30 };

    const result = await send({ op: 'restore', step: 2, timeout: 30 });

    expect(result).toMatchObject({ outcome: 'failed', code: 41, changed: true, new: V2 });
  });

  it('says so when what it went back to is unhealthy', async () => {
    const { host, send } = hostRig();
    await send();
    host.faults = { unhealthyDigests: new Set([V1]) };

    expect(await send({ op: 'restore', step: 2 })).toMatchObject({
      outcome: 'rolled_back_unhealthy',
      code: 5,
      new: V1,
    });
  });
});

describe('probe and status', () => {
  it.each([
    { faults: {}, expected: { outcome: 'healthy', code: 0, healthy: true } },
    { faults: { unhealthyDigests: new Set([V1]) }, expected: { outcome: 'unhealthy', code: 4 } },
  ])('probe tells health: $expected.outcome', async ({ faults, expected }) => {
    const { host, send } = hostRig({ faults });

    expect(await send({ op: 'probe' })).toMatchObject({ ...expected, changed: false, new: V1 });
    expect(host.slot('web')?.fence).toBeUndefined();
  });

  it('probe fails where there is no container', async () => {
    const { send } = hostRig({ containers: {} });

    expect(await send({ op: 'probe' })).toMatchObject({ outcome: 'failed', code: 33, new: '' });
  });

  it('status tells the fence and the last result, and leaves both', async () => {
    const { host, send } = hostRig({ faults: { unhealthyDigests: bad } });
    await send();

    const result = await send({ op: 'status', gen: 99, step: 9 });

    expect(result).toMatchObject({
      outcome: 'status',
      code: 0,
      gen: 99,
      step: 9,
      new: V1,
      healthy: true,
      fence_gen: 10,
      fence_step: 1,
      last_op: 'update',
      last_outcome: 'rolled_back',
      last_code: 2,
    });
    expect(host.slot('web')?.fence).toEqual({ owner: OWNER, gen: 10, step: 1 });
  });

  it('status waits for no lock and says where the work stands', async () => {
    const { clock, start } = hostRig();
    start();
    await clock.run({ untilMs: START_MS + 30_000 });

    const status = start({ op: 'status', step: 2 });
    await clock.run({ until: () => status.report !== undefined });

    expect(status.result).toMatchObject({ outcome: 'status', phase: 'verifying', fence_step: 1 });
    expect(status.result).not.toHaveProperty('last_outcome');
  });
});

describe('the lock, the payload and the agent', () => {
  it('answers busy while another command works, without moving the fence', async () => {
    const { clock, host, start } = hostRig();
    start();
    await clock.run({ untilMs: START_MS + 2_000 });

    const second = start({ step: 2 });
    await clock.run({ until: () => second.report !== undefined });

    expect(second.result).toMatchObject({ outcome: 'busy', code: 11 });
    expect(host.slot('web')?.fence?.step).toBe(1);
  });

  it.each([
    ['nothing', ''],
    ['no base64', '****'],
    ['another format', Buffer.from('{"op":"update"}').toString('base64')],
    ['an unknown key', Buffer.from('v=1\nhook=x\n').toString('base64')],
    ['shell', Buffer.from('v=1\nop=$(reboot)\n').toString('base64')],
  ])('refuses a payload of %s with 20', async (_, payload) => {
    const { clock, host, startRaw } = hostRig();

    const sent = startRaw(payload);
    await clock.run({ until: () => sent.report !== undefined });

    expect(sent.report?.exitCode).toBe(20);
    expect(host.running('web')).toBe(V1);
  });

  it.each([
    { reply: 'lost', stdout: '' },
    { reply: 'cut', stdout: expect.stringMatching(/^HS1 .{56}$/) },
  ] as const)('does its work though its reply is $reply', async ({ reply, stdout }) => {
    const { clock, host, start } = hostRig({ faults: { reply } });

    const sent = start();
    await clock.run({ until: () => sent.report !== undefined });

    expect(sent).toMatchObject({ result: undefined, report: { exitCode: 0, stdout } });
    expect(host.running('web')).toBe(V2);
  });

  it.each([
    { silent: 'before_work', running: V1 },
    { silent: 'after_work', running: V2 },
  ] as const)('is silent $silent', async ({ silent, running }) => {
    const { clock, host, start } = hostRig({ faults: { silent } });

    const sent = start();
    await clock.run();

    expect(sent.report).toBeUndefined();
    expect(host.running('web')).toBe(running);
  });

  it('is killed by the agent at its execution timeout', async () => {
    const { clock, host, start } = hostRig();

    const sent = start({}, 20_000);
    await clock.run({ until: () => sent.report !== undefined });

    expect(sent.report).toMatchObject({ isTimedOut: true, stdout: '' });
    expect(clock.nowMs()).toBe(START_MS + 20_000);
    expect(host.slot('web')?.last).toBeUndefined();
  });

  it('reports a minute after a boot that the script was lost', async () => {
    const { clock, host, start } = hostRig();
    const sent = start();
    await clock.run({ untilMs: START_MS + 30_000 });

    host.reboot(20_000);
    await clock.run({ until: () => sent.report !== undefined });

    expect(sent).toMatchObject({ report: { exitCode: 1, stdout: '' } });
    expect(clock.nowMs()).toBe(START_MS + 110_000);
  });

  it('may run the command again after a boot, which then goes on where it stood', async () => {
    const { clock, host, start, started } = hostRig();
    const sent = start();
    await clock.run({ untilMs: START_MS + 30_000 });

    host.reboot(20_000, true);
    await clock.run({ until: () => sent.report !== undefined });

    expect(sent.result).toMatchObject({ outcome: 'updated', new: V2 });
    expect(started().map(({ digest, because }) => [digest, because])).toEqual([
      [V1, 'by_hand'],
      [V2, 'update'],
      [V2, 'boot'],
    ]);
  });

  it.each([
    ['the same command', {}, V2],
    ['a newer one', { gen: 11, ref: refOf(V3) }, V3],
  ])('starts what a boot left stopped while it was committed, for %s', async (_, next, digest) => {
    const { clock, host, send, start } = hostRig({ containers: {} });
    host.byHand.run('web', V1, { restart: 'no' });
    host.faults = { diesAt: 'committing' };
    start();
    await clock.run({ untilMs: START_MS + 300_000 });
    host.faults = {};
    host.reboot(20_000);
    await clock.run({ untilMs: START_MS + 400_000 });
    const afterBoot = host.running('web');

    const result = await send(next);

    expect(afterBoot).toBeUndefined();
    expect(result).toMatchObject({ outcome: 'updated', healthy: true, new: digest });
    expect(host.running('web')).toBe(digest);
  });

  it('keeps a report until the connection is back', async () => {
    const { clock, host, start } = hostRig();
    const sent = start();
    await clock.run({ untilMs: START_MS + 10_000 });

    host.disconnect();
    await clock.run();
    const before = sent.report;
    host.connect();

    expect(before).toBeUndefined();
    expect(sent.result).toMatchObject({ outcome: 'updated' });
  });
});

describe('a change that was cut off after its swap', () => {
  async function cutOff() {
    const rig = hostRig();
    const sent = rig.start();
    await rig.clock.run({ until: () => rig.host.slot('web')?.journal?.phase === 'verifying' });
    sent.kill();
    return rig;
  }

  it('is finished by the same command', async () => {
    const { send, started } = await cutOff();

    expect(await send()).toMatchObject({ outcome: 'updated', changed: true, new: V2 });
    expect(started()).toHaveLength(2);
  });

  it('is undone before another image takes its place', async () => {
    const { host, send, started } = await cutOff();

    expect(await send({ gen: 11, ref: refOf(V3) })).toMatchObject({ outcome: 'updated', new: V3 });
    expect(started().map(({ digest }) => digest)).toEqual([V1, V2, V1, V3]);
    expect(host.slot('web')?.prev?.digest).toBe(V1);
  });

  it('is taken back by a restore of its generation', async () => {
    const { send } = await cutOff();

    expect(await send({ op: 'restore', gen: 11 })).toMatchObject({ outcome: 'unchanged', new: V1 });
  });
});

describe('the answer', () => {
  it('stays within 1,500 bytes for the longest names', async () => {
    const { clock, start } = hostRig();
    const owner = `longshore/${'p'.repeat(40)}/${'r'.repeat(240)}`;

    const sent = start({ owner, rollout: 'r'.repeat(80), ref: `${'h'.repeat(200)}/x@${V2}` });
    await clock.run({ until: () => sent.report !== undefined });

    expect(sent.result?.outcome).toBe('updated');
    expect(sent.report?.stdout.length).toBeLessThan(1_500);
  });
});
