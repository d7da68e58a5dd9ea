/** One cell of the kill matrix: a command that dies at a point, the next command, and what is there in the end. */
import type { HostCommand } from '#core/host-command.ts';
import { parseResultLine } from '#core/result-line.ts';
import type { Version } from './image-set.ts';
import { killAt, namePoint, type Point, type PointOptions } from './points.ts';
import { type Host, type Place, TIMING } from './start-host.ts';

export const POLICIES = ['no', 'on-failure:3', 'unless-stopped', 'always'] as const;
export const SECONDS = ['same', 'newer', 'restore'] as const;

export type Policy = (typeof POLICIES)[number];
export type Second = (typeof SECONDS)[number];

/** A container with a command that died, or that waits at its point for the power to go. */
export interface Patient {
  readonly point: Point;
  readonly policy: Policy;
  readonly place: Place;
}

/** No command of the matrix ends by its own bound: some are held until all the others stand at their points. */
const UNHURRIED = {
  timeout: 3000,
  deadline: Math.floor(Date.now() / 1000) + 7200,
  timing: { ...TIMING, success: 1 },
};
const KILLED_GEN = 100;

export function rootOf(place: Place): PointOptions {
  return { root: `/var/lib/longshore-cells/${place.container}` };
}

/** v1, as a person started it: half of them with a port of the host, half in the host's network. */
export async function admit(host: Host, point: Point, policy: Policy): Promise<Patient> {
  const free = host.takePlace('cell');
  const place = { ...free, repository: `cell/${free.container}` };
  host.registry.copyRepository('shop/web', place.repository);
  const restart = ['--restart', policy];
  if (POLICIES.indexOf(policy) % 2 === 0) await host.run('v1', restart, place);
  else await host.runOnHostNetwork('v1', restart, place);
  return { point, policy, place };
}

export function killedCommand(host: Host, { place }: Pick<Patient, 'place'>): HostCommand {
  return host.update(place, 'v2', { gen: KILLED_GEN, ...UNHURRIED });
}

/** SIGKILL. True: what was served before is not served now. */
export async function kill(host: Host, patient: Patient): Promise<boolean> {
  await killAt(host, killedCommand(host, patient), patient.point, rootOf(patient.place));
  return isDown(host, patient);
}

export async function isDown(host: Host, { place }: Patient): Promise<boolean> {
  return (await host.serves(place)) === undefined;
}

/** What the second command comes to: the container's own row, and the outcome. */
interface End {
  readonly version: Version;
  readonly runs: boolean;
  readonly outcomes: readonly string[];
}

const CONVERGED: Record<Second, End> = {
  same: { version: 'v2', runs: true, outcomes: ['updated'] },
  newer: { version: 'v4', runs: true, outcomes: ['updated'] },
  restore: { version: 'v1', runs: true, outcomes: ['restored', 'unchanged'] },
};
/** Stopped by the reboot before the swap began: nobody starts what a person may have stopped. */
const UNTOUCHED: Record<Second, End> = {
  same: { version: 'v1', runs: false, outcomes: ['failed'] },
  newer: { version: 'v1', runs: false, outcomes: ['failed'] },
  restore: { version: 'v1', runs: false, outcomes: ['unchanged'] },
};
/** Stopped by the reboot when the command was over: its answer stands. */
const OVER: Record<Second, End> = {
  same: { version: 'v2', runs: false, outcomes: ['updated'] },
  newer: { version: 'v2', runs: false, outcomes: ['failed'] },
  restore: CONVERGED.restore,
};

/** Nothing starts a container with restart policy `no` after a power cut; a swap that had begun is mended. */
export function endAfterPowerCut(points: readonly Point[], { point, policy }: Patient) {
  if (policy !== 'no') return CONVERGED;
  const at = points.findIndex((other) => namePoint(other) === namePoint(point));
  if (at < points.findIndex(({ call }) => call === 'docker stop#1')) return UNTOUCHED;
  const closedAt = points.findIndex(({ call }) => call === 'rm journal#1');
  return at > closedAt ? OVER : CONVERGED;
}

/** Sends the second command, and says what is wrong in the end: nothing, where the cell comes to its end. */
export async function treat(
  host: Host,
  patient: Patient,
  second: Second,
  ends: Record<Second, End> = CONVERGED,
): Promise<string[]> {
  const { place, policy, point } = patient;
  const end = ends[second];
  const command = secondCommand(host, place, second);
  const env = { LONGSHORE_ROOT: rootOf(place).root };
  const { stdout } = await host.begin(command, { env }).ended;
  const outcome = parseResultLine(stdout)?.outcome ?? 'no line that counts';
  const wrong = await listFaults(host, place, end, policy);
  if (!end.outcomes.includes(outcome)) wrong.push(`answered ${outcome}`);
  if (wrong.length === 0) return [];
  return [`${namePoint(point)} × ${second} × ${policy}: ${wrong.join('; ')}; ${stdout.trim()}`];
}

async function listFaults(
  host: Host,
  place: Place,
  { version, runs }: End,
  policy: Policy,
): Promise<string[]> {
  const seen = (await host.see(place)).map((container) => ({
    name: container.name,
    text: `${container.version} ${container.isRunning ? 'running' : 'stopped'} ${container.restart}`,
  }));
  const own = seen.filter(({ name }) => name === place.container).map(({ text }) => text);
  const beside = seen.filter(({ name }) => name !== place.container);
  const kept = beside.filter(
    ({ name, text }) => name.includes('.longshore-kept.') && /^v\d stopped no$/.test(text),
  );
  const wrong: string[] = [];
  if (own.join() !== `${version} ${runs ? 'running' : 'stopped'} ${policy}`) {
    wrong.push(`runs [${own}]`);
  }
  if (beside.length > 1 || kept.length < beside.length) {
    wrong.push(`beside it [${beside.map(({ name, text }) => `${name} ${text}`)}]`);
  }
  const served = await host.serves(place);
  return served === (runs ? version : undefined) ? wrong : [...wrong, `serves ${served}`];
}

function secondCommand(host: Host, place: Place, second: Second): HostCommand {
  switch (second) {
    case 'same':
      return killedCommand(host, { place });
    case 'newer':
      return host.update(place, 'v4', { gen: KILLED_GEN + 1, ...UNHURRIED });
    case 'restore':
      return host.restore(place, KILLED_GEN, { gen: KILLED_GEN + 1, ...UNHURRIED });
  }
}
