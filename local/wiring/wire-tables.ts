/** Tables of the template, made by the store's own CreateTable. */
import type { Service } from '../service.ts';
import type { Resolver } from './intrinsics.ts';

/** What CreateTable takes of the properties that the two resource types share. */
const TABLE_PROPERTIES = ['KeySchema', 'AttributeDefinitions', 'BillingMode'];
/** What CloudFormation says of an index beyond what CreateTable knows. */
const INDEX_PROPERTIES = ['IndexName', 'KeySchema', 'Projection'];

export async function wireTables(resolver: Resolver, store: Service): Promise<void> {
  const types = ['AWS::DynamoDB::Table', 'AWS::DynamoDB::GlobalTable'];
  for (const { properties, physical } of resolver.resources(...types)) {
    const { GlobalSecondaryIndexes: indexes } = properties;
    await store.apply('CreateTable', {
      TableName: physical.name,
      ...pick(properties, TABLE_PROPERTIES),
      ...(Array.isArray(indexes) && {
        GlobalSecondaryIndexes: indexes.map((index: object) => pick(index, INDEX_PROPERTIES)),
      }),
    });
  }
}

function pick(from: object, names: readonly string[]): Record<string, unknown> {
  return Object.fromEntries(Object.entries(from).filter(([name]) => names.includes(name)));
}
