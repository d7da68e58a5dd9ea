/**
 * A Compose project on a host, as a person would have it: files in a folder, and `docker compose` run there.
 *
 * `web` listens on the place's port; `db` is what nobody may touch. Compose calls the container of `web`
 * <project>-web-1.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import * as z from 'zod';
import type { Version } from '../image-set.ts';
import type { Host, Place } from '../start-host.ts';
import { buildComposePlugin } from './build-plugin.ts';

const SERVICE_LABEL = 'com.docker.compose.service';

export interface ServiceContainer {
  readonly name: string;
  readonly id: string;
  readonly state: string;
  /** The image set's name of its image, or the image's id. */
  readonly version: string;
  readonly startedAt: string;
  readonly labels: Readonly<Record<string, string>>;
}

const Inspected = z.object({
  Id: z.string(),
  Name: z.string(),
  Image: z.string(),
  State: z.object({ Status: z.string(), StartedAt: z.string() }),
  Config: z.object({ Labels: z.record(z.string(), z.string()) }),
});

export interface ProjectOptions {
  /** The folder's name. Default: the project's. */
  readonly folder?: string;
  /** Compose files by name, in their order. Default: compose.yaml of `describeServices`. */
  readonly files?: (place: Place) => Readonly<Record<string, string>>;
  /** Before the command of `docker compose`. Default: none, as most people have it. */
  readonly flags?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
}

/** The plugin where a person installs it. */
export async function installCompose(host: Host): Promise<void> {
  const plugin = await buildComposePlugin();
  const home = '/root/.docker/cli-plugins';
  await host.engine.run(['mkdir', '-p', home]);
  await host.engine.run(['ln', '-sf', plugin, `${home}/docker-compose`]);
}

/** compose.yaml in JSON, which is YAML: `web` with these settings beside its image and its port; `more` of the file. */
export function describeServices(
  host: Host,
  place: Place,
  web: object = {},
  more: object = {},
): string {
  const image = host.ref('v1', place.repository);
  const ports = [`127.0.0.1:${place.port}:8080`];
  return JSON.stringify({
    services: {
      web: { image, ports, restart: 'always', ...web },
      db: { image, restart: 'always' },
    },
    ...more,
  });
}

export class ComposeProject {
  readonly place: Place;
  readonly folder: string;
  readonly #host: Host;
  readonly #name: string;
  readonly #options: ProjectOptions;

  constructor(host: Host, options: ProjectOptions = {}) {
    const free = host.takePlace('project');
    this.#host = host;
    this.#options = options;
    this.#name = free.container;
    this.place = { ...free, container: `${free.container}-web-1` };
    this.folder = path.join(host.engine.folder, 'projects', options.folder ?? this.#name);
    mkdirSync(this.folder, { recursive: true });
    const files = options.files?.(this.place) ?? {
      'compose.yaml': describeServices(host, this.place),
    };
    for (const [name, text] of Object.entries(files)) this.write(name, text);
  }

  write(name: string, text: string): void {
    mkdirSync(path.dirname(path.join(this.folder, name)), { recursive: true });
    writeFileSync(path.join(this.folder, name), text);
  }

  /** `docker compose ARGS`, in the project's folder. */
  compose(...args: string[]): Promise<string> {
    const go = 'cd "$1" && shift && exec docker compose "$@"';
    const { flags = [], env = {} } = this.#options;
    return this.#host.engine.run(
      ['sh', '-c', go, 'sh', this.folder, '-p', this.#name, ...flags, ...args],
      { env },
    );
  }

  up(...args: string[]): Promise<string> {
    return this.compose('up', '-d', '--pull', 'missing', ...args);
  }

  /** All containers of a service, whatever they are called, by name. */
  async see(service: string): Promise<ServiceContainer[]> {
    const labels = [`com.docker.compose.project=${this.#name}`, `${SERVICE_LABEL}=${service}`];
    const { engine, images } = this.#host;
    const filters = labels.flatMap((label) => ['--filter', `label=${label}`]);
    const listed = await engine.docker('ps', '-aq', '--no-trunc', ...filters);
    const ids = listed.split('\n').filter((id) => id !== '');
    const seen = await Promise.all(
      ids.map(async (id) => Inspected.parse(await engine.call('GET', `/containers/${id}/json`))),
    );
    const byName = seen.sort((one, other) => (one.Name < other.Name ? -1 : 1));
    return byName.map(({ Id, Name, Image, State, Config }) => ({
      name: Name.slice(1),
      id: Id,
      state: State.Status,
      version: Object.entries(images).find(([, { imageId }]) => imageId === Image)?.[0] ?? Image,
      startedAt: State.StartedAt,
      labels: Config.Labels,
    }));
  }

  /** The only container of `web`. */
  async seeWeb(): Promise<ServiceContainer> {
    const [web, ...more] = await this.see('web');
    if (web === undefined || more.length > 0) throw new Error(`web has ${more.length} more`);
    return web;
  }

  async remove(): Promise<void> {
    await this.compose('down', '-v', '-t', '0');
  }
}

/** A project that is up, with v1. */
export async function startProject(
  host: Host,
  options: ProjectOptions = {},
): Promise<ComposeProject> {
  const project = new ComposeProject(host, options);
  await project.up();
  return project;
}

/** A Compose file that is like the one of `startProject`, but for the version of `web`. */
export function describeVersion(host: Host, place: Place, version: Version): string {
  return describeServices(host, place, { image: host.ref(version, place.repository) });
}
