/** What is out of order for a while. */
import { PLACES, TOPICS } from '../draw-policies.ts';
import { lasting, STACK, type Stage } from '../stage.ts';
import type { Doing, Outage } from '../world.ts';
import { trigger } from './operators.ts';
import { edit } from './policies.ts';

type How = Extract<Doing, { kind: 'outage' }>;

export function fail(stage: Stage, { ofNext, ...how }: How): void {
  if (ofNext === undefined) {
    failNow(stage, how);
    return;
  }
  edit(stage, { kind: 'edit', policy: ofNext, changes: { max_unavailable: 1 } });
  const { cloud, draw } = stage;
  // Before its end, or so shortly after it that somebody may have heard of it.
  const kind = draw.pick(`begins ${ofNext} ${how.forMs}`, ['accepted', 'answered', 'answered']);
  const inMs = draw.int(`begins after ${ofNext} ${how.forMs}`, 0, 3_000);
  // Of a rollout that began after that; not its first chunk, which is often the only one of its batch.
  const isOfIt = new RegExp(`^${ofNext}-[0-9a-f]{6}-g(\\d+) c[1-4] .* update$`);
  const sinceSeconds = cloud.clock.nowMs() / 1000;
  const { onEvent } = cloud.fleet;
  let hasBegun = false;
  cloud.fleet.onEvent = (event) => {
    onEvent?.(event);
    if (hasBegun || !stage.isRough || event.kind !== kind || !('commandId' in event)) return;
    const { comment } = cloud.ssm.commands.find(({ id }) => id === event.commandId) ?? {};
    if (!(Number(isOfIt.exec(comment ?? '')?.[1]) >= sinceSeconds)) return;
    hasBegun = true;
    cloud.clock.schedule(cloud.clock.nowMs() + inMs, () => failNow(stage, how));
  };
}

function failNow(stage: Stage, { what, forMs }: Omit<How, 'ofNext'>): void {
  stage.counters.count(`outage: ${what}`);
  stage.tell(`outage: ${what} for ${Math.round(forMs / 60_000)} min`);
  stage.outages.add(what);
  begin(stage, what, forMs);
  if (what === 'machines') triggerOne(stage);
  const fromMs = stage.cloud.clock.nowMs();
  lasting(stage, forMs, () => {
    stage.outages.delete(what);
    countChunks(stage, what, fromMs);
    end(stage, what);
  });
}

/** No command takes so long: whose child is older waits for Lambda. */
const LONG_MS = 25 * 60_000;

/** What has become of the chunks that hosts were at work for. */
function countChunks({ cloud, counters }: Stage, what: Outage, fromMs: number): void {
  if (what !== 'lambda' && what !== 'chunk_steps') return;
  const { stepFunctions, machines, clock } = cloud;
  const children = stepFunctions
    .executions(machines.get(`${STACK}-rollout`) ?? '')
    .flatMap(({ executionArn }) => stepFunctions.mapRuns(String(executionArn)))
    .flatMap(({ mapRunArn }) => stepFunctions.children(String(mapRunArn)));
  for (const { status, startDate, stopDate } of children) {
    const hasWaited = status === 'RUNNING' && clock.nowMs() - Number(startDate) * 1000 > LONG_MS;
    const hasFailed = status === 'FAILED' && Number(stopDate) * 1000 >= fromMs;
    if (hasWaited) counters.count(`a chunk waited for ${what}`);
    if (hasFailed) counters.count(`a chunk was left by its machine: ${what}`);
  }
}

/** What is decided meanwhile is begun by nobody, and what a person asks for comes in no message again. */
function triggerOne(stage: Stage): void {
  const { clock } = stage.cloud;
  const place = PLACES.find(({ id }) => stage.documents.has(id));
  const [repository] = place?.repositories ?? [];
  if (place === undefined || repository === undefined) return;
  const what = { kind: 'trigger', policy: place.id, repository, back: 1 } as const;
  clock.schedule(clock.nowMs() + 1_000, () => trigger(stage, what));
}

function begin({ cloud }: Stage, what: Outage, forMs: number): void {
  if (what === 'waits') cloud.waitsUntilMs = cloud.clock.nowMs() + forMs;
  if (what === 'a_topic_is_gone') cloud.sns.deleteTopic(cloud.sns.createTopic(TOPICS[0]));
  if (what === 'ssm_throttled') cloud.ssm.limit('*', { perSecond: 0.2, burst: 2 });
  if (what !== 'hosts_registry') return;
  for (const host of cloud.fleet.list) host.faults = { ...host.faults, work: 'pull_failed' };
}

function end({ cloud }: Stage, what: Outage): void {
  if (what === 'waits') cloud.waitsUntilMs = 0;
  if (what === 'a_topic_is_gone') cloud.sns.createTopic(TOPICS[0]);
  if (what === 'ssm_throttled') cloud.ssm.limit('*', undefined);
  if (what !== 'hosts_registry') return;
  for (const host of cloud.fleet.list) {
    const { work, ...rest } = host.faults;
    host.faults = work === 'pull_failed' ? rest : host.faults;
  }
}
