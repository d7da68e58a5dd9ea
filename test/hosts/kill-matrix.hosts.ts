/**
 * Every point at which an update may die × the next command × the container's restart policy, twice: by SIGKILL,
 * as the agent kills, and by a power cut. Every cell comes to one running container of the right version.
 *
 * - The commands of one host wait for each other, but not those with a LONGSHORE_ROOT of their own: so cells run
 *   at the same time, and all can stand at their points when the power goes.
 * - The three next commands after a power cut are three futures of one disk: it is copied while the power is off.
 * - Here a power cut loses what the kernel holds of processes, not what it holds of files: `sync` is not tried.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { chooseKills } from './choose-kills.ts';
import { eachAtOnce } from './each-at-once.ts';
import {
  admit,
  endAfterPowerCut,
  isDown,
  kill,
  killedCommand,
  type Patient,
  POLICIES,
  type Policy,
  rootOf,
  SECONDS,
  treat,
} from './kill-cell.ts';
import { holdAt, listPoints, namePoint, type Point } from './points.ts';
import { type Host, startHost } from './start-host.ts';

const AT_ONCE = 5;
const KILLS = chooseKills(POLICIES);
/** Three times what it takes with the machine to itself. */
const MATRIX_TIMEOUT_MS = 30 * 60_000;

let host: Host;
let points: Point[] = [];
beforeAll(async () => {
  host = await startHost();
  const patient = await admit(host, { call: '', isAfter: false }, 'always');
  const dryRun = await listPoints(host, killedCommand(host, patient), rootOf(patient.place));
  if (dryRun.answer.result.outcome !== 'updated') throw new Error(dryRun.answer.stdout);
  points = dryRun.points;
});
afterAll(() => host.stop());

describe('the kill matrix', () => {
  it('has a point before everything that an update changes', () => {
    const names = points.map(namePoint);

    expect(names.at(-1)).toMatch(/^after /);
    expect(names).toEqual(
      expect.arrayContaining([
        'mv fence#1',
        'docker pull#1',
        'mv journal#1',
        'curl create#1',
        'docker stop#1',
        'docker rename#1',
        'docker rename#2',
        'docker update#1',
        'docker start#1',
        'mv journal#4',
        'mv prev#1',
        'mv current#1',
        'rm journal#1',
        'mv last#1',
      ]),
    );
  });

  it('converges after a SIGKILL at every point', { timeout: MATRIX_TIMEOUT_MS }, async ({
    signal,
  }) => {
    const beganMs = Date.now();
    const down = new Set<string>();
    const cells = listWards().flatMap((ward) => SECONDS.map((second) => ({ ...ward, second })));

    const play = async ({ point, policy, second }: (typeof cells)[number]) => {
      const patient = await admit(host, point, policy);
      if (await kill(host, patient)) down.add(`${namePoint(point)} × ${policy}`);
      const complaints = await treat(host, patient, second);
      await discharge(patient);
      return complaints;
    };
    const wrong = await eachAtOnce(cells, AT_ONCE, play, signal);

    report('SIGKILL', wrong, down, beganMs);
    expect(wrong.flat()).toEqual([]);
    expect(wrong).toHaveLength(points.length * 3 * KILLS.perPoint);
  });

  it('converges after a power cut at every point', { timeout: MATRIX_TIMEOUT_MS }, async ({
    signal,
  }) => {
    const beganMs = Date.now();
    const down = new Set<string>();
    const hold = async ({ point, policy }: Ward) => {
      const patient = await admit(host, point, policy);
      await holdAt(host, killedCommand(host, patient), point, rootOf(patient.place));
      return patient;
    };
    const patients = await eachAtOnce(listWards(), AT_ONCE, hold, signal);
    await host.powerCut();
    const disk = await host.engine.copyDisk();

    const wrong: string[][] = [];
    for (const second of SECONDS) {
      await host.engine.insertDisk(disk);
      await host.boot();
      for (const { point, policy } of await onlyDown(patients)) {
        down.add(`${namePoint(point)} × ${policy}`);
      }
      const play = (patient: Patient) =>
        treat(host, patient, second, endAfterPowerCut(points, patient));
      wrong.push(...(await eachAtOnce(patients, AT_ONCE, play, signal)));
      await host.powerCut();
    }

    report('power cut', wrong, down, beganMs);
    expect(wrong.flat()).toEqual([]);
    expect(wrong).toHaveLength(points.length * 3 * KILLS.perPoint);
  });
});

interface Ward {
  point: Point;
  policy: Policy;
}

function listWards(): Ward[] {
  return points.flatMap((point, index) =>
    KILLS.policiesOf(index).map((policy) => ({ point, policy })),
  );
}

async function onlyDown(patients: readonly Patient[]): Promise<Patient[]> {
  const found = await eachAtOnce(patients, AT_ONCE, async (patient) =>
    (await isDown(host, patient)) ? [patient] : [],
  );
  return found.flat();
}

async function discharge({ place }: Patient): Promise<void> {
  const ids = (await host.see(place)).map(({ id }) => id);
  if (ids.length > 0) await host.engine.docker('rm', '-f', ...ids);
}

/** What a reader wants to know although nothing is wrong with it; and what is, even where the time ran out. */
function report(
  how: string,
  cells: readonly string[][],
  down: ReadonlySet<string>,
  beganMs: number,
): void {
  const seconds = Math.round((Date.now() - beganMs) / 1000);
  const lines = [
    `${cells.length} cells ran (${points.length} points × 3 next commands × ${KILLS.perPoint} restart policies; ${KILLS.about}), ${seconds} s`,
    ...cells.flat().map((complaint) => `does not converge: ${complaint}`),
    ...[...down].sort().map((cell) => `down until the next command: ${cell}`),
  ];
  process.stdout.write(lines.map((line) => `${how}: ${line}\n`).join(''));
}
