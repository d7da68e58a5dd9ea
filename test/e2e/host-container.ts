/**
 * The container that MiniStack runs for an EC2 instance, as a machine: programs in its namespaces, its own
 * Docker Engine's socket. What is started in it dies with it.
 */
import { existsSync, mkdirSync } from 'node:fs';
import path from 'node:path';
import { type AgentScript, startAsAgent } from '#local/docker/agent-run.ts';
import { callEngine } from '#local/docker/engine-api.ts';
import { SERVICE_PATH } from '#local/docker/requirements.ts';
import { type Running, type RunOptions, startProgram } from '#local/docker/run-program.ts';

const AGENT_FOLDER = '/var/lib/amazon/ssm';

export class HostContainer {
  readonly #pid: number;

  /** Of the container's init, as this process sees it. */
  constructor(pid: number) {
    this.#pid = pid;
  }

  start(argv: readonly string[], options: RunOptions = {}): Running {
    const enter = ['nsenter', '-t', String(this.#pid), '-m', '-n', '-p', '-u', '-i', '--'];
    const env = { PATH: SERVICE_PATH, LANG: 'C.UTF-8', ...options.env };
    return startProgram([...enter, ...argv], { ...options, env });
  }

  /** Look first: below a process that is gone, Node's recursive mkdir tries for ever. */
  get isThere(): boolean {
    return existsSync(this.#root);
  }

  /**
   * Whether it still works, asked of the kernel: where init was killed, nothing starts any more, although the
   * Docker Engine may still call the container running.
   */
  async canStart(): Promise<boolean> {
    return (await this.start(['true']).ended).exitCode === 0;
  }

  startAsAgent(script: AgentScript): Running {
    const seenHere = path.join(this.#root, AGENT_FOLDER);
    mkdirSync(path.join(seenHere, 'tmp'), { recursive: true });
    return startAsAgent(
      { folder: AGENT_FOLDER, seenHere, start: (...of) => this.start(...of) },
      script,
    );
  }

  /** Of its Docker Engine, as this process reaches it. */
  get engineSocket(): string {
    return path.join(this.#root, 'run/docker.sock');
  }

  call(method: string, target: string): Promise<unknown> {
    return callEngine(this.engineSocket, method, target);
  }

  /** As the kernel does when memory runs out: containers go on, nothing answers on the socket. */
  async killEngine(): Promise<void> {
    await this.start(['sh', '-c', 'kill -KILL "$(cat /run/docker.pid)"']).ended;
  }

  get #root(): string {
    return `/proc/${this.#pid}/root`;
  }
}
