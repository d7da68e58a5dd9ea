/**
 * A swap changes the image and nothing else: what a person asked for is there after it, after the way back
 * (to the very same container), and after a way back to a container that had to be made again.
 *
 * Several at once: most of the time is a client's start.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { HostCommand } from '#core/host-command.ts';
import { type ImageSpec, type PushedImage, pushImage } from '#local/docker/images.ts';
import { FLAGS } from './docker-flags.ts';
import { seeBirth } from './see-birth.ts';
import { seeSettings } from './see-settings.ts';
import { type Host, type Place, startHost } from './start-host.ts';

let host: Host;
let folder = '';
const docker = (...args: string[]) => host.engine.docker(...args);
beforeAll(async () => {
  host = await startHost();
  folder = path.join(host.engine.folder, 'shared');
  mkdirSync(folder);
  writeFileSync(path.join(folder, 'file'), 'a file of the host\n');
  await docker('network', 'create', '--subnet', '172.30.1.0/24', 'front');
  await docker('network', 'create', 'back');
  await docker('volume', 'create', 'named');
  for (const name of ['other', 'store']) await docker('run', '-d', '--name', name, host.ref('v1'));
  await docker(
    'run',
    '-d',
    '--name',
    'keeper',
    '-v',
    '/kept',
    '-v',
    `${folder}:/given`,
    host.ref('v1'),
  );
});
afterAll(() => host.stop());

/** Commands of one host swap one after another: they wait for each other, and so do the tests. */
const PATIENCE_MS = 400_000;
const QUICK = { check: { health: 'container_running' }, timeout: 600 } as const;
const update = (place: Place, gen: number, change: Partial<HostCommand> = {}) =>
  host.send(host.update(place, 'v2', { ...QUICK, gen, ...change }));
const restore = (place: Place, gen: number) =>
  host.send(host.restore(place, gen - 1, { ...QUICK, gen }));

type Look = () => Promise<unknown>;

/** There, and back to a container that had to be made again; `look` may see more than the settings. */
async function expectFaithful(
  place: Place,
  change: Partial<HostCommand> = {},
  look: Look = async () => undefined,
): Promise<void> {
  const see = async () => [await seeSettings(host, place), await look()];
  const before = await see();
  const { Id } = await seeBirth(host, place);

  expect((await update(place, 102, change)).result).toMatchObject({ outcome: 'updated' });
  expect(await see()).toEqual(before);
  for (const { id, isRunning } of await host.see(place)) if (!isRunning) await docker('rm', id);
  expect((await restore(place, 103)).result).toMatchObject({ outcome: 'restored' });
  expect((await seeBirth(host, place)).Id).not.toBe(Id);
  expect(await see()).toEqual(before);
}

/** There, and back to the very container. */
async function expectSameBack(
  place: Place,
  change: Partial<HostCommand> = {},
  look: Look = async () => undefined,
): Promise<void> {
  const before = [await seeSettings(host, place), await look()];
  const { Id } = await seeBirth(host, place);

  expect((await update(place, 100, change)).result).toMatchObject({ outcome: 'updated' });
  expect((await restore(place, 101)).result).toMatchObject({ outcome: 'restored' });
  expect((await seeBirth(host, place)).Id).toBe(Id);
  expect([await seeSettings(host, place), await look()]).toEqual(before);
}

