/** A host that has no such container, and a policy that says how to run it. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { HostCommand } from '#core/host-command.ts';
import { formatInstall } from '#core/install-request.ts';
import type { PolicyRun } from '#core/policy-run.ts';
import type { Version } from './image-set.ts';
import { seeSettings } from './see-settings.ts';
import { type Host, type Place, startHost, TIMING } from './start-host.ts';

let host: Host;
beforeAll(async () => {
  host = await startHost();
});
afterAll(() => host.stop());

const runOf = ({ port, container }: Place): PolicyRun => ({
  ports: [`127.0.0.1:${port}:8080`],
  environment: { MINE: '$(touch /x) "Grüße"' },
  volumes: [`${container}-data:/data`],
  restart: 'unless-stopped',
  network: 'bridge',
});
const OWNER = 'Longshore/shop-web/shop/web';
const bodyOf = (place: Place, ref: string, generation: number) =>
  formatInstall(runOf(place), { ref, owner: OWNER, generation });
/** An update of a policy that says how to run. */
const install = (place: Place, to: Version, change: Partial<HostCommand> = {}) => {
  const ref = host.ref(to);
  const body = bodyOf(place, ref, change.gen ?? 100);
  return host.send(host.update(place, to, { install: body, ...change }));
};
const restore = (place: Place, undoes: number, change: Partial<HostCommand> = {}) =>
  host.send(host.restore(place, undoes, change));
const TOO_BAD = { timing: { ...TIMING, retries: 2 } };

describe('a first install', () => {
  it('makes the container as the policy says', async () => {
    const place = host.takePlace();

    const { result } = await install(place, 'v1');

    expect(result).toMatchObject({ outcome: 'updated', changed: true, old: '', healthy: true });
    expect(result.new).toBe(host.images.v1.digest);
    expect(await host.serves(place)).toBe('v1');
    expect(await host.see(place)).toMatchObject([
      { name: place.container, version: 'v1', isRunning: true, restart: 'unless-stopped' },
    ]);
    expect(await host.seeOwn(place)).toMatchObject({
      labels: { 'longshore.owner': OWNER, 'longshore.generation': '100' },
    });
    const { env, mounts } = await seeSettings(host, place);
    expect(env).toContain('MINE=$(touch /x) "Grüße"');
    expect(mounts).toMatchObject([{ Type: 'volume', Destination: '/data' }]);
  });

  it('is removed again where it is not healthy', async () => {
    const place = host.takePlace();

    const { result } = await install(place, 'v3', TOO_BAD);

    expect(result).toMatchObject({ outcome: 'rolled_back', code: 2, old: '', new: '' });
    expect(await host.see(place)).toEqual([]);
  });

  it('stays, unhealthy, where the host may not go back by itself; a better one may follow', async () => {
    const place = host.takePlace();

    const bad = await install(place, 'v3', { auto: 0, ...TOO_BAD });
    const good = await install(place, 'v2', { gen: 101 });

    expect(bad.result).toMatchObject({ outcome: 'unhealthy', code: 4, changed: true });
    expect(good.result).toMatchObject({ outcome: 'updated' });
    expect(await host.serves(place)).toBe('v2');
  });

  it('is undone by a restore, and the next update installs again', async () => {
    const place = host.takePlace();
    await install(place, 'v1');

    const back = await restore(place, 100, { gen: 101 });
    const left = await host.see(place);
    const missing = await host.send(host.update(place, 'v2', { gen: 102 }));
    const again = await install(place, 'v2', { gen: 103 });

    expect(back.result).toMatchObject({ outcome: 'restored', changed: true, new: '' });
    expect(left).toEqual([]);
    expect(missing.result).toMatchObject({ outcome: 'failed', code: 33 });
    expect(again.result).toMatchObject({ outcome: 'updated', old: '' });
  });

  it('is an update like any other from then on', async () => {
    const place = host.takePlace();
    await install(place, 'v1');

    const next = await install(place, 'v2', { gen: 101 });
    const back = await restore(place, 101, { gen: 102 });

    expect(next.result).toMatchObject({ outcome: 'updated', old: host.images.v1.digest });
    expect(back.result).toMatchObject({ outcome: 'restored', new: host.images.v1.digest });
    expect(await host.serves(place)).toBe('v1');
  });

  it('does not touch a container that is there, whatever the policy says of how to run', async () => {
    const place = await host.run('v1', ['-e', 'MINE=theirs']);
    const before = await seeSettings(host, place);

    const { result } = await install(place, 'v2');

    expect(result).toMatchObject({ outcome: 'updated', old: host.images.v1.digest });
    expect(await seeSettings(host, place)).toEqual(before);
  });
});

describe('a request that is none', () => {
  const text = (body: string) => Buffer.from(body).toString('base64');

  it.each([
    ['for another image', (place: Place) => bodyOf(place, host.ref('v1'), 100)],
    ['for an image that is nowhere', (place: Place) => bodyOf(place, 'nothing:here', 100)],
    ['that is not base64', () => 'A'],
    ['that is not JSON', () => text('{"Image":')],
    ['that is a list', () => text('[]')],
    ['that names no image', () => text('{}')],
  ])('%s: nothing is left behind', async (_, body) => {
    const place = host.takePlace();
    await host.engine.docker('pull', '-q', host.ref('v1'));

    const { result } = await host.send(host.update(place, 'v2', { install: body(place) }));
    const status = await host.send(host.status(place));

    expect(result).toMatchObject({ outcome: 'failed', code: 39, changed: false });
    expect(result.detail).toMatch(/^create_failed: ./);
    expect(await host.see(place)).toEqual([]);
    expect(status.result).toMatchObject({ phase: 'idle', new: '' });
    expect(await host.engine.run(['ls', `/var/lib/longshore/${place.container}`])).not.toMatch(
      /request|journal/,
    );
  });
});
