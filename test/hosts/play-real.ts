/** Plays a scenario beside a real Engine, with the document's own script. */
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { expect } from 'vitest';
import type { HostCommand } from '#core/host-command.ts';
import { formatInstall } from '#core/install-request.ts';
import { parseResultLine } from '#core/result-line.ts';
import type { Ran } from '#local/docker/run-program.ts';
import type { Point } from '#local/hosts/point.ts';
import { writePrograms } from './fake-programs.ts';
import { killAt } from './points.ts';
import {
  type Command,
  type End,
  formatResult,
  type Image,
  type Player,
  type Step,
} from './scenario.ts';
import type { ScenarioHost } from './scenario-host.ts';
import type { Place } from './start-host.ts';

/** Each command counts its own calls; a command that swaps, and one that goes back. */
const CALLS: Readonly<Record<'update' | 'restore', Partial<Record<Point, string>>>> = {
  update: {
    fenced: 'mv fence#1',
    pulled: 'docker pull#1',
    prepared: 'mv journal#1',
    created: 'curl create#1',
    swapping: 'mv journal#2',
    stopped: 'docker stop#1',
    kept: 'docker rename#1',
    named: 'docker rename#2',
    disarmed: 'docker update#1',
    started: 'docker start#1',
    verifying: 'mv journal#3',
    committing: 'mv journal#4',
    remembered: 'mv prev#1',
    recorded: 'mv current#1',
    undoing: 'mv journal#4',
    removed: 'docker rm#2',
    returned: 'docker rename#3',
    rearmed: 'docker update#2',
    back: 'docker start#2',
    answered: 'mv last#1',
    closed: 'rm journal#1',
  },
  restore: {
    restoring: 'mv journal#1',
    removed: 'docker rm#1',
    returned: 'docker rename#1',
    back: 'docker start#1',
    recorded: 'mv current#1',
    answered: 'mv last#1',
  },
};
/** Where nothing is stopped or kept. */
const INSTALL_CALLS: Partial<Record<Point, string>> = { named: 'docker rename#1' };

const DOWN = '*) echo "Cannot connect to the Docker daemon" >&2; exit 1 ;;';
const PROGRAMS = {
  full: { df: 'echo header; echo "disk 9999999 9999998 1 99% /"' },
  engineless: { docker: `case $1 in --version) exec "$REAL" "$@" ;; ${DOWN} esac` },
  podman: {
    docker: 'case $1 in --version) echo podman version 4.3.1 ;; *) exec "$REAL" "$@" ;; esac',
  },
  uncreative: { curl: 'case $* in */containers/create*) echo no ;; *) exec "$REAL" "$@" ;; esac' },
  unwritable: {},
  well: {},
} as const;

export class RealPlayer implements Player {
  readonly #host: ScenarioHost;
  readonly #place: Place;
  readonly #root: string;
  #programs: string | undefined;
  #isWritable = true;
  #isByCommand = false;
  #restart = 'unless-stopped';
  #last: Ran | undefined;
  #later: { ended: Promise<Ran>; gives: string } | undefined;

  constructor(host: ScenarioHost, place: Place) {
    this.#host = host;
    this.#place = place;
    this.#root = `/var/lib/longshore-scenarios/${place.container}`;
  }

