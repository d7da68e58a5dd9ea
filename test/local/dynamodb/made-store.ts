import { DynamoStore, type DynamoStoreOptions } from '#local/dynamodb/dynamo-store.ts';
import { S } from './edges/edge.ts';
import { storeEmulator } from './emulator.ts';
import { createTables } from './tables.ts';

/** A store with the tables of tables.ts. */
export async function makeStore(options: DynamoStoreOptions = {}): Promise<DynamoStore> {
  const store = new DynamoStore(options);
  await createTables(storeEmulator(store));
  return store;
}

/** A key of the table `main`. */
export const at = (p: string, s: string) => ({ p: S(p), s: S(s) });
