/** How calls are followed through a lambda's code, on code small enough to see it. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { calledActions } from './called-actions.ts';
import { parseOwnCode } from './own-code.ts';

const STORE = `
import { BatchGetCommand, GetCommand, QueryCommand, ScanCommand } from '@aws-sdk/lib-dynamodb';

export const openStore = (env) => ({ policies: env.POLICIES_TABLE, rollouts: env.ROLLOUTS_TABLE });
export function readItem(store, table) {
  return store.client.send(new GetCommand({ TableName: table }));
}
export function readItems(store, wanted) {
  const requests = Object.entries(wanted).map(([table, Keys]) => [table, { Keys }]);
  return store.client.send(new BatchGetCommand({ RequestItems: Object.fromEntries(requests) }));
}
export function queryItems(store, input) {
  let next;
  return store.client.send(new QueryCommand({ ...input, ...(next && { ExclusiveStartKey: next }) }));
}
export function queryIndex(store, input) {
  return store.client.send(new QueryCommand({ ...input, IndexName: 'byStatus' }));
}
export function scan(store, table) {
  return store.client.send(new ScanCommand({ TableName: table }));
}
export function readLast(store, tables) {
  let last = store.policies;
  for (const one of tables) last = one;
  return readItem(store, last);
}
export function scanAll(store, tables) {
  for (const table of tables) scan(store, table);
}
`;
const VARIABLES = {
  POLICIES_TABLE: { Ref: 'Policies' },
  ROLLOUTS_TABLE: { Ref: 'Rollouts' },
  IMAGE_QUEUE_URL: { Ref: 'Images' },
};

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'own-code-'));
  writeFileSync(path.join(folder, 'store.ts'), STORE);
});
afterEach(() => rmSync(folder, { recursive: true }));

function actionsOf(lambda: string): Promise<string[]> {
  const entry = path.join(folder, 'lambda.ts');
  writeFileSync(entry, `import * as s from './store.ts';\n${lambda}`);
  return calledActions(parseOwnCode(entry), VARIABLES);
}

const SQS = "import { SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs';";
const handle = (body: string) =>
  `export const handler = (event) => { const store = s.openStore(event); return ${body}; };`;

describe('what a lambda can call', () => {
  it.each([
    ['nothing, though others could', handle('store'), []],
    [
      'with the table that is handed down',
      handle('s.readItem(store, store.rollouts)'),
      ['dynamodb:GetItem on <Rollouts.Arn>'],
    ],
    [
      'with every table that is handed down',
      `const choose = (store) => s.readItem(store, store.policies);
       ${handle('[choose(store), s.readItem(store, store.rollouts)]')}`,
      ['dynamodb:GetItem on <Policies.Arn>', 'dynamodb:GetItem on <Rollouts.Arn>'],
    ],
    [
      'with the tables of a batch',
      handle('s.readItems(store, { [store.rollouts]: [1], [store.policies]: [2] })'),
      ['dynamodb:BatchGetItem on <Policies.Arn>', 'dynamodb:BatchGetItem on <Rollouts.Arn>'],
    ],
    [
      'with an index, and the table beside it',
      handle(`[
        s.queryItems(store, { TableName: store.rollouts, IndexName: 'byStatus' }),
        s.queryItems(store, { TableName: store.rollouts }),
      ]`),
      ['dynamodb:Query on <Rollouts.Arn>', 'dynamodb:Query on <Rollouts.Arn>/index/byStatus'],
    ],
    [
      'by another service, under its name in IAM',
      `${SQS}\n${handle('new SQSClient({}).send(new SendMessageCommand({ QueueUrl: event.url }))')}`,
      ['sqs:SendMessage on <Images.Arn>'],
    ],
    ['only where it is made, not where it is known', `${SQS}\n${handle('new SQSClient({})')}`, []],
  ])('is told: %s', async (_, lambda, actions) => {
    expect(await actionsOf(lambda)).toEqual(actions);
  });

  it.each([
    [
      'a paginator',
      `import { paginateScan } from '@aws-sdk/lib-dynamodb';\n${handle('paginateScan({}, {})')}`,
      'paginateScan',
    ],
    [
      'a client with a method for each operation',
      `import { SSM } from '@aws-sdk/client-ssm';\n${handle('new SSM({})')}`,
      'SSM',
    ],
    [
      'a command that is made somewhere else',
      `${SQS}\nconst make = (C) => new C({});\n${handle('make(SendMessageCommand)')}`,
      'SendMessageCommand',
    ],
    ['a whole SDK', `import * as sdk from '@aws-sdk/client-sqs';\n${handle('sdk')}`, 'calls'],
    ['an import() at run time', handle("import('@aws-sdk/client-sqs')"), 'import()'],
    ['an unknown package', `import aws from 'aws4fetch';\n${handle('aws()')}`, 'aws4fetch'],
    ['a table out of a list', handle('s.scanAll(store, [store.rollouts])'), 'table'],
    ['a table that changes', handle('s.readLast(store, [store.rollouts])'), 'changes'],
    ['a table that is made up', handle("s.readItem(store, 'rollouts-2')"), 'rollouts-2'],
    ['a table from an argument list', handle('s.readItem(...event)'), 'readItem'],
    [
      'an index away from its table',
      handle('s.queryIndex(store, { TableName: store.rollouts })'),
      'beside',
    ],
    [
      'an action that has no place in the table of places',
      `import { ListQueuesCommand as C } from '@aws-sdk/client-sqs';\n${handle('new C({})')}`,
      'sqs:ListQueues',
    ],
  ])('is not guessed: %s', async (_, lambda, message) => {
    await expect(actionsOf(lambda)).rejects.toThrow(message);
  });
});
