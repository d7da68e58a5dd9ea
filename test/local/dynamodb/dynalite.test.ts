import type { AddressInfo } from 'node:net';
import dynalite from 'dynalite';
import { afterAll, beforeAll, describe } from 'vitest';
import { askOfOracle, pinDifferences } from './edge-suite.ts';
import { type Emulator, httpEmulator } from './emulator.ts';
import { agreesOnSequences } from './sequence-suite.ts';
import { createTables } from './tables.ts';
import { DYNALITE_WORDINGS } from './wordings.ts';

const server = dynalite({ createTableMs: 0, deleteTableMs: 0 });
let oracle: Emulator;

beforeAll(async () => {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  oracle = httpEmulator('dynalite', (server.address() as AddressInfo).port);
  await createTables(oracle);
});

afterAll(async () => {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});

describe('the edges, beside dynalite', () => {
  askOfOracle('dynalite', () => oracle, DYNALITE_WORDINGS);
});

describe('random sequences, beside dynalite', () => {
  const can = { comparesAll: false, editsLists: false, reportsAll: false };
  agreesOnSequences(() => oracle, { seed: 20_261_121, runs: 60, can });
});

describe('the edges on which an oracle is wrong', () => {
  pinDifferences();
});
