/** In a seed that is bent on something: what somebody does at the very moment at which it hurts. */
import type { SimulatedHost } from '#local/hosts/simulated-host.ts';
import type { InvocationFault } from '#local/lambda/invocation.ts';
import { memberOf } from '../ledger.ts';
import type { Stage } from '../stage.ts';
import type { AfterStop, Doing, HandMade } from '../world.ts';
import { stop } from './console.ts';
import { after, type Event, hear, pushFor } from './hear.ts';
import { doByHand } from './hosts.ts';
import { comeLate, freezeAtWork, hangWaits, sendTwice } from './late.ts';

/** How likely it is, each time. */
const TOUCHED = 0.15;
const LOST = 0.2;
const PUSHED = 0.1;
const STOPPED = 0.7;
const STOPPED_UNHEARD = 0.4;
const ONCE = 0.7;
const SAID_AGAIN = 0.15;
const STOPPED_AT_WORK = 0.05;
const HUNG = 0.3;

export function meddle(stage: Stage): void {
  switch (stage.world.bent) {
    case 'hands':
      hear(stage, ({ kind }) => kind === 'answered', touch);
      break;
    case 'silence':
      hear(stage, ({ kind }) => kind === 'answered', muddle);
      break;
    case 'takeovers':
      hear(stage, ({ kind }) => kind === 'accepted', pushNext);
      break;
    case 'console':
      stopWhatHangs(stage);
      hear(stage, ({ kind }) => kind === 'accepted', stopAtWork);
      break;
    case 'retries':
      hangRecords(stage);
      break;
    case 'one_by_one':
      hear(stage, ({ kind }) => kind === 'accepted', freezeAtWork);
      break;
    case 'waits':
      hangWaits(stage);
      break;
    case 'copies':
      sendTwice(stage);
      break;
    case 'gates':
      comeLate(stage);
      break;
    default:
  }
}

/** Within the soak, at times before the answer is heard. */
function touch(stage: Stage, { host: id, container }: Event, name: string): void {
  const { draw, world } = stage;
  const host = world.hosts.findIndex((one) => one.id === id);
  const what: HandMade | undefined = draw.chance(name, TOUCHED)
    ? draw.pick(`${name} what`, ['run', 'run', 'stop'] as const)
    : draw.chance(`${name} lost`, LOST)
      ? 'lose_state'
      : undefined;
  if (what === undefined || host === -1) return;
  const hand: Extract<Doing, { kind: 'by_hand' }> = { kind: 'by_hand', host, container, what };
  after(stage, draw.share(`${name} after`) ** 2 * 20_000, () => doByHand(stage, hand));
}

/** What a host answered nobody hears, and when it is asked again it is so no more. Or it says the same once more. */
function muddle(stage: Stage, { host: id, container }: Event, name: string): void {
  const { cloud, draw } = stage;
  const host = cloud.fleet.find(id);
  if (host === undefined) return;
  const { silent, reply, ...others } = host.faults;
  if (silent !== 'after_work' && reply === undefined) {
    if (!draw.chance(`${name} again`, SAID_AGAIN)) return;
    after(stage, 500, () => say(stage, host, { ...host.faults, reply: 'earlier' }));
    after(stage, 120_000, () => say(stage, host, others));
    return;
  }
  if (draw.chance(name, STOPPED_UNHEARD)) {
    stage.tell(`by hand on ${id}: stop ${container}`);
    host.byHand.stop(container);
  }
  if (draw.chance(`${name} once`, ONCE)) after(stage, 500, () => say(stage, host, others));
}

/** Not after faults have stopped. */
function say(stage: Stage, host: SimulatedHost, faults: SimulatedHost['faults']): void {
  if (stage.isRough) host.faults = faults;
}

function pushNext(stage: Stage, { container }: Event, name: string): void {
  const { draw } = stage;
  if (!draw.chance(name, PUSHED)) return;
  pushFor(stage, container, draw.int(`${name} after`, 0, 10_000));
}

/** While a host is at work, whichever rollout it is that is stopped. */
function stopAtWork(stage: Stage, _: Event, name: string): void {
  const atWork = stage.ledger.open.find(({ status }) => status === 'in_progress');
  if (atWork === undefined || !stage.draw.chance(name, STOPPED_AT_WORK)) return;
  after(stage, 1_000, () => stopIt(stage, atWork.rollout, name));
}

const NEXT: readonly AfterStop[] = ['rollback', 'rollback', 'cancel', 'resume', 'Redrive'];

/** A step hangs before its first call: somebody stops its execution, and asks for something else at once. */
function stopWhatHangs(stage: Stage): void {
  let count = 0;
  onHanging(stage, (fault, payload) => {
    const id = memberOf(payload, 'rolloutId');
    if (typeof id !== 'string') return fault;
    count += 1;
    const name = `stop ${count}`;
    const isStopped = stage.draw.chance(name, STOPPED);
    if (isStopped)
      after(stage, stage.draw.int(`${name} after`, 0, 3_000), () => stopIt(stage, id, name));
    return { ...fault, call: isStopped ? 1 : fault.call };
  });
}

function stopIt(stage: Stage, id: string, name: string): void {
  const rollout = stage.ledger.open.find((one) => one.rollout === id);
  if (rollout === undefined) return;
  const next = stage.draw.pick(`${name} next`, NEXT);
  const afterMs = 1_000 + Math.round(stage.draw.share(`${name} next after`) ** 2 * 60_000);
  stop(stage, rollout, { next, afterMs });
}

/** What records a chunk hangs right before it writes. */
function hangRecords(stage: Stage): void {
  const { functions } = stage.cloud;
  const { fault } = functions;
  let count = 0;
  functions.fault = (asked) => {
    const drawn = fault?.(asked);
    if (drawn !== undefined || !stage.isRough || !asked.functionName.endsWith('-record-chunk'))
      return drawn;
    count += 1;
    if (!stage.draw.chance(`hang ${count}`, HUNG)) return undefined;
    stage.counters.count('zombie');
    stage.tell(`! zombie: ${asked.functionName}, before it writes`);
    const resumeAfterMs = stage.draw.int(`hang ${count} for`, 15_000, 50_000);
    return { kind: 'zombie', call: 2, resumeAfterMs, isMortal: true };
  };
}

type Hanging = Extract<InvocationFault, { kind: 'zombie' }>;

function onHanging(stage: Stage, react: (fault: Hanging, payload: unknown) => Hanging): void {
  const { functions } = stage.cloud;
  const { fault } = functions;
  functions.fault = (asked) => {
    const drawn = fault?.(asked);
    return drawn?.kind === 'zombie' ? react(drawn, asked.payload) : drawn;
  };
}
