/**
 * Prints how many simple calls a second the store answers in the process, and dynalite over the
 * loopback interface, in turns in one run: medians of the rounds. Not a test; seconds depend on the
 * machine, the ratio less so.
 */
import { once } from 'node:events';
import dynalite from 'dynalite';
import { DynamoStore } from '#local/dynamodb/dynamo-store.ts';
import {
  type Emulator,
  httpEmulator,
  storeEmulator,
  type Wire,
} from '../local/dynamodb/emulator.ts';
import { createTables, MAIN } from '../local/dynamodb/tables.ts';

const ROUNDS = 5;
const CALLS = { 'the store': 100_000, dynalite: 1_000 } as const;
const KEYS = 5_000;

const key = (index: number) => ({
  p: { S: `p${index % KEYS}` },
  s: { S: `s${index % 40}` },
});

const WORKLOADS: Readonly<Record<string, (index: number) => { action: string; input: Wire }>> = {
  PutItem: (index) => ({
    action: 'PutItem',
    input: { TableName: MAIN, Item: { ...key(index), x: { N: String(index) }, y: { S: 'text' } } },
  }),
  GetItem: (index) => ({
    action: 'GetItem',
    input: { TableName: MAIN, Key: key(index), ConsistentRead: true },
  }),
  'UpdateItem on a condition': (index) => ({
    action: 'UpdateItem',
    input: {
      TableName: MAIN,
      Key: key(index),
      UpdateExpression: 'SET #v = if_not_exists(#v, :none) + :one',
      ConditionExpression: 'attribute_exists(p)',
      ExpressionAttributeNames: { '#v': 'version' },
      ExpressionAttributeValues: { ':none': { N: '0' }, ':one': { N: '1' } },
    },
  }),
  Query: (index) => ({
    action: 'Query',
    input: {
      TableName: MAIN,
      KeyConditionExpression: 'p = :p AND begins_with(s, :s)',
      ExpressionAttributeValues: { ':p': key(index).p, ':s': { S: 's' } },
    },
  }),
};

async function readSpeed(
  send: (index: number) => Promise<unknown>,
  calls: number,
): Promise<number> {
  const startedAt = process.hrtime.bigint();
  for (let index = 0; index < calls; index += 1) await send(index);
  return (calls * 1e9) / Number(process.hrtime.bigint() - startedAt);
}

function median(values: readonly number[]): number {
  return values.toSorted((left, right) => left - right)[Math.floor(values.length / 2)] ?? 0;
}

async function main(): Promise<void> {
  const server = dynalite({ createTableMs: 0, deleteTableMs: 0 }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (typeof address !== 'object' || address === null) throw new Error('dynalite has no port');
  const oracle: Emulator = httpEmulator('dynalite', address.port);
  const store = new DynamoStore();
  await createTables(storeEmulator(store));
  await createTables(oracle);
  for (const [name, make] of Object.entries(WORKLOADS)) {
    const ours: number[] = [];
    const theirs: number[] = [];
    for (let round = 0; round < ROUNDS; round += 1) {
      const call = (index: number) => {
        const { action, input } = make(index);
        return store.apply(action, input);
      };
      ours.push(await readSpeed(call, CALLS['the store']));
      const ask = (index: number) => {
        const { action, input } = make(index);
        return oracle.send(action, input);
      };
      theirs.push(await readSpeed(ask, CALLS.dynalite));
    }
    const [fast, slow] = [median(ours), median(theirs)].map(Math.round);
    process.stdout.write(`${name}: ${fast} calls/s in the store, ${slow} calls/s in dynalite\n`);
  }
  server.closeAllConnections();
  server.close();
}

await main();
