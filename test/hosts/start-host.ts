/**
 * A host for the suites: an Engine, its registry with the image set, and commands sent as the agent sends them.
 *
 * Tests share a host: each takes a place of its own (a container's name and a port), and looks at that alone.
 */
import { randomUUID } from 'node:crypto';
import { cpSync, mkdirSync } from 'node:fs';
import path from 'node:path';
import { inject } from 'vitest';
import { formatHostCommand, type HostCommand } from '#core/host-command.ts';
import { type HostResult, parseResultLine } from '#core/result-line.ts';
import type { AgentScript } from '#local/docker/agent-run.ts';
import { Engine } from '#local/docker/engine.ts';
import { Registry } from '#local/docker/registry.ts';
import type { RoomOptions } from '#local/docker/room.ts';
import type { Running } from '#local/docker/run-program.ts';
import { SCRIPT_LINES } from './host-script.ts';
import type { ImageSet, Version } from './image-set.ts';
import { type ContainerSeen, seeContainers } from './see-containers.ts';

export interface Place {
  /** The container's name; whatever else the host makes for it begins with the name and a dot. */
  readonly container: string;
  /** On loopback, to the container's 8080. */
  readonly port: number;
  /** Where its images are: a place of the kill matrix has a repository of its own. */
  readonly repository: string;
}

export interface Answer {
  readonly exitCode: number | undefined;
  readonly stdout: string;
  readonly stderr: string;
  readonly result: HostResult;
}

export type SendOptions = Partial<
  Pick<AgentScript, 'env' | 'knowsEnvVar' | 'pathPrefix' | 'shell'>
>;

export const TIMING = {
  retries: 40,
  interval: 0,
  htimeout: 2,
  grace: 0,
  success: 2,
  stable: 0,
} as const;

const FIRST_PORT = 20_000;

export class Host {
  readonly engine: Engine;
  readonly registry: Registry;
  readonly images: ImageSet = inject('images');
  #places = 0;

  constructor(options: RoomOptions) {
    this.engine = new Engine(options);
    const storage = path.join(this.engine.folder, 'images');
    cpSync(inject('imageStorage'), storage, { recursive: true });
    this.registry = new Registry(this.engine, { storage });
  }

  /** Power on, for the first time or again. */
  async boot(): Promise<void> {
    await this.engine.boot();
    await this.registry.start();
  }

  powerCut(): Promise<void> {
    return this.engine.powerCut();
  }

  stop(): Promise<void> {
    return this.engine.stop();
  }

  takePlace(name = 'web', repository = 'shop/web'): Place {
    this.#places += 1;
    const container = `${name}-${this.#places}`;
    return { container, port: FIRST_PORT + this.#places, repository };
  }

  /** What a person once started; `args` are further flags of `docker run`. */
  async run(
    version: Version,
    args: readonly string[] = [],
    place = this.takePlace(),
  ): Promise<Place> {
    const { container, port } = place;
    const flags = ['-d', '--name', container, '-p', `127.0.0.1:${port}:8080`, ...args];
    await this.engine.docker('run', ...flags, this.ref(version, place.repository));
    return place;
  }

  /** The same without a port of the Engine's: the container listens in the host's own network. */
  async runOnHostNetwork(version: Version, args: readonly string[], place: Place): Promise<Place> {
    const { container, port } = place;
    const flags = ['-d', '--name', container, '--network', 'host', '-e', `PORT=${port}`, ...args];
    await this.engine.docker('run', ...flags, this.ref(version, place.repository));
    return place;
  }

  ref(version: Version, repository = 'shop/web'): string {
    return `${this.registry.name}/${repository}@${this.images[version].digest}`;
  }

  update(place: Place, version: Version, change: Partial<HostCommand> = {}): HostCommand {
    return {
      ...this.#common(place),
      op: 'update',
      ref: this.ref(version, place.repository),
      auto: 1,
      ...change,
    };
  }

  restore(place: Place, undoes: number, change: Partial<HostCommand> = {}): HostCommand {
    return { ...this.#common(place), op: 'restore', undoes, ...change };
  }

  probe(place: Place, change: Partial<HostCommand> = {}): HostCommand {
    return { ...this.#common(place), op: 'probe', ...change };
  }

  status(place: Place, change: Partial<HostCommand> = {}): HostCommand {
    const { check, timing, ...rest } = this.#common(place);
    return { ...rest, op: 'status', ...change };
  }

  /** Sends it, waits for its end and reads its line; throws where there is none. */
  async send(command: HostCommand, options: SendOptions = {}): Promise<Answer> {
    return readAnswer(await this.begin(command, options).ended);
  }

  /** Begun and not awaited: may be killed. */
  begin(command: HostCommand, options: SendOptions = {}): Running {
    return this.beginText(formatHostCommand(command), options);
  }

  /** A payload that no controller of ours would write. */
  async sendText(text: string, options: SendOptions = {}): Promise<Answer> {
    return readAnswer(await this.beginText(text, options).ended);
  }

  beginText(text: string, options: SendOptions = {}): Running {
    const payload = Buffer.from(text).toString('base64');
    return this.engine.startAsAgent({
      lines: SCRIPT_LINES,
      parameters: { payload },
      commandId: randomUUID(),
      ...options,
    });
  }

  /** What answers on the place's port: the version, or undefined. */
  async serves(place: Place): Promise<string | undefined> {
    const argv = ['curl', '-s', '--max-time', '5', `http://127.0.0.1:${place.port}/`];
    const { exitCode, stdout } = await this.engine.start(argv).ended;
    return exitCode === 0 ? stdout.trim() : undefined;
  }

  /** The containers of a place, by name: its own, and what was kept or left beside it. */
  see(place: Place): Promise<ContainerSeen[]> {
    return seeContainers(this.engine, place.container, this.images);
  }

  /** The place's own container; throws where there is none. */
  async seeOwn(place: Place): Promise<ContainerSeen> {
    const own = (await this.see(place)).find(({ name }) => name === place.container);
    if (own === undefined) throw new Error(`no container is called ${place.container}`);
    return own;
  }

  #common({ container, port }: Place) {
    return {
      v: 1,
      owner: 'Longshore/shop-web/shop/web',
      rollout: 'shop-web-0a1b2c-g100',
      batch: 0,
      chunk: 3,
      gen: 100,
      step: 1,
      deadline: Math.floor(Date.now() / 1000) + 3600,
      timeout: 120,
      container,
      mode: 'recreate',
      check: { health: 'http', hport: port, hpath: '/health', hcode: 200, htls: 0 },
      timing: TIMING,
    } as const;
  }
}

/** A host with power. */
export async function startHost(options: RoomOptions = {}): Promise<Host> {
  const host = new Host(options);
  mkdirSync(path.join(host.engine.folder, 'tmp'), { recursive: true });
  await host.boot();
  return host;
}

function readAnswer(ran: Awaited<Running['ended']>): Answer {
  const result = parseResultLine(ran.stdout);
  if (result === undefined) throw new Error(`no result line: ${JSON.stringify(ran)}`);
  return { ...ran, result };
}
