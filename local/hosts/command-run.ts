/**
 * One command on a host, from the payload to the answer: lock, fence, deadline, work.
 *
 * It may be killed between any two steps; what it did stays, its answer is never stored, and the next
 * command finds the journal (`slot.open`).
 */
import { type HostCommand, parseHostCommand } from '#core/host-command.ts';
import type { VirtualClock } from '../clock.ts';
import type { AgentCommand, AgentReport } from '../ssm/managed-host.ts';
import { answer, badPayload, type Ending, type Script } from './ending.ts';
import type { Ground, HostFaults, Slot, StoredResult } from './host-state.ts';
import { judgeFence } from './judge-fence.ts';
import { probe, restore, status } from './look-scripts.ts';
import { draw, update } from './update-script.ts';

/** A script ends its work by itself, with time to answer before the agent kills it. */
const ANSWER_MS = 2_000;
/** `flock -w 5`. */
const LOCK_WAIT_MS = 5_000;

export interface RunEnvironment {
  clock: VirtualClock;
  faults: () => HostFaults;
  ground: (container: string) => Ground;
  /** The run is over, by itself or killed. */
  onOver: (run: CommandRun) => void;
}

export class CommandRun {
  readonly command: AgentCommand;
  readonly report: (report: AgentReport) => void;
  readonly #environment: RunEnvironment;
  #slot: Slot | undefined;
  #note: Ground['note'] = () => {};
  #holdsLock = false;
  #isOver = false;
  #beganAtMs = 0;
  #cancel: () => void = () => {};
  #stopTimeout: () => void = () => {};

  constructor(
    command: AgentCommand,
    report: (report: AgentReport) => void,
    environment: RunEnvironment,
  ) {
    this.command = command;
    this.report = report;
    this.#environment = environment;
  }

  begin(): void {
    const { clock } = this.#environment;
    this.#beganAtMs = clock.nowMs();
    const timeoutAtMs = this.#beganAtMs + this.command.executionTimeoutMs;
    this.#stopTimeout = clock.schedule(timeoutAtMs, () => this.#timeOut());
    const payload = this.command.parameters['payload']?.[0] ?? '';
    const command = parseHostCommand(Buffer.from(payload, 'base64').toString('latin1'));
    if (command === undefined) {
      this.#later(0, () => this.#finish(badPayload(this.command.commandId)));
      return;
    }
    const ground = this.#environment.ground(command.container);
    this.#slot = ground.slot;
    this.#note = ground.note;
    this.#later(draw(ground, ground.timings.prepareMs), () => this.#takeLock(command, ground));
  }

  kill(): void {
    if (this.#isOver) return;
    this.#leave();
    this.#note({ kind: 'killed' });
  }

  #timeOut(): void {
    this.kill();
    if (this.#environment.faults().silent !== undefined) return;
    this.report({ exitCode: 137, stdout: '', stderr: '', isTimedOut: true });
  }

  /** `status` waits for no lock: it is what says where the work of another command stands. */
  #takeLock(command: HostCommand, ground: Ground, isLast = false): void {
    const { slot } = ground;
    if (command.op === 'status') {
      const fence = judgeFence(command, slot, ground.nowMs());
      this.#refuse(command, ground, fence.verdict === 'refuse' ? fence.ending : status(ground));
    } else if (!slot.isLocked) {
      slot.isLocked = true;
      this.#holdsLock = true;
      this.#admit(command, ground);
    } else if (isLast) {
      this.#refuse(command, ground, { outcome: 'busy', code: 11, phase: 'lock', detail: 'locked' });
    } else {
      this.#later(LOCK_WAIT_MS, () => this.#takeLock(command, ground, true));
    }
  }

  #admit(command: HostCommand, ground: Ground): void {
    const { slot } = ground;
    const fence = judgeFence(command, slot, ground.nowMs());
    if (fence.verdict === 'refuse') {
      this.#refuse(command, ground, fence.ending);
      return;
    }
    const mark = { owner: command.owner, gen: command.gen, step: command.step };
    const { commandId } = this.command;
    if (fence.verdict === 'replay') {
      ground.note({ kind: 'replayed', mark, commandId });
      this.#finish(fence.stored);
      return;
    }
    const { work } = this.#environment.faults();
    if (work === 'state_write' || work === 'docker_down') {
      const code = work === 'state_write' ? 31 : 30;
      this.#refuse(command, ground, { outcome: 'failed', code, phase: 'preflight', detail: work });
      return;
    }
    if (command.op !== 'probe') {
      slot.fence = mark;
      slot.last = undefined;
      ground.note({ kind: 'accepted', mark, commandId });
    }
    this.#work(command, ground);
  }

  #work(command: HostCommand, ground: Ground): void {
    const { slot } = ground;
    const startedAtMs = ground.nowMs();
    // Well before the deadline: a command for which that is not so was not accepted.
    const limitMs = this.#beganAtMs + command.timeout * 1000 - ANSWER_MS;
    const of = {
      command,
      commandId: this.command.commandId,
      before: slot.current?.digest ?? '',
      startedAtMs,
    };
    this.#drive(chooseScript(command, ground, limitMs), (ending) => {
      const stored = answer(ground, of, ending);
      // What the fence took is answered the same way for ever.
      if (command.op !== 'probe') slot.last = stored;
      this.#finish(stored);
    });
  }

  #drive(script: Script, done: (ending: Ending) => void): void {
    const step = script.next();
    if (step.done) done(step.value);
    else this.#later(step.value, () => this.#drive(script, done));
  }

  /** An answer without work; the fence has not moved and nothing is stored. */
  #refuse(command: HostCommand, ground: Ground, ending: Ending): void {
    const of = {
      command,
      commandId: this.command.commandId,
      before: ground.slot.current?.digest ?? '',
      startedAtMs: ground.nowMs(),
    };
    this.#finish(answer(ground, of, ending));
  }

  #finish({ op, outcome, code, line }: StoredResult): void {
    this.#leave();
    this.#note({ kind: 'answered', op, outcome, code, commandId: this.command.commandId });
    const { silent, reply } = this.#environment.faults();
    if (silent !== undefined) return;
    const stderr = code === 0 ? '' : `failed to run commands: exit status ${code}`;
    this.report({ exitCode: code, stdout: tell(line, reply), stderr });
  }

  #leave(): void {
    this.#isOver = true;
    this.#cancel();
    this.#stopTimeout();
    if (this.#slot && this.#holdsLock) this.#slot.isLocked = false;
    this.#environment.onOver(this);
  }

  #later(ms: number, task: () => void): void {
    const { clock } = this.#environment;
    this.#cancel = clock.schedule(clock.nowMs() + ms, task);
  }
}

function chooseScript(command: HostCommand, ground: Ground, limitMs: number): Script {
  switch (command.op) {
    case 'update':
      return update(ground, command, limitMs);
    case 'restore':
      return restore(ground, command, limitMs);
    default:
      return probe(ground, command);
  }
}

function tell(line: string, reply: HostFaults['reply']): string {
  if (reply === 'lost') return '';
  return reply === 'cut' ? line.slice(0, 60) : `${line}\n`;
}
