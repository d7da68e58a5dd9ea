/** A run of the end-to-end suite as a child, with a TMPDIR of its own, to be killed. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { listDescendants } from '#test/hosts/descendants.ts';
import { formatHalt, type Point } from '../halt.ts';
import { findTraces, type Known, learn, listInterfaces, type Traces } from './traces.ts';

const RUN = path.join(import.meta.dirname, '../run.ts');
const LOOK_EVERY_MS = 100;
/** What is killed is gone from /proc a moment later. */
const GONE_MS = 10_000;

export class HaltedRun {
  readonly #folder = mkdtempSync(path.join(tmpdir(), 'longshore-kills-'));
  readonly #interfaces = listInterfaces();
  readonly #child: ChildProcess;
  readonly #ended: Promise<unknown[]>;
  #said = '';
  #known: Known | undefined;
  #cleaner = 0;

  constructor(args: readonly string[], point?: Point) {
    const own = Object.entries(process.env).filter(([name]) => !name.startsWith('VITEST'));
    const env = { ...Object.fromEntries(own), TMPDIR: this.#folder, E2E_HALT_AT: point };
    // Detached: the leader of a process group, as what a shell starts.
    this.#child = spawn(process.execPath, [RUN, ...args], { env, detached: true });
    this.#ended = once(this.#child, 'exit');
    for (const stream of [this.#child.stdout, this.#child.stderr]) {
      stream?.on('data', (chunk) => {
        this.#said += String(chunk);
      });
    }
  }

  /** What it has, once it has come to the point. */
  async halted(point: Point): Promise<Traces> {
    await this.#until(() => this.#said.includes(formatHalt(point)));
    return this.#look();
  }

  /** Until a process below it has these words in its command line. */
  async runs(words: string): Promise<void> {
    await this.#until(() => this.#look().processes.some((command) => command.includes(words)));
  }

  /** Its exit code. */
  async ended(): Promise<unknown> {
    const [code] = await this.#ended;
    return code;
  }

  /** To itself alone, or to all that a Ctrl-C reaches. */
  async kill(signal: 'SIGKILL' | 'SIGINT'): Promise<void> {
    process.kill(signal === 'SIGINT' ? -this.#pid : this.#pid, signal);
    await this.#ended;
  }

  /** What is left of it when its clean-up has run. */
  async left(): Promise<Traces> {
    if (this.#known === undefined) throw new Error('nobody has looked at what there is to be gone');
    while (existsSync(`/proc/${this.#cleaner}/exe`)) await delay(LOOK_EVERY_MS);
    const isAny = (traces: Traces) => Object.values(traces).some((some) => some.length > 0);
    let traces = findTraces(this.#known);
    for (const endMs = Date.now() + GONE_MS; isAny(traces) && Date.now() < endMs; ) {
      await delay(LOOK_EVERY_MS);
      traces = findTraces(this.#known);
    }
    return traces;
  }

  /** Ends it, should it still be there. */
  async forget(): Promise<void> {
    this.#child.kill('SIGKILL');
    await this.#ended;
    rmSync(this.#folder, { recursive: true, force: true, maxRetries: 10 });
  }

  get #pid(): number {
    if (this.#child.pid === undefined) throw new Error('the run cannot be started');
    return this.#child.pid;
  }

  /** What it has now, and is to be gone. */
  #look(): Traces {
    this.#known = learn(this.#pid, this.#folder, this.#interfaces);
    const cleaner = listDescendants(this.#pid).find(({ command }) => command.endsWith('clean.sh'));
    this.#cleaner = cleaner?.pid ?? 0;
    return findTraces(this.#known);
  }

  async #until(holds: () => boolean): Promise<void> {
    while (!holds()) {
      if (this.#child.exitCode !== null) throw new Error(`it has ended:\n${this.#said}`);
      await delay(LOOK_EVERY_MS);
    }
  }
}
