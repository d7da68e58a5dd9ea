/**
 * One command on a host, from the payload to the answer: lock, fence, deadline, work.
 *
 * It may be killed at any pause of its work; what it did stays, its answer is never stored, and the next
 * command finds the journal.
 */
import { type HostCommand, parseHostCommand } from '#core/host-command.ts';
import type { VirtualClock } from '../clock.ts';
import { cached } from '../parse-cache.ts';
import type { AgentCommand, AgentReport } from '../ssm/managed-host.ts';
import { answer, badPayload, type Ending, failed, refused } from './ending.ts';
import type { Ground, HostFaults, Mark, Slot, StoredResult } from './host-state.ts';
import { judgeFence } from './judge-fence.ts';
import { probe, status } from './look-scripts.ts';
import { after, type Steps } from './point.ts';
import { restore } from './restore-script.ts';
import { update } from './update-script.ts';
import { beginWork, draw, type Work } from './work.ts';

/** `flock -w 5`. */
const LOCK_WAIT_MS = 5_000;

/** All hosts of a chunk have the same payload. */
const readPayload = cached(
  (payload) => parseHostCommand(Buffer.from(payload, 'base64').toString('latin1')),
  100,
);

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
  #hasBegun = false;
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

  /** Once: what was begun, or is over, goes on as it is. */
  begin(): void {
    if (this.#hasBegun || this.#isOver) return;
    this.#hasBegun = true;
    const { clock } = this.#environment;
    this.#beganAtMs = clock.nowMs();
    const timeoutAtMs = this.#beganAtMs + this.command.executionTimeoutMs;
    this.#stopTimeout = clock.schedulePlain(timeoutAtMs, () => this.#timeOut());
    const payload = this.command.parameters['payload']?.[0] ?? '';
    const command = readPayload(payload);
    if (command === undefined) {
      this.#later(0, () => this.#finish(badPayload(this.command.commandId)));
      return;
    }
    const ground = this.#environment.ground(command.container);
    this.#slot = ground.slot;
    this.#note = ground.note;
    this.#later(draw(ground, ground.timings.prepareMs), () => this.#begin(command, ground));
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

  /** `probe` and `status` wait for no lock, and leave the fence alone. */
  #begin(command: HostCommand, ground: Ground): void {
    const of = { commandId: this.command.commandId, beganAtMs: this.#beganAtMs };
    const work = beginWork(ground, command, of);
    if (command.op === 'status') this.#finish(answer(work, status(work)));
    else if (command.op === 'probe') this.#drive(look(work));
    else if (ground.faults().work === 'state_write') this.#refuse(work, failed(31, 'state_write'));
    else this.#takeLock(work);
  }

  #takeLock(work: Work, isLast = false): void {
    const { slot } = work.ground;
    if (!slot.isLocked) {
      slot.isLocked = true;
      this.#holdsLock = true;
      this.#passFence(work);
    } else if (isLast) {
      this.#refuse(work, { outcome: 'busy', code: 11, detail: 'locked' });
    } else {
      this.#later(LOCK_WAIT_MS, () => this.#takeLock(work, true));
    }
  }

  #passFence(work: Work): void {
    const { command, ground, commandId } = work;
    const { slot } = ground;
    const mark = { owner: command.owner, gen: command.gen, step: command.step };
    const beganAtMs = work.beganAtMs + (ground.faults().clockAheadMs ?? 0);
    const fence = judgeFence(command, slot, beganAtMs);
    if (fence.verdict === 'refuse') {
      this.#refuse(work, fence.ending);
    } else if (fence.verdict === 'replay') {
      ground.note({ kind: 'replayed', mark, commandId });
      this.#finish(fence.stored);
    } else if (ground.faults().work === 'unfit') {
      this.#refuse(work, refused(42, 'unfit_host'));
    } else if (ground.faults().work === 'docker_down') {
      this.#refuse(work, failed(30, 'docker_down'));
    } else {
      slot.fence = mark;
      ground.note({ kind: 'accepted', mark, commandId });
      this.#drive(change(work, mark));
    }
  }

  #drive(steps: Steps<StoredResult>): void {
    for (;;) {
      const step = steps.next();
      if (step.done) {
        this.#finish(step.value);
        return;
      }
      const { at, ms } = step.value;
      if (at !== undefined && this.#environment.faults().diesAt === at) {
        this.#die();
        return;
      }
      if (ms > 0) {
        this.#later(ms, () => this.#drive(steps));
        return;
      }
    }
  }

  /** Killed by another hand than the agent's, which sees the script end without a word. */
  #die(): void {
    this.kill();
    if (this.#environment.faults().silent !== undefined) return;
    this.report({ exitCode: 137, stdout: '', stderr: 'failed to run commands: signal: killed' });
  }

  /** An answer without work; the fence has not moved and nothing is stored. */
  #refuse(work: Work, ending: Ending): void {
    this.#finish(answer(work, ending));
  }

  #finish({ op, outcome, code, stdout: printed }: StoredResult): void {
    this.#leave();
    this.#note({ kind: 'answered', op, outcome, code, commandId: this.command.commandId });
    const { silent, reply } = this.#environment.faults();
    if (silent !== undefined) return;
    const stderr = code === 0 ? '' : `failed to run commands: exit status ${code}`;
    const stdout = reply === 'earlier' ? (this.#slot?.printed ?? '\n') : tell(printed, reply);
    if (this.#slot) this.#slot.printed = printed;
    this.report({ exitCode: reply === 'other_exit' ? code + 1 : code, stdout, stderr });
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
    this.#cancel = clock.schedulePlain(clock.nowMs() + ms, task);
  }
}

function* look(work: Work): Steps<StoredResult> {
  return answer(work, yield* probe(work));
}

/** What the fence took is answered the same way for ever: the answer is stored before the journal goes. */
function* change(work: Work, mark: Mark): Steps<StoredResult> {
  yield after('fenced');
  const ending = yield* work.command.op === 'restore' ? restore(work) : update(work);
  const stored = answer(work, ending);
  const { slot } = work.ground;
  slot.last = { ...stored, mark };
  yield after('answered');
  if (work.closes) slot.journal = undefined;
  yield after('closed');
  return stored;
}

function tell(stdout: string, reply: HostFaults['reply']): string {
  if (reply === 'lost') return '';
  return reply === 'cut' ? stdout.slice(0, 60) : stdout;
}
