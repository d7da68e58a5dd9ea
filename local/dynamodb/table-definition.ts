/** What CreateTable defines, checked as the service checks it. On-demand tables with GSIs only. */
import * as z from 'zod';
import { parseInput } from '../service-input.ts';
import type { KeyAttribute, KeySchema } from './key.ts';
import { keyAttributes } from './key.ts';
import { invalid } from './refusal.ts';

const MAX_INDEXES = 20;
const WRONG = 'One or more parameter values were invalid:';

const TableName = z.string().regex(/^[a-zA-Z0-9_.-]{3,255}$/);
const KeyElement = z.strictObject({
  AttributeName: z.string().min(1).max(255),
  KeyType: z.enum(['HASH', 'RANGE']),
});
const KeyElements = z.array(KeyElement).min(1).max(2);
const Index = z.strictObject({
  IndexName: TableName,
  KeySchema: KeyElements,
  Projection: z.strictObject({
    ProjectionType: z.enum(['ALL', 'KEYS_ONLY', 'INCLUDE']),
    NonKeyAttributes: z.array(z.string()).min(1).optional(),
  }),
});
const CreateTable = z.strictObject({
  TableName,
  AttributeDefinitions: z.array(
    z.strictObject({ AttributeName: z.string(), AttributeType: z.enum(['S', 'N', 'B']) }),
  ),
  KeySchema: KeyElements,
  BillingMode: z.literal('PAY_PER_REQUEST'),
  GlobalSecondaryIndexes: z.array(Index).min(1).max(MAX_INDEXES).optional(),
});
type CreateTable = z.infer<typeof CreateTable>;

export interface IndexDefinition {
  readonly name: string;
  readonly key: KeySchema;
  /** Names of the projected attributes; undefined projects all. */
  readonly projected: ReadonlySet<string> | undefined;
}

export interface TableDefinition {
  readonly name: string;
  readonly key: KeySchema;
  readonly indexes: readonly IndexDefinition[];
  /** The request, for DescribeTable to say again. */
  readonly request: CreateTable;
}

export function defineTable(input: unknown): TableDefinition {
  const request = parseInput(CreateTable, input);
  const types = new Map(
    request.AttributeDefinitions.map((each) => [each.AttributeName, each.AttributeType]),
  );
  const key = readSchema(request.KeySchema, types);
  const indexes = (request.GlobalSecondaryIndexes ?? []).map((index) =>
    defineIndex(index, key, types),
  );
  refuseDuplicates(indexes.map(({ name }) => name));
  const used = new Set([key, ...indexes.map((index) => index.key)].flatMap(namesOf));
  if ([...types.keys()].some((name) => !used.has(name))) {
    throw invalid(
      `${WRONG} Number of attributes in KeySchema does not exactly match number of attributes defined in AttributeDefinitions`,
    );
  }
  return { name: request.TableName, key, indexes, request };
}

function defineIndex(
  index: z.infer<typeof Index>,
  tableKey: KeySchema,
  types: ReadonlyMap<string, KeyAttribute['type']>,
): IndexDefinition {
  const key = readSchema(index.KeySchema, types);
  const { ProjectionType: projection, NonKeyAttributes: included } = index.Projection;
  if (included && projection !== 'INCLUDE') {
    throw invalid(`${WRONG} ProjectionType is ${projection}, but NonKeyAttributes is specified`);
  }
  if (!included && projection === 'INCLUDE') {
    throw invalid(`${WRONG} ProjectionType is INCLUDE, but NonKeyAttributes is not specified`);
  }
  const names = [...namesOf(key), ...namesOf(tableKey), ...(included ?? [])];
  return {
    name: index.IndexName,
    key,
    projected: projection === 'ALL' ? undefined : new Set(names),
  };
}

export function namesOf(key: KeySchema): string[] {
  return keyAttributes(key).map(({ name }) => name);
}

function readSchema(
  elements: z.infer<typeof KeyElements>,
  types: ReadonlyMap<string, KeyAttribute['type']>,
): KeySchema {
  const [hash, range] = elements;
  if (hash?.KeyType !== 'HASH') {
    throw invalid('Invalid KeySchema: The first KeySchemaElement is not a HASH key type');
  }
  if (range && range.KeyType !== 'RANGE') {
    throw invalid('Invalid KeySchema: The second KeySchemaElement is not a RANGE key type');
  }
  if (hash.AttributeName === range?.AttributeName) {
    throw invalid(
      'Both the Hash Key and the Range Key element in the KeySchema have the same name',
    );
  }
  const attributes = elements.map(({ AttributeName: name }) => {
    const type = types.get(name);
    if (type) return { name, type };
    const keys = elements.map((each) => each.AttributeName).join(', ');
    const defined = [...types.keys()].join(', ');
    throw invalid(
      `${WRONG} Some index key attributes are not defined in AttributeDefinitions. Keys: [${keys}], AttributeDefinitions: [${defined}]`,
    );
  });
  const [first, second] = attributes;
  if (!first) throw new TypeError('A key schema has a hash key');
  return { hash: first, range: second };
}

function refuseDuplicates(names: readonly string[]): void {
  const duplicate = names.find((name, index) => names.indexOf(name) !== index);
  if (duplicate !== undefined) throw invalid(`${WRONG} Duplicate index name: ${duplicate}`);
}
