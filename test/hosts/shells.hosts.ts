/** The script is POSIX: shellcheck finds nothing, and it runs under each shell that a host may call sh. */
import { spawnSync } from 'node:child_process';
import { symlinkSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readHostScript } from '#hosts/read-script.ts';
import { findBinary } from '#local/docker/requirements.ts';
import { writePrograms } from './fake-programs.ts';
import { type Host, startHost, TIMING } from './start-host.ts';

let host: Host;
beforeAll(async () => {
  host = await startHost();
});
afterAll(() => host.stop());

describe('the script', () => {
  it.skipIf(!findBinary('shellcheck'))('passes shellcheck', () => {
    const input = readHostScript('hosts/script');

    const { stdout } = spawnSync('shellcheck', ['-s', 'sh', '-'], { input, encoding: 'utf8' });

    expect(stdout).toBe('');
  });

  const bad = { timing: { ...TIMING, retries: 1 } };
  it.each(['dash', 'busybox', 'bash'])(
    'updates, rolls back and restores under %s',
    async (name) => {
      const binary = findBinary(name);
      if (binary === undefined) throw new Error(`${name} is missing: apt-get install ${name}`);
      // Called by the name of sh, busybox is its ash, and bash is POSIX (and reads no file of a person's).
      const pathPrefix = writePrograms(host, {});
      symlinkSync(binary, path.join(pathPrefix, 'sh'));
      const options = { shell: [path.join(pathPrefix, 'sh')], pathPrefix };
      const place = await host.run('v1', [
        '--restart',
        'always',
        '-e',
        'MINE=a "b"\n$(c)',
        '-v',
        '/d',
      ]);

      const updated = await host.send(host.update(place, 'v2'), options);
      const again = await host.send(host.update(place, 'v2'), options);
      const rolledBack = await host.send(host.update(place, 'v3', { gen: 101, ...bad }), options);
      const restored = await host.send(host.restore(place, 100, { gen: 102 }), options);
      const status = await host.send(host.status(place), options);
      const refused = await host.sendText('v=1\nop=update\n', options);

      expect(updated.result).toMatchObject({ outcome: 'updated', code: 0 });
      expect(again.stdout).toBe(updated.stdout);
      expect(rolledBack.result).toMatchObject({ outcome: 'rolled_back', code: 2 });
      expect(restored.result).toMatchObject({ outcome: 'restored', new: host.images.v1.digest });
      expect(status.result).toMatchObject({ outcome: 'status', fence_gen: 102, healthy: true });
      expect(refused.result).toMatchObject({ outcome: 'refused', code: 20 });
      expect(await host.see(place)).toMatchObject([
        { name: place.container, version: 'v1', isRunning: true, restart: 'always' },
      ]);
    },
  );

  it('runs with the tools of busybox alone, but for docker, curl and flock', async () => {
    const applets = [
      'awk',
      'base64',
      'cat',
      'cksum',
      'cut',
      'date',
      'df',
      'env',
      'grep',
      'head',
      'ls',
    ];
    const more = [
      'mkdir',
      'mv',
      'paste',
      'rm',
      'sed',
      'sleep',
      'sync',
      'tail',
      'timeout',
      'tr',
      'wc',
      'gzip',
    ];
    const programs = [...applets, ...more].map((name) => [name, `exec busybox ${name} "$@"`]);
    const pathPrefix = writePrograms(host, Object.fromEntries(programs));
    const options = { shell: ['busybox', 'sh'], pathPrefix };
    const place = await host.run('v1', [
      '--restart',
      'always',
      '-e',
      'MINE=a "b"\n$(c)',
      '-v',
      '/d',
    ]);

    const updated = await host.send(host.update(place, 'v2'), options);
    const rolledBack = await host.send(host.update(place, 'v3', { gen: 101, ...bad }), options);

    expect(updated.result).toMatchObject({ outcome: 'updated', code: 0 });
    expect(rolledBack.result).toMatchObject({ outcome: 'rolled_back', code: 2 });
    expect(await host.serves(place)).toBe('v2');
  });
});
