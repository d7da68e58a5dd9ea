/** A disk that is full, or fills up: nothing may be left down by it. */
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { pushImage } from '#local/docker/images.ts';
import { writePrograms } from './fake-programs.ts';
import { type Born, seeBirth } from './see-birth.ts';
import { type Host, type Place, startHost } from './start-host.ts';

/** More than the reserve (256 MB), and the images. */
const DATA_MEGABYTES = 400;

let host: Host;
let data = '';
beforeAll(async () => {
  host = await startHost({ dataMegabytes: DATA_MEGABYTES, stateMegabytes: 4 });
  data = `${host.engine.folder}/data`;
});
afterEach(async () => {
  await host.engine.run(['sh', '-c', `rm -f ${data}/filler /var/lib/longshore/filler`]);
});
afterAll(() => host.stop());

/** All of it but so many megabytes. */
const fill = (folder: string, leave: number) =>
  `{ head -c 1G /dev/zero >${folder}/filler; truncate -s -${leave}M ${folder}/filler; } 2>/dev/null`;
const fillNow = (folder: string, leave: number) =>
  host.engine.run(['sh', '-c', fill(folder, leave)]);
const update = (place: Place, pathPrefix?: string, gen = 100) =>
  host.send(host.update(place, 'v2', { gen }), pathPrefix === undefined ? {} : { pathPrefix });
async function expectUntouched(place: Place, before: Born): Promise<void> {
  expect(await seeBirth(host, place)).toEqual(before);
  expect(await host.see(place)).toHaveLength(1);
  expect(await host.serves(place)).toBe('v1');
}

describe('the Engine’s disk', () => {
  it('has not enough room from the start', async () => {
    const place = await host.run('v1');
    const before = await seeBirth(host, place);
    await fillNow(data, 200);

    const { result } = await update(place);

    expect(result).toMatchObject({ outcome: 'failed', code: 32, changed: false });
    expect(result.detail).toMatch(/^disk_full: \d+ KB are left .* 262144 are needed/);
    await expectUntouched(place, before);
  });

  it('is full in the middle of a pull', async () => {
    const place = await host.run('v1');
    const before = await seeBirth(host, place);
    const { ref } = await pushImage(host.engine, host.registry, {
      version: 'large',
      ballastMegabytes: 8,
    });
    await host.engine.docker('image', 'prune', '-af');
    const pathPrefix = writePrograms(host, {
      docker: `[ "$1" != pull ] || { ${fill(data, 2)}; }; exec "$REAL" "$@"`,
    });

    const { result } = await host.send(host.update(place, 'v2', { ref }), { pathPrefix });

    expect(result).toMatchObject({ outcome: 'failed', code: 32, changed: false });
    expect(result.detail).toMatch(/no space left/);
    await expectUntouched(place, before);
  });

  it.each([
    ['the image is there', 'docker', 'tag*'],
    ['the new container is made', 'curl', '*containers/create*'],
  ])('has the reserve no more when %s: the old one is not stopped', async (_, program, words) => {
    const place = await host.run('v1');
    const before = await seeBirth(host, place);
    const pathPrefix = writePrograms(host, {
      [program]: `"$REAL" "$@"; code=$?; case "$*" in ${words}) ${fill(data, 200)} ;; esac; exit $code`,
    });

    const { result } = await update(place, pathPrefix);

    expect(result).toMatchObject({ outcome: 'failed', code: 32, changed: false });
    await expectUntouched(place, before);
  });

  it('is full when the old one is stopped: what comes back is said, and the next command works', async () => {
    const place = await host.run('v1');
    const pathPrefix = writePrograms(host, {
      docker: `case "$*" in stop*) ${fill(data, 0)} ;; esac; exec "$REAL" "$@"`,
    });

    // Whether there is room for the old one's start is the new one's doing: it is removed first.
    const { result } = await update(place, pathPrefix);
    const served = await host.serves(place);
    await host.engine.run(['rm', '-f', `${data}/filler`]);
    const next = await update(place, undefined, 101);

    expect([result.outcome, served]).toBeOneOf([
      ['rolled_back', 'v1'],
      ['failed', undefined],
    ]);
    expect(result.code).toBe(result.outcome === 'failed' ? 41 : 2);
    expect(next.result).toMatchObject({ outcome: 'updated' });
    expect(await host.serves(place)).toBe('v2');
  });

  it('has too few inodes', async () => {
    const place = await host.run('v1');
    const before = await seeBirth(host, place);
    const inodes = async (column: number) =>
      (await host.engine.run(['df', '-Pi', data])).split('\n')[1]?.split(/ +/)[column] ?? '';
    const limit = (count: number) =>
      host.engine.run(['mount', '-o', `remount,nr_inodes=${count}`, data]);
    const all = Number(await inodes(1));
    await limit(Number(await inodes(2)) + 20);

    const { result } = await update(place);
    await limit(all);

    expect(result).toMatchObject({ outcome: 'failed', code: 32, changed: false });
    expect(result.detail).toMatch(/under 5 % of the inodes/);
    await expectUntouched(place, before);
  });
});

describe('the disk of the state', () => {
  it('is full: nothing is done, and the next command works', async () => {
    const place = await host.run('v1');
    const before = await seeBirth(host, place);
    await fillNow('/var/lib/longshore', 0);

    const { result } = await update(place);
    await expectUntouched(place, before);
    await host.engine.run(['rm', '/var/lib/longshore/filler']);
    const next = await update(place);

    expect(result).toMatchObject({ outcome: 'failed', code: 31, changed: false });
    expect(result.detail).toMatch(/^state_write: /);
    expect(next.result).toMatchObject({ outcome: 'updated' });
  });

  it('is full when the swap is to begin: the old one is not stopped', async () => {
    const place = await host.run('v1');
    const before = await seeBirth(host, place);
    const pathPrefix = writePrograms(host, {
      // The last word to the Engine before the journal says that the swap begins.
      docker: `case "$*" in tag*local/previous:*) ${fill('/var/lib/longshore', 0)} ;; esac; exec "$REAL" "$@"`,
    });

    const { result } = await update(place, pathPrefix);
    await expectUntouched(place, before);
    await host.engine.run(['rm', '/var/lib/longshore/filler']);
    const next = await update(place, undefined, 101);

    expect(result).toMatchObject({ outcome: 'failed', code: 31, changed: false });
    expect(next.result).toMatchObject({ outcome: 'updated' });
  });

  it('is full when the new one runs: the host says so, and the next command agrees', async () => {
    const place = await host.run('v1');
    const pathPrefix = writePrograms(host, {
      docker: `"$REAL" "$@"; code=$?; [ "$1" != start ] || { ${fill('/var/lib/longshore', 0)}; }; exit $code`,
    });

    const { result } = await update(place, pathPrefix);
    const served = await host.serves(place);
    await host.engine.run(['rm', '/var/lib/longshore/filler']);
    const next = await update(place, undefined, 101);

    expect(result).toMatchObject({ outcome: 'failed', code: 31, changed: true });
    expect(served).toBe('v2');
    expect(next.result).toMatchObject({ code: 0, new: host.images.v2.digest });
    expect(await host.serves(place)).toBe('v2');
  });
});
