/**
 * What the tables say of rollouts and targets, followed write by write: whom an operator can ask about, what a
 * story tells, and what is still open at the end.
 */
import type { LocalCloud } from '#local/local-cloud.ts';
import type { ApiCall } from '#local/wire.ts';

export interface RolloutFacts {
  rollout: string;
  policy: string;
  repository: string;
  number: number;
  status: string;
  isSettled: boolean;
  planHash: string;
  executionArn: string;
  digest: string;
  isInBatch: boolean;
}

export interface LoggedChange {
  atMs: number;
  rollout: string;
  event: string;
  status: string;
  /** Whether a batch was open, and not judged, until then. */
  isInBatch: boolean;
  who: string;
  why: string;
}

const OPEN = new Set([
  'pending',
  'awaiting_approval',
  'awaiting_window',
  'in_progress',
  'held',
  'paused',
  'rolling_back',
]);

export class Ledger {
  /** In the order in which they were made. */
  readonly rollouts = new Map<string, RolloutFacts>();
  readonly changes: LoggedChange[] = [];
  /** The active rollout of each target, by policy and repository; '' where it has none. */
  readonly targets = new Map<string, string>();
  readonly #seen = new Map<string, number>();
  #nextBegins: ((rollout: RolloutFacts) => void)[] = [];

  constructor(cloud: LocalCloud, stack: string) {
    const { onCall } = cloud.wire;
    cloud.wire.onCall = (call, outcome) => {
      onCall?.(call, outcome);
      if (call.operation !== 'PutItem' || !('output' in outcome)) return;
      if (String(call.input['TableName']).startsWith(`${stack}-`)) this.#onPut(call);
    };
  }

  get all(): readonly RolloutFacts[] {
    return [...this.rollouts.values()];
  }

  get open(): readonly RolloutFacts[] {
    return this.all.filter(({ status }) => OPEN.has(status));
  }

  /** Tells of the next rollout that is made, once. */
  whenNextBegins(tell: (rollout: RolloutFacts) => void): void {
    this.#nextBegins.push(tell);
  }

  /** What is not at its end, in words. */
  unfinished(): string[] {
    return [
      ...this.all
        .filter(({ status, isSettled }) => OPEN.has(status) || !isSettled)
        .map(({ rollout, status, isSettled }) =>
          isSettled ? `${rollout} is ${status}` : `${rollout} is ${status}, and not settled`,
        ),
      ...[...this.targets]
        .filter(([, active]) => active !== '')
        .map(([target, active]) => `the target ${target} keeps ${active}`),
    ];
  }

  #onPut({ input }: ApiCall): void {
    const item = memberOf(input, 'Item');
    const name = textOf(item, 'item');
    if (name === 'meta') this.#onMeta(item);
    else if (name.startsWith('target#')) {
      const key = `${textOf(item, 'policy')} ${textOf(item, 'repository')}`;
      this.targets.set(key, textOf(mapOf(item, 'active'), 'rollout'));
    }
  }

  #onMeta(item: unknown): void {
    const rollout = textOf(item, 'rollout');
    const before = this.rollouts.get(rollout);
    const facts = {
      rollout,
      policy: textOf(item, 'policy'),
      repository: textOf(item, 'repository'),
      number: Number(textOf(item, 'number', 'N')),
      status: textOf(item, 'status'),
      isSettled: memberOf(memberOf(item, 'settled'), 'BOOL') === true,
      planHash: textOf(item, 'plan_hash'),
      executionArn: textOf(item, 'execution_arn'),
      digest: textOf(mapOf(item, 'image'), 'digest'),
      isInBatch:
        Number(textOf(item, 'batch', 'N')) >= 0 &&
        memberOf(memberOf(item, 'batch_judged'), 'BOOL') === false,
    };
    this.rollouts.set(rollout, facts);
    if (before === undefined) for (const tell of this.#nextBegins.splice(0)) tell(facts);
    const log = memberOf(memberOf(item, 'log'), 'L');
    for (const entry of Array.isArray(log) ? log : []) {
      this.#onLog(rollout, memberOf(entry, 'M'), before?.isInBatch === true);
    }
  }

  #onLog(rollout: string, entry: unknown, isInBatch: boolean): void {
    const seq = Number(textOf(entry, 'seq', 'N'));
    if (seq <= (this.#seen.get(rollout) ?? 0)) return;
    this.#seen.set(rollout, seq);
    const [event, status, who, why] = ['event', 'status', 'who', 'why'].map((name) =>
      textOf(entry, name),
    ) as [string, string, string, string];
    this.changes.push({
      atMs: Number(textOf(entry, 'at_ms', 'N')),
      rollout,
      event,
      status,
      isInBatch,
      who,
      why,
    });
  }
}

/** Of a wire-shaped value: `{ name: { S: 'text' } }`. */
export function textOf(item: unknown, name: string, type = 'S'): string {
  const value = memberOf(memberOf(item, name), type);
  return value === undefined ? '' : String(value);
}

function mapOf(item: unknown, name: string): unknown {
  return memberOf(memberOf(item, name), 'M');
}

export function memberOf(value: unknown, name: string): unknown {
  if (typeof value !== 'object' || value === null) return undefined;
  return (value as Record<string, unknown>)[name];
}
