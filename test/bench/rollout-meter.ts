/**
 * Counts what a rollout costs while a cloud plays it: API calls, write units by partition key, the largest
 * answers, and afterwards the histories of its executions. One for a cloud; it begins to count when it is made.
 */
import { acceptItem } from '#local/dynamodb/accept-value.ts';
import { sizeItem } from '#local/dynamodb/item-size.ts';
import type { LocalCloud } from '#local/local-cloud.ts';
import type { HistoryEvent } from '#local/step-functions/history.ts';
import type { ApiCall } from '#local/wire.ts';

export interface RolloutCost {
  /** `ssm:SendCommand` → attempts, whoever makes them. */
  calls: Record<string, number>;
  /** Of one partition key within one virtual second. */
  mostWrites: { key: string; writes: number; units: number };
  /** Of one answer of a Query, a Scan or a BatchGetItem. */
  largestReadBytes: number;
  parentEvents: number;
  /** Of the longest child. */
  childEvents: number;
  children: number;
  /** Of one input, output or set of parameters in any history. */
  largestPayloadBytes: number;
}

export interface RolloutMeter {
  cost(): RolloutCost;
}

const READS = new Set(['Query', 'Scan', 'BatchGetItem']);
/** By the last word of a table's name. */
const PARTITION_KEY: Readonly<Record<string, string>> = {
  policies: 'policy',
  rollouts: 'rollout',
  hosts: 'host',
};
const WRITES = new Set(['PutItem', 'UpdateItem', 'BatchWriteItem', 'DeleteItem']);

/** What is counted between now and `cost()`. */
export function meterRollout(cloud: LocalCloud): RolloutMeter {
  const before = new Map(cloud.apiCalls);
  const executions = new Set<string>();
  const writes = new BusiestKey();
  let largestReadBytes = 0;
  cloud.onTransition = ({ executionArn }) => void executions.add(executionArn);
  cloud.wire.onCall = (call, outcome) => {
    if (call.service !== 'dynamodb' || 'error' in outcome) return;
    if (WRITES.has(call.operation)) writes.note(call);
    if (!READS.has(call.operation)) return;
    largestReadBytes = Math.max(largestReadBytes, JSON.stringify(outcome.output).length);
  };
  return {
    cost: () => ({
      calls: since(before, cloud.apiCalls),
      mostWrites: writes.busiest,
      largestReadBytes,
      ...sizesOf([...executions].map((arn) => ({ arn, events: cloud.stepFunctions.history(arn) }))),
    }),
  };
}

function since(before: ReadonlyMap<string, number>, now: ReadonlyMap<string, number>) {
  const grown = [...now].map(([name, count]): [string, number] => [
    name,
    count - (before.get(name) ?? 0),
  ]);
  return Object.fromEntries(grown.filter(([, count]) => count > 0).toSorted());
}

/** Written items by partition key and second; a unit for each KB that begins. */
class BusiestKey {
  busiest = { key: '', writes: 0, units: 0 };
  #second = Number.NaN;
  #keys = new Map<string, { writes: number; units: number }>();

  note({ operation, input, atMs }: ApiCall): void {
    const second = Math.floor(atMs / 1000);
    if (second !== this.#second) {
      this.#second = second;
      this.#keys = new Map();
    }
    for (const { table, item } of writtenItems(operation, input)) {
      const partition = item[PARTITION_KEY[table.split('-').at(-1) ?? ''] ?? ''];
      const key = `${table} ${Object.values(isRecord(partition) ? partition : {}).join()}`;
      const held = this.#keys.get(key) ?? { writes: 0, units: 0 };
      held.writes += 1;
      held.units += Math.ceil(sizeItem(acceptItem(item), 'Item size').bytes / 1024);
      this.#keys.set(key, held);
      if (held.units > this.busiest.units) this.busiest = { key, ...held };
    }
  }
}

function writtenItems(operation: string, input: ApiCall['input']) {
  const table = String(input['TableName'] ?? '');
  if (operation !== 'BatchWriteItem') {
    const item = input['Item'] ?? input['Key'];
    return isRecord(item) ? [{ table, item }] : [];
  }
  const requests = input['RequestItems'];
  return Object.entries(isRecord(requests) ? requests : {}).flatMap(([name, puts]) =>
    (Array.isArray(puts) ? puts : []).flatMap((put: unknown) => {
      const item = isRecord(put) && isRecord(put['PutRequest']) ? put['PutRequest']['Item'] : {};
      return isRecord(item) ? [{ table: name, item }] : [];
    }),
  );
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** A child's ARN has the Map's label behind the machine's name. */
function sizesOf(executions: readonly { arn: string; events: readonly HistoryEvent[] }[]) {
  const children = executions.filter(({ arn }) => arn.includes('/'));
  const parents = executions.filter(({ arn }) => !arn.includes('/'));
  const longest = (of: typeof executions) => Math.max(0, ...of.map(({ events }) => events.length));
  let largestPayloadBytes = 0;
  for (const { events } of executions) {
    for (const event of events) {
      for (const text of textsOf(event)) {
        largestPayloadBytes = Math.max(largestPayloadBytes, Buffer.byteLength(text));
      }
    }
  }
  return {
    parentEvents: longest(parents),
    childEvents: longest(children),
    children: children.length,
    largestPayloadBytes,
  };
}

/** `input`, `output`, `parameters` and the like, which stand in the details of an event. */
function textsOf(event: HistoryEvent): string[] {
  return Object.values(event)
    .filter(isRecord)
    .flatMap((details) => Object.values(details))
    .filter((member): member is string => typeof member === 'string');
}
