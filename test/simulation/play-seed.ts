/**
 * One seed, from its start to its rest: its happenings and its faults for so many hours; then faults stop, hosts
 * come back, sweeps go on, what waits for a person is ended by one. A crash is a violation too.
 */
import { createHash } from 'node:crypto';
import { createCloud } from '#local/cloud.ts';
import type { LocalCloud } from '#local/local-cloud.ts';
import { type Grants, readGrants } from '#test/cloud/granted-actions.ts';
import { type Watch, watchInvariants } from '#test/invariants/watch-invariants.ts';
import { Counters } from './counters.ts';
import { doIt } from './doings/do.ts';
import { beEager } from './doings/eager.ts';
import { containersFor } from './doings/hosts.ts';
import { meddle } from './doings/meddle.ts';
import { drawOf } from './draw.ts';
import { TOPICS } from './draw-policies.ts';
import { drawWorld } from './draw-world.ts';
import { disturbCalls, latencyOf } from './faults/calls.ts';
import { disturbEvents } from './faults/events.ts';
import { type Hits, hitsOf } from './faults/hit.ts';
import { disturbInvocations } from './faults/invocations.ts';
import { disturbStore } from './faults/store.ts';
import { Ledger } from './ledger.ts';
import { Observer } from './observe/observer.ts';
import type { FaultKind } from './rates.ts';
import { comeToRest } from './rest.ts';
import { clocksOf, OVERDUE_MS, STACK, type Stage, watchesOf } from './stage.ts';
import { templateOf } from './template.ts';
import type { Size, World } from './world.ts';

const START_MS = Date.UTC(2026, 0, 5, 6);
const HOUR_MS = 3_600_000;

export interface Play {
  seed: number;
  size: Size;
  /** Parsed; the same for every seed. */
  template: unknown;
  /** Happenings that are left out, by their ids. */
  without?: ReadonlySet<number>;
  /** Faults that do not hit. */
  off?: ReadonlySet<FaultKind>;
  /** What a test breaks on purpose, once the cloud is there. */
  sabotage?: (cloud: LocalCloud) => void;
}

interface Told {
  atMs: number;
  text: string;
}

export interface Outcome {
  seed: number;
  violations: string[];
  /** Of everything that was called and everything that befell a host. */
  hash: string;
  pushes: number;
  commands: number;
  faults: number;
  rollouts: number;
  counters: Record<string, number>;
  story: Told[];
}

const grantsOf = new WeakMap<object, Grants>();

export async function playSeed(play: Play): Promise<Outcome> {
  const world = drawWorld(play.seed, play.size);
  const story: Told[] = [];
  const counters = new Counters();
  let stage: Stage | undefined;
  const violations: string[] = [];
  const trace: string[] = [];
  try {
    const { cloud, watch, hits } = await makeCloud(world, play, trace);
    stage = makeStage(play, world, cloud, counters, story);
    const observer = new Observer(cloud, counters);
    hits.begin(stage);
    play.sabotage?.(cloud);
    await run(stage, watch, play);
    violations.push(...(await comeToRest(stage, watch)));
    observer.finish(stage.ledger, stage.second);
  } catch (error) {
    violations.push(`crash: ${error instanceof Error ? error.stack : String(error)}`);
  }
  const hash = createHash('sha256').update(trace.join('')).digest('hex');
  return outcomeOf({ world, stage, counters, violations, story, hash });
}

async function makeCloud(world: World, play: Play, trace: string[]) {
  let hits: Hits | undefined;
  let watch: Watch | undefined;
  const template = templateOf(play.template, world);
  const base = play.template as object;
  const grants = grantsOf.get(base) ?? readGrants(base);
  grantsOf.set(base, grants);
  const cloud = await createCloud({
    seed: world.seed,
    startMs: START_MS,
    stackName: STACK,
    template,
    eventDeliveryMs: [0, 0],
    dynamo: disturbStore(() => hits),
    ssm: { visibleAfterMs: [0, 1_500], shortPageShare: 0.1 },
    lambdaAheadMs: clocksOf(world),
    latencyMs: (_service, _operation, call) => latencyOf(call, hits),
    prepare: (made) => {
      watch = watchInvariants(made, grants, {
        overdueMs: OVERDUE_MS,
        skewMs: world.skewMs,
        stack: STACK,
      });
      traceCloud(made, trace);
      furnish(made, world);
    },
  });
  if (watch === undefined) throw new Error('the cloud was never prepared');
  const begin = (stage: Stage) => {
    hits = hitsOf(stage, play.off ?? new Set());
    disturbCalls(stage, hits);
    disturbInvocations(stage, hits);
    disturbEvents(stage, hits);
  };
  return { cloud, watch, hits: { begin } };
}

