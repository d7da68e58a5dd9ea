/** The registry is gone, or has not got it; images and kept containers are pruned; which digest is which. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { HostCommand } from '#core/host-command.ts';
import { pushIndex } from '#local/docker/multi-arch.ts';
import { writePrograms } from './fake-programs.ts';
import type { Version } from './image-set.ts';
import { seeBirth } from './see-birth.ts';
import { type Host, type Place, startHost } from './start-host.ts';

let host: Host;
beforeAll(async () => {
  host = await startHost();
});
afterAll(() => host.stop());

const update = (place: Place, to: Version, change: Partial<HostCommand> = {}) =>
  host.send(host.update(place, to, change));
const restore = (place: Place, undoes: number, change: Partial<HostCommand> = {}) =>
  host.send(host.restore(place, undoes, change));
async function withoutRegistry<T>(work: () => Promise<T>): Promise<T> {
  await host.registry.stop();
  try {
    return await work();
  } finally {
    await host.registry.start();
  }
}
/** Every image that no container needs, with all its names. */
const pruneAllImages = () => host.engine.docker('image', 'prune', '-af');
const pruneContainers = () => host.engine.docker('container', 'prune', '-f');

describe('without the registry', () => {
  it('an image that is here is taken', async () => {
    const place = await host.run('v1');
    await host.engine.docker('pull', '-q', host.ref('v2'));

    const { result } = await withoutRegistry(() => update(place, 'v2'));

    expect(result).toMatchObject({ outcome: 'updated' });
  });

  it('one that is not here is not, and the old container serves on', async () => {
    const place = await host.run('v1');
    const before = await seeBirth(host, place);

    const { result } = await withoutRegistry(() => update(place, 'v4'));

    expect(result).toMatchObject({ outcome: 'failed', code: 36, changed: false });
    expect(result.detail).toMatch(/^pull_failed: .*refused/);
    expect(await seeBirth(host, place)).toEqual(before);
    expect(await host.see(place)).toHaveLength(1);
  });

  it('the way back needs none, and no tag', async () => {
    const place = await host.run('v1');
    const before = await seeBirth(host, place);
    await update(place, 'v2');
    await host.engine.docker('rmi', `longshore.local/previous:${place.container}`);

    const { result } = await withoutRegistry(() => restore(place, 100, { gen: 101 }));

    expect(result).toMatchObject({ outcome: 'restored', code: 0, changed: true });
    expect(result.new).toBe(host.images.v1.digest);
    expect(await seeBirth(host, place)).toMatchObject({ Id: before.Id });
    expect(await host.serves(place)).toBe('v1');
  });

  it('an image that was here once, and went and came back, is here still', async () => {
    const place = await host.run('v1');
    await update(place, 'v2', { gen: 101 });
    await update(place, 'v1', { gen: 102 });
    await update(place, 'v2', { gen: 103 });

    const [here, back] = await withoutRegistry(async () => [
      await update(place, 'v2', { gen: 104 }),
      await update(place, 'v1', { gen: 105 }),
    ]);

    expect(here?.result).toMatchObject({ outcome: 'unchanged' });
    expect(back?.result).toMatchObject({ outcome: 'updated' });
  });
});

describe('a registry that has not got it', () => {
  it.each([
    ['of that digest', 'shop/web'],
    ['of that name', 'shop/nothing'],
  ])('has no image %s', async (_, repository) => {
    const place = await host.run('v1');
    const before = await seeBirth(host, place);
    const ref = `${host.registry.name}/${repository}@sha256:${'0'.repeat(64)}`;

    const { result } = await update(place, 'v2', { ref });

    expect(result).toMatchObject({ outcome: 'failed', code: 37, changed: false });
    expect(result.detail).toMatch(/^image_not_found: /);
    expect(await seeBirth(host, place)).toEqual(before);
  });
});

