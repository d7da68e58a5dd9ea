/** The ground on which the other suites stand: what a host of ours is, and what a power cut does to it. */
import { existsSync, readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { forgetImage } from '#local/docker/images.ts';
import { pushIndex } from '#local/docker/multi-arch.ts';
import { REGISTRY_PASSWORD, Registry } from '#local/docker/registry.ts';
import { type Host, startHost } from './start-host.ts';

const ECR = '111122223333.dkr.ecr.eu-west-1.amazonaws.com';

let host: Host;
beforeAll(async () => {
  host = await startHost({ hostNames: [ECR], stateMegabytes: 1 });
});
afterAll(() => host.stop());

const untilThere = (name: string) =>
  vi.waitUntil(() => existsSync(`${host.engine.folder}/tmp/${name}`), 10_000);

describe('a host', () => {
  it('has no network but its own', async () => {
    const links = await host.engine.run(['ip', '-o', 'link']);

    expect(links).toMatch(/lo:/);
    expect(links).not.toMatch(/eth0|ens\d|wlan/);
    await expect(host.engine.run(['curl', '-s', '-m', '2', 'http://192.0.2.1/'])).rejects.toThrow();
  });

  it('writes to /etc, /var/lib and /root of its own', async () => {
    const name = 'longshore-room-test';

    await host.engine.run(['touch', `/etc/${name}`, `/var/lib/${name}`, `/root/${name}`]);

    for (const folder of ['/etc', '/var/lib', '/root']) {
      expect(existsSync(`${folder}/${name}`)).toBe(false);
    }
  });

  it('has as small a disk for the state as one likes', async () => {
    const fill = ['dd', 'if=/dev/zero', 'of=/var/lib/longshore/fill', 'bs=1M', 'count=2'];

    await expect(host.engine.run(fill)).rejects.toThrow(/No space left/);
  });

  it('takes an image of its platform out of an index', async () => {
    const index = await pushIndex(host.registry, host.images.v2);

    await host.engine.docker('pull', '-q', index.ref);

    const id = await host.engine.docker('image', 'inspect', '-f', '{{.Id}}', index.ref);
    expect(id).toBe(host.images.v2.imageId);
    await forgetImage(host.engine, host.images.v2);
    await expect(host.engine.docker('image', 'inspect', index.ref)).rejects.toThrow(/No such/);
  });

  it('has a registry under a name of ECR, which asks for a password', async () => {
    const { storage } = host.registry;
    const ecr = new Registry(host.engine, { storage, port: 80, hostName: ECR, asksPassword: true });
    await ecr.start();
    const image = `${ECR}/shop/web:v1`;

    await expect(host.engine.docker('pull', image)).rejects.toThrow(/no basic auth/);
    await host.engine.docker('login', '-u', 'AWS', '-p', REGISTRY_PASSWORD, ECR);
    await host.engine.docker('pull', image);

    await ecr.stop();
  });
});

describe('a power cut', () => {
  it('takes every process, and leaves what was written', async () => {
    const place = await host.run('v1', ['--restart', 'always']);
    const once = await host.run('v1', ['--restart', 'no']);
    await host.engine.run(['sh', '-c', 'echo kept >/etc/longshore.test']);
    const script = host.engine.startAsAgent({
      lines: ['#!/bin/sh', 'echo begun', ': >"$TMPDIR/held"', 'sleep 1000'],
      parameters: {},
      commandId: 'held',
    });
    await untilThere('held');

    await host.powerCut();

    expect(await script.ended).toMatchObject({ stdout: 'begun\n' });
    await host.boot();
    expect(await host.engine.run(['cat', '/etc/longshore.test'])).toBe('kept\n');
    expect(await host.serves(place)).toBe('v1');
    expect(await host.serves(once)).toBeUndefined();
  });

  it('can be lived through more than once', async () => {
    const place = await host.run('v1', ['--restart', 'always']);
    await host.powerCut();
    const disk = await host.engine.copyDisk();
    await host.boot();
    await host.engine.docker('rm', '-f', place.container);
    await host.powerCut();

    await host.engine.insertDisk(disk);
    await host.boot();

    expect(await host.serves(place)).toBe('v1');
  });
});

describe('a script of the agent', () => {
  const lines = [
    '#!/bin/sh',
    `P=\${SSM_payload:-'{{ payload }}'}`,
    'echo "$P $SSM_COMMAND_ID"',
    'exit 3',
  ];

  it.each([true, false])('gets its payload (an agent that knows ENV_VAR: %s)', async (knows) => {
    const ran = await host.engine.runAsAgent({
      lines,
      parameters: { payload: 'dj0x' },
      commandId: `c-${knows}`,
      knowsEnvVar: knows,
    });

    expect(ran).toEqual({ exitCode: 3, stdout: `dj0x c-${knows}\n`, stderr: '' });
  });

  it('dies with its whole group', async () => {
    const running = host.engine.startAsAgent({
      lines: ['#!/bin/sh', 'sleep 1001 &', ': >"$TMPDIR/group"', 'wait'],
      parameters: {},
      commandId: 'group',
    });
    await untilThere('group');

    running.kill();

    expect((await running.ended).exitCode).toBeUndefined();
    expect(await host.engine.run(['ps', '-eo', 'args'])).not.toContain('sleep 1001');
  });
});

it('keeps the log of its Engine', () => {
  expect(readFileSync(`${host.engine.folder}/engine.log`, 'utf8')).toContain('API listen on');
});
