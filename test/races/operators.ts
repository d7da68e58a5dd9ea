/**
 * Two or three operators, each with one act, at one moment of a small rollout: at the same instant, some calls
 * apart, or one after the other. Afterwards time passes, and sweeps, until nothing happens; then a rollout has
 * ended, or its status says whom it waits for, and that person can end it.
 */
import type { Rollout } from '#core/rollout.ts';
import { isOpen } from '#core/status.ts';
import { seededRandom } from '#local/seeded-random.ts';
import { operate } from '#test/cloud/operator.ts';
import { STACK, startCloud, type TestCloud } from '#test/cloud/start-cloud.ts';
import { doIt, executions } from './acts.ts';
import { type Moment, watchMoments } from './moments.ts';
import type { Act, Scene } from './scenes.ts';
import { SMALL } from './stories.ts';

/**
 * A call takes 20 ms. At 0 both read before either writes; the odd tens put the second one's calls between the
 * first one's; after five seconds the first is over.
 */
const GAPS_MS = [0, 10, 30, 50, 70, 5_000] as const;
const LATENCY_MS = 20;

interface Race {
  acts: readonly Act[];
  at: Moment;
  gapMs: number;
}

function begin({ hosts = 2, policy }: Scene): Promise<TestCloud> {
  return startCloud({ hosts, policies: [{ ...SMALL, ...policy }], latencyMs: () => LATENCY_MS });
}

/** Every move of the scene into a state, and where one stands for longer than a second. */
async function survey(scene: Scene): Promise<{ moments: Moment[]; ends: string[] }> {
  const test = await begin(scene);
  const moments: Moment[] = [];
  watchMoments(test.cloud, (moment) => {
    if (moment.state !== undefined) moments.push(moment);
  });
  await scene.play(test);
  return { moments, ends: (await test.rollouts()).map(({ status }) => status) };
}

/** What is wrong after the race, in words. */
async function judgeRace(scene: Scene, { acts, at, gapMs }: Race): Promise<string[]> {
  const test = await begin(scene);
  const { clock } = test.cloud;
  watchMoments(test.cloud, ({ number }) => {
    if (number !== at.number) return;
    for (const [index, act] of acts.entries()) {
      if (index === 0 || gapMs === 0) doIt(test, act);
      else clock.schedule(clock.nowMs() + index * gapMs, () => doIt(test, act));
    }
  });
  await scene.play(test);
  await rest(test);
  const wrong = (await test.rollouts()).filter(({ status }) => isStuck(status)).map(stuck);
  await endAll(test);
  return [...wrong, ...(await judgeEnd(test)), ...(await test.watch.violations())];
}

async function rest({ cloud }: TestCloud): Promise<void> {
  await cloud.settle();
  for (const _ of ['first', 'second']) {
    await cloud.invoke(`${STACK}-sweep`, {});
    await cloud.settle();
  }
}

const WAITS_FOR_A_PERSON: readonly string[] = ['held', 'paused', 'awaiting_approval'];

function isStuck(status: Rollout['status']): boolean {
  return isOpen(status) && !WAITS_FOR_A_PERSON.includes(status);
}

function stuck({ number, status }: Rollout): string {
  return `#${number} is ${status}, and waits for nobody`;
}

/** What its status says that a person can do: a few times, for a hold may follow a pause. */
const ENDED_BY: Readonly<Record<string, readonly string[]>> = {
  paused: ['resume'],
  held: ['cancel', 'resume'],
  awaiting_approval: ['reject'],
};

async function endAll(test: TestCloud): Promise<void> {
  for (const _ of ['once', 'twice', 'three times', 'four times']) {
    for (const { rollout, status } of await test.rollouts()) {
      for (const action of ENDED_BY[status] ?? []) {
        const answer = await operate(test).ask({ rollout, action, by: 'bob' });
        if (answer.verdict === 'done') break;
      }
    }
    await rest(test);
  }
}

async function judgeEnd(test: TestCloud): Promise<string[]> {
  const rollouts = await test.rollouts();
  const { active } = await test.target();
  return [
    ...rollouts
      .filter(({ settled }) => !settled)
      .map((one) => `#${one.number} stays ${one.status}`),
    ...(active === undefined ? [] : [`the target keeps #${active.number}`]),
    ...judgeExecutions(test),
    ...(await judgeHosts(test, rollouts.at(-1))),
  ];
}

/** A request is always answered; and no rollout ends up with an execution that failed. */
function judgeExecutions(test: TestCloud): string[] {
  const failed = (['rollout', 'control'] as const).flatMap((machine) =>
    executions(test, machine).filter(({ status }) => status === 'FAILED' || status === 'RUNNING'),
  );
  return failed.map(({ executionArn, status, cause }) => `${executionArn} is ${status}: ${cause}`);
}

/** The records of the last rollout, beside what its hosts run. */
async function judgeHosts(test: TestCloud, last: Rollout | undefined): Promise<string[]> {
  if (last === undefined) return ['there is no rollout'];
  const records = await test.hostRecords(last);
  return records.flatMap(({ host, status, digest_before }) => {
    const runs = test.cloud.fleet.host(host).running('web');
    const isAsSaid =
      (status === 'completed' && runs === last.image.digest) ||
      (status === 'rolled_back' && runs === digest_before) ||
      !['completed', 'rolled_back'].includes(status);
    return isAsSaid ? [] : [`${host} is ${status} and runs ${runs}`];
  });
}

export interface Races {
  moments: number;
  all: number;
  played: number;
  ends: readonly string[];
  wrong: string[];
}

/** Every ordered pair at every moment, the gaps in turn; of these, every `one`-th. */
export async function racePairs(scene: Scene, one: number): Promise<Races> {
  const { moments, ends } = await survey(scene);
  const pairs = scene.acts.flatMap((first) => scene.acts.map((second) => [first, second]));
  const races = moments.flatMap((at, index) =>
    pairs.map((acts, pair) => ({ acts, at, gapMs: pick(GAPS_MS, index + pair) })),
  );
  const chosen = races.filter((_, index) => index % one === 0);
  return { moments: moments.length, all: races.length, ends, ...(await judgeAll(scene, chosen)) };
}

/** So many triples, drawn from the seed: their acts, their moment and their gap. */
export async function raceTriples(scene: Scene, count: number, seed: number): Promise<Races> {
  const { moments, ends } = await survey(scene);
  const random = seededRandom(seed);
  const draw = <T>(list: readonly T[]) => pick(list, Math.floor(random() * list.length));
  const races = Array.from({ length: count }, () => ({
    acts: [draw(scene.acts), draw(scene.acts), draw(scene.acts)],
    at: draw(moments),
    gapMs: draw(GAPS_MS),
  }));
  const all = moments.length * scene.acts.length ** 3 * GAPS_MS.length;
  return { moments: moments.length, all, ends, ...(await judgeAll(scene, races)) };
}

function pick<T>(list: readonly T[], index: number): T {
  const picked = list[index % list.length];
  if (picked === undefined) throw new Error('an empty list has nothing to pick');
  return picked;
}

async function judgeAll(scene: Scene, races: readonly Race[]) {
  const wrong: string[] = [];
  for (const race of races) {
    const found = await judgeRace(scene, race);
    const { acts, at, gapMs } = race;
    const name = `#${at.number} ${at.what}: ${acts.join(', ')}, ${gapMs} ms apart`;
    if (found.length > 0) wrong.push(`${name}: ${found.join('; ')}`);
  }
  return { played: races.length, wrong };
}
