/** A host with what the scenarios need beside it: registries that can be turned off, and the owner's commands. */
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { pushIndex } from '#local/docker/multi-arch.ts';
import { Registry } from '#local/docker/registry.ts';
import type { Version } from './image-set.ts';
import { writeConf } from './own-commands.ts';
import type { Image, Step } from './scenario.ts';
import { Host, type Place } from './start-host.ts';

type RegistryState = Extract<Step, { registry: string }>['registry'];
type FileState = Extract<Step, { file: string }>['file'];

const LOCKED_PORT = 5001;
/** Nothing listens there. */
const SILENT = '127.0.0.1:5999';

export class ScenarioHost extends Host {
  /** What the answers said to people: for whoever looks into a failure. */
  readonly details: string[] = [];
  readonly #digests = new Map<string, Image>();
  readonly #names = new Map<string, string>();
  #locked: Registry | undefined;

  static async start(): Promise<ScenarioHost> {
    const host = new ScenarioHost({});
    mkdirSync(path.join(host.engine.folder, 'tmp'), { recursive: true });
    await host.boot();
    await host.#learnDigests();
    return host;
  }

  async #learnDigests(): Promise<void> {
    const { v2 } = this.images;
    const index = await pushIndex(this.registry, v2);
    const foreign = await pushIndex(this.registry, v2, { arm64Only: true });
    for (const [version, { digest }] of Object.entries(this.images)) {
      this.#digests.set(digest, version as Image);
    }
    this.#digests.set(index.digest, 'index');
    this.#digests.set(foreign.digest, 'foreign');
    this.#digests.set(`sha256:${createHash('sha256').update('absent').digest('hex')}`, 'absent');
  }

  /** A place with a repository of its own, which may be taken away. */
  admit(): Place {
    const free = this.takePlace('scenario');
    const place = { ...free, repository: `scenario/${free.container}` };
    this.registry.copyRepository('shop/web', place.repository);
    return place;
  }

  /** Everything that bears its name: later ones need the room. */
  async dismiss({ container }: Place): Promise<void> {
    const listed = await this.engine.docker('ps', '-aq', '--filter', `name=${container}(\\.|$)`);
    const ids = listed.split('\n').filter((id) => id !== '');
    if (ids.length > 0) await this.engine.docker('rm', '-f', ...ids);
  }

  /** `/var/lib` of the room, as it is on its disk. */
  get varLib(): string {
    return path.join(this.engine.folder, 'upper/var-lib');
  }

  nameOf(digest: string): Image {
    return this.#digests.get(digest) ?? (digest as Image);
  }

  digestOf(image: Image): string {
    const found = [...this.#digests].find(([, name]) => name === image);
    if (found === undefined) throw new Error(`there is no image ${image}`);
    return found[0];
  }

  refOf(image: Image, place: Place): string {
    const name = this.#names.get(place.container) ?? this.registry.name;
    return `${name}/${place.repository}@${this.digestOf(image)}`;
  }

  async turnRegistry(place: Place, state: RegistryState): Promise<void> {
    if (state === 'gone') this.registry.removeRepository(place.repository);
    if (state === 'locked') await this.#startLocked();
    const name = { silent: SILENT, locked: this.#locked?.name, gone: undefined, back: undefined };
    this.#names.set(place.container, name[state] ?? this.registry.name);
  }

  async #startLocked(): Promise<void> {
    if (this.#locked) return;
    const { storage } = this.registry;
    this.#locked = new Registry(this.engine, { storage, port: LOCKED_PORT, asksPassword: true });
    await this.#locked.start();
  }

  async powerCutAndBoot(): Promise<void> {
    await this.powerCut();
    this.#locked = undefined;
    await this.boot();
  }

  /** By a container of somebody else's. */
  async takePort({ container, port }: Place, isTaken: boolean): Promise<void> {
    const stranger = `stranger-of-${container}`;
    if (!isTaken) await this.engine.docker('rm', '-f', stranger);
    else {
      const flags = ['-d', '--name', stranger, '-p', `127.0.0.1:${port}:8080`];
      await this.engine.docker('run', ...flags, this.ref('v1'));
    }
  }

  /** One file for both modes: where the service was never applied, the container is asked. */
  async writeOwnFile(place: Place, state: FileState): Promise<void> {
    const file = this.#serviceOf(place);
    if (state === 'removed') {
      await this.engine.run(['rm', '-f', `/etc/longshore/${place.container}.conf`]);
      return;
    }
    const ask = `curl -fso /dev/null http://127.0.0.1:${place.port}/health`;
    const current = `if [ -e ${file} ]; then cat ${file}; else echo ${this.digestOf('v1')}; fi`;
    await writeConf(this, place, {
      apply: `echo "$LONGSHORE_DIGEST" >${file}`,
      rollback: `echo "\${LONGSHORE_PREVIOUS_REF##*@}" >${file}`,
      current: state === 'wrong' ? 'echo something' : current,
      health: `if [ -e ${file} ]; then ! grep -q ${this.digestOf('v3')} ${file}; else ${ask}; fi`,
    });
  }

  ownServiceRuns(place: Place): Image {
    const file = this.#serviceOf(place);
    return existsSync(file) ? this.nameOf(readFileSync(file, 'utf8').trim()) : 'v1';
  }

  versionOf(image: Image): Version {
    if (image in this.images) return image as Version;
    throw new Error(`nobody starts ${image} by hand`);
  }

  #serviceOf({ container }: Place): string {
    return path.join(this.engine.folder, `service-${container}`);
  }
}
