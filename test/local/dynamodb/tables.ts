/** The tables that commands run against, on every emulator alike. */
import type { Emulator, Wire } from './emulator.ts';

const attribute = (AttributeName: string, AttributeType: string) => ({
  AttributeName,
  AttributeType,
});
const hash = (AttributeName: string) => ({ AttributeName, KeyType: 'HASH' });
const range = (AttributeName: string) => ({ AttributeName, KeyType: 'RANGE' });

export const MAIN = 'main';
export const NUMBERS = 'numbers';
export const BYTES = 'bytes';
export const HASHED = 'hashed';

export const TABLES: readonly Wire[] = [
  {
    TableName: MAIN,
    BillingMode: 'PAY_PER_REQUEST',
    AttributeDefinitions: [
      attribute('p', 'S'),
      attribute('s', 'S'),
      attribute('g', 'S'),
      attribute('n', 'N'),
    ],
    KeySchema: [hash('p'), range('s')],
    GlobalSecondaryIndexes: [
      { IndexName: 'byG', KeySchema: [hash('g'), range('n')], Projection: projection('ALL') },
      { IndexName: 'keys', KeySchema: [hash('g')], Projection: projection('KEYS_ONLY') },
      {
        IndexName: 'some',
        KeySchema: [hash('g')],
        Projection: { ...projection('INCLUDE'), NonKeyAttributes: ['a', 'm'] },
      },
    ],
  },
  {
    TableName: NUMBERS,
    BillingMode: 'PAY_PER_REQUEST',
    AttributeDefinitions: [attribute('p', 'N'), attribute('s', 'N')],
    KeySchema: [hash('p'), range('s')],
  },
  {
    TableName: BYTES,
    BillingMode: 'PAY_PER_REQUEST',
    AttributeDefinitions: [attribute('p', 'S'), attribute('s', 'B')],
    KeySchema: [hash('p'), range('s')],
  },
  {
    TableName: HASHED,
    BillingMode: 'PAY_PER_REQUEST',
    AttributeDefinitions: [attribute('p', 'S')],
    KeySchema: [hash('p')],
  },
];

function projection(ProjectionType: string) {
  return { ProjectionType };
}

function keyNames(table: string): readonly string[] {
  return table === HASHED ? ['p'] : ['p', 's'];
}

export async function createTables(emulator: Emulator): Promise<void> {
  for (const table of TABLES) {
    await emulator.send('CreateTable', table);
    await untilActive(emulator, table['TableName']);
  }
}

/** dynalite and the service create tables in the background. */
async function untilActive(emulator: Emulator, TableName: unknown): Promise<void> {
  for (;;) {
    const { output } = await emulator.send('DescribeTable', { TableName });
    const table = output?.['Table'] as Wire | undefined;
    if (table?.['TableStatus'] === 'ACTIVE') return;
  }
}

/** Deletes whatever is in the tables. */
export async function emptyTables(emulator: Emulator): Promise<void> {
  for (const { TableName } of TABLES) {
    for (const item of await allItems(emulator, String(TableName))) {
      const Key = Object.fromEntries(
        keyNames(String(TableName)).map((name) => [name, (item as Wire)[name]]),
      );
      await emulator.send('DeleteItem', { TableName, Key });
    }
  }
}

/** A whole scan, in pages of `Limit`. */
export async function allItems(
  emulator: Emulator,
  TableName: string,
  extra: Wire = {},
): Promise<unknown[]> {
  const items: unknown[] = [];
  let start: unknown;
  do {
    const input = { TableName, ...extra, ...(start !== undefined && { ExclusiveStartKey: start }) };
    const { output, message } = await emulator.send('Scan', input);
    if (!output) throw new Error(`${emulator.name} refused a scan: ${message}`);
    items.push(...(output['Items'] as unknown[]));
    start = output['LastEvaluatedKey'];
  } while (start !== undefined);
  return items;
}
