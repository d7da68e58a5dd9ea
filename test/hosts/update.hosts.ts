/** One command at a time, and what the host has in the end. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Host, startHost, TIMING } from './start-host.ts';

let host: Host;
beforeAll(async () => {
  host = await startHost();
});
afterAll(() => host.stop());

/** Slow enough for a crash loop to show itself. */
const PATIENT = { ...TIMING, retries: 3, interval: 1, success: 2, stable: 2 };

describe('update', () => {
  it('puts the new image in the place of the old container, which is kept', async () => {
    const place = await host.run('v1', ['--restart', 'unless-stopped']);

    const { result, exitCode } = await host.send(host.update(place, 'v2'));

    expect(result).toMatchObject({
      outcome: 'updated',
      code: 0,
      changed: true,
      healthy: true,
      prev_ready: true,
      old: host.images.v1.digest,
      new: host.images.v2.digest,
    });
    expect(exitCode).toBe(0);
    expect(await host.serves(place)).toBe('v2');
    expect(await host.see(place)).toMatchObject([
      {
        name: place.container,
        version: 'v2',
        isRunning: true,
        restart: 'unless-stopped',
        labels: {
          'longshore.owner': 'Longshore/shop-web/shop/web',
          'longshore.generation': '100',
          'org.example.release': 'two',
        },
      },
      { version: 'v1', isRunning: false, restart: 'no' },
    ]);
  });

  it('keeps one earlier container, and no more', async () => {
    const place = await host.run('v1');

    await host.send(host.update(place, 'v2'));
    await host.send(host.update(place, 'v4', { gen: 101 }));

    expect(await host.see(place)).toMatchObject([
      { version: 'v4', isRunning: true },
      { version: 'v2', isRunning: false },
    ]);
  });

  it('leaves a container alone that runs the image already', async () => {
    const place = await host.run('v1');
    const before = await host.seeOwn(place);

    const { result } = await host.send(host.update(place, 'v1'));

    expect(result).toMatchObject({ outcome: 'unchanged', code: 0, changed: false, healthy: true });
    expect(await host.see(place)).toEqual([before]);
  });

  it.each([
    ['answers 500', 'v3'],
    ['redirects', 'redirect'],
    ['listens nowhere', 'silent'],
    ['accepts and says nothing', 'tcp'],
    ['crashes', 'crash'],
  ] as const)('goes back when the new one %s', async (_, version) => {
    const place = await host.run('v1', ['--restart', 'always']);
    const timing = { ...TIMING, retries: 2, htimeout: 1 };

    const { result, exitCode } = await host.send(host.update(place, version, { timing }));

    expect(result).toMatchObject({ outcome: 'rolled_back', code: 2, changed: true, healthy: true });
    expect(exitCode).toBe(2);
    expect(result.new).toBe(host.images.v1.digest);
    expect(await host.serves(place)).toBe('v1');
    expect(await host.see(place)).toMatchObject([
      { name: place.container, version: 'v1', isRunning: true, restart: 'always' },
    ]);
  });

  it('takes a crash loop for no container that runs', async () => {
    const place = await host.run('v1', ['--restart', 'always']);
    const check = { health: 'container_running' } as const;

    const { result } = await host.send(host.update(place, 'crash', { check, timing: PATIENT }));

    expect(result).toMatchObject({ outcome: 'rolled_back', code: 2 });
    expect(await host.serves(place)).toBe('v1');
  });

  it('takes one for unhealthy that serves at first and dies while it is watched', async () => {
    const place = await host.run('v1', ['--restart', 'always']);

    const { result } = await host.send(host.update(place, 'dies', { timing: PATIENT }));

    expect(result).toMatchObject({ outcome: 'rolled_back', code: 2 });
    expect(await host.serves(place)).toBe('v1');
  });

  it('waits for one that starts slowly', async () => {
    const place = await host.run('v1');
    const timing = { ...TIMING, grace: 1, retries: 6, interval: 1 };

    const { result } = await host.send(host.update(place, 'slowStart', { timing }));

    expect(result.outcome).toBe('updated');
    expect(await host.serves(place)).toBe('slowStart');
  });

  it('leaves an unhealthy one where the policy does not want it back, and takes the fix', async () => {
    const place = await host.run('v1');
    const timing = { ...TIMING, retries: 1 };

    const bad = await host.send(host.update(place, 'v3', { auto: 0, timing }));
    const served = await host.serves(place);
    const fix = await host.send(host.update(place, 'v2', { gen: 101, timing: TIMING }));

    expect(bad.result).toMatchObject({ outcome: 'unhealthy', code: 4, changed: true });
    expect(bad.exitCode).toBe(4);
    expect(served).toBe('v3');
    expect(fix.result).toMatchObject({ outcome: 'updated', code: 0 });
    expect(await host.serves(place)).toBe('v2');
  });
});

