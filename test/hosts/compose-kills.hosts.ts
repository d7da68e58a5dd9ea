/**
 * Every call of Compose to the Engine at which an update of a service, or its way back, may die × the next
 * command; by SIGKILL and by a power cut. Every cell comes to one running container of the right version.
 */
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { HostCommand } from '#core/host-command.ts';
import { chooseKills } from './choose-kills.ts';
import {
  type ComposeProject,
  describeServices,
  installCompose,
  startProject,
} from './compose/compose-project.ts';
import { type CallPoint, EngineProxy, type Moment } from './compose/engine-proxy.ts';
import { eachAtOnce } from './each-at-once.ts';
import type { Version } from './image-set.ts';
import { type Host, startHost } from './start-host.ts';

const AT_ONCE = 4;
const KILLS_TIMEOUT_MS = 20 * 60_000;
const GEN = 100;
/** No command ends by its own bound: some are held until all the others stand at their points. */
const COMPOSE = { mode: 'compose', timeout: 3000 } as const;
const SECONDS = ['same', 'newer', 'restore'] as const;
const POLICIES = ['always', 'no'] as const;
const KILLS = chooseKills(POLICIES);

type Second = (typeof SECONDS)[number];
type Policy = (typeof POLICIES)[number];

/** v2 is healthy; v3 is not, and Compose makes v1 again. */
type Wanted = 'v2' | 'v3';
const EXPECTED: Record<Wanted, Record<Second, Version>> = {
  v2: { same: 'v2', newer: 'v4', restore: 'v1' },
  v3: { same: 'v1', newer: 'v4', restore: 'v1' },
};
const CALLS: Record<Wanted, string[]> = {
  v2: ['create#1', 'stop#1', 'remove#1', 'rename#1', 'start#1'],
  v3: ['create#2', 'stop#2', 'remove#2', 'rename#2', 'start#2'],
};

interface Death {
  readonly wanted: Wanted;
  readonly point: CallPoint;
}
interface Patient extends Death {
  readonly project: ComposeProject;
  readonly policy: Policy;
  readonly db: string;
}

let host: Host;
let sockets = 0;
beforeAll(async () => {
  host = await startHost();
  await installCompose(host);
}, 600_000);
afterAll(() => host.stop());

describe('Compose', () => {
  it('makes these calls for an update, and once more for the way back', async () => {
    const project = await startProject(host);
    const proxy = await openProxy();

    await send(host.update(project.place, 'v3', COMPOSE), project, proxy.env);

    proxy.close();
    expect(proxy.calls()).toEqual([...CALLS.v2, ...CALLS.v3]);
  });
});

describe('the kill matrix of a Compose service', () => {
  it('converges after a SIGKILL at every call', { timeout: KILLS_TIMEOUT_MS }, async () => {
    const deaths = listDeaths(['before', 'during']);
    const down = new Set<string>();
    const cells = deaths.flatMap((death) => SECONDS.map((second) => ({ death, second })));

    const wrong = await eachAtOnce(cells, AT_ONCE, async ({ death, second }) => {
      const patient = await admit(death, 'always');
      const held = await hold(patient);
      held.kill();
      await held.ended;
      held.close();
      if (await isDown(patient)) down.add(nameDeath(patient));
      const complaints = await treat(patient, second);
      await patient.project.remove();
      return complaints;
    });

    report('SIGKILL', wrong.length, down);
    expect(wrong.flat()).toEqual([]);
    expect(wrong).toHaveLength((4 * 5 + 2) * 3);
  });

  it('converges after a power cut at every call', { timeout: KILLS_TIMEOUT_MS }, async () => {
    const down = new Set<string>();
    const wards = listDeaths(['before']).flatMap((death, index) =>
      KILLS.policiesOf(index).map((policy) => ({ death, policy })),
    );
    const patients = await eachAtOnce(wards, AT_ONCE, async ({ death, policy }) => {
      const patient = await admit(death, policy);
      await hold(patient);
      return patient;
    });
    await host.powerCut();
    const disk = await host.engine.copyDisk();

    const wrong: string[][] = [];
    for (const second of SECONDS) {
      await host.engine.insertDisk(disk);
      await host.boot();
      await eachAtOnce(patients, AT_ONCE, async (patient) => {
        if (await isDown(patient)) down.add(nameDeath(patient));
      });
      wrong.push(...(await eachAtOnce(patients, AT_ONCE, (patient) => treat(patient, second))));
      await host.powerCut();
    }

    report('power cut', wrong.length, down);
    expect(wrong.flat()).toEqual([]);
    expect(wrong).toHaveLength((2 * 5 + 2) * 3 * KILLS.perPoint);
  });
});

