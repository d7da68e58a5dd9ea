/** The tables of a store. A table is there, and active, as soon as it is created. */
import { ServiceError } from '../service-error.ts';
import { type Input, readLimit, readText } from './request.ts';
import type { LiveItems } from './row.ts';
import { Table } from './table.ts';
import { defineTable } from './table-definition.ts';
import { compareTexts } from './value-order.ts';

const MAX_LISTED = 100;

interface TableSetOptions {
  readonly live: LiveItems;
  readonly arnPrefix: string;
  readonly nowMs: () => number;
  readonly isIndexLagging: boolean;
}

export class TableSet {
  readonly #options: TableSetOptions;
  readonly #tables = new Map<string, Table>();

  constructor(options: TableSetOptions) {
    this.#options = options;
  }

  find(name: string): Table {
    const table = this.#tables.get(name);
    if (table) return table;
    throw new ServiceError('ResourceNotFoundException', 'Requested resource not found');
  }

  create(input: Input): Record<string, unknown> {
    const definition = defineTable(input);
    const { name } = definition;
    if (this.#tables.has(name)) {
      throw new ServiceError('ResourceInUseException', `Table already exists: ${name}`);
    }
    const { live, nowMs, isIndexLagging } = this.#options;
    const table = new Table(definition, live, { createdAtMs: nowMs(), isIndexLagging });
    this.#tables.set(name, table);
    return this.#description(table);
  }

  describe(name: string): Record<string, unknown> {
    return this.#description(this.#named(name));
  }

  delete(name: string): Record<string, unknown> {
    const table = this.#named(name);
    this.#tables.delete(name);
    return { ...this.#description(table), TableStatus: 'DELETING' };
  }

  list(input: Input): Record<string, unknown> {
    const limit = readLimit(input, MAX_LISTED) ?? MAX_LISTED;
    const after = readText(input, 'ExclusiveStartTableName') ?? '';
    const names = this.all()
      .map(({ name }) => name)
      .filter((name) => compareTexts(name, after) > 0);
    const listed = names.slice(0, limit);
    if (names.length === listed.length) return { TableNames: listed };
    return { TableNames: listed, LastEvaluatedTableName: listed.at(-1) };
  }

  /** All tables, by name. */
  all(): Table[] {
    return [...this.#tables.values()].sort((left, right) => compareTexts(left.name, right.name));
  }

  /** The actions on tables name the table that they did not find; those on items do not. */
  #named(name: string): Table {
    const table = this.#tables.get(name);
    if (table) return table;
    throw new ServiceError(
      'ResourceNotFoundException',
      `Requested resource not found: Table: ${name} not found`,
    );
  }

  #description(table: Table): Record<string, unknown> {
    const { name, createdAtMs, itemCount, itemBytes, definition } = table;
    const { request } = definition;
    const indexes = request.GlobalSecondaryIndexes?.map((index) => ({
      ...index,
      IndexStatus: 'ACTIVE',
      IndexArn: `${this.#options.arnPrefix}${name}/index/${index.IndexName}`,
    }));
    return {
      TableName: name,
      TableArn: `${this.#options.arnPrefix}${name}`,
      TableStatus: 'ACTIVE',
      CreationDateTime: createdAtMs / 1000,
      AttributeDefinitions: request.AttributeDefinitions,
      KeySchema: request.KeySchema,
      BillingModeSummary: { BillingMode: request.BillingMode },
      ItemCount: itemCount,
      TableSizeBytes: itemBytes,
      ...(indexes && { GlobalSecondaryIndexes: indexes }),
    };
  }
}