describe('after `docker container prune`', () => {
  it.each([
    ['', async () => {}],
    [' and `image prune -f`', () => host.engine.docker('image', 'prune', '-f')],
  ])('%s the earlier container is made again, without the registry', async (_, prune) => {
    const place = await host.run('v1', ['--restart', 'on-failure:3', '-e', 'MINE=kept']);
    await update(place, 'v2');
    await pruneContainers();
    await prune();

    const status = await host.send(host.status(place));
    const { result } = await withoutRegistry(() => restore(place, 100, { gen: 101 }));

    expect(status.result).toMatchObject({ prev_ready: true });
    expect(result).toMatchObject({ outcome: 'restored', new: host.images.v1.digest });
    expect(await host.see(place)).toMatchObject([
      { name: place.container, version: 'v1', isRunning: true, restart: 'on-failure:3' },
    ]);
    expect(await host.engine.docker('inspect', '-f', '{{.Config.Env}}', place.container)).toMatch(
      /MINE=kept.*GREETING=from v1/,
    );
  });

  it('and `image prune -af` it comes from the registry', async () => {
    const place = await host.run('v1');
    await update(place, 'v2');
    await pruneContainers();
    await host.engine.docker('rmi', '-f', host.images.v1.imageId).catch(() => undefined);
    await pruneAllImages();

    const { result } = await restore(place, 100, { gen: 101 });

    expect(result).toMatchObject({ outcome: 'restored', new: host.images.v1.digest });
    expect(await host.serves(place)).toBe('v1');
  });

  it('and all that, without the registry, nothing is touched', async () => {
    const place = await host.run('checked');
    await update(place, 'v2');
    await pruneContainers();
    await pruneAllImages();
    const before = await seeBirth(host, place);

    const status = await host.send(host.status(place));
    const { result } = await withoutRegistry(() => restore(place, 100, { gen: 101 }));
    const later = await restore(place, 100, { gen: 102 });

    expect(status.result).toMatchObject({ prev_ready: false });
    expect(result).toMatchObject({ outcome: 'failed', code: 34, changed: false });
    expect(before.State.Running).toBe(true);
    expect(later.result).toMatchObject({ outcome: 'restored', new: host.images.checked.digest });
  });
});

describe('`docker image prune -f` in the middle', () => {
  it.each([
    ['right after the pull', 'pull'],
    ['when the image has its tag', 'tag'],
  ])('does no harm %s', async (_, word) => {
    await host.engine.run(['sh', '-c', 'docker ps -aq | xargs -r docker rm -f']);
    const place = await host.run('v1');
    const before = await seeBirth(host, place);
    await pruneAllImages();
    const pathPrefix = writePrograms(host, {
      docker: `"$REAL" "$@"; code=$?; [ "$1" != ${word} ] || "$REAL" image prune -f >/dev/null; exit $code`,
    });

    const { result } = await host.send(host.update(place, 'v2'), { pathPrefix });

    if (result.outcome === 'failed') {
      expect(result).toMatchObject({ code: 37, changed: false });
      expect(await seeBirth(host, place)).toEqual(before);
    } else {
      expect(result).toMatchObject({ outcome: 'updated' });
    }
    const next = await update(place, 'v2', { gen: 101 });
    expect(next.result).toMatchObject({ code: 0, new: host.images.v2.digest });
  });
});

describe('one image under two digests', () => {
  it('is unchanged where an index was asked for before, and now its part for this machine', async () => {
    const place = await host.run('v1');
    const index = await pushIndex(host.registry, host.images.v2);
    const first = await update(place, 'v2', { ref: index.ref });
    const before = await seeBirth(host, place);

    const second = await update(place, 'v2', { gen: 101 });
    const status = await host.send(host.status(place));

    expect(first.result).toMatchObject({ outcome: 'updated', new: index.digest });
    expect(second.result).toMatchObject({ outcome: 'unchanged', new: host.images.v2.digest });
    expect(status.result.new).toBe(host.images.v2.digest);
    expect(await seeBirth(host, place)).toEqual(before);
  });
});
