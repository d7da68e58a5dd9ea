/** Asks an oracle and the store every edge, and tells where they do not agree. */
import { expect, it } from 'vitest';
import { DynamoStore } from '#local/dynamodb/dynamo-store.ts';
import { differenceOf, type Wording, withoutMessage } from './agreement.ts';
import { BATCH_EDGES } from './edges/batches.ts';
import { CONDITION_EDGES } from './edges/conditions.ts';
import { type Edge, matches, type OracleName } from './edges/edge.ts';
import { ITEM_EDGES } from './edges/items.ts';
import { PAGE_EDGES } from './edges/pages.ts';
import { TABLE_EDGES } from './edges/tables.ts';
import { UPDATE_EDGES } from './edges/updates.ts';
import { type Emulator, type Outcome, storeEmulator } from './emulator.ts';
import { createTables, emptyTables, MAIN } from './tables.ts';

const EDGES: readonly Edge[] = [
  ...CONDITION_EDGES,
  ...UPDATE_EDGES,
  ...ITEM_EDGES,
  ...PAGE_EDGES,
  ...BATCH_EDGES,
  ...TABLE_EDGES,
];

/** No two emulators describe the faults of a table's definition in the same words. */
const WORDLESS_ACTIONS = ['CreateTable', 'DescribeTable', 'DeleteTable', 'ListTables'];

export function askOfOracle(
  oracleName: OracleName,
  oracle: () => Emulator,
  wordings: readonly Wording[],
): void {
  const used = new Set<Wording>();

  it.each(EDGES)('agrees on $name', async (edge) => {
    const isWordless = WORDLESS_ACTIONS.includes(edge.action);
    const theirs = await ask(oracle(), edge);

    const ours = await ask(await freshStore(), edge);

    const difference = isWordless
      ? differenceOf(withoutMessage(ours), withoutMessage(theirs), [])
      : differenceOf(ours, theirs, wordings, used);
    const expected = edge.differs[oracleName];
    if (expected) {
      expect(difference, `${oracleName} agrees now: ${expected.because}`).toBeDefined();
    } else {
      expect(difference).toBeUndefined();
    }
  });

  it('meets every wording in which it differs', () => {
    const unmet = wordings.filter((wording) => !used.has(wording));

    expect(unmet).toEqual([]);
  });
}

/** The answers of the store where an oracle is known to be wrong: nobody else holds them. */
export function pinDifferences(): void {
  const differing = EDGES.flatMap((edge) =>
    Object.values(edge.differs).map((difference) => ({ ...difference, edge, name: edge.name })),
  );

  it.each(differing)('stays with the service on $name', async ({ edge, ours: expected }) => {
    const ours = await ask(await freshStore(), edge);

    expect(matches(ours, expected), JSON.stringify(ours)).toBe(true);
  });
}

async function freshStore(): Promise<Emulator> {
  const store = storeEmulator(new DynamoStore());
  await createTables(store);
  return store;
}

async function ask(emulator: Emulator, { given, action, input }: Edge): Promise<Outcome> {
  await emptyTables(emulator);
  for (const Item of given) {
    const { message } = await emulator.send('PutItem', { TableName: MAIN, Item });
    if (message !== undefined)
      throw new Error(`${emulator.name} refused what is given: ${message}`);
  }
  return emulator.send(action, input);
}
