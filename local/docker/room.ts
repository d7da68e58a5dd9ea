/**
 * A machine's worth of namespaces: mounts, network and processes of their own, on loopback alone.
 *
 * SIGKILL to its init is a power cut: everything in it is gone at once, and what it wrote stays in the
 * folder. Nothing outlives this process: the init dies with it (pdeathsig).
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { SERVICE_PATH } from './requirements.ts';
import { type Running, type RunOptions, runProgram, startProgram } from './run-program.ts';

const BOOT = path.join(import.meta.dirname, 'boot.sh');

export interface RoomOptions {
  /** A small disk for the Engine's data. It does not survive a power cut. */
  dataMegabytes?: number;
  /** The same for /var/lib/longshore. */
  stateMegabytes?: number;
  /** What resolves to 127.0.0.1. From the start: Go's resolver reads /etc/hosts every 5 s at most. */
  hostNames?: readonly string[];
}

export class Room {
  readonly folder = mkdtempSync(path.join(tmpdir(), 'longshore-room-'));
  readonly #options: RoomOptions;
  #init: { pid: number; gone: Promise<unknown> } | undefined;

  constructor(options: RoomOptions) {
    this.#options = options;
    const etc = path.join(this.folder, 'upper/etc');
    mkdirSync(etc, { recursive: true });
    const names = ['localhost', ...(options.hostNames ?? [])];
    writeFileSync(path.join(etc, 'hosts'), names.map((name) => `127.0.0.1 ${name}\n`).join(''));
  }

  async boot(): Promise<void> {
    if (this.#init) throw new Error('the room is there already');
    const { dataMegabytes = 0, stateMegabytes = 0 } = this.#options;
    const unshare = ['unshare', '-m', '-n', '-p', '--fork', '--kill-child', '--mount-proc'];
    const boot = ['sh', BOOT, this.folder, String(dataMegabytes), String(stateMegabytes)];
    const child = spawn('setpriv', ['--pdeathsig', 'KILL', ...unshare, ...boot], {
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const gone = once(child, 'exit');
    let said = '';
    child.stderr.on('data', (chunk) => {
      said += String(chunk);
    });
    const first = await Promise.race([once(child.stdout, 'data'), gone]);
    if (String(first[0]).trim() !== 'ready' || child.pid === undefined) {
      throw new Error(`the room cannot be made: ${said}`);
    }
    this.#init = { pid: findChild(child.pid), gone };
  }

  /** Everything in it is gone when this returns. */
  async powerCut(): Promise<void> {
    if (!this.#init) return;
    process.kill(this.#init.pid, 'SIGKILL');
    await this.#init.gone;
    this.#init = undefined;
  }

  async remove(): Promise<void> {
    await this.powerCut();
    rmSync(this.folder, { recursive: true, force: true, maxRetries: 10 });
  }

  /** The environment is a service's, not this process's own. */
  start(argv: readonly string[], options: RunOptions = {}): Running {
    return startProgram(this.enter(argv), { ...options, env: serviceEnv(options.env) });
  }

  run(argv: readonly string[], options: RunOptions = {}): Promise<string> {
    return runProgram(this.enter(argv), { ...options, env: serviceEnv(options.env) });
  }

  /** The command line, of this process, that runs `argv` in here. */
  enter(argv: readonly string[]): string[] {
    if (!this.#init) throw new Error('the room has no power');
    return ['nsenter', '-t', String(this.#init.pid), '-m', '-n', '-p', '--', ...argv];
  }
}

function serviceEnv(env: NodeJS.ProcessEnv = {}): NodeJS.ProcessEnv {
  return { PATH: SERVICE_PATH, LANG: 'C.UTF-8', ...env };
}

function findChild(pid: number): number {
  const [child = ''] = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(' ');
  if (child === '') throw new Error(`process ${pid} has no child`);
  return Number(child);
}
