/**
 * Removes what Engines leave behind (folders, cgroups) once this process is gone, however it goes: it waits
 * in a session of its own, where no Ctrl-C reaches it, for the end of a pipe that only we hold open.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';

const SCRIPT = path.join(import.meta.dirname, 'clean.sh');

export class Cleaner {
  readonly #child: ChildProcess;

  constructor() {
    this.#child = spawn('sh', [SCRIPT], { detached: true, stdio: ['pipe', 'ignore', 'ignore'] });
    this.#child.unref();
  }

  /** The folder of a room; the cgroup that goes with it is named after it. */
  add(folder: string): void {
    this.#child.stdin?.write(`${folder}\n`);
  }

  /** What was added is gone when this returns. */
  async clean(): Promise<void> {
    const gone = once(this.#child, 'exit');
    this.#child.ref();
    this.#child.stdin?.end();
    await gone;
  }
}
