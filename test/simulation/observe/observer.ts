/** Takes note, from outside, of every fault that was reached and every way back from it that was gone. */
import type { LogLine } from '#local/lambda/log-console.ts';
import type { LocalCloud } from '#local/local-cloud.ts';
import { stackOf, stackOfArn } from '#test/invariants/stack-of.ts';
import type { Counters } from '../counters.ts';
import type { Ledger } from '../ledger.ts';
import { SECOND, type SecondStack } from '../stage.ts';
import { CallWatch } from './calls.ts';
import { ChunkWatch } from './chunks.ts';
import { HostWatch } from './hosts.ts';
import { RunWatch } from './runs.ts';
import { SweepWatch } from './sweeps.ts';

/** What a policy that is frozen says: draw-happenings. */
const FROZEN = /the books are closed/;

export class Observer {
  readonly #cloud: LocalCloud;
  readonly #counters: Counters;
  readonly #runs: RunWatch;
  readonly #hosts: HostWatch;

  constructor(cloud: LocalCloud, counters: Counters) {
    this.#cloud = cloud;
    this.#counters = counters;
    this.#runs = new RunWatch(counters);
    this.#hosts = new HostWatch(cloud, counters);
    const calls = new CallWatch(counters);
    const chunks = new ChunkWatch(counters);
    const sweeps = new SweepWatch(counters);
    const { wire, fleet } = cloud;
    const { onCall } = wire;
    wire.onCall = (call, outcome) => {
      onCall?.(call, outcome);
      // Of a second stack only that is counted which its hosts and its own log tell.
      if (stackOf(call) === SECOND) return;
      sweeps.onCall(call, outcome);
      const run = this.#runs.onCall(call, outcome);
      if (run === undefined) return;
      calls.onCall(call, outcome, run);
      if (call.operation === 'PutItem' && 'output' in outcome) chunks.onPut(call);
    };
    const { onEvent } = fleet;
    fleet.onEvent = (event) => {
      onEvent?.(event);
      this.#hosts.onEvent(event);
    };
    const { onTransition } = cloud;
    cloud.onTransition = (transition) => {
      onTransition?.(transition);
      if (stackOfArn(transition.stateMachineArn) === SECOND) return;
      counters.count(`state: ${transition.to}`);
    };
  }

  /** What is only to be seen when all is over. */
  finish(ledger: Ledger, second: SecondStack | undefined): void {
    for (const { status } of second?.ledger.changes ?? []) {
      this.#counters.count(`second stack: ${status}`);
    }
    for (const line of this.#cloud.logs) this.#onLog(line);
    this.#hosts.finish();
    const before = new Map<string, string>();
    const last = new Map<string, number>();
    for (const { atMs, rollout, status, event, why, isInBatch } of ledger.changes) {
      if (atMs < (last.get(rollout) ?? 0)) this.#counters.count('a log went back in time');
      last.set(rollout, atMs);
      const from = before.get(rollout) ?? 'nothing';
      before.set(rollout, status);
      if (from !== status) this.#counters.count(`${from} → ${status}`);
      if (from !== status && isInBatch) this.#counters.count(`in a batch: ${from} → ${status}`);
      if (event === 'image.rollout_paused') this.#counters.count(`paused from ${from}`);
      const isFrozen = status === 'awaiting_window' && FROZEN.test(why);
      if (isFrozen) this.#counters.count('a freeze made a rollout wait');
    }
  }

  #onLog({ line, functionName, requestId, atMs }: LogLine): void {
    if (line['message'] === undefined || functionName.startsWith(`${SECOND}-`)) return;
    const message = String(line['message']);
    const from = functionName.replace(/^[^-]*-/, '');
    if (line['level'] === 'PLATFORM') {
      if (message.startsWith('Lambda.Unknown')) this.#runs.onDeath(from, requestId);
      else this.#runs.onTimeout(message, requestId, atMs);
      return;
    }
    const plain = message.replace(/(could not do its duty) for .*/s, '$1');
    // What begins with a capital or names a rollout is somebody else's text, other each time.
    const isOwn = /^(?!the policies are refused, )[a-z][a-z’ ,:]*$/.test(plain);
    if (line['level'] !== 'INFO' && isOwn) this.#counters.count(`log: ${plain}`);
    if (/tag is/.test(message)) this.#counters.count(`log: ${message}`);
    if (message === 'image considered') this.#counters.count(`considered: ${line['verdict']}`);
  }
}