  async play(step: Step): Promise<void> {
    const { container } = this.#place;
    if ('update' in step || 'restore' in step || 'look' in step) await this.#send(step);
    else if ('run' in step) await this.run(step);
    else if ('hand' in step) await this.#byHand(step.hand);
    else if ('damages' in step) await this.#damage(step.damages);
    else if ('registry' in step) await this.#host.turnRegistry(this.#place, step.registry);
    else if ('host' in step) this.#beHost(step.host);
    else if ('file' in step) await this.#host.writeOwnFile(this.#place, step.file);
    else if ('port' in step) await this.#host.takePort(this.#place, step.port === 'taken');
    else expect(await this.#running(), `${container} runs`).toBe(step.runs);
  }

  async end(): Promise<Required<End>> {
    if (this.#later) {
      const { ended, gives } = this.#later;
      expect(this.#show(await ended)).toBe(gives);
    }
    const named = (digest: string) => (digest === '' ? 'nothing' : this.#host.nameOf(digest));
    const read = (name: string, key: string) => this.#readState(name, key);
    const seen = await this.#host.see(this.#place);
    const own = seen.find(({ name }) => name === this.#place.container);
    expect(own?.restart ?? this.#restart).toBe(this.#restart);
    const beside = seen.filter(({ name }) => name !== this.#place.container);
    expect(beside.filter(({ name }) => !name.includes('.longshore-kept.'))).toEqual([]);
    expect(beside.length, 'kept').toBeLessThanOrEqual(1);
    expect(beside.filter(({ isRunning, restart }) => isRunning || restart !== 'no')).toEqual([]);
    const [current, prev] = [read('current', 'digest'), read('prev', 'digest')];
    const [gen, step] = [read('fence', 'gen'), read('fence', 'step')];
    return {
      runs: await this.#running(),
      current: (current === undefined ? 'none' : named(current)) as End['current'],
      kept: (beside[0]?.version ?? 'none') as End['kept'],
      prev: (prev === undefined ? 'none' : named(prev)) as End['prev'],
      fence: gen === undefined ? 'none' : gen === 'damaged' ? gen : `${gen}.${step}`,
      journal: read('journal', 'phase') ?? 'none',
    };
  }

  async run({ run, restart, trait }: Extract<Step, { run: Image }>) {
    const { container } = this.#place;
    const { engine } = this.#host;
    await engine.start(['docker', 'rm', '-f', container]).ended;
    this.#restart = restart ?? 'unless-stopped';
    const policy = trait === 'removes_itself' ? ['--rm'] : ['--restart', this.#restart];
    const label = trait === 'managed' ? ['--label', 'com.docker.compose.project=shop'] : [];
    await this.#host.run(this.#host.versionOf(run), [...policy, ...label], this.#place);
    if (trait !== 'depended_on') return;
    const flags = ['-d', '--network', `container:${container}`, '-e', 'PORT=9'];
    const name = `other-of-${container}`;
    await engine.docker('run', ...flags, '--name', name, this.#host.ref('v1'));
  }

  async #running(): Promise<Image | 'nothing'> {
    if (this.#isByCommand) return this.#host.ownServiceRuns(this.#place);
    const seen = await this.#host.see(this.#place);
    const own = seen.find(({ name }) => name === this.#place.container);
    return own?.isRunning ? (own.version as Image) : 'nothing';
  }

  async #byHand(hand: Extract<Step, { hand: string }>['hand']): Promise<void> {
    const { engine } = this.#host;
    const { container } = this.#place;
    if (hand === 'stops') await engine.docker('stop', container);
    if (hand === 'removes') await engine.docker('rm', '-f', container);
    if (hand.startsWith('prunes')) await engine.docker('container', 'prune', '-f');
    if (hand === 'prunes images') await engine.docker('image', 'prune', '-af');
    if (hand === 'loses the state') await engine.run(['rm', '-r', `${this.#root}/${container}`]);
  }

  async #damage(file: string): Promise<void> {
    const damaged = `${this.#root}/${this.#place.container}/${file}`;
    await this.#host.engine.run(['truncate', '-s', '10', damaged]);
  }

  #beHost(host: Extract<Step, { host: string }>['host']): void {
    this.#isWritable = host !== 'unwritable';
    const programs = PROGRAMS[host];
    const isAny = Object.keys(programs).length > 0;
    this.#programs = isAny ? writePrograms(this.#host, programs) : undefined;
  }

  async #send(step: Command): Promise<void> {
    if (step.mode === 'command') this.#isByCommand = true;
    const command = this.#write(step);
    if ('killedAt' in step) {
      await killAt(this.#host, command, this.#callOf(step, step.killedAt), { root: this.#root });
      if (step.byPowerCut) await this.#host.powerCutAndBoot();
      return;
    }
    const root = this.#isWritable ? this.#root : '/dev/null/none';
    const running = this.#host.begin(command, {
      env: { LONGSHORE_ROOT: root },
      ...(this.#programs !== undefined && { pathPrefix: this.#programs }),
    });
    if ('later' in step) {
      this.#later = { ended: running.ended, gives: step.later };
      while (!existsSync(this.#stateFile('fence'))) await delay(20);
      return;
    }
    const ran = await running.ended;
    if ('repeats' in step) expect(ran).toEqual(this.#last);
    else expect(this.#show(ran)).toBe(step.gives);
    this.#last = ran;
  }

  #callOf(step: Command, point: Point) {
    const op = 'restore' in step ? 'restore' : 'update';
    const own = 'update' in step && step.install ? INSTALL_CALLS[point] : undefined;
    const call = own ?? CALLS[op][point];
    if (call === undefined) throw new Error(`no call is known for ${op} at ${point}`);
    return { call, isAfter: true };
  }

  #show({ stdout, exitCode, stderr }: Ran): string {
    const result = parseResultLine(stdout);
    if (result === undefined) return `no answer that can be believed: ${stdout}${stderr}`;
    expect(exitCode).toBe(result.code);
    expect(stdout.trim().split('\n')).toHaveLength(1);
    const { outcome, detail } = result;
    const said = formatResult(result, (digest) => this.#host.nameOf(digest));
    this.#host.details.push(`${this.#place.container} ${outcome} ${result.code}: ${detail}`);
    return said;
  }

  #write(step: Command): HostCommand {
    const { gen = 100, check: health, grace = 0, stable = 0, mode } = step;
    const { port: hport, container } = this.#place;
    const now = Math.floor(Date.now() / 1000);
    const common = {
      gen,
      step: step.step ?? 1,
      mode: mode ?? ('recreate' as const),
      deadline: now + (step.expired ? 60 : 3_600),
      ...(step.owner && { owner: step.owner }),
    };
    const check = health === 'tcp' ? ({ health, hport } as const) : health && ({ health } as const);
    const timing = { retries: 25, interval: 0, htimeout: 2, grace, success: 2, stable };
    const checked = { ...common, timing, ...(check && { check }) };
    if ('look' in step) {
      return step.look === 'status'
        ? this.#host.status(this.#place, common)
        : this.#host.probe(this.#place, checked);
    }
    if ('restore' in step) return this.#host.restore(this.#place, step.restore, checked);
    const ref = this.#host.refOf(step.update, this.#place);
    const command = this.#host.update(this.#place, 'v1', { ...checked, ref, auto: step.auto ?? 1 });
    if (!step.install) return command;
    const run: Parameters<typeof formatInstall>[0] = {
      ports: [`127.0.0.1:${hport}:8080`],
      environment: { INSTALLED: container },
      volumes: [],
      restart: 'unless-stopped',
      network: 'bridge',
    };
    const { owner } = command;
    return { ...command, install: formatInstall(run, { ref, owner, generation: gen }) };
  }

  #stateFile(name: string): string {
    const { container } = this.#place;
    return path.join(this.#host.varLib, 'longshore-scenarios', container, container, name);
  }

  #readState(name: string, key: string): string | undefined {
    const file = this.#stateFile(name);
    if (!existsSync(file)) return undefined;
    const text = readFileSync(file, 'utf8');
    if (!/^end=/m.test(text)) return 'damaged';
    return new RegExp(`^${key}=(.*)$`, 'm').exec(text)?.[1] ?? '';
  }
}
