/** The actions of the store, and the members that it heeds in the request of each. */
const CONDITIONAL = [
  'ConditionExpression',
  'ExpressionAttributeNames',
  'ExpressionAttributeValues',
  'ReturnValues',
  'ReturnValuesOnConditionCheckFailure',
] as const;
const COMMON = ['TableName', 'ReturnConsumedCapacity'] as const;
const PAGE = [
  ...COMMON,
  'IndexName',
  'ConsistentRead',
  'Limit',
  'ExclusiveStartKey',
  'Select',
  'FilterExpression',
  'ProjectionExpression',
  'ExpressionAttributeNames',
  'ExpressionAttributeValues',
] as const;

export const MEMBERS = {
  GetItem: new Set<string>([
    ...COMMON,
    'Key',
    'ConsistentRead',
    'ProjectionExpression',
    'ExpressionAttributeNames',
  ]),
  PutItem: new Set<string>([...COMMON, ...CONDITIONAL, 'Item']),
  UpdateItem: new Set<string>([...COMMON, ...CONDITIONAL, 'Key', 'UpdateExpression']),
  DeleteItem: new Set<string>([...COMMON, ...CONDITIONAL, 'Key']),
  Query: new Set<string>([...PAGE, 'KeyConditionExpression', 'ScanIndexForward']),
  Scan: new Set<string>(PAGE),
  BatchGetItem: new Set<string>(['RequestItems', 'ReturnConsumedCapacity']),
  BatchWriteItem: new Set<string>(['RequestItems', 'ReturnConsumedCapacity']),
  CreateTable: new Set<string>([
    'TableName',
    'AttributeDefinitions',
    'KeySchema',
    'BillingMode',
    'GlobalSecondaryIndexes',
  ]),
  DescribeTable: new Set<string>(['TableName']),
  DeleteTable: new Set<string>(['TableName']),
  ListTables: new Set<string>(['Limit', 'ExclusiveStartTableName']),
} as const satisfies Readonly<Record<string, ReadonlySet<string>>>;

export type Action = keyof typeof MEMBERS;

export function isAction(action: string): action is Action {
  return Object.hasOwn(MEMBERS, action);
}
