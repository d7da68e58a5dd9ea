import { beforeAll, describe } from 'vitest';
import { askOfOracle } from '../local/dynamodb/edge-suite.ts';
import { type Emulator, httpEmulator } from '../local/dynamodb/emulator.ts';
import { agreesOnSequences } from '../local/dynamodb/sequence-suite.ts';
import { createTables } from '../local/dynamodb/tables.ts';
import { LOCAL_WORDINGS } from '../local/dynamodb/wordings.ts';

const oracle: Emulator = httpEmulator('DynamoDB Local', Number(process.env['PORT'] ?? 18777));

beforeAll(async () => {
  for (const TableName of ['main','numbers','bytes','hashed','refused','refused1','refused2']) await oracle.send('DeleteTable', { TableName });
  await createTables(oracle);
});

describe('random sequences, beside DynamoDB Local', () => {
  const can = { comparesAll: true, editsLists: true, reportsAll: true };
  agreesOnSequences(() => oracle, { seed: 99, runs: 3000, can });
});

describe('the edges, beside DynamoDB Local', () => {
  askOfOracle('local', () => oracle, LOCAL_WORDINGS);
});
