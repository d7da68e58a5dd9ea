/**
 * What takes the work on a host: a small process for each host, up as the host is. Forked by the bench's own
 * process, whose memory is large, each script held it up for 7 ms, one host after the other: neither a control
 * plane's work nor a host's.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import path from 'node:path';
import { cpuOf } from './work.ts';

const SCRIPT = path.join(import.meta.dirname, 'host-agent.sh');
/** Its answer: the exit code, and the two of `times`. */
const LINES = 3;

export class HostAgent {
  /** Of the agent and of all work it has had done. */
  cpuMs = 0;
  readonly #folder: string;
  readonly #child: ChildProcess;
  #heard = '';
  #take: ((answer: string) => void) | undefined;

  constructor(folder: string) {
    this.#folder = folder;
    this.#child = spawn(SCRIPT, [folder], { stdio: ['pipe', 'pipe', 'inherit'] });
    this.#child.stdout?.setEncoding('utf8').on('data', (text: string) => this.#hear(text));
    this.#child.on('exit', () => this.#take?.('the end of its agent'));
  }

  /** One after the other. Throws where the work fails. */
  async update(version: string): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<string>();
    this.#take = resolve;
    this.#child.stdin?.write(`${version}\n`);
    const answer = await promise;
    const [code] = answer.split('\n');
    if (code !== '0') throw new Error(`${this.#folder}: the update ended with ${String(code)}`);
    this.cpuMs = cpuOf(answer);
  }

  close(): void {
    this.#child.stdin?.end();
  }

  #hear(text: string): void {
    this.#heard += text;
    if (this.#heard.split('\n').length <= LINES) return;
    this.#take?.(this.#heard);
    this.#heard = '';
  }
}
