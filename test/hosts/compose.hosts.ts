/** mode=compose on a real Engine with the real Compose: what an update and a restore do, and what they leave alone. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  type ComposeProject,
  describeServices,
  installCompose,
  startProject,
} from './compose/compose-project.ts';
import { type Host, startHost } from './start-host.ts';

let host: Host;
beforeAll(async () => {
  host = await startHost();
  await installCompose(host);
}, 600_000);
afterAll(() => host.stop());

const COMPOSE = { mode: 'compose' } as const;
const CONFIG_HASH = 'com.docker.compose.config-hash';
const CONFIG_FILES = 'com.docker.compose.project.config_files';

describe('an update of a Compose service', () => {
  it('gives it the new image, and leaves the other service alone', async () => {
    const project = await startProject(host);
    const db = await project.see('db');

    const { result, exitCode } = await host.send(host.update(project.place, 'v2', COMPOSE));

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
    expect(await host.serves(project.place)).toBe('v2');
    expect(await project.see('web')).toMatchObject([
      { name: project.place.container, version: 'v2', state: 'running' },
    ]);
    expect(await project.see('db')).toEqual(db);
  });

  it('changes nothing but the image and what comes with it', async () => {
    const project = await startProject(host, {
      files: (place) => ({
        'compose.yaml': describeServices(
          host,
          place,
          {
            restart: 'on-failure:3',
            environment: { TRICKY: '$$(touch /tmp/x) `id` "q" \'s\' é\n2', EMPTY: '' },
            labels: { mine: '{{.Id}} "}', list: 'a,b' },
            volumes: ['named:/named', './here:/here:ro', '/unnamed'],
            networks: { front: { aliases: ['shop'] }, back: {} },
            hostname: 'fixed',
            extra_hosts: ['other:10.1.2.3'],
            ulimits: { nofile: 1234 },
            depends_on: ['db'],
          },
          { volumes: { named: {} }, networks: { front: {}, back: {} } },
        ),
      }),
    });
    const before = await inspect(project);

    await host.send(host.update(project.place, 'v2', COMPOSE));

    const after = await inspect(project);
    expect(after.image).toBe(host.images.v2.imageId);
    expect({ ...after, image: '' }).toEqual({ ...before, image: '' });
  });

  it('finds the files by what the labels say: several, in a folder with blanks and shell text', async () => {
    const project = await startProject(host, {
      folder: 'my $(touch /tmp/owned) `app` "x" *',
      flags: [
        '-f',
        'sub/a b.yaml',
        '-f',
        'more.yaml',
        '--env-file',
        'my vars',
        '--profile',
        'live',
      ],
      files: (place) => ({
        'sub/a b.yaml': describeServices(host, place, {
          profiles: ['live'],
          env_file: ['app.env'],
        }),
        'more.yaml': '{"services": {"web": {"environment": {"MODE": "$MODE"}}}}',
        'my vars': 'MODE="dark blue"\n',
        'sub/app.env': 'FROM_FILE=a b "c"\n',
      }),
    });
    const before = await inspect(project);

    const first = await host.send(host.update(project.place, 'v2', COMPOSE));
    const second = await host.send(host.update(project.place, 'v4', { ...COMPOSE, gen: 101 }));

    expect(first.result).toMatchObject({ outcome: 'updated' });
    expect(second.result).toMatchObject({ outcome: 'updated', old: host.images.v2.digest });
    const after = await inspect(project);
    expect(after.env).toEqual(before.env);
    expect(after.env).toContain('MODE=dark blue');
    await expect(host.engine.run(['ls', '/tmp/owned'])).rejects.toThrow('No such file');
  });

  it('keeps the data of a volume without a name', async () => {
    const files = (place: ComposeProject['place']) => ({
      'compose.yaml': describeServices(host, place, { volumes: ['/data'] }),
    });
    const project = await startProject(host, { files });
    const volumes = () => inspectWeb(project, '{{range .Mounts}}{{.Name}}{{end}}');
    const before = await volumes();

    await host.send(host.update(project.place, 'v2', COMPOSE));
    const updated = await volumes();
    await host.send(host.restore(project.place, 100, { ...COMPOSE, gen: 101 }));

    expect(updated).toBe(before);
    expect(await volumes()).toBe(before);
  });

  it('takes a service that has the network of another', async () => {
    const files = (place: ComposeProject['place']) => {
      const { services } = JSON.parse(describeServices(host, place));
      const { ports, ...web } = services.web;
      const db = { ...services.db, ports, environment: { PORT: '9000' } };
      return {
        'compose.yaml': JSON.stringify({
          services: { web: { ...web, network_mode: 'service:db' }, db },
        }),
      };
    };
    const project = await startProject(host, { files });

    const { result } = await host.send(host.update(project.place, 'v2', COMPOSE));

    expect(result).toMatchObject({ outcome: 'updated' });
    expect(await host.serves(project.place)).toBe('v2');
  });

  it('takes a service that could be built here, and does not build it', async () => {
    const files = (place: ComposeProject['place']) => ({
      'compose.yaml': describeServices(host, place, {
        build: '.',
        pull_policy: 'always',
        container_name: place.container,
      }),
    });
    const project = await startProject(host, { files });

    const { result } = await host.send(host.update(project.place, 'v2', COMPOSE));

    expect(result).toMatchObject({ outcome: 'updated' });
  });

  it('does not wait for a slow stop longer than the command has', async () => {
    const web = { environment: { STOP_DELAY_MS: '600000' }, stop_grace_period: '10m' };
    const project = await startProject(host, {
      files: (place) => ({ 'compose.yaml': describeServices(host, place, web) }),
    });

    const { result } = await host.send(
      host.update(project.place, 'v2', { ...COMPOSE, timeout: 60 }),
    );

    expect(result).toMatchObject({ outcome: 'updated', code: 0 });
  });

  it('leaves it alone where it has the image already', async () => {
    const project = await startProject(host);
    const before = await project.seeWeb();

    const { result } = await host.send(host.update(project.place, 'v1', COMPOSE));

    expect(result).toMatchObject({ outcome: 'unchanged', changed: false });
    expect(await project.seeWeb()).toEqual(before);
  });

  it('goes on when the state files are gone', async () => {
    const project = await startProject(host);
    await host.send(host.update(project.place, 'v2', COMPOSE));
    await host.engine.run(['rm', '-r', `/var/lib/longshore/${project.place.container}`]);

    const { result } = await host.send(host.update(project.place, 'v4', { ...COMPOSE, gen: 101 }));

    expect(result).toMatchObject({ outcome: 'updated', old: host.images.v2.digest });
  });

  it('goes on where a Compose of somebody else was killed before it stopped anything', async () => {
    const project = await startProject(host);
    const { id } = await project.seeWeb();
    await makeHalf(project, id);

    const { result } = await host.send(host.update(project.place, 'v2', COMPOSE));

    expect(result).toMatchObject({ outcome: 'updated' });
    expect(await project.seeWeb()).toMatchObject({ name: project.place.container, version: 'v2' });
  });
});

describe('an update that is not healthy', () => {
  it('goes back to what the files of the person make', async () => {
    const project = await startProject(host);
    const before = await project.seeWeb();

    const { result } = await host.send(host.update(project.place, 'v3', COMPOSE));

    expect(result).toMatchObject({
      outcome: 'rolled_back',
      code: 2,
      healthy: true,
      new: host.images.v1.digest,
      detail: 'answered 500, not 200',
    });
    const after = await project.seeWeb();
    expect(after).toMatchObject({ name: before.name, version: 'v1', state: 'running' });
    expect(after.labels[CONFIG_HASH]).toBe(before.labels[CONFIG_HASH]);
    expect(after.labels[CONFIG_FILES]).toBe(before.labels[CONFIG_FILES]);
    await project.up();
    expect(await project.seeWeb()).toEqual(after);
  });

  it('goes back to the image before, where that was ours too', async () => {
    const project = await startProject(host);
    await host.send(host.update(project.place, 'v2', COMPOSE));

    const bad = await host.send(host.update(project.place, 'crash', { ...COMPOSE, gen: 101 }));
    const next = await host.send(host.update(project.place, 'v4', { ...COMPOSE, gen: 102 }));

    expect(bad.result).toMatchObject({ outcome: 'rolled_back', new: host.images.v2.digest });
    expect(next.result).toMatchObject({ outcome: 'updated', old: host.images.v2.digest });
  });

  it('stays where the rollout wants that, and can be fixed forward', async () => {
    const project = await startProject(host);

    const bad = await host.send(host.update(project.place, 'v3', { ...COMPOSE, auto: 0 }));
    const next = await host.send(host.update(project.place, 'v2', { ...COMPOSE, gen: 101 }));

    expect(bad.result).toMatchObject({ outcome: 'unhealthy', code: 4, new: host.images.v3.digest });
    expect(next.result).toMatchObject({ outcome: 'updated', code: 0 });
  });
});

describe('a restore of a Compose service', () => {
  it('goes back to what the files of the person make, without the registry', async () => {
    const project = await startProject(host);
    const before = await project.seeWeb();
    await host.send(host.update(project.place, 'v2', COMPOSE));
    await host.registry.stop();

    const { result } = await host.send(host.restore(project.place, 100, { ...COMPOSE, gen: 101 }));

    await host.registry.start();
    expect(result).toMatchObject({
      outcome: 'restored',
      code: 0,
      old: host.images.v2.digest,
      new: host.images.v1.digest,
    });
    const after = await project.seeWeb();
    expect(after).toMatchObject({ version: 'v1', state: 'running' });
    expect(after.labels[CONFIG_HASH]).toBe(before.labels[CONFIG_HASH]);
  });

  it('goes back to the image before, where that was ours too', async () => {
    const project = await startProject(host);
    await host.send(host.update(project.place, 'v2', COMPOSE));
    await host.send(host.update(project.place, 'v4', { ...COMPOSE, gen: 101 }));

    const { result } = await host.send(host.restore(project.place, 101, { ...COMPOSE, gen: 102 }));

    expect(result).toMatchObject({ outcome: 'restored', new: host.images.v2.digest });
    expect(await host.serves(project.place)).toBe('v2');
  });

  it('goes back by the tag that is left, when the state files are gone', async () => {
    const project = await startProject(host);
    await host.send(host.update(project.place, 'v2', COMPOSE));
    await host.engine.run(['rm', '-r', `/var/lib/longshore/${project.place.container}`]);

    const { result } = await host.send(host.restore(project.place, 100, { ...COMPOSE, gen: 101 }));

    expect(result).toMatchObject({ outcome: 'restored' });
    expect(await host.serves(project.place)).toBe('v1');
  });

  it('is refused where the files have changed since', async () => {
    const project = await startProject(host);
    await host.send(host.update(project.place, 'v2', COMPOSE));
    const before = await project.seeWeb();
    const web = { environment: { NEW: '1' } };
    project.write('compose.yaml', describeServices(host, project.place, web));

    const { result } = await host.send(host.restore(project.place, 100, { ...COMPOSE, gen: 101 }));

    expect(result).toMatchObject({ outcome: 'refused', code: 44, changed: false });
    expect(await project.seeWeb()).toEqual(before);
  });
});

/** What a `docker compose up` leaves that was killed between its first two calls. */
async function makeHalf(project: ComposeProject, id: string): Promise<void> {
  const labels = Object.entries((await project.seeWeb()).labels).map(([key, text]) => [
    '--label',
    `${key}=${text}`,
  ]);
  const name = `${id.slice(0, 12)}_${project.place.container}`;
  const replace = ['--label', 'com.docker.compose.replace=web-1'];
  const image = host.ref('v4');
  await host.engine.docker('create', '--name', name, ...labels.flat(), ...replace, image);
}

