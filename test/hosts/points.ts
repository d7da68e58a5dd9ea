/**
 * The points at which a command may die: before each of its calls that change something, and after the last.
 *
 * Programs of the same names stand before the real ones in the command's PATH (point-shim.sh); the script
 * itself holds no code for tests.
 */
import { existsSync, mkdirSync, mkdtempSync, readFileSync, symlinkSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { HostCommand } from '#core/host-command.ts';
import type { Running } from '#local/docker/run-program.ts';
import type { Answer, Host } from './start-host.ts';

const SHIM = path.join(import.meta.dirname, 'point-shim.sh');
const SHIMMED = ['docker', 'curl', 'mv', 'rm'];
const LOOK_MS = 20;

export interface Point {
  /** `docker rename#2`: the second of them. */
  readonly call: string;
  /** The last point is behind its call. */
  readonly isAfter: boolean;
}

export function namePoint({ call, isAfter }: Point): string {
  return isAfter ? `after ${call}` : call;
}

export interface PointOptions {
  /** LONGSHORE_ROOT: the commands of a host wait for each other; with roots of their own they do not. */
  readonly root: string;
}

/** Runs the command to its end. What it answered, and its points in their order. */
export async function listPoints(
  host: Host,
  command: HostCommand,
  options: PointOptions,
): Promise<{ answer: Answer; points: Point[] }> {
  const { folder, send } = prepare(host, options);
  const answer = await host.send(command, send);
  const calls = readFileSync(path.join(folder, 'calls'), 'utf8').trim().split('\n');
  const seen = new Map<string, number>();
  const points = calls.map((call) => {
    const count = (seen.get(call) ?? 0) + 1;
    seen.set(call, count);
    return { call: `${call}#${count}`, isAfter: false };
  });
  const last = points.at(-1);
  return { answer, points: last ? [...points, { ...last, isAfter: true }] : [] };
}

/** Begins the command and returns when it stands at the point. Throws when it ends without having come there. */
export async function holdAt(
  host: Host,
  command: HostCommand,
  point: Point,
  options: PointOptions,
): Promise<Running> {
  const { folder, send } = prepare(host, options);
  const env = { ...send.env, POINT: point.call, POINT_AFTER: point.isAfter ? '1' : '0' };
  const running = host.begin(command, { ...send, env });
  let said: string | undefined;
  running.ended.then(({ stdout, stderr }) => {
    said = stdout + stderr;
  });
  while (!existsSync(path.join(folder, 'reached'))) {
    if (said !== undefined) throw new Error(`${namePoint(point)} was never reached: ${said}`);
    await delay(LOOK_MS);
  }
  return running;
}

/** As the agent kills: the whole process group, at once. */
export async function killAt(
  host: Host,
  command: HostCommand,
  point: Point,
  options: PointOptions,
): Promise<void> {
  const running = await holdAt(host, command, point, options);
  running.kill();
  await running.ended;
}

function prepare(host: Host, { root }: PointOptions) {
  const shims = path.join(host.engine.folder, 'shims');
  if (!existsSync(shims)) {
    mkdirSync(shims);
    for (const name of SHIMMED) symlinkSync(SHIM, path.join(shims, name));
  }
  const folder = mkdtempSync(path.join(host.engine.folder, 'points-'));
  return { folder, send: { pathPrefix: shims, env: { LONGSHORE_ROOT: root, POINTS: folder } } };
}
