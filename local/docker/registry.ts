/**
 * Debian's docker-registry beside an Engine, on the loopback interface of its room: the Engine takes an address
 * of 127.0.0.0/8, and a name that resolves to one, without TLS.
 *
 * The storage is a folder; several registries may serve the same one. A power cut takes the registry too.
 */
import { appendFileSync, cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { Engine } from './engine.ts';
import type { Running } from './run-program.ts';

const START_TIMEOUT_MS = 30_000;
/** The only user: `AWS`, as ECR's is. The registry takes bcrypt alone, and nothing here can make it. */
export const REGISTRY_PASSWORD = 'let-me-in';
const HTPASSWD = 'AWS:$2b$04$7noQ59qZzVXLA8enqmv1hepGH1mLgqoFSfBUHvInu6JquahMv7gly\n';

export interface RegistryOptions {
  /** Where images are kept. */
  storage: string;
  /** Default 5000. */
  port?: number;
  /** Asks for user `AWS` and REGISTRY_PASSWORD. Default false. */
  asksPassword?: boolean;
  /** One of the room's `hostNames`: with port 80, a reference begins with the name alone. */
  hostName?: string;
}

export interface RegistryCall {
  method: string;
  /** From `/v2/` on, or a whole address as the registry gave it. */
  target: string;
  type?: string;
  body?: string | Buffer;
}

export class Registry {
  /** What a reference begins with. */
  readonly name: string;
  readonly storage: string;
  readonly #engine: Engine;
  readonly #options: RegistryOptions;
  readonly #address: string;
  readonly #folder: string;
  #running: Running | undefined;

  constructor(engine: Engine, options: RegistryOptions) {
    const { port = 5000, hostName, storage } = options;
    this.#engine = engine;
    this.#options = options;
    this.#address = `127.0.0.1:${port}`;
    this.#folder = path.join(engine.folder, `registry-${port}`);
    this.name =
      hostName === undefined ? this.#address : port === 80 ? hostName : `${hostName}:${port}`;
    this.storage = storage;
  }

  /** It answers when this returns. */
  async start(): Promise<void> {
    await this.stop();
    mkdirSync(this.#folder, { recursive: true });
    mkdirSync(this.storage, { recursive: true });
    const file = path.join(this.#folder, 'config.yml');
    writeFileSync(file, this.#config());
    const log = path.join(this.#folder, 'log');
    appendFileSync(log, '');
    const running = this.#engine.start([
      'sh',
      '-c',
      `exec docker-registry serve ${file} >>${log} 2>&1`,
    ]);
    this.#running = running;
    await this.#untilReady(log);
  }

  async stop(): Promise<void> {
    this.#running?.kill();
    await this.#running?.ended;
    this.#running = undefined;
  }

  /** All images of a repository under another name, without a push. */
  copyRepository(from: string, to: string): void {
    cpSync(this.#repository(from), this.#repository(to), { recursive: true });
  }

  /** Its images are in the registry no more. */
  removeRepository(repository: string): void {
    rmSync(this.#repository(repository), { recursive: true });
  }

  /** The answer's body. Rejects when the registry does not answer with success. */
  async call(call: RegistryCall): Promise<{ body: string; location: string }> {
    const { method, target, type = 'application/json', body } = call;
    const address = target.startsWith('http') ? target : `http://${this.#address}${target}`;
    const out = path.join(this.#folder, 'headers');
    const argv = ['curl', '-sS', '--fail', '-X', method, '-D', out, '-H', `Content-Type: ${type}`];
    if (this.#options.asksPassword) argv.push('-u', `AWS:${REGISTRY_PASSWORD}`);
    argv.push('-H', 'Accept: application/vnd.docker.distribution.manifest.v2+json');
    if (body !== undefined) argv.push('--data-binary', '@-');
    const said = await this.#engine.run(
      [...argv, address],
      body === undefined ? {} : { input: body },
    );
    const location = /^location: *(\S+)/im.exec(readFileSync(out, 'utf8'))?.[1] ?? '';
    return { body: said, location };
  }

  #repository(name: string): string {
    return path.join(this.storage, 'docker/registry/v2/repositories', name);
  }

  #config(): string {
    const lines = [
      'version: 0.1',
      'log: {level: warn, accesslog: {disabled: true}}',
      `storage: {filesystem: {rootdirectory: ${this.storage}}, delete: {enabled: true}}`,
      `http: {addr: '${this.#address}'}`,
    ];
    if (this.#options.asksPassword) {
      const file = path.join(this.#folder, 'htpasswd');
      writeFileSync(file, HTPASSWD);
      lines.push(`auth: {htpasswd: {realm: longshore, path: ${file}}}`);
    }
    return `${lines.join('\n')}\n`;
  }

  async #untilReady(log: string): Promise<void> {
    const ask = ['curl', '-s', '-o', '/dev/null', '--max-time', '2', `http://${this.#address}/v2/`];
    for (const endMs = Date.now() + START_TIMEOUT_MS; Date.now() < endMs; await delay(50)) {
      const { exitCode } = await this.#engine.start(ask).ended;
      if (exitCode === 0) return;
    }
    throw new Error(`the registry does not answer:\n${readFileSync(log, 'utf8').slice(-2000)}`);
  }
}
