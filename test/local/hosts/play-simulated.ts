/** Plays a scenario on a simulated host. */
import { expect } from 'vitest';
import { formatHostCommand, type HostCommand } from '#core/host-command.ts';
import { parseResultLine } from '#core/result-line.ts';
import { VirtualClock } from '#local/clock.ts';
import { Fleet } from '#local/hosts/fleet.ts';
import type { HostFaults, RestartPolicy } from '#local/hosts/host-state.ts';
import { seededRandom } from '#local/seeded-random.ts';
import type { AgentReport } from '#local/ssm/managed-host.ts';
import {
  type Command,
  type End,
  formatResult,
  type Image,
  type Player,
  type Scenario,
  type Step,
} from '#test/hosts/scenario.ts';
import { START_MS } from '../cloud-rig.ts';
import { commandOf, OWNER } from './commands.ts';

const IMAGES: readonly Image[] = [
  'v1',
  'v2',
  'v3',
  'v4',
  'crash',
  'dies',
  'checked',
  'checkFails',
  'index',
  'foreign',
  'absent',
];
const NAME = 'web';
const DOWN_MS = 30_000;

const digestOf = (image: Image) =>
  `sha256:${String(IMAGES.indexOf(image)).padStart(2, '0').repeat(32)}`;
const nameOf = (digest: string) => IMAGES.find((image) => digestOf(image) === digest) ?? digest;
const refOf = (image: Image) => `registry.example.com/shop/web@${digestOf(image)}`;

const HOST_FAULTS = {
  full: { work: 'disk_full' },
  unwritable: { work: 'state_write' },
  engineless: { work: 'docker_down' },
  podman: { work: 'unfit' },
  uncreative: { work: 'create_failed' },
  well: {},
} as const satisfies Record<string, HostFaults>;
const FILE_FAULTS = {
  written: {},
  removed: { custom: 'missing' },
  wrong: { custom: 'no_digest' },
} as const satisfies Record<string, HostFaults>;

export function playSimulated(scenario: Scenario): Player {
  const player = new SimulatedPlayer();
  if (!('run' in (scenario.steps[0] ?? {}))) player.run({ run: 'v1' });
  return player;
}

class SimulatedPlayer implements Player {
  readonly #clock = new VirtualClock(START_MS);
  readonly #fleet = new Fleet({ clock: this.#clock, random: seededRandom(1) });
  readonly #host = this.#fleet.add();
  #sent = 0;
  #last: AgentReport | undefined;
  #expected: (() => void)[] = [];
  #registry: string = 'back';
  #keeps = true;
  #restart: RestartPolicy = 'unless-stopped';

  constructor() {
    const { images } = this.#fleet;
    images.set(digestOf('v3'), { unhealthyShare: 1 });
    images.set(digestOf('crash'), { diesAfterMs: 0 });
    images.set(digestOf('dies'), { diesAfterMs: 700 });
    images.set(digestOf('index'), { sameAs: digestOf('v2') });
    images.set(digestOf('foreign'), { platforms: ['linux/arm64'] });
    images.set(digestOf('checkFails'), { healthcheck: 'unhealthy' });
    for (const image of ['v1', 'v2', 'v4'] as const) {
      images.set(digestOf(image), { healthcheck: 'none' });
    }
    images.isInRegistry = (ref) => this.#registry !== 'gone' && ref !== refOf('absent');
  }