/** One image in each repository, and hosts that run it. */
function furnish(cloud: LocalCloud, { repositories, hosts }: World): void {
  for (const topic of TOPICS) cloud.sns.createTopic(topic);
  for (const name of repositories) {
    cloud.ecr.createRepository(name);
    const digest = cloud.ecr.push(name, { tag: '1.0.0' });
    cloud.ecr.push(name, { digest, tag: 'latest' });
  }
  for (const { trait, ...host } of hosts) {
    const fleet = String(host.tags?.['longshore:fleet'] ?? '');
    const containers = containersFor(cloud.ecr, fleet);
    const added = cloud.fleet.add({ ...host, containers });
    if (trait === undefined) continue;
    for (const [name, digest] of Object.entries(containers))
      added.byHand.run(name, digest, { trait });
  }
}

function traceCloud(cloud: LocalCloud, trace: string[]): void {
  const { onCall } = cloud.wire;
  cloud.wire.onCall = (call, outcome) => {
    onCall?.(call, outcome);
    const end = 'error' in outcome ? outcome.error.code : 'done';
    const { atMs, caller, service, operation } = call;
    trace.push(`${atMs} ${caller?.functionName} ${service}:${operation} ${end}\n`);
  };
  const { onEvent } = cloud.fleet;
  cloud.fleet.onEvent = (event) => {
    onEvent?.(event);
    trace.push(`${event.atMs} ${event.host} ${event.kind}\n`);
  };
}

function makeStage(
  { template }: Play,
  world: World,
  cloud: LocalCloud,
  counters: Counters,
  story: Told[],
): Stage {
  const working: Stage['working'] = new Map();
  const { onEvent } = cloud.fleet;
  cloud.fleet.onEvent = (event) => {
    onEvent?.(event);
    const befalls = event.kind === 'accepted' ? working.get(event.host) : undefined;
    if (befalls === undefined) return;
    working.delete(event.host);
    befalls();
  };
  return {
    cloud,
    world,
    draw: drawOf(world.seed, 'play'),
    template,
    ledger: new Ledger(cloud, STACK),
    second: undefined,
    counters,
    documents: new Map(world.policies.map((document) => [String(document['id']), document])),
    undo: new Set(),
    outages: new Set(),
    working,
    isRough: true,
    tell: (text) => void story.push({ atMs: cloud.clock.nowMs(), text }),
  };
}

async function run(stage: Stage, watch: Watch, { without }: Play): Promise<void> {
  const { cloud, world } = stage;
  const { clock } = cloud;
  const startMs = clock.nowMs();
  for (const happening of world.happenings) {
    if (without?.has(happening.id)) continue;
    clock.schedule(startMs + happening.atMs, () => doIt(stage, happening));
  }
  if (world.isEager) beEager(stage);
  meddle(stage);
  const untilMs = startMs + world.size.hours * HOUR_MS;
  await clock.run({
    untilMs,
    until: () => watchesOf(stage, watch).some(({ found }) => found.length > 0),
  });
}

function outcomeOf(of: {
  world: World;
  stage: Stage | undefined;
  counters: Counters;
  violations: string[];
  story: Told[];
  hash: string;
}): Outcome {
  const { world, stage, counters, violations, story, hash } = of;
  const changes = (stage?.ledger.changes ?? []).map(
    ({ atMs, rollout, status, who, why, event }) => ({
      atMs,
      text: `  ${rollout} ${status}: ${event.replace('image.rollout_', '')} by ${who}: ${why}`,
    }),
  );
  const hits = story.filter(({ text }) => text.startsWith('!')).length;
  return {
    seed: world.seed,
    violations,
    hash,
    pushes: counters.of('pushes'),
    commands: stage?.cloud.ssm.commands.length ?? 0,
    faults: hits,
    rollouts: stage?.ledger.all.length ?? 0,
    counters: counters.toRecord(),
    story: [...story, ...changes].toSorted((one, other) => one.atMs - other.atMs),
  };
}
