/**
 * What must always hold (docs/architecture.md), watched from outside while a cloud works: each check has a file
 * of its own here, hears of every call, write, send, move and event of a host, and judges by them and by what
 * hosts really run. None asks the product what it would decide.
 */
import type { LocalCloud } from '#local/local-cloud.ts';
import type { Grants } from '#test/cloud/granted-actions.ts';
import type { Check, Context, Ears, Limits } from './check.ts';
import { allChecks } from './checks.ts';
import { Mirror } from './mirror.ts';
import { readSend, type Send } from './send.ts';
import { stackOf, stackOfArn } from './stack-of.ts';
import { Told } from './told.ts';

export interface Watch {
  /** What was violated so far, in order; each begins with its number and the virtual time. */
  readonly found: readonly string[];
  /** What can be said only when faults have stopped, a sweep has run and nothing moves any more. */
  atRest(): Promise<string[]>;
  /** Both. */
  violations(): Promise<string[]>;
}

/** Fifteen minutes from one sweep to the next, and as much again for the work and its retries. */
const LIMITS: Limits = { overdueMs: 30 * 60_000, skewMs: 0 };

export function watchInvariants(
  cloud: LocalCloud,
  grants: Grants,
  { stack, ...limits }: Partial<Limits> & { stack?: string } = {},
): Watch {
  return watchChecks(cloud, allChecks(grants), { ...LIMITS, ...limits }, stack);
}

/** `stack`: of whose calls and moves alone it hears, where there are several; what befalls hosts is everybody's. */
export function watchChecks(
  cloud: LocalCloud,
  checks: readonly Check[],
  limits: Limits = LIMITS,
  stack?: string,
): Watch {
  const found: string[] = [];
  let listening = found;
  const mirror = new Mirror();
  const commands = new Map<string, Send>();
  const told = new Told();
  const contextOf = (name: string): Context => ({
    cloud,
    mirror,
    commands,
    told,
    limits,
    isOwn: (send) => stack === undefined || send?.command.owner.startsWith(`${stack}/`) === true,
    report: (what) => {
      listening.push(`${name} at ${new Date(cloud.clock.nowMs()).toISOString()}: ${what}`);
    },
  });
  const ears = checks.map(({ name, begin }) => begin(contextOf(name)));
  listen({ cloud, mirror, commands, told }, ears, stack);
  const atRest = async () => {
    const resting: string[] = [];
    listening = resting;
    for (const ear of ears) await ear.atRest?.();
    listening = found;
    return resting;
  };
  return {
    found,
    atRest,
    violations: async () => [...found, ...(await atRest())],
  };
}

interface Heard {
  mirror: Mirror;
  commands: Map<string, Send>;
  told: Told;
}

function listen(
  { cloud, mirror, commands, told }: Heard & { cloud: LocalCloud },
  ears: readonly Ears[],
  stack: string | undefined,
): void {
  const { wire, fleet } = cloud;
  const isForeign = (of: string | undefined) =>
    stack !== undefined && of !== undefined && of !== stack;
  const hearing = <Name extends keyof Ears>(name: Name) => ears.filter((ear) => ear[name]);
  const [onCall, onWrite, onSend] = [hearing('onCall'), hearing('onWrite'), hearing('onSend')];
  const [onHostEvent, onTransition] = [hearing('onHostEvent'), hearing('onTransition')];
  const { onCall: callBefore } = wire;
  wire.onCall = (call, outcome) => {
    callBefore?.(call, outcome);
    const send = call.operation === 'SendCommand' ? readSend(call, outcome) : undefined;
    if (isForeign(stackOf(call))) {
      if (send?.commandId !== undefined) commands.set(send.commandId, send);
      return;
    }
    mirror.beganAtMs(call);
    told.hear(call, outcome);
    for (const ear of onCall) ear.onCall?.(call, outcome);
    mirror.follow(call, outcome, (write) => {
      for (const ear of onWrite) ear.onWrite?.(write);
    });
    if (send?.commandId !== undefined) commands.set(send.commandId, send);
    if (send !== undefined) for (const ear of onSend) ear.onSend?.(send);
  };
  const { onEvent: eventBefore } = fleet;
  // Who comes later has not heard what hosts are at work on: it hears of each from the next command
  // on that it has heard being sent.
  const isLater = cloud.apiCalls.size > 0;
  const heard = new Set<string>();
  fleet.onEvent = (event) => {
    eventBefore?.(event);
    const place = `${event.host}/${event.container}`;
    if (event.kind === 'accepted' && commands.has(event.commandId)) heard.add(place);
    const isOfCommand = /^(accepted|started|answered)$/.test(event.kind);
    if (isLater && !heard.has(place) && isOfCommand) return;
    for (const ear of onHostEvent) ear.onHostEvent?.(event);
  };
  const { onTransition: transitionBefore } = cloud;
  cloud.onTransition = (transition) => {
    transitionBefore?.(transition);
    if (isForeign(stackOfArn(transition.stateMachineArn))) return;
    for (const ear of onTransition) ear.onTransition?.(transition);
  };
}