  async play(step: Step): Promise<void> {
    if ('update' in step || 'restore' in step || 'look' in step) await this.#send(step);
    else if ('run' in step) this.run(step);
    else if ('hand' in step) this.#byHand(step.hand);
    else if ('damages' in step) this.#host.byHand.damage(NAME, step.damages);
    else if ('registry' in step) this.#turnRegistry(step.registry);
    else if ('host' in step) this.#host.faults = HOST_FAULTS[step.host];
    else if ('file' in step) this.#host.faults = FILE_FAULTS[step.file];
    else if ('port' in step) this.#host.faults = { undoFails: step.port === 'taken' };
    else expect(this.#running()).toBe(step.runs);
  }

  async end(): Promise<Required<End>> {
    await this.#clock.run();
    for (const expectIt of this.#expected) expectIt();
    const slot = this.#host.slot(NAME);
    const named = (digest = '') => (digest === '' ? 'nothing' : nameOf(digest)) as Image;
    const others = slot?.containers.filter(({ name }) => name !== 'own') ?? [];
    const own = slot?.containers.find(({ name }) => name === 'own');
    expect(own?.restart ?? this.#restart).toBe(this.#restart);
    expect(others.length).toBeLessThanOrEqual(1);
    for (const other of this.#keeps ? others : []) {
      expect(other).toMatchObject({ name: 'kept', isRunning: false, restart: 'no' });
    }
    const { recorded, prev, fence, journal, damaged } = slot ?? {};
    const [kept] = this.#keeps ? others : [];
    return {
      runs: this.#running(),
      current: damaged?.has('current') ? 'damaged' : recorded ? named(recorded.digest) : 'none',
      kept: kept ? named(kept.digest) : 'none',
      prev: prev ? named(prev.digest) : 'none',
      fence: damaged?.has('fence') ? 'damaged' : fence ? `${fence.gen}.${fence.step}` : 'none',
      journal: damaged?.has('journal') ? 'damaged' : (journal?.phase ?? 'none'),
    };
  }

  run({ run, trait, restart }: Extract<Step, { run: Image }>): void {
    this.#restart = restart ?? 'unless-stopped';
    const of = { ref: refOf(run), restart: this.#restart, ...(trait && { trait }) };
    this.#host.byHand.run(NAME, digestOf(run), of);
  }

  #running(): Image | 'nothing' {
    const digest = this.#host.running(NAME);
    return digest === undefined ? 'nothing' : (nameOf(digest) as Image);
  }

  #byHand(hand: Extract<Step, { hand: string }>['hand']): void {
    if (hand === 'stops') this.#host.byHand.stop(NAME);
    if (hand === 'removes') this.#host.byHand.remove(NAME);
    if (hand === 'prunes') this.#host.byHand.prune();
    if (hand === 'prunes images') this.#host.byHand.prune(true);
    if (hand === 'loses the state') this.#host.byHand.loseState(NAME);
  }

  #turnRegistry(registry: Extract<Step, { registry: string }>['registry']): void {
    this.#registry = registry;
    const work = {
      silent: 'pull_failed',
      locked: 'auth',
      gone: undefined,
      back: undefined,
    } as const;
    const fault = work[registry];
    this.#host.faults = fault ? { work: fault } : {};
  }

  async #send(step: Command): Promise<void> {
    if (step.mode === 'command') this.#keeps = false;
    const answer: { report?: AgentReport } = {};
    if ('killedAt' in step) this.#host.faults = { ...this.#host.faults, diesAt: step.killedAt };
    const payload = Buffer.from(formatHostCommand(this.#write(step))).toString('base64');
    const command = {
      commandId: `command-${++this.#sent}`,
      lines: [],
      parameters: { payload: [payload] },
      executionTimeoutMs: 600_000,
    };
    this.#host.start(command, (report) => {
      answer.report = report;
    });
    if ('later' in step) {
      this.#expected.push(() => expect(show(answer.report)).toBe(step.later));
      await this.#clock.run({ until: () => this.#host.slot(NAME)?.fence !== undefined });
      return;
    }
    await this.#clock.run({ until: () => answer.report !== undefined });
    if ('killedAt' in step) await this.#afterKill(step, answer.report);
    else if ('repeats' in step) expect(answer.report).toEqual(this.#last);
    else expect(show(answer.report)).toBe(step.gives);
    this.#last = answer.report;
  }

  async #afterKill(step: Command & { killedAt: string }, report?: AgentReport): Promise<void> {
    const { diesAt, ...faults } = this.#host.faults;
    this.#host.faults = faults;
    expect({ diesAt, stdout: report?.stdout }).toEqual({ diesAt: step.killedAt, stdout: '' });
    if (!('byPowerCut' in step)) return;
    this.#host.reboot(DOWN_MS);
    await this.#clock.run({ untilMs: this.#clock.nowMs() + DOWN_MS });
  }

  #write(step: Command): HostCommand {
    const { gen = 100, check: health, grace = 0, stable = 0 } = step;
    const timing = { retries: 25, interval: 0, htimeout: 2, grace, success: 2, stable };
    const check =
      health === 'tcp' ? ({ health, hport: 8080 } as const) : health && ({ health } as const);
    const now = Math.floor(this.#clock.nowMs() / 1000);
    const common = {
      gen,
      step: step.step ?? 1,
      timeout: 120,
      deadline: now + (step.expired ? 60 : 3_600),
      owner: step.owner ?? OWNER,
      mode: step.mode ?? 'recreate',
    } as const;
    if ('look' in step && step.look === 'status') return commandOf({ ...common, op: 'status' });
    const checked = { ...common, timing, ...(check && { check }) };
    if ('look' in step) return commandOf({ ...checked, op: 'probe' });
    if ('restore' in step) return commandOf({ ...checked, op: 'restore', undoes: step.restore });
    const install = step.install && { install: btoa('{}') };
    return commandOf({ ...checked, ref: refOf(step.update), auto: step.auto ?? 1, ...install });
  }
}

function show(report: AgentReport | undefined): string {
  const result = parseResultLine(report?.stdout ?? '');
  if (result === undefined) return `no answer: ${report?.stdout}`;
  expect(report?.exitCode).toBe(result.code);
  return formatResult(result, nameOf);
}