async function inspectWeb(project: ComposeProject, template: string): Promise<string> {
  return host.engine.docker('inspect', '-f', template, project.place.container);
}

/** What a container is made of, less what every new one has anew. */
async function inspect(project: ComposeProject) {
  const [web] = JSON.parse(await host.engine.docker('inspect', project.place.container));
  const { labels } = await project.seeWeb();
  const own = Object.entries(labels).filter(([key]) => !/^(com\.docker|longshore|org\.)/.test(key));
  const networks = Object.entries<{ Aliases: string[] }>(web.NetworkSettings.Networks);
  return {
    image: String(web.Image),
    env: web.Config.Env.filter((text: string) => !/^(VERSION|GREETING)=/.test(text)).sort(),
    labels: Object.fromEntries(own),
    hostname: web.Config.Hostname === web.Id.slice(0, 12) ? '' : web.Config.Hostname,
    // Compose lists them in no order.
    host: { ...web.HostConfig, Mounts: [], Binds: web.HostConfig.Binds?.toSorted() },
    mounts: web.Mounts.sort((one: { Destination: string }, other: { Destination: string }) =>
      one.Destination.localeCompare(other.Destination),
    ),
    networks: networks
      .map(([name, { Aliases }]) => [
        name,
        Aliases.filter((alias) => alias !== web.Id.slice(0, 12)),
      ])
      .sort(),
  };
}
