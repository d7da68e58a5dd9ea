/** What hosts tell of their misfortunes: that a fault was there is not that it hit. */
import { parsePayload } from '#aws/commands.ts';
import type { HostCommand } from '#core/host-command.ts';
import type { HostEvent } from '#local/hosts/host-state.ts';
import type { LocalCloud } from '#local/local-cloud.ts';
import type { Counters } from '../counters.ts';

type Answered = Extract<HostEvent, { kind: 'answered' }>;
/** Longer than any image runs that dies. */
const FOR_EVER_MS = 1e12;

export class HostWatch {
  readonly #cloud: LocalCloud;
  readonly #counters: Counters;
  /** Whether it was healthy when it was last looked at, by host and image. */
  readonly #healthy = new Map<string, boolean>();
  /** Hosts that have ended a command's work, by command and host. */
  readonly #answered = new Set<string>();

  constructor(cloud: LocalCloud, counters: Counters) {
    this.#cloud = cloud;
    this.#counters = counters;
  }

  onEvent(event: HostEvent): void {
    switch (event.kind) {
      case 'answered':
        this.#onAnswer(event);
        break;
      case 'accepted':
        if (this.#wasTooLate(event)) this.#counters.count('a clock behind took a command too late');
        break;
      case 'started':
        this.#counters.count(`a container started by ${event.because}`);
        break;
      case 'replayed':
        this.#counters.count('a host answered from its memory');
        break;
      case 'killed':
        this.#counters.count('a script was killed');
    }
  }

  /** By the true time its work would end after its deadline, and by the host's own clock before it. */
  #wasTooLate({
    host: id,
    atMs,
    commandId,
  }: Pick<Answered, 'host' | 'atMs' | 'commandId'>): boolean {
    const { clockAheadMs = 0 } = this.#cloud.fleet.find(id)?.faults ?? {};
    if (clockAheadMs >= 0) return false;
    const command = this.#commandOf(commandId);
    if (command === undefined) return false;
    const endsAtMs = atMs + command.timeout * 1000;
    return endsAtMs > command.deadline * 1000 && endsAtMs + clockAheadMs <= command.deadline * 1000;
  }

  #isOfOtherStack(id: string, container: string, commandId: string): boolean {
    const owner = this.#cloud.fleet.find(id)?.slot(container)?.fence?.owner ?? '';
    const asked = this.#commandOf(commandId)?.owner ?? '';
    return owner !== '' && owner.split('/')[0] !== asked.split('/')[0];
  }

  #commandOf(commandId: string): HostCommand | undefined {
    const sent = this.#cloud.ssm.commands.find(({ id }) => id === commandId);
    return parsePayload(sent?.parameters['payload']?.[0] ?? '');
  }

  #onAnswer({ host: id, container, op, outcome, code, commandId, atMs }: Answered): void {
    this.#counters.count(`${op}: ${outcome} ${code}`);
    this.#answered.add(`${commandId} ${id}`);
    const host = this.#cloud.fleet.find(id);
    if (host === undefined) return;
    const { clockAheadMs = 0, undoFails = false } = host.faults;
    if (code === 13 && clockAheadMs > 0) this.#counters.count('a clock ahead refused a command');
    if (code === 12 && this.#wasTooLate({ host: id, atMs, commandId })) {
      this.#counters.count('only the fence refused a command that came too late');
    }
    if (code === 14 && this.#isOfOtherStack(id, container, commandId)) {
      this.#counters.count('a host refused the other stack');
    }
    if (code === 41 && undoFails) this.#counters.count('a taken port kept a container out');
    const digest = host.running(container);
    if (digest === undefined || op === 'status') return;
    if (code !== 0 && code !== 4 && code !== 45) return;
    const key = `${id} ${container} ${digest}`;
    const was = this.#healthy.get(key);
    this.#healthy.set(key, code === 0);
    if (was === false && code === 0) this.#counters.count('a container was well again');
    if (was === true && code === 4 && !this.#cloud.fleet.images.isAlive(digest, FOR_EVER_MS)) {
      this.#counters.count('a container died later');
    }
  }

  /** What SSM came to hear of what hosts had answered. */
  finish(): void {
    for (const { id, invocations } of this.#cloud.ssm.commands) {
      for (const { hostId, details, stdout } of invocations) {
        this.#counters.count(`SSM: ${details}`);
        if (!/Success|Failed/.test(details) || !this.#answered.has(`${id} ${hostId}`)) continue;
        if (!stdout.endsWith('\n')) this.#counters.count('a reply was lost or cut');
      }
    }
  }
}
