/**
 * DynamoDB in the process: tables, global secondary indexes, expressions, conditional writes,
 * pages and capacity as the service has them, on wire-shaped requests and answers.
 *
 * Invariant: a call happens in one synchronous step, so that no other call comes between its
 * condition and its write; `apply` is a promise in type only. What it gives out is frozen and may
 * be part of the store. It is held to dynalite and to Amazon's DynamoDB Local by the same commands
 * (docs/decisions/0002-embedded-store.md), which also lists what it does not do.
 */
import type { Service } from '../service.ts';
import { ServiceError } from '../service-error.ts';
import {
  type BatchAnswer,
  type BatchedRequest,
  batchGetItem,
  batchWriteItem,
  sumByTable,
} from './batch-actions.ts';
import {
  type CapacityDetail,
  CapacityMeter,
  type Counters,
  describeConsumption,
} from './capacity.ts';
import { deleteItem, getItem, type ItemAnswer, putItem, updateItem } from './item-actions.ts';
import type { HoldBack, PageAnswer } from './page.ts';
import { query, scan } from './page-actions.ts';
import { plainItem } from './plain-value.ts';
import { type Input, readCapacityDetail, readTableName, refuseUnknownMembers } from './request.ts';
import { isAction, MEMBERS } from './request-members.ts';
import { LiveItems } from './row.ts';
import type { Table } from './table.ts';
import { TableSet } from './table-set.ts';

export interface DynamoStoreOptions {
  readonly region?: string;
  readonly accountId?: string;
  /** For the creation times of tables. */
  readonly nowMs?: () => number;
  /**
   * Makes reads of indexes stale: how many of the newest writes to the index this read does not
   * see yet. A write that a read has seen stays seen. Without it indexes are always current.
   */
  readonly staleIndexReads?: (read: {
    tableName: string;
    indexName: string;
    pending: number;
  }) => number;
  /** Which requests of a batch come back as UnprocessedItems or UnprocessedKeys. */
  readonly isLeftUndone?: (request: BatchedRequest) => boolean;
  /** Bytes of items kept as objects; see row.ts. */
  readonly liveBytes?: number;
}

/** What forty chunks at work read and write again, with room. */
const DEFAULT_LIVE_BYTES = 2 * 1024 * 1024;

export class DynamoStore implements Service {
  readonly #options: DynamoStoreOptions;
  readonly #tables: TableSet;
  readonly #meter = new CapacityMeter();
  readonly #calls = new Map<string, number>();
  readonly #refusals = new Map<string, number>();

  constructor(options: DynamoStoreOptions = {}) {
    this.#options = options;
    this.#tables = new TableSet({
      live: new LiveItems(options.liveBytes ?? DEFAULT_LIVE_BYTES),
      arnPrefix: `arn:aws:dynamodb:${options.region ?? 'us-east-1'}:${options.accountId ?? '000000000000'}:table/`,
      nowMs: options.nowMs ?? (() => 0),
      isIndexLagging: options.staleIndexReads !== undefined,
    });
  }

  async apply(action: string, input: Record<string, unknown>): Promise<Record<string, unknown>> {
    count(this.#calls, action);
    try {
      return this.#apply(action, input);
    } catch (error) {
      if (error instanceof ServiceError) count(this.#refusals, `${action}:${error.code}`);
      throw error;
    }
  }

  #apply(action: string, input: Input): Record<string, unknown> {
    if (!isAction(action)) {
      throw new ServiceError('UnknownOperationException', `DynamoDB has no ${action} here`);
    }
    refuseUnknownMembers(input, MEMBERS[action]);
    const detail = readCapacityDetail(input);
    const findTable = () => this.#tables.find(readTableName(input));
    switch (action) {
      case 'GetItem':
        return this.#answerItem(detail, getItem(input, findTable), 'Item');
      case 'PutItem':
        return this.#answerItem(detail, putItem(input, findTable, this.#meter), 'Attributes');
      case 'UpdateItem':
        return this.#answerItem(detail, updateItem(input, findTable, this.#meter), 'Attributes');
      case 'DeleteItem':
        return this.#answerItem(detail, deleteItem(input, findTable, this.#meter), 'Attributes');
      case 'Query':
        return this.#answerPage(detail, query(input, findTable, this.#holdBack(input)));
      case 'Scan':
        return this.#answerPage(detail, scan(input, findTable, this.#holdBack(input)));
      case 'BatchGetItem':
        return this.#answerBatch(detail, batchGetItem(input, this.#batchContext()));
      case 'BatchWriteItem':
        return this.#answerBatch(detail, batchWriteItem(input, this.#batchContext()));
      case 'CreateTable':
        return { TableDescription: this.#tables.create(input) };
      case 'DescribeTable':
        return { Table: this.#tables.describe(readTableName(input)) };
      case 'DeleteTable':
        return { TableDescription: this.#tables.delete(readTableName(input)) };
      case 'ListTables':
        return this.#tables.list(input);
    }
  }

  #answerItem(detail: CapacityDetail, answer: ItemAnswer, member: 'Item' | 'Attributes') {
    const { consumption, attributes } = answer;
    this.#meter.add(consumption);
    const output: Record<string, unknown> = {};
    if (attributes) output[member] = attributes;
    if (detail !== 'NONE') output['ConsumedCapacity'] = describeConsumption(consumption, detail);
    return output;
  }

  #answerPage(detail: CapacityDetail, { consumption, page }: PageAnswer) {
    this.#meter.add(consumption);
    if (detail !== 'NONE') page['ConsumedCapacity'] = describeConsumption(consumption, detail);
    return page;
  }

  #answerBatch(detail: CapacityDetail, { consumptions, output }: BatchAnswer) {
    for (const consumption of consumptions) this.#meter.add(consumption);
    if (detail !== 'NONE') {
      output['ConsumedCapacity'] = sumByTable(consumptions).map((consumption) =>
        describeConsumption(consumption, detail),
      );
    }
    return output;
  }

  #holdBack(input: Input): HoldBack {
    const { staleIndexReads } = this.#options;
    if (!staleIndexReads) return () => 0;
    return ({ definition, pending }) =>
      staleIndexReads({ tableName: readTableName(input), indexName: definition.name, pending });
  }

  #batchContext() {
    const findTable = (name: string): Table => this.#tables.find(name);
    return { findTable, isLeftUndone: this.#options.isLeftUndone ?? (() => false) };
  }

  /** Every table's items as plain values, in the order of their keys. */
  dump(): Record<string, unknown[]> {
    const tables = this.#tables.all().map((table) => [table.name, table.items().map(plainItem)]);
    return Object.fromEntries(tables);
  }

  counters(): Counters {
    return {
      calls: Object.fromEntries(this.#calls),
      refusals: Object.fromEntries(this.#refusals),
      capacity: this.#meter.totals(),
    };
  }
}

function count(counted: Map<string, number>, key: string): void {
  counted.set(key, (counted.get(key) ?? 0) + 1);
}
