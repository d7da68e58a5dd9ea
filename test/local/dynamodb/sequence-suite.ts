/** Gives random sequences of commands to an oracle and to the store, and compares each answer. */
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { DynamoStore } from '#local/dynamodb/dynamo-store.ts';
import { differenceOf, withoutMessage } from './agreement.ts';
import { type Emulator, type Outcome, sorted, storeEmulator, type Wire } from './emulator.ts';
import { type Command, commands } from './random-commands.ts';
import type { Abilities } from './random-expressions.ts';
import { allItems, createTables, emptyTables, TABLES } from './tables.ts';

interface SequenceOptions {
  readonly seed: number;
  readonly runs: number;
  readonly can: Abilities;
}

export function agreesOnSequences(oracle: () => Emulator, options: SequenceOptions): void {
  const { seed, runs, can } = options;

  it(`agrees on ${runs} random sequences of commands`, { timeout: 600_000 }, async () => {
    const sequence = fc.array(commands(can), { minLength: 1, maxLength: 30, size: 'max' });
    let refusals = 0;
    let answers = 0;

    await fc.assert(
      fc.asyncProperty(sequence, async (list) => {
        const store = storeEmulator(new DynamoStore());
        await createTables(store);
        await emptyTables(oracle());

        for (const command of list) {
          const theirs = await run(oracle(), command);
          const ours = await run(store, command);

          const difference = differenceOf(comparable(ours), comparable(theirs), []);
          if (difference !== undefined)
            throw new Error(`${difference}\n${ours.message}\n${theirs.message}`);
          if (ours.code === undefined) answers += 1;
          else refusals += 1;
        }

        expect(await contents(store)).toEqual(await contents(oracle()));
        if (can.reportsAll) expect(await sizes(store)).toEqual(await sizes(oracle()));
      }),
      { seed, numRuns: runs, interruptAfterTimeLimit: 590_000 },
    );

    // A generator that only makes refusals would agree on nothing of interest.
    expect(answers).toBeGreaterThan(refusals);
  });
}

/**
 * Codes, not messages: a command may be wrong in several ways. Without what byG costs: for an item
 * that had one of its keys and now has the other DynamoDB Local counts an entry that never was.
 */
function comparable(outcome: Outcome): Outcome {
  const { output, ...rest } = withoutMessage(outcome);
  const consumed = output?.['ConsumedCapacity'] as Wire | undefined;
  const indexes = consumed?.['GlobalSecondaryIndexes'] as Wire | undefined;
  if (!indexes) return { ...rest, ...(output && { output }) };
  const { byG: _, ...others } = indexes;
  const counted = { Table: consumed?.['Table'], others };
  return { ...rest, output: { ...output, ConsumedCapacity: counted } };
}

async function contents(emulator: Emulator): Promise<Wire> {
  const tables = await Promise.all(
    TABLES.map(async ({ TableName }) => {
      const name = String(TableName);
      return [name, sorted(await allItems(emulator, name))] as const;
    }),
  );
  return Object.fromEntries(tables);
}

async function sizes(emulator: Emulator): Promise<unknown[]> {
  const described = TABLES.map(async ({ TableName }) => {
    const { output } = await emulator.send('DescribeTable', { TableName });
    const table = output?.['Table'] as Wire | undefined;
    return [TableName, table?.['ItemCount'], table?.['TableSizeBytes']];
  });
  return Promise.all(described);
}

/** Follows a read to its last page; a sum of pages whose order is open is one unordered page. */
async function run(emulator: Emulator, { action, input, pages }: Command): Promise<Outcome> {
  const collected: Wire[] = [];
  let start: unknown;
  do {
    const next = start === undefined ? input : { ...input, ExclusiveStartKey: start };
    const outcome = await emulator.send(action, next);
    if (!outcome.output || !pages) return outcome;
    collected.push(outcome.output);
    start = outcome.output['LastEvaluatedKey'];
  } while (start !== undefined);
  if (pages === 'ordered') return { output: { pages: withoutEnd(collected) } };
  const items = collected.flatMap((page) => page['Items'] as unknown[]);
  const scanned = collected.reduce((sum, page) => sum + Number(page['ScannedCount']), 0);
  return { output: { Items: sorted(items), ScannedCount: scanned } };
}

/**
 * Whether a page that ends with the last item says so, or leads to an empty page, is left open:
 * DynamoDB Local says so where the key condition tells it, and otherwise does not.
 */
function withoutEnd(pages: readonly Wire[]): Wire[] {
  const filled = pages.filter((page, index) => index === 0 || page['ScannedCount'] !== 0);
  const { LastEvaluatedKey: _, ...last } = filled.at(-1) ?? {};
  return [...filled.slice(0, -1), last];
}
