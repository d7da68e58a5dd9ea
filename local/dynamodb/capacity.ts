/**
 * Capacity units: a write costs one per begun KB of the larger of the item before and after, a
 * read one per begun 4 KB, half of that if it need not be consistent. A request for an item that
 * is not there costs one unit of its kind (Developer Guide, "Read/write capacity mode"), a query
 * or scan only for what it read.
 */

const WRITE_UNIT_BYTES = 1024;
const READ_UNIT_BYTES = 4096;

interface Sized {
  readonly bytes: number;
}

export function writeUnits(before: Sized | undefined, after?: Sized): number {
  const bytes = Math.max(before?.bytes ?? 0, after?.bytes ?? 0);
  return Math.max(1, Math.ceil(bytes / WRITE_UNIT_BYTES));
}

export function indexWriteUnits(entry: Sized | undefined): number {
  return entry ? writeUnits(entry) : 0;
}

export function pageUnits(bytes: number, isConsistent: boolean): number {
  return Math.ceil(bytes / READ_UNIT_BYTES) * (isConsistent ? 1 : 0.5);
}

export function itemReadUnits(row: Sized | undefined, isConsistent: boolean): number {
  return pageUnits(Math.max(1, row?.bytes ?? 0), isConsistent);
}

/** What one request consumed of one table and of its indexes. */
export interface Consumption {
  readonly tableName: string;
  readonly kind: 'read' | 'write';
  readonly table: number;
  readonly indexes: Readonly<Record<string, number>>;
}

export const NO_INDEXES: Readonly<Record<string, number>> = Object.freeze({});

export interface Units {
  read: number;
  write: number;
}

export interface Counters {
  /** Calls per action, the refused ones too. */
  readonly calls: Readonly<Record<string, number>>;
  /** Refused calls by `Action:Code`. */
  readonly refusals: Readonly<Record<string, number>>;
  /** Units per table, and per index as `table/index`. */
  readonly capacity: Readonly<Record<string, Readonly<Units>>>;
}

export class CapacityMeter {
  readonly #units = new Map<string, Units>();

  add(consumption: Consumption): void {
    const { tableName, kind, table, indexes } = consumption;
    this.#count(tableName, kind, table);
    for (const name of Object.keys(indexes)) {
      this.#count(`${tableName}/${name}`, kind, indexes[name] ?? 0);
    }
  }

  #count(key: string, kind: 'read' | 'write', units: number): void {
    let counted = this.#units.get(key);
    if (!counted) {
      counted = { read: 0, write: 0 };
      this.#units.set(key, counted);
    }
    counted[kind] += units;
  }

  totals(): Record<string, Units> {
    return Object.fromEntries([...this.#units].map(([key, units]) => [key, { ...units }]));
  }
}

export type CapacityDetail = 'INDEXES' | 'TOTAL' | 'NONE';

/** The `ConsumedCapacity` of an answer. */
export function describeConsumption(
  consumption: Consumption,
  detail: CapacityDetail,
): Record<string, unknown> {
  const { tableName, table, indexes } = consumption;
  const total = Object.values(indexes).reduce((sum, units) => sum + units, table);
  const described = { TableName: tableName, CapacityUnits: total };
  if (detail !== 'INDEXES') return described;
  const perIndex = Object.entries(indexes).map(([name, units]) => [name, { CapacityUnits: units }]);
  return {
    ...described,
    Table: { CapacityUnits: table },
    ...(perIndex.length > 0 && { GlobalSecondaryIndexes: Object.fromEntries(perIndex) }),
  };
}
