/**
 * One story, with Stop at one of its moments and a Redrive or `resume` some time later: what it comes to, and
 * what is wrong with that. Whatever runs is stopped, and all of it is redriven.
 */
import { updates } from '#test/cloud/operator.ts';
import { STACK, startCloud, type TestCloud } from '#test/cloud/start-cloud.ts';
import { type Moment, watchMoments } from './moments.ts';
import { SMALL, type Story } from './stories.ts';

interface Again {
  name: string;
  /** In the console, or by the control machine. */
  by: 'redrive' | 'resume';
  afterMs: number;
}

/** While the lambda that outlives the Stop is still at work; later; and after every deadline. */
const AGAIN: readonly Again[] = [
  { name: 'redriven at once', by: 'redrive', afterMs: 0 },
  { name: 'redriven after 50 ms', by: 'redrive', afterMs: 50 },
  { name: 'redriven after a minute', by: 'redrive', afterMs: 60_000 },
  { name: 'redriven after two hours', by: 'redrive', afterMs: 7_200_000 },
  { name: 'resumed at once', by: 'resume', afterMs: 0 },
  { name: 'resumed after a minute', by: 'resume', afterMs: 60_000 },
];

/** The ways that the story's own Stops can be gone on from: only a rollout is resumed. */
function againOf({ stops }: Story): readonly Again[] {
  return stops === 'control' ? AGAIN.filter(({ by }) => by === 'redrive') : AGAIN;
}

/** Time passes in every call, so that another can come between two of them. */
const LATENCY_MS = 20;

async function begin({ hosts = 3, policy }: Story): Promise<TestCloud> {
  return startCloud({
    hosts,
    policies: [{ ...SMALL, ...policy }],
    latencyMs: () => LATENCY_MS,
  });
}

/** The moments at which something runs that can be stopped, and how the story ends by itself. */
async function survey(story: Story): Promise<{ moments: Moment[]; end: End }> {
  const test = await begin(story);
  const moments: Moment[] = [];
  watchMoments(test.cloud, (moment) => {
    if (executions(test, story).some(isRunning)) moments.push(moment);
  });
  await story.play(test);
  return { moments, end: await endOf(test, story) };
}

/** Plays the story with a Stop at the moment; what is wrong then is told in words. */
async function judgeStop(story: Story, end: End, at: Moment, again: Again): Promise<string[]> {
  const test = await begin(story);
  const { cloud } = test;
  const wrong: string[] = [];
  let hasStopped = false;
  watchMoments(cloud, (moment) => {
    if (moment.number !== at.number) return;
    if (moment.what !== at.what) wrong.push(`${moment.what} came instead`);
    const running = executions(test, story).filter(isRunning);
    hasStopped = running.length > 0;
    for (const execution of running) send(test, 'StopExecution', { ...execution, cause: 'a look' });
    const goOn = () => running.forEach((execution) => void goOnWith(test, execution, again.by));
    cloud.clock.schedule(cloud.clock.nowMs() + again.afterMs, goOn);
  });
  await story.play(test);
  if ((await test.rollouts()).some(({ settled }) => !settled)) await sweep(test);
  if (!hasStopped) wrong.push('nothing was stopped');
  const seen = await endOf(test, story);
  if (JSON.stringify(seen) !== JSON.stringify(end)) wrong.push(`ends ${JSON.stringify(seen)}`);
  return [...wrong, ...(await test.watch.violations())];
}

interface End {
  ends: readonly string[];
  [field: string]: unknown;
}

/** What a Stop must not change. */
async function endOf(test: TestCloud, { losesResults }: Story): Promise<End> {
  const rollouts = await test.rollouts();
  const { desired, denied, active, rolling_back } = await test.target();
  return {
    ends: rollouts.map(({ status }) => status),
    settled: rollouts.map(({ settled }) => settled),
    totals: losesResults ? [] : rollouts.map(({ totals }) => totals),
    running: test.cloud.fleet.list.map((host) => host.running('web')),
    updates: updates(test).toSorted(),
    asked: rollouts.map(({ log }) => log.filter(({ event }) => event.endsWith('decided')).length),
    target: [desired.digest, denied.map(({ digest }) => digest), active?.rollout, rolling_back],
  };
}

interface Running {
  executionArn: string;
  status: string;
}

function executions({ cloud }: TestCloud, { stops = 'rollout' }: Story): Running[] {
  const arn = cloud.machines.get(`${STACK}-${stops}`) ?? '';
  return cloud.stepFunctions.executions(arn).map(({ executionArn, status }) => ({
    executionArn: String(executionArn),
    status: String(status),
  }));
}

function isRunning({ status }: Running): boolean {
  return status === 'RUNNING';
}

function goOnWith(test: TestCloud, { executionArn }: Running, by: Again['by']): void {
  if (by === 'redrive') {
    send(test, 'RedriveExecution', { executionArn });
    return;
  }
  const [rollout] = (executionArn.split(':').at(-1) ?? '').split(/-r\d+$/);
  const stateMachineArn = test.cloud.machines.get(`${STACK}-control`);
  const input = JSON.stringify({ rollout, action: 'resume', by: 'ada' });
  send(test, 'StartExecution', { stateMachineArn, input });
}

/** At once, not by way of a client: the moment is now. */
function send({ cloud }: TestCloud, action: string, input: Record<string, unknown>): void {
  cloud.clock.spawn(async () => {
    await cloud.stepFunctions.apply(action, input);
  });
}

async function sweep({ cloud }: TestCloud): Promise<void> {
  await cloud.invoke(`${STACK}-sweep`, {});
  await cloud.settle();
}

export interface Stops {
  cases: number;
  /** The states in which, or at whose lambdas, something was stopped. */
  states: Set<string>;
  ends: readonly string[];
  wrong: string[];
}

/**
 * Every moment with every way to go on; or a sample: each state's first moment and every ninth call, with the
 * ways in turn.
 */
export async function stopEverywhere(story: Story, extent: 'all' | 'sample'): Promise<Stops> {
  const { moments, end } = await survey(story);
  const ways = againOf(story);
  const result: Stops = { cases: 0, states: new Set(), ends: end.ends, wrong: [] };
  const chosen = extent === 'all' ? moments : moments.filter(isInSample());
  for (const [index, moment] of chosen.entries()) {
    if (moment.state !== undefined) result.states.add(moment.state);
    for (const again of extent === 'all' ? ways : ways.slice(index % ways.length).slice(0, 1)) {
      result.cases += 1;
      const wrong = await judgeStop(story, end, moment, again);
      if (wrong.length === 0) continue;
      result.wrong.push(`#${moment.number} ${moment.what}, ${again.name}: ${wrong.join('; ')}`);
    }
  }
  return result;
}

function isInSample(): (moment: Moment, index: number) => boolean {
  const met = new Set<string>();
  return ({ state }, index) => {
    if (state === undefined || met.has(state)) return index % 9 === 0;
    met.add(state);
    return true;
  };
}