describe('an update is refused, and the old container is as it was,', () => {
  it('when the old one fails the same check', async () => {
    const place = await host.run('v3');
    const before = await host.see(place);
    const timing = { ...TIMING, retries: 1 };

    const { result, exitCode } = await host.send(host.update(place, 'v2', { timing }));

    expect(result).toMatchObject({ outcome: 'refused', code: 45, changed: false });
    expect(exitCode).toBe(45);
    expect(result.detail).toMatch(/^baseline_unhealthy/);
    expect(await host.see(place)).toEqual(before);
  });

  it('when somebody stopped it', async () => {
    const place = await host.run('v1');
    await host.engine.docker('stop', place.container);
    const before = await host.see(place);

    const { result } = await host.send(host.update(place, 'v2'));

    expect(result).toMatchObject({ outcome: 'failed', code: 33, changed: false });
    expect(result.detail).toMatch(/^not_running/);
    expect(await host.see(place)).toEqual(before);
  });

  it('when there is none', async () => {
    const { result } = await host.send(host.update(host.takePlace(), 'v2'));

    expect(result).toMatchObject({ outcome: 'failed', code: 33, changed: false, old: '', new: '' });
  });
});

describe('restore', () => {
  it('puts the kept container back, with its own restart policy', async () => {
    const place = await host.run('v1', ['--restart', 'on-failure:3']);
    const before = await host.seeOwn(place);
    await host.send(host.update(place, 'v2'));

    const { result } = await host.send(host.restore(place, 100, { gen: 101 }));

    expect(result).toMatchObject({
      outcome: 'restored',
      code: 0,
      changed: true,
      healthy: true,
      old: host.images.v2.digest,
      new: host.images.v1.digest,
    });
    expect(await host.serves(place)).toBe('v1');
    expect(await host.see(place)).toMatchObject([
      { id: before.id, name: place.container, isRunning: true, restart: 'on-failure:3' },
    ]);
  });

  it('changes nothing that another generation put there', async () => {
    const place = await host.run('v1');
    await host.send(host.update(place, 'v2'));
    const before = await host.see(place);

    const { result } = await host.send(host.restore(place, 99, { gen: 101 }));

    expect(result).toMatchObject({ outcome: 'unchanged', code: 0, changed: false });
    expect(await host.see(place)).toEqual(before);
  });
});

describe('probe and status', () => {
  it('say how the container does, and leave the fence alone', async () => {
    const place = await host.run('v1');
    await host.send(host.update(place, 'v2'));

    const probe = await host.send(host.probe(place, { gen: 200 }));
    const status = await host.send(host.status(place, { gen: 200 }));

    expect(probe.result).toMatchObject({ outcome: 'healthy', code: 0, changed: false });
    expect(status.result).toMatchObject({
      outcome: 'status',
      code: 0,
      new: host.images.v2.digest,
      prev_ready: true,
      healthy: true,
      fence_gen: 100,
      fence_step: 1,
      last_op: 'update',
      last_outcome: 'updated',
      last_code: 0,
    });
  });

  it('say that it does badly', async () => {
    const place = await host.run('v3');
    const timing = { ...TIMING, retries: 1 };

    const { result, exitCode } = await host.send(host.probe(place, { timing }));

    expect(result).toMatchObject({ outcome: 'unhealthy', code: 4, changed: false, healthy: false });
    expect(exitCode).toBe(4);
  });
});
