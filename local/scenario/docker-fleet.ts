/**
 * Real hosts on the stage, each a Docker Engine in namespaces of its own with a registry on its loopback. One
 * more Engine builds the images; all registries serve one folder, and the cloud's ECR is told of each manifest
 * that is pushed there. An image that is bad is bad on every host.
 */
import path from 'node:path';
import type { VirtualClock } from '../clock.ts';
import { Cleaner } from '../docker/cleaner.ts';
import { DockerHost } from '../docker/docker-host.ts';
import { Engine } from '../docker/engine.ts';
import { pushImage, pushTag } from '../docker/images.ts';
import { Registry } from '../docker/registry.ts';
import { parseManifest } from '../ecr/manifest.ts';
import type { LocalCloud } from '../local-cloud.ts';
import type { ManagedHosts } from '../ssm/managed-host.ts';
import type { StageFleet, StagePush } from './stage-fleet.ts';
import { REPOSITORY, type StoryHosts } from './story-policy.ts';
import { WaysBack } from './ways-back.ts';

/** Where the workload listens in its container. */
const INNER_PORT = 8080;
const NOBODY: ReadonlySet<string> = new Set();

/** Progress, in words for people. */
type Tell = (text: string) => void;

export class DockerFleet implements StageFleet {
  readonly failing = NOBODY;
  readonly silent = NOBODY;
  readonly cloudOptions = { managedHosts: (clock: VirtualClock) => this.#register(clock) };
  readonly #hosts: StoryHosts;
  readonly #cleaner = new Cleaner();
  readonly #builder: Engine;
  readonly #registry: Registry;
  readonly #engines: Engine[];
  #list: readonly DockerHost[] = [];
  #cloud: LocalCloud | undefined;
  #waysBack = new WaysBack();
  #startMs = 0;
  #v1 = '';

  private constructor(hosts: StoryHosts, count: number) {
    this.#hosts = hosts;
    this.#builder = this.#makeEngine();
    const storage = path.join(this.#builder.folder, 'images');
    this.#registry = new Registry(this.#builder, { storage });
    this.#engines = Array.from({ length: count }, () => this.#makeEngine());
  }

  /** With power on, and v1 running on every host. */
  static async open(hosts: StoryHosts, count: number, tell: Tell): Promise<DockerFleet> {
    const fleet = new DockerFleet(hosts, count);
    try {
      await fleet.#boot(tell);
      return fleet;
    } catch (error) {
      await fleet.close();
      throw error;
    }
  }

  get startMs(): number {
    return this.#startMs;
  }

  get ids(): string[] {
    return this.#list.map(({ id }) => id);
  }

  async enter(cloud: LocalCloud): Promise<string> {
    this.#cloud = cloud;
    for (const host of this.#list) await this.#waysBack.follow(host, this.#hosts.container);
    return this.#tellEcr(this.#v1, 'v1');
  }

  async push({ tag, digest, bad }: StagePush): Promise<string> {
    if (digest !== undefined) {
      const first = this.#onStage().ecr.repository(REPOSITORY).tagsOf(digest)[0] ?? '';
      return this.#tellEcr(
        await pushTag(this.#builder, this.#registry, REPOSITORY, [first, tag]),
        tag,
      );
    }
    const env = bad.size > 0 ? { STATUS: '500' } : {};
    return this.#tellEcr(await this.#build(tag, env), tag);
  }

  async readRunning(): Promise<Map<string, string | undefined>> {
    return this.#each(async (host) => (await host.look(this.#hosts.container))?.digest);
  }

  readAnswers(): Promise<Map<string, string | undefined>> {
    return this.#each((host) => host.ask(this.#hosts.port));
  }

  watchWaysBack(): ReadonlyMap<string, number> {
    return this.#waysBack.restart();
  }

  async close(): Promise<void> {
    await Promise.all([this.#builder, ...this.#engines].map((engine) => engine.stop()));
    await this.#cleaner.clean();
  }

  #makeEngine(): Engine {
    const engine = new Engine();
    this.#cleaner.add(engine.folder);
    return engine;
  }

  async #boot(tell: Tell): Promise<void> {
    tell(`${this.#engines.length + 1} Docker Engines boot: one for each host, one that builds`);
    await Promise.all([
      this.#bootHost(this.#builder, this.#registry),
      ...this.#engines.map((engine) => this.#bootHost(engine)),
    ]);
    tell(`${REPOSITORY}:v1 is built, and every host starts it`);
    this.#v1 = await this.#build('v1');
    await Promise.all(this.#engines.map((engine) => this.#startV1(engine)));
    this.#startMs = Date.now();
  }

  async #bootHost(engine: Engine, registry = this.#registryOf(engine)): Promise<void> {
    await engine.boot();
    await registry.start();
  }

  #registryOf(engine: Engine): Registry {
    return new Registry(engine, { storage: this.#registry.storage });
  }

  async #startV1(engine: Engine): Promise<void> {
    const { container, port } = this.#hosts;
    const named = ['--name', container, '--restart', 'unless-stopped'];
    const published = ['-p', `127.0.0.1:${port}:${INNER_PORT}`];
    const image = `${this.#registry.name}/${REPOSITORY}:v1`;
    await engine.docker('run', '-d', ...named, ...published, image);
  }

  async #build(version: string, env: Record<string, string> = {}): Promise<string> {
    const image = { repository: REPOSITORY, version, env };
    return (await pushImage(this.#builder, this.#registry, image)).digest;
  }

  /** The same bytes, and so the same digest, as in the registry of the hosts. */
  async #tellEcr(digest: string, tag: string): Promise<string> {
    const target = `/v2/${REPOSITORY}/manifests/${digest}`;
    const { body } = await this.#registry.call({ method: 'GET', target });
    const manifest = parseManifest(body);
    if (manifest === undefined) throw new Error(`${target} is no manifest: ${body}`);
    return this.#onStage().ecr.putImage(REPOSITORY, manifest, tag);
  }

  #register(clock: VirtualClock): ManagedHosts {
    const { tags } = this.#hosts;
    this.#list = this.#engines.map((engine, index) => {
      const id = `i-${String(index + 1).padStart(17, '0')}`;
      return new DockerHost({ id, tags }, engine, clock);
    });
    const byId = new Map(this.#list.map((host) => [host.id, host]));
    // None is ever out of reach.
    return { list: this.#list, find: (id) => byId.get(id), onReachable: undefined };
  }

  async #each<Value>(look: (host: DockerHost) => Promise<Value>): Promise<Map<string, Value>> {
    const rows = this.#list.map(async (host) => [host.id, await look(host)] as const);
    return new Map(await Promise.all(rows));
  }

  #onStage(): LocalCloud {
    if (this.#cloud === undefined) throw new Error('the hosts have not taken the stage');
    return this.#cloud;
  }
}
