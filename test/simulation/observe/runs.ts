/** What becomes of invocations: those that die, are over for their caller, or run beside another of the same. */
import { isDeepStrictEqual } from 'node:util';
import type { ApiCall, ApiOutcome } from '#local/wire.ts';
import { asList } from '#test/invariants/wire-item.ts';
import type { Counters } from '../counters.ts';
import { memberOf, textOf } from '../ledger.ts';

/** Who sends commands: between their intent and their send, and after it, they may die. */
const SENDERS = /update-hosts|check-health|restore-hosts|restore-failed-hosts/;
const WRITES = /PutItem|UpdateItem|BatchWriteItem|DeleteItem/;
const TIMED_OUT = /Task timed out after ([\d.]+) seconds/;

interface Made extends Pick<ApiCall, 'operation' | 'input' | 'atMs'> {
  took: boolean;
}

export interface Run {
  readonly requestId: string;
  /** What it was asked to do: another with the same is its repetition. */
  readonly task: string;
  readonly made: Made[];
  isDouble: boolean;
}

export class RunWatch {
  readonly #counters: Counters;
  readonly #runs = new Map<string, Run>();
  readonly #byTask = new Map<string, Run[]>();
  readonly #lastOf = new Map<string, Run>();

  constructor(counters: Counters) {
    this.#counters = counters;
  }

  onCall(call: ApiCall, outcome: ApiOutcome): Run | undefined {
    if (call.caller === undefined) return undefined;
    const run = this.#runs.get(call.caller.requestId) ?? this.#begin(call.caller);
    const { operation, input, atMs } = call;
    if ('error' in outcome && outcome.error.code === 'ConditionalCheckFailedException') {
      const isRetry = run.made.some(({ took, input: of }) => took && isDeepStrictEqual(of, input));
      this.#counters.count(isRetry ? 'a retry lost its own condition' : 'a race was lost');
    }
    const last = this.#lastOf.get(run.task);
    this.#lastOf.set(run.task, run);
    if (run.made.length > 0 && last !== run && !run.isDouble) {
      run.isDouble = true;
      this.#counters.count('a lambda ran twice at once');
      if (run.task.includes(' messageId ')) this.#counters.count('a message was seen meanwhile');
    }
    run.made.push({ operation, input, atMs, took: 'output' in outcome });
    return run;
  }

  #begin({ requestId, functionName, payload }: NonNullable<ApiCall['caller']>): Run {
    const task = `${functionName} ${taskOf(payload)}`;
    const run: Run = { requestId, task, made: [], isDouble: false };
    this.#runs.set(requestId, run);
    const others = this.#byTask.get(task);
    if (others === undefined) this.#byTask.set(task, [run]);
    else others.push(run);
    return run;
  }

  /** What the sandbox did last is what nobody was told of. */
  onDeath(functionName: string, requestId: string): void {
    this.#counters.count('a lambda died');
    const run = this.#runs.get(requestId);
    const last = run?.made.at(-1);
    if (run === undefined || last === undefined || !last.took) return;
    if (SENDERS.test(functionName) && holdsIntent(last)) {
      this.#counters.count('died between an intent and its command');
    }
    if (last.operation === 'SendCommand') {
      this.#counters.count('died between a command and its id');
    }
    if (this.#leftSomething(run)) this.#counters.count('died between two writes');
  }

  /** Whether it had written, and who did the same after it wrote something more. */
  #leftSomething(run: Run): boolean {
    const written = run.made.filter(isWrite).map(placeOf);
    const runs = this.#byTask.get(run.task) ?? [];
    const next = runs[runs.indexOf(run) + 1]?.made.filter(isWrite).map(placeOf) ?? [];
    return written.length > 0 && next.some((place) => !written.includes(place));
  }

  /** One that its caller gave up though it goes on is no time-out of its own: it began later than that. */
  onTimeout(message: string, requestId: string, atMs: number): void {
    const run = this.#runs.get(requestId);
    const timeoutMs = Number(TIMED_OUT.exec(message)?.[1]) * 1000;
    if (run?.made[0]?.atMs !== atMs - timeoutMs) return;
    const took = run.made.at(-1)?.took === true;
    this.#counters.count(took ? 'a lambda timed out in a call' : 'a lambda timed out');
  }
}

/** Without what is another each time that the same is tried. */
function taskOf(payload: unknown): string {
  const records = memberOf(payload, 'Records');
  if (!Array.isArray(records)) {
    return JSON.stringify(payload, (key, value) => (key === 'token' ? undefined : value)) ?? '';
  }
  return records.map((record) => `messageId ${memberOf(record, 'messageId')}`).join(' ');
}

function isWrite({ operation, took }: Made): boolean {
  return took && WRITES.test(operation);
}

function placeOf({ operation, input }: Made): string {
  const of = memberOf(input, 'Item') ?? memberOf(input, 'Key') ?? memberOf(input, 'RequestItems');
  const names = ['policy', 'rollout', 'host', 'item'].map((name) => textOf(of, name));
  return names.join('') === '' ? `${operation} ${JSON.stringify(of)}` : names.join(' ');
}

function holdsIntent({ operation, input }: Made): boolean {
  const commands = asList(memberOf(memberOf(memberOf(input, 'Item'), 'commands'), 'L'));
  return operation === 'PutItem' && commands.some((one) => isIntent(memberOf(one, 'M')));
}

function isIntent(command: unknown): boolean {
  const isOpen = memberOf(memberOf(command, 'ended'), 'BOOL') === false;
  return isOpen && textOf(command, 'command_id') === '';
}
