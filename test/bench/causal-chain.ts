/**
 * How long the chain of calls is from one thing to another that follows from it: each call waits for those
 * that were answered before it, or stands beside them where they are under way at once. Meant for a rollout
 * whose steps come one after another (a batch of one chunk), in a cloud where each call takes `CALL_MS`;
 * whoever is not a step (listeners, the sweep) is not in the chain.
 */
import type { LocalCloud } from '#local/local-cloud.ts';
import type { ApiCall } from '#local/wire.ts';

export interface Hops {
  /** In a row, the last one included. */
  calls: number;
  transitions: number;
  /** `open-batch dynamodb:GetItem`, in their order. */
  chain: string[];
}

const NO_STEPS = ['listen-to-commands', 'listen-to-executions', 'sweep'];

/** What each call takes: with none, one of two calls at once would be answered before the other is made. */
export const CALL_MS = 1;

interface Invocation {
  /** Where it began. */
  depth: number;
  calls: { depth: number; answeredAtMs: number }[];
  /** It has started an execution: what it does after that, that one does not wait for. */
  hasHandedOn: boolean;
}

/** Counts from the first call that `begins`, which is not counted, to the first that `ends`. */
export function watchChain(
  cloud: LocalCloud,
  begins: 'now' | ((call: ApiCall) => boolean),
  ends: (call: ApiCall) => boolean,
): () => Hops {
  let isOn = begins === 'now';
  let isOver = false;
  let transitions = 0;
  /** Where the next invocation begins. */
  let depth = 0;
  const chain: string[] = [];
  const depths = new Map<string, Invocation>();
  const asked = new Map<ApiCall, number>();
  cloud.onTransition = () => {
    if (isOn && !isOver) transitions += 1;
  };
  cloud.wire.fault = (call) => {
    const name = nameOf(call);
    if (!isOn || isOver || name === undefined) return undefined;
    const key = call.caller?.requestId ?? '';
    const invocation = depths.get(key) ?? { depth, calls: [], hasHandedOn: false };
    depths.set(key, invocation);
    const before = invocation.calls.filter(({ answeredAtMs }) => answeredAtMs <= call.atMs);
    asked.set(call, Math.max(invocation.depth, ...before.map((one) => one.depth)) + 1);
    return undefined;
  };
  cloud.wire.onCall = (call) => {
    const name = nameOf(call);
    if (!isOn && begins !== 'now' && begins(call)) isOn = true;
    const at = asked.get(call);
    if (at === undefined || name === undefined || isOver) return;
    chain.push(`${name} ${call.service}:${call.operation}`);
    const invocation = depths.get(call.caller?.requestId ?? '');
    if (invocation === undefined || invocation.hasHandedOn) return;
    invocation.calls.push({ depth: at, answeredAtMs: call.atMs + CALL_MS });
    invocation.hasHandedOn = call.operation === 'StartExecution';
    depth = Math.max(depth, at);
    isOver = ends(call);
  };
  return () => {
    if (!isOver) throw new Error('what the chain leads to never came');
    return { calls: depth, transitions, chain };
  };
}

/** Undefined for who is no step. */
function nameOf({ caller }: ApiCall): string | undefined {
  const name = caller?.functionName.slice(caller.functionName.indexOf('-') + 1);
  return name === undefined || NO_STEPS.includes(name) ? undefined : name;
}
