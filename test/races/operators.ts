/**
 * Two or three operators, each with one act, at one moment of a small rollout: at the same instant, some calls
 * apart, or one after the other. Afterwards time passes, and sweeps, until nothing happens; then a rollout has
 * ended, or its status says whom it waits for, and that person can end it.
 */
import type { Rollout } from '#core/rollout.ts';
import { isOpen } from '#core/status.ts';
import { seededRandom } from '#local/seeded-random.ts';
import { ServiceError } from '#local/service-error.ts';
import { operate } from '#test/cloud/operator.ts';
import { STACK, startCloud, type TestCloud } from '#test/cloud/start-cloud.ts';
import { type Moment, watchMoments } from './moments.ts';
import { insist, SMALL, type Story } from './stories.ts';

/** All but what the scene leaves no sense: `approve`, `retry-failed`, and an image that turns bad. */
const ALWAYS = [
  'pause',
  'resume',
  'cancel',
  'rollback',
  'a newer push',
  'Stop',
  'Redrive',
] as const;
type Act = (typeof ALWAYS)[number] | 'approve' | 'retry-failed' | 'a bad image';

/**
 * A call takes 20 ms. At 0 both read before either writes; the odd tens put the second one's calls between the
 * first one's; after five seconds the first is over.
 */
const GAPS_MS = [0, 10, 30, 50, 70, 5_000] as const;
const LATENCY_MS = 20;

export interface Scene extends Story {
  acts: readonly Act[];
}

interface Race {
  acts: readonly Act[];
  at: Moment;
  gapMs: number;
}

export const SCENES: readonly Scene[] = [
  {
    name: 'a good push in two batches',
    policy: { soak_seconds: 0 },
    hosts: 2,
    acts: [...ALWAYS, 'a bad image'],
    play: async (test) => void (await test.roll('v2')),
    ends: ['completed'],
  },
  {
    name: 'a push that a person approves',
    policy: { update_strategy: 'manual', staged_batches: [1], soak_seconds: 0 },
    hosts: 1,
    acts: [...ALWAYS, 'approve', 'a bad image'],
    play: async (test) => {
      await test.roll('v2');
      if ((await test.newest()).status === 'awaiting_approval') await insist(test, 'approve');
    },
    ends: ['completed'],
  },
  {
    name: 'a bad push, which goes back',
    policy: { staged_batches: [1], soak_seconds: 0 },
    hosts: 1,
    acts: ALWAYS,
    play: async (test) => void (await test.roll('v2', true)),
    ends: ['rolled_back'],
  },
  {
    name: 'a bad push that is held, and gone on with',
    policy: { on_threshold: 'hold', soak_seconds: 0 },
    hosts: 2,
    acts: [...ALWAYS, 'retry-failed'],
    play: async (test) => {
      test.cloud.fleet.images.set(test.push('v2'), { unhealthyShare: 1 });
      await test.cloud.settle();
      if ((await test.newest()).status === 'held') await insist(test, 'resume');
    },
    ends: ['held'],
  },
];

function begin({ hosts = 2, policy }: Story): Promise<TestCloud> {
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

interface Execution {
  executionArn: string;
  status: string;
  cause: string;
}

/** The last first; children of its Maps are their parents' affair. */
function executions({ cloud }: TestCloud, machine: 'rollout' | 'control'): Execution[] {
  const arn = cloud.machines.get(`${STACK}-${machine}`) ?? '';
  const described = cloud.stepFunctions.executions(arn).toReversed();
  return described.map(({ executionArn, status, cause = '' }) => ({
    executionArn: String(executionArn),
    status: String(status),
    cause: String(cause),
  }));
}

function doIt(test: TestCloud, act: Act): void {
  const running = executions(test, 'rollout').filter(({ status }) => status === 'RUNNING');
  switch (act) {
    case 'a newer push':
      test.push('v3');
      return;
    case 'a bad image':
      spoil(test);
      return;
    case 'Stop':
      for (const { executionArn } of running) send(test, 'StopExecution', { executionArn });
      return;
    case 'Redrive':
      for (const { executionArn } of executions(test, 'rollout')) {
        send(test, 'RedriveExecution', { executionArn });
      }
      return;
    default:
      ask(test, act);
  }
}

/** From now on the newest image is unhealthy wherever it runs. */
function spoil({ cloud, v1 }: TestCloud): void {
  const newest = cloud.ecr.repositories.flatMap(({ images }) => images).at(-1)?.digest;
  if (newest !== undefined && newest !== v1) cloud.fleet.images.set(newest, { unhealthyShare: 1 });
}

/** Of the rollout whose execution began last, by way of the control machine. */
function ask(test: TestCloud, action: string): void {
  const [last] = executions(test, 'rollout');
  const [rollout] = (last?.executionArn.split(':').at(-1) ?? '').split(/-r\d+$/);
  const stateMachineArn = test.cloud.machines.get(`${STACK}-control`);
  const input = JSON.stringify({ rollout, action, by: 'ada' });
  send(test, 'StartExecution', { stateMachineArn, input });
}

/** At once, not by way of a client: the moment is now. What the service refuses, a person reads and leaves. */
function send({ cloud }: TestCloud, action: string, input: Record<string, unknown>): void {
  cloud.clock.spawn(async () => {
    try {
      await cloud.stepFunctions.apply(action, input);
    } catch (error) {
      if (!(error instanceof ServiceError)) throw error;
    }
  });
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