describe.concurrent('a swap keeps', { timeout: PATIENCE_MS }, () => {
  it.each(FLAGS)('%s', async (_, flags) => {
    const place = host.takePlace();
    // On the network of another, or of the host, nothing is published.
    const asked = flags(place);
    const isShared = asked.some((flag) => flag === 'host' || flag.startsWith('container:'));
    const published = isShared ? [] : ['-p', `127.0.0.1:${place.port}:8080`];
    await docker('run', '-d', '--name', place.container, ...published, ...asked, host.ref('v1'));

    await expectFaithful(place);
    await docker('rm', '-f', place.container);
  });

  it('arguments', async () => {
    const place = host.takePlace();
    await docker('run', '-d', '--name', place.container, host.ref('v1'), 'one', '$(touch /x) "');

    await expectFaithful(place);
  });

  it('a hardware address that was asked for', async () => {
    const place = host.takePlace();
    // Not by `docker run`: a client of today will not ask an Engine of then.
    const body = JSON.stringify({
      Image: host.ref('v1'),
      MacAddress: '02:42:ac:11:00:99',
      HostConfig: { RestartPolicy: { Name: 'no' } },
    });
    const target = `http://docker/containers/create?name=${place.container}`;
    const socket = [
      '--fail',
      '--unix-socket',
      '/run/docker.sock',
      '-H',
      'Content-Type: application/json',
    ];
    await host.engine.run(['curl', '-sS', ...socket, '-d', body, target]);
    await docker('start', place.container);

    await expectFaithful(place);
    expect((await seeSettings(host, place)).config).toMatchObject({
      MacAddress: '02:42:ac:11:00:99',
    });
  });

  it.each(['no', 'on-failure:3', 'unless-stopped', 'always'])(
    'the very container that it kept, under its own policy: %s',
    async (policy) => {
      await expectSameBack(await host.run('v1', ['--restart', policy]));
    },
  );

  it('networks, their names for it and its own address', async () => {
    const place = await host.run('v1', [
      ...['--network', 'front', '--ip', '172.30.1.77'],
      ...['--network-alias', 'shop', '--network-alias', 'web'],
    ]);
    await docker(
      'network',
      'connect',
      '--alias',
      'behind',
      '--link',
      'store:db',
      'back',
      place.container,
    );

    await expectFaithful(place);
    const { networks } = await seeSettings(host, place);
    expect(Object.keys(networks)).toEqual(expect.arrayContaining(['front', 'back']));
  });

  it('volumes, with names and without, and what lies in them', async () => {
    const image = (version: string) => push({ version, lines: ['VOLUME /of-image'] });
    const [one, two] = [await image('volumes-one'), await image('volumes-two')];
    const place = host.takePlace();
    await docker(
      ...['run', '-d', '--name', place.container, '-v', '/anonymous', '-v', 'named:/named'],
      ...['-v', 'named:/read-only:ro', '-v', 'named:/slash/', '-v', `${folder}:/given:ro`],
      ...[
        '--mount',
        'type=volume,target=/nameless',
        '--mount',
        'type=tmpfs,target=/t,tmpfs-size=1m',
      ],
      ...['--mount', `type=bind,source=${folder},target=/bound,readonly`],
      ...['--mount', 'type=volume,source=named,target=/mounted,readonly', one.ref],
    );
    const file = path.join(host.engine.folder, 'written');
    writeFileSync(file, 'written before\n');
    const volumes = ['/anonymous', '/named', '/nameless', '/of-image'];
    for (const volume of volumes) await docker('cp', file, `${place.container}:${volume}/file`);
    const read = (from: string) => docker('cp', `${place.container}:${from}/file`, '-');

    const look = async () => {
      const found = await Promise.all(volumes.map(read));
      for (const text of found) expect(text).toContain('written before');
    };

    await expectSameBack(place, { ref: two.ref }, look);
    await expectFaithful(place, { ref: two.ref }, look);
  });
});

const push = (spec: ImageSpec): Promise<PushedImage> => pushImage(host.engine, host.registry, spec);

