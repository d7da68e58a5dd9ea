/** mode=compose: what is refused, each with its code and with nothing touched. */
import { chmodSync, mkdtempSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  type ComposeProject,
  describeServices,
  describeVersion,
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
type Place = ComposeProject['place'];
const LABELLED = { labels: { changed: 'yes' } };

describe('what the Compose files say by now', () => {
  const CHANGES: [string, (project: ComposeProject) => void][] = [
    ['another environment', (project) => write(project, { environment: { NEW: '1' } })],
    ['another port', (project) => write(project, { ports: ['8080'] })],
    ['more of the service', (project) => write(project, { scale: 2 })],
    ['another name', (project) => write(project, { container_name: 'other' })],
    ['nothing that is Compose', (project) => project.write('compose.yaml', '{"services": [}')],
    ['another .env', (project) => project.write('.env', 'MODE=two\n')],
    ['another env_file', (project) => project.write('app.env', 'MODE=two\n')],
    ['another network', (project) => write(project, {}, { networks: { default: LABELLED } })],
    ['another volume', (project) => write(project, {}, { volumes: { shared: LABELLED } })],
  ];

  it.each(CHANGES)('is asked first: %s', async (_, change) => {
    const project = await startProject(host, {
      files: (place) => ({
        '.env': 'MODE=one\n',
        'app.env': 'MODE=one\n',
        'compose.yaml': describeFully(place),
      }),
    });
    const before = [...(await project.see('web')), ...(await project.see('db'))];
    change(project);

    const { result } = await host.send(host.update(project.place, 'v2', COMPOSE));

    expect(result).toMatchObject({ outcome: 'refused', code: 44, changed: false });
    expect(result.detail).toContain('docker compose up -d');
    expect([...(await project.see('web')), ...(await project.see('db'))]).toEqual(before);
  });

  it('is not asked about the image, which is ours after the first update', async () => {
    const project = await startProject(host);
    await host.send(host.update(project.place, 'v2', COMPOSE));
    project.write('compose.yaml', describeVersion(host, project.place, 'v3'));

    const { result } = await host.send(host.update(project.place, 'v4', { ...COMPOSE, gen: 101 }));

    expect(result).toMatchObject({ outcome: 'updated', code: 0 });
  });

  it('is drift once a person has gone back to it', async () => {
    const project = await startProject(host);
    await host.send(host.update(project.place, 'v2', COMPOSE));
    await project.up();
    const before = await project.seeWeb();

    const { result } = await host.send(host.update(project.place, 'v4', { ...COMPOSE, gen: 101 }));

    expect(before.version).toBe('v1');
    expect(result).toMatchObject({ outcome: 'refused', code: 44, changed: false });
    expect(await project.seeWeb()).toEqual(before);
  });

  function describeFully(place: Place, web: object = {}, more: object = {}): string {
    const files = { env_file: ['app.env'], volumes: ['shared:/shared'] };
    const settings = { ...files, labels: { mode: '$MODE' }, ...web };
    return describeServices(host, place, settings, { volumes: { shared: {} }, ...more });
  }
  function write(project: ComposeProject, web: object, more?: object): void {
    project.write('compose.yaml', describeFully(project.place, web, more));
  }
});

describe('a container that cannot be swapped by Compose', () => {
  it('is one of several of its service', async () => {
    const project = await startProject(host, {
      files: (place) => ({ 'compose.yaml': describeServices(host, place, { ports: ['8080'] }) }),
    });
    await project.up('--scale', 'web=2');
    const before = await project.see('web');

    const { result } = await host.send(
      host.update(project.place, 'v2', { ...COMPOSE, check: { health: 'container_running' } }),
    );

    expect(before).toHaveLength(2);
    expect(result).toMatchObject({ outcome: 'refused', code: 48, changed: false });
    expect(await project.see('web')).toEqual(before);
  });

  it('is one whose network another service shares', async () => {
    const project = await startProject(host, {
      files: (place) => {
        const { services } = JSON.parse(describeServices(host, place));
        const side = { ...services.db, network_mode: 'service:web', environment: { PORT: '9000' } };
        return { 'compose.yaml': JSON.stringify({ services: { ...services, side } }) };
      },
    });

    const { result } = await host.send(host.update(project.place, 'v2', COMPOSE));

    expect(result).toMatchObject({ outcome: 'refused', code: 48, changed: false });
  });

  it('is one that Compose did not make', async () => {
    const place = await host.run('v1');

    const { result } = await host.send(host.update(place, 'v2', COMPOSE));

    expect(result).toMatchObject({ outcome: 'refused', code: 48, changed: false });
  });

  it('is one that somebody stopped', async () => {
    const project = await startProject(host);
    await project.compose('stop', '-t', '0', 'web');

    const { result } = await host.send(host.update(project.place, 'v2', COMPOSE));

    expect(result).toMatchObject({ outcome: 'failed', code: 33, changed: false });
    expect((await project.seeWeb()).state).toBe('exited');
  });

  it('is not there', async () => {
    const { result } = await host.send(host.update(host.takePlace(), 'v2', COMPOSE));

    expect(result).toMatchObject({ outcome: 'failed', code: 33, changed: false });
  });

  it('is left alone in mode recreate', async () => {
    const project = await startProject(host);

    const { result } = await host.send(host.update(project.place, 'v2'));

    expect(result).toMatchObject({ outcome: 'refused', code: 43, changed: false });
  });
});

describe('a host', () => {
  it('without Compose is unfit', async () => {
    const project = await startProject(host);
    const pathPrefix = writeDocker('exit 0');

    const { result } = await host.send(host.update(project.place, 'v2', COMPOSE), { pathPrefix });

    expect(result).toMatchObject({ outcome: 'refused', code: 42, changed: false });
    expect(result.detail).toContain('Docker Compose');
  });

  it.each(['1.29.2', 'v2.29.7', '2', 'no'])('with Compose %s is unfit', async (version) => {
    const project = await startProject(host);
    const plugin = path.join(mkdtempSync(path.join(host.engine.folder, 'old-')), 'docker-compose');
    writeScript(plugin, `echo ${version}`);
    const pathPrefix = writeDocker(`echo ${plugin}; exit 0`);

    const { result } = await host.send(host.update(project.place, 'v2', COMPOSE), { pathPrefix });

    expect(result).toMatchObject({ outcome: 'refused', code: 42, changed: false });
  });

  /** A `docker` that says this when it is asked for its plugins. */
  function writeDocker(line: string): string {
    const folder = mkdtempSync(path.join(host.engine.folder, 'docker-'));
    const real = `PATH="$(printf %s "$PATH" | cut -d: -f2-)" && exec docker "$@"`;
    writeScript(path.join(folder, 'docker'), `case "$*" in *ClientInfo*) ${line} ;; esac\n${real}`);
    return folder;
  }
  function writeScript(file: string, text: string): void {
    writeFileSync(file, `#!/bin/sh\n${text}\n`);
    chmodSync(file, 0o755);
  }
});
