/** Amazon's own emulator as the judge: the same edges and sequences that dynalite is asked. */
import { beforeAll, describe } from 'vitest';
import { askOfOracle } from '../local/dynamodb/edge-suite.ts';
import { httpEmulator } from '../local/dynamodb/emulator.ts';
import { agreesOnSequences } from '../local/dynamodb/sequence-suite.ts';
import { createTables } from '../local/dynamodb/tables.ts';
import { LOCAL_WORDINGS } from '../local/dynamodb/wordings.ts';

const port = Number(process.env['DYNAMODB_LOCAL_PORT']);
const oracle = httpEmulator('DynamoDB Local', port);

beforeAll(async () => {
  await createTables(oracle);
});

describe('the edges, beside DynamoDB Local', () => {
  askOfOracle('local', () => oracle, LOCAL_WORDINGS);
});

describe('random sequences, beside DynamoDB Local', () => {
  const can = { comparesAll: true, editsLists: true, reportsAll: true };
  agreesOnSequences(() => oracle, { seed: 20_261_121, runs: 600, can });
});