describe.concurrent('values', { timeout: PATIENCE_MS }, () => {
  const VALUES = {
    COMMAND: '$(touch /x) `touch /x` $HOME',
    QUOTES: `'single' "double" \\ \\n \\" '`,
    LINES: 'one\ntwo\n\n\tthree\r\n',
    FAR: 'Grüße, 世界 🚢 \u2028 \u0001 \u007f',
    TEMPLATE: '{{.Id}} {{json .}} %s %d "}',
    EQUALS: 'a=b=c',
    EMPTY: '',
    GREETING: 'a person’s own',
  };

  it('of the environment are kept to the byte, and nothing of them is run', async () => {
    const flags = Object.entries(VALUES).flatMap(([key, value]) => ['-e', `${key}=${value}`]);
    const labels = {
      odd: '{{.Id}}',
      end: '"}',
      quote: "it's",
      lines: 'a\n b',
      empty: '',
    };
    const place = await host.run('v1', [
      ...flags,
      ...Object.entries(labels).flatMap(([key, value]) => ['--label', `${key}=${value}`]),
    ]);
    const inside = async () => {
      const said = await host.engine.run([
        'curl',
        '-s',
        '--retry',
        '20',
        '--retry-connrefused',
        '--retry-delay',
        '0',
        `http://127.0.0.1:${place.port}/env`,
      ]);
      const names = [...Object.keys(VALUES), 'PATH'];
      return said.split('\n').filter((row) => names.some((name) => row.startsWith(`"${name}=`)));
    };

    await expectFaithful(place, {}, inside);

    expect(await inside()).toHaveLength(Object.keys(VALUES).length + 1);
    const listed = await host.engine.run(['ls', '/']);
    expect(listed.split('\n')).not.toContain('x');
  });

  it('may be very many, and very long', async () => {
    // A line of a Dockerfile has at most 65,535 characters.
    const labels = (version: string) =>
      [0, 1, 2, 3].map((part) => {
        const pairs = Array.from(
          { length: 2500 },
          (_, index) => `l-${part * 2500 + index}=${version}`,
        );
        return `LABEL ${pairs.join(' ')}`;
      });
    const one = await push({ version: 'many-one', lines: labels('one') });
    const two = await push({ version: 'many-two', lines: labels('two') });
    const place = host.takePlace();
    const long = Array.from({ length: 16 }, (_, index) => [
      '-e',
      `LONG_${index}=${'x'.repeat(65_000)}`,
    ]);
    await docker(
      'run',
      '-d',
      '--name',
      place.container,
      ...long.flat(),
      '--label',
      'mine=1',
      one.ref,
    );
    const before = await seeSettings(host, place);

    const { result, stdout } = await update(place, 100, { ref: two.ref });

    expect(result).toMatchObject({ outcome: 'updated' });
    expect(stdout.length).toBeLessThanOrEqual(1500);
    expect(await seeSettings(host, place)).toEqual(before);
    expect(before.labels).toEqual({ mine: '1' });
    expect(
      await docker('inspect', '-f', '{{index .Config.Labels "l-9999"}}', place.container),
    ).toBe('two');
  });
});

describe('what the image owns', () => {
  it('follows the image, there and back', async () => {
    const version = (name: string, lines: string[]) => push({ version: name, lines });
    const one = await version('owner-one', ['USER 1', 'WORKDIR /one', 'CMD ["one"]', 'EXPOSE 1']);
    const two = await version('owner-two', [
      ...['USER 2', 'WORKDIR /two', 'CMD ["two"]', 'EXPOSE 2', 'STOPSIGNAL SIGINT'],
      'HEALTHCHECK --interval=9s CMD ["/workload", "check"]',
    ]);
    const place = host.takePlace();
    await docker('run', '-d', '--name', place.container, one.ref);
    const look = async () =>
      JSON.parse(await docker('inspect', '-f', '{{json .Config}}', place.container));

    const before = await look();
    await update(place, 100, { ref: two.ref });
    const after = await look();
    for (const { id, isRunning } of await host.see(place)) if (!isRunning) await docker('rm', id);
    await restore(place, 101);
    const back = await look();

    expect(after).toMatchObject({
      User: '2',
      WorkingDir: '/two',
      Cmd: ['two'],
      StopSignal: 'SIGINT',
    });
    expect(after.Healthcheck.Interval).toBe(9_000_000_000);
    expect(after.ExposedPorts).toEqual({ '2/tcp': {} });
    for (const field of [
      'User',
      'WorkingDir',
      'Cmd',
      'Healthcheck',
      'StopSignal',
      'ExposedPorts',
    ]) {
      expect.soft([field, back[field]]).toEqual([field, before[field]]);
    }
  });
});

describe('an entrypoint that a person gave', () => {
  it('takes no arguments from the image, which it did not before', async () => {
    const one = await push({ version: 'entry-one', lines: ['CMD ["one"]'] });
    const two = await push({ version: 'entry-two', lines: ['CMD ["two"]'] });
    const place = host.takePlace();
    const flags = ['--name', place.container, '--entrypoint', '/workload'];
    await docker('run', '-d', ...flags, one.ref);

    await expectFaithful(place, { ref: two.ref });

    expect(await docker('inspect', '-f', '{{.Path}} {{.Args}}', place.container)).toBe(
      '/workload []',
    );
  });
});

describe('what cannot be made again', () => {
  it('is refused: a container that has left the network it was made with', async () => {
    const place = await host.run('v1', ['--network', 'back']);
    await docker('network', 'disconnect', 'back', place.container);
    await docker('network', 'connect', 'front', place.container);
    const before = await seeBirth(host, place);

    const { result } = await update(place, 100);

    expect(result).toMatchObject({ code: 48, changed: false });
    expect(await seeBirth(host, place)).toEqual(before);
    expect(await host.see(place)).toHaveLength(1);
  });
});
