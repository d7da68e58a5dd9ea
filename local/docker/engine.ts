/**
 * A Docker Engine of our own in a room of its own: one host.
 *
 * It listens where an Engine always does (/run/docker.sock, in the room) and in the folder, for looks from
 * outside. The folder holds its data, its log and what was written to /etc, /var/lib and /root.
 */
import {
  closeSync,
  openSync,
  readdirSync,
  readFileSync,
  rmdirSync,
  rmSync,
  writeSync,
} from 'node:fs';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { type AgentScript, startAsAgent } from './agent-run.ts';
import { callEngine } from './engine-api.ts';
import { Room, type RoomOptions } from './room.ts';
import { type Ran, type Running, type RunOptions, runProgram } from './run-program.ts';

/** Five times what a busy machine with two hundred containers took. */
const START_TIMEOUT_MS = 60_000;
const LOG_TAIL_LINES = 20;

export interface EngineOptions extends RoomOptions {
  /** Of daemon.json. */
  settings?: Readonly<Record<string, unknown>>;
}

export class Engine {
  readonly folder: string;
  readonly room: Room;
  readonly #cgroup: string;
  readonly #settings: string;
  readonly #disks: string[] = [];
  #daemon: Running | undefined;

  constructor({ settings = {}, ...options }: EngineOptions = {}) {
    this.#settings = JSON.stringify(settings);
    this.room = new Room(options);
    this.folder = this.room.folder;
    this.#cgroup = path.basename(this.folder);
  }

  /** Power on: the Engine answers when this returns. After a power cut: over the same disk. */
  async boot(): Promise<void> {
    await this.room.boot();
    await this.startDaemon();
  }

  /** The Engine, containerd, shims, containers and scripts are gone at once. */
  async powerCut(): Promise<void> {
    await this.room.powerCut();
    this.#daemon = undefined;
  }

  /** For good: the folder goes too. */
  async stop(): Promise<void> {
    await this.room.remove();
    this.#daemon = undefined;
    for (const disk of this.#disks) rmSync(disk, { recursive: true });
    removeCgroups(this.#cgroup);
  }

  /** While the power is off: everything that it wrote, to be put back as often as one likes. */
  async copyDisk(): Promise<string> {
    const disk = `${this.folder}-disk`;
    await runProgram(['cp', '-a', '--reflink=auto', this.folder, disk]);
    this.#disks.push(disk);
    return disk;
  }

  /** While the power is off: what the disk held when it was copied. */
  async insertDisk(disk: string): Promise<void> {
    rmSync(this.folder, { recursive: true });
    await runProgram(['cp', '-a', '--reflink=auto', disk, this.folder]);
  }

  async startDaemon(): Promise<void> {
    const flags = [
      `--config-file=${this.#write('daemon.json', this.#settings)}`,
      `--data-root=${this.folder}/data`,
      `--host=unix://${this.socket}`,
      '--host=unix:///run/docker.sock',
      '--storage-driver=overlay2',
      '--exec-opt=native.cgroupdriver=cgroupfs',
      `--cgroup-parent=/${this.#cgroup}`,
    ];
    const line = `exec dockerd ${flags.join(' ')} >>${this.#log} 2>&1`;
    this.#daemon = this.room.start(['sh', '-c', line]);
    await this.#untilReady(this.#daemon);
  }

  /** As `systemctl stop docker` does: the containers stop too. */
  async stopDaemon(): Promise<void> {
    if (!this.#daemon) return;
    await this.room.run(['sh', '-c', 'kill "$(cat /run/docker.pid)"']);
    await this.#daemon.ended;
    this.#daemon = undefined;
  }

  get socket(): string {
    return path.join(this.folder, 'docker.sock');
  }

  /** The output of a program in the room; rejects where it fails. */
  run(argv: readonly string[], options: RunOptions = {}): Promise<string> {
    return this.room.run(argv, options);
  }

  /** A program in the room that may fail, or has to be killed. */
  start(argv: readonly string[], options: RunOptions = {}): Running {
    return this.room.start(argv, options);
  }

  /** The output of the Docker client, without white space at its ends; rejects where it fails. */
  async docker(...args: string[]): Promise<string> {
    const env = { DOCKER_BUILDKIT: '0', DOCKER_CONFIG: `${this.folder}/client` };
    return (await this.room.run(['docker', ...args], { env })).trim();
  }

  call(method: string, target: string): Promise<unknown> {
    return callEngine(this.socket, method, target);
  }

  startAsAgent(script: AgentScript): Running {
    return startAsAgent(this.room, script);
  }

  runAsAgent(script: AgentScript): Promise<Ran> {
    return this.startAsAgent(script).ended;
  }

  get #log(): string {
    return path.join(this.folder, 'engine.log');
  }

  #write(name: string, text: string): string {
    const file = path.join(this.folder, name);
    const descriptor = openSync(file, 'w');
    writeSync(descriptor, text);
    closeSync(descriptor);
    return file;
  }

  async #untilReady(daemon: Running): Promise<void> {
    let hasEnded = false;
    daemon.ended.then(() => {
      hasEnded = true;
    });
    for (const endMs = Date.now() + START_TIMEOUT_MS; Date.now() < endMs && !hasEnded; ) {
      const answer = await this.call('GET', '/_ping').catch(() => undefined);
      if (answer === 'OK') return;
      await delay(50);
    }
    const tail = readFileSync(this.#log, 'utf8').split('\n').slice(-LOG_TAIL_LINES);
    const what = hasEnded ? 'ended' : `does not answer after ${START_TIMEOUT_MS / 1000} s`;
    throw new Error(`the Engine ${what}:\n${tail.join('\n')}`);
  }
}

/** A cgroup is a folder of folders, empty when its processes are gone; version 1 has one per controller. */
function removeCgroups(name: string): void {
  const root = '/sys/fs/cgroup';
  const parents = ['', ...readdirSync(root, { withFileTypes: true }).map((entry) => entry.name)];
  for (const parent of new Set(parents)) removeTree(path.join(root, parent, name));
}

function removeTree(folder: string): void {
  let children: string[];
  try {
    const entries = readdirSync(folder, { withFileTypes: true });
    children = entries.filter((entry) => entry.isDirectory()).map((entry) => entry.name);
  } catch {
    return; // No such cgroup under this controller.
  }
  for (const child of children) removeTree(path.join(folder, child));
  rmdirSync(folder);
}
