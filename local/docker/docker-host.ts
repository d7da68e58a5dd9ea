/**
 * A host that is real: its commands are run by /bin/sh beside its own Docker Engine, as the SSM Agent runs
 * them, and what it runs is what its Engine says.
 *
 * The host's clock is the real one; the cloud's is virtual and leaps ahead of it. A deadline that the cloud
 * set is therefore only later for the host, never earlier.
 */
import * as z from 'zod';
import type { VirtualClock } from '../clock.ts';
import type { AgentCommand, AgentReport, AgentRun, ManagedHost } from '../ssm/managed-host.ts';
import type { Engine } from './engine.ts';

/** What the agent reports of a script that something else killed: 128 + SIGKILL. */
const KILLED = 137;
const ANSWER_SECONDS = '5';

/** What a host needs of its machine; an Engine has it. */
export type Machine = Pick<Engine, 'startAsAgent' | 'start' | 'call'>;

export interface RunningContainer {
  id: string;
  startedAt: string;
  digest: string;
}

const Listed = z.array(z.object({ Id: z.string(), ImageID: z.string() }));
const Inspected = z.object({ State: z.object({ StartedAt: z.string() }) });
const Image = z.object({ RepoDigests: z.array(z.string()) });

export class DockerHost implements ManagedHost {
  readonly id: string;
  readonly tags: ReadonlyMap<string, string>;
  readonly isReachable = true;
  readonly pingStatus = 'Online';
  /** A command's script has ended; its report waits for this. */
  onEnded: () => Promise<void> = async () => {};
  readonly #machine: Machine;
  readonly #clock: VirtualClock;

  constructor(
    of: { id: string; tags: Record<string, string> },
    machine: Machine,
    clock: VirtualClock,
  ) {
    this.id = of.id;
    this.tags = new Map(Object.entries(of.tags));
    this.#machine = machine;
    this.#clock = clock;
  }

  get lastPingAtMs(): number {
    return this.#clock.nowMs();
  }

  start(command: AgentCommand, report: (report: AgentReport) => void): AgentRun {
    const { commandId, lines, executionTimeoutMs } = command;
    const parameters = Object.fromEntries(
      Object.entries(command.parameters).map(([name, [value = '']]) => [name, value]),
    );
    const running = this.#machine.startAsAgent({ lines, parameters, commandId });
    let killedBy: 'nobody' | 'cancellation' | 'timeout' = 'nobody';
    const kill = (by: typeof killedBy) => {
      killedBy = by;
      running.kill();
    };
    const endsAtMs = this.#clock.nowMs() + executionTimeoutMs;
    const forgetTimeout = this.#clock.schedule(endsAtMs, () => kill('timeout'));
    this.#clock.spawn(async () => {
      const { exitCode = KILLED, stdout, stderr } = await this.#clock.awaitReal(running.ended);
      forgetTimeout();
      await this.#clock.awaitReal(this.onEnded());
      if (killedBy === 'cancellation') return;
      report({ exitCode, stdout, stderr, isTimedOut: killedBy === 'timeout' });
    });
    return { kill: () => kill('cancellation') };
  }

  /** What runs under the name, as the Engine says; undefined where nothing does. */
  async look(container: string): Promise<RunningContainer | undefined> {
    // A name filter is a pattern, and finds part of a name too.
    const filters = JSON.stringify({ name: [`^/${container}$`], status: ['running'] });
    const list = await this.#machine.call(
      'GET',
      `/containers/json?filters=${encodeURIComponent(filters)}`,
    );
    const [found] = Listed.parse(list);
    if (found === undefined) return undefined;
    const { State } = Inspected.parse(
      await this.#machine.call('GET', `/containers/${found.Id}/json`),
    );
    const { RepoDigests } = Image.parse(
      await this.#machine.call('GET', `/images/${found.ImageID}/json`),
    );
    const digest = RepoDigests[0]?.split('@')[1] ?? found.ImageID;
    return { id: found.Id, startedAt: State.StartedAt, digest };
  }

  /** What answers on a port of the host's own loopback; undefined where nothing does. */
  async ask(port: number): Promise<string | undefined> {
    const address = `http://127.0.0.1:${port}/`;
    const argv = ['curl', '-s', '--noproxy', '*', '--max-time', ANSWER_SECONDS, address];
    const { exitCode, stdout } = await this.#machine.start(argv).ended;
    return exitCode === 0 ? stdout.trim() : undefined;
  }
}
