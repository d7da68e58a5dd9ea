/** In a seed that is bent on it: what has been asked, or begun, long ago comes while something else goes on. */
import type { SimulatedHost } from '#local/hosts/simulated-host.ts';
import type { InvocationFault } from '#local/lambda/invocation.ts';
import { ServiceError } from '#local/service-error.ts';
import type { ApiCall, CallFault } from '#local/wire.ts';
import { textOf } from '../ledger.ts';
import type { Stage } from '../stage.ts';
import { after, type Event, hear, pushFor, pushTo } from './hear.ts';
import { freeze } from './policies.ts';

/** How likely it is, each time. */
const FROZEN = 0.15;
const HUNG_WAIT = 0.4;
const SENT_TWICE = 0.3;
const PUSHED_MEANWHILE = 0.6;
const HUNG_SEND = 0.4;
/** Each of them opens another batch. */
const PUSHED_AS_IT_OPENS = 0.3;
const LOST_TAKEOVER = 0.4;
const DIED_SENDING = 0.15;

const MINUTE_MS = 60_000;
const SLOW_MS = 5 * MINUTE_MS;

/** The books are closed while hosts of a batch are at work: others of it wait for their turn. */
export function freezeAtWork(stage: Stage, event: Event, name: string): void {
  const { draw, cloud, world } = stage;
  if (!draw.chance(name, FROZEN)) return;
  const fleet = cloud.fleet.find(event.host)?.tags.get('longshore:fleet');
  const own = world.policies.filter((policy) => policy['fleet_id'] === fleet);
  if (own.length === 0) return;
  const policy = String(draw.pick(`${name} policy`, own)['id']);
  const forMs = draw.int(`${name} for`, 10, 40) * MINUTE_MS;
  after(stage, draw.int(`${name} after`, 0, 5_000), () => {
    if (stage.isRough) freeze(stage, { kind: 'freeze', policy, isNext: false, forMs });
  });
}

/** What is to wait for a person hangs before its first call. The machine tries it again, and waits with that token. */
export function hangWaits(stage: Stage): void {
  hang(stage, /-(await-approval|hold-for-operator)$/, HUNG_WAIT, 1);
}

/** A step has asked its gate, and hangs before it stores what it intends: the next push takes over meanwhile. */
export function comeLate(stage: Stage): void {
  const { cloud, ledger, draw } = stage;
  hang(stage, /-update-hosts$/, HUNG_SEND, 2);
  loseTakeovers(stage);
  const { onTransition } = cloud;
  let count = 0;
  cloud.onTransition = (transition) => {
    onTransition?.(transition);
    if (transition.to !== 'Open batch' || !stage.isRough) return;
    count += 1;
    const name = `push meanwhile ${count}`;
    if (!draw.chance(name, PUSHED_AS_IT_OPENS)) return;
    const rollout = ledger.open.find(
      ({ executionArn }) => executionArn === transition.executionArn,
    );
    if (rollout === undefined) return;
    pushTo(stage, rollout.repository, draw.int(`${name} after`, 0, 500));
  };
}

/** The target is another's, and the one before has not been told of it: who does so is throttled until it gives up. */
function loseTakeovers(stage: Stage): void {
  const { draw, tell, counters } = stage;
  const throttled = new Map<string, boolean>();
  beforeCall(stage, (call) => {
    const by = call.caller?.requestId ?? '';
    const isSuch =
      call.operation === 'PutItem' &&
      textOf(call.input['Item'], 'status') === 'superseded' &&
      isOf(call.caller, /-consider-image$/);
    if (!isSuch) return undefined;
    const isLost =
      throttled.get(by) ?? draw.chance(`lost takeover ${throttled.size + 1}`, LOST_TAKEOVER);
    throttled.set(by, isLost);
    if (!isLost) return undefined;
    counters.count('throttled: dynamodb');
    tell(`! throttled: ${call.caller?.functionName}, of who is taken over from`);
    const code = 'ProvisionedThroughputExceededException';
    return { kind: 'refused', error: new ServiceError(code, 'Rate exceeded') };
  });
}

/** The answer to a send is lost, and so it is sent again; the first one is held by a slow host when the next push comes. */
export function sendTwice(stage: Stage): void {
  const { draw, counters, tell } = stage;
  let count = 0;
  beforeCall(stage, ({ operation, caller, input }) => {
    if (operation !== 'SendCommand' || !isOf(caller, /-update-hosts$/)) return undefined;
    count += 1;
    if (!draw.chance(`send twice ${count}`, SENT_TWICE)) return undefined;
    counters.count('lost_answer');
    tell(`! lost_answer: ${caller?.functionName}, of what it sent`);
    for (const id of hostsOf(input)) slowDown(stage, id, draw.int(`slow ${count}`, 3, 8));
    return { kind: 'lost_answer' };
  });
  // Or its sender dies with it: the gate, the intent, the send.
  befall(stage, /-update-hosts$/, DIED_SENDING, () => ({ kind: 'die_after', call: 3 }));
  hear(stage, (event) => event.kind === 'answered' && event.code === LOCKED, pushMeanwhile);
}

/** What a host answers that works on another command. */
const LOCKED = 11;

function pushMeanwhile(stage: Stage, { container }: Event, name: string): void {
  if (!stage.draw.chance(name, PUSHED_MEANWHILE)) return;
  pushFor(stage, container, stage.draw.int(`${name} after`, 500, 6_000));
}

function hostsOf(input: Readonly<Record<string, unknown>>): string[] {
  const { InstanceIds: ids } = input;
  return Array.isArray(ids) ? ids.map(String) : [];
}

function slowDown(stage: Stage, id: string, slowFactor: number): void {
  const host: SimulatedHost | undefined = stage.cloud.fleet.find(id);
  if (host === undefined) return;
  host.faults = { ...host.faults, slowFactor };
  after(stage, SLOW_MS, () => {
    const { slowFactor: _slow, ...others } = host.faults;
    host.faults = others;
  });
}

/** Beside what befalls calls in every seed. */
function beforeCall(stage: Stage, draw: (call: ApiCall) => CallFault | undefined): void {
  const { wire } = stage.cloud;
  const { fault } = wire;
  wire.fault = (call) => fault?.(call) ?? (stage.isRough ? draw(call) : undefined);
}

function isOf(caller: { functionName: string } | undefined, names: RegExp): boolean {
  return caller !== undefined && names.test(caller.functionName);
}

/** The call of this number is made late, when its machine has long tried again. */
function hang(stage: Stage, names: RegExp, share: number, call: number): void {
  befall(stage, names, share, (name) => {
    const resumeAfterMs = stage.draw.int(`${name} for`, 8_000, 50_000);
    return { kind: 'zombie', call, resumeAfterMs, isMortal: true };
  });
}

/** Beside what befalls invocations in every seed. */
function befall(
  stage: Stage,
  names: RegExp,
  share: number,
  draw: (name: string) => Extract<InvocationFault, { call: number }>,
): void {
  const { functions } = stage.cloud;
  const { fault } = functions;
  let count = 0;
  functions.fault = (asked) => {
    const drawn = fault?.(asked);
    if (drawn !== undefined || !stage.isRough || !names.test(asked.functionName)) return drawn;
    count += 1;
    const name = `${names.source} ${count}`;
    if (!stage.draw.chance(name, share)) return undefined;
    const own = draw(name);
    const kind = own.kind === 'zombie' ? 'zombie' : 'died';
    stage.counters.count(kind);
    stage.tell(`! ${kind}: ${asked.functionName}, ${own.kind} at call ${own.call}`);
    return own;
  };
}