/** Each call at these moments, and what is behind the last of them. */
function listDeaths(moments: readonly Moment[]): Death[] {
  const wanted = ['v2', 'v3'] as const;
  return wanted.flatMap((version) => {
    const points = CALLS[version].flatMap((call) => moments.map((moment) => ({ call, moment })));
    const last = { call: CALLS[version].at(-1) ?? '', moment: 'after' as const };
    return [...points, last].map((point) => ({ wanted: version, point }));
  });
}

async function admit(death: Death, policy: Policy): Promise<Patient> {
  const project = await startProject(host, {
    files: (place) => ({
      'compose.yaml': describeServices(host, place, { restart: policy, volumes: ['/data'] }),
    }),
  });
  const [db] = await project.see('db');
  return { ...death, project, policy, db: db?.id ?? '' };
}

/** Begins the command that dies; returns when it stands at its point. */
async function hold(patient: Patient) {
  const proxy = await openProxy(patient.point);
  const env = { ...rootOf(patient.project), ...proxy.env };
  const running = host.begin(killedCommand(patient), { env });
  const said = running.ended.then(({ stdout }) => {
    throw new Error(`${nameDeath(patient)} was never reached: ${stdout}`);
  });
  said.catch(() => {});
  await Promise.race([proxy.reached, said]);
  return { kill: () => running.kill(), ended: running.ended, close: () => proxy.close() };
}

async function openProxy(point?: CallPoint) {
  const proxy = new EngineProxy(host.engine.socket, point);
  sockets += 1;
  const socket = path.join(host.engine.folder, `proxy-${sockets}`);
  await proxy.listen(socket);
  return {
    env: { DOCKER_HOST: `unix://${socket}` },
    reached: proxy.reached,
    calls: () => proxy.calls,
    close: () => proxy.close(),
  };
}

/** The commands of one host wait for each other, but not those with roots of their own. */
function rootOf({ place }: ComposeProject): { LONGSHORE_ROOT: string } {
  return { LONGSHORE_ROOT: `/var/lib/longshore-cells/${place.container}` };
}

async function send(command: HostCommand, project: ComposeProject, env: Record<string, string>) {
  const { result } = await host.send(command, { env: { ...rootOf(project), ...env } });
  return result;
}

function killedCommand({ project, wanted }: Pick<Patient, 'project' | 'wanted'>): HostCommand {
  return host.update(project.place, wanted, { ...COMPOSE, gen: GEN, deadline: inHours(2) });
}

function secondCommand(patient: Patient, second: Second): HostCommand {
  const { place } = patient.project;
  const change = { ...COMPOSE, gen: GEN + 1, deadline: inHours(2) };
  switch (second) {
    case 'same':
      return killedCommand(patient);
    case 'newer':
      return host.update(place, 'v4', change);
    case 'restore':
      return host.restore(place, GEN, change);
  }
}

function inHours(hours: number): number {
  return Math.floor(Date.now() / 1000) + hours * 3600;
}

async function isDown({ project }: Patient): Promise<boolean> {
  return (await host.serves(project.place)) === undefined;
}

/** Sends the second command, and says what is wrong in the end: nothing, where the cell converges. */
async function treat(patient: Patient, second: Second): Promise<string[]> {
  const { project, policy, db, wanted } = patient;
  const result = await send(secondCommand(patient, second), project, {});
  const expected = EXPECTED[wanted][second];
  const wrong: string[] = [];
  const own = (await project.see('web')).map(({ name, state, version }) =>
    [name, state, version].join(' '),
  );
  const good = `${project.place.container} running ${expected}`;
  if (own.join() !== good) wrong.push(`there is [${own}], not [${good}]`);
  const restart = '{{.HostConfig.RestartPolicy.Name}}';
  const armed = await host.engine.docker('inspect', '-f', restart, project.place.container);
  if (armed !== policy) wrong.push(`its restart policy is ${armed}`);
  const served = await host.serves(project.place);
  if (served !== expected) wrong.push(`serves ${served}`);
  if ((await project.see('db'))[0]?.id !== db) wrong.push('db is another one');
  if (second !== 'restore' && ![0, 2].includes(result.code)) wrong.push('the answer is no success');
  if (wrong.length === 0) return [];
  const after = `after ${result.outcome} ${result.code} (${result.phase}: ${result.detail})`;
  return [`${nameDeath(patient)} × ${second}: ${wrong.join('; ')} ${after}`];
}

function nameDeath({ wanted, point, policy }: Patient): string {
  return `${wanted} ${point.moment} ${point.call} × ${policy}`;
}

function report(how: string, cells: number, down: ReadonlySet<string>): void {
  const lines = [...down].sort().map((cell) => `  ${cell}\n`);
  process.stdout.write(
    `Compose, ${how}: ${cells} cells ran (${KILLS.about}); down until the next command:\n${lines.join('') || '  none\n'}`,
  );
}
