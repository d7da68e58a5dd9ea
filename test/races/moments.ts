/**
 * The moments of a story, numbered: each move of an execution into a state, a second after it where the state
 * still stands, and each API call of a lambda, before the first of an invocation and after every one.
 *
 * A story plays the same each time, so a number found in one run names the same moment in the next, up to the
 * instant at which something else is done there.
 */
import type { LocalCloud } from '#local/local-cloud.ts';
import type { ApiCall } from '#local/wire.ts';

export interface Moment {
  number: number;
  /** For people: `enters Soak`, `open-batch, before its first call`. */
  what: string;
  /** The state that was entered or stands; undefined for a call. */
  state: string | undefined;
}

/** Calls back at every moment from now on: within the call, or when the state has just been entered. */
export function watchMoments(cloud: LocalCloud, onMoment: (moment: Moment) => void): void {
  let number = 0;
  const tell = (what: string, state?: string) => onMoment({ number: number++, what, state });
  watchStates(cloud, tell);
  watchCalls(cloud, tell);
}

type Tell = (what: string, state?: string) => void;

function watchStates(cloud: LocalCloud, tell: Tell): void {
  const { clock } = cloud;
  const moves = new Map<string, number>();
  const { onTransition } = cloud;
  cloud.onTransition = (transition) => {
    onTransition?.(transition);
    const { executionArn, to } = transition;
    const move = (moves.get(executionArn) ?? 0) + 1;
    moves.set(executionArn, move);
    // The move itself is made before the next microtask: from then on the state stands.
    queueMicrotask(() => tell(`enters ${to}`, to));
    clock.schedule(clock.nowMs() + 1_000, () => {
      if (moves.get(executionArn) === move) tell(`stands in ${to}`, to);
    });
  };
}

function watchCalls(cloud: LocalCloud, tell: Tell): void {
  const { wire } = cloud;
  const known = new Set<string>();
  const nameOf = ({ functionName }: NonNullable<ApiCall['caller']>) =>
    functionName.slice(cloud.account.stackName.length + 1);
  const { fault, onCall } = wire;
  wire.fault = (call) => {
    const { caller } = call;
    if (caller !== undefined && !known.has(caller.requestId)) {
      known.add(caller.requestId);
      tell(`${nameOf(caller)}, before its first call`);
    }
    return fault?.(call);
  };
  wire.onCall = (call, outcome) => {
    onCall?.(call, outcome);
    if (call.caller !== undefined) {
      tell(`${nameOf(call.caller)}, after ${call.service}:${call.operation}`);
    }
  };
}
