/**
 * Keys: which attributes make them, what DynamoDB refuses in them, and where they put an item.
 *
 * An item's partition is its hash key as text (one table has one type of hash key, and accepted
 * values are canonical, so equal keys are equal texts). Its place in the partition is its sort key.
 */
import { type AttributeValue, type Item, readMember, typeOf } from './attribute-value.ts';
import { compareNumbers } from './decimal.ts';
import { invalid } from './refusal.ts';
import { bytesText, compareTexts } from './value-order.ts';

export interface KeyAttribute {
  readonly name: string;
  readonly type: 'S' | 'N' | 'B';
}

export interface KeySchema {
  readonly hash: KeyAttribute;
  readonly range: KeyAttribute | undefined;
}

interface NumberKey {
  readonly text: string;
  readonly approximate: number;
}

/** Texts and binaries as text, numbers with a double that answers most comparisons. */
export type SortKey = string | NumberKey;

export interface Position {
  readonly partition: string;
  readonly sort: SortKey;
}

const MAX_HASH_BYTES = 2048;
const MAX_RANGE_BYTES = 1024;
const NO_RANGE = '';
const SCHEMA_MISMATCH = 'The provided key element does not match the schema';

export function keyAttributes({ hash, range }: KeySchema): readonly KeyAttribute[] {
  return range ? [hash, range] : [hash];
}

export function sortKeyOf(value: AttributeValue): SortKey {
  if (value.N !== undefined) return { text: value.N, approximate: Number(value.N) };
  return value.S ?? bytesText(value.B ?? '');
}

export function compareSortKeys(left: SortKey, right: SortKey): number {
  if (typeof left === 'string' || typeof right === 'string') {
    return compareTexts(sortText(left), sortText(right));
  }
  const difference = left.approximate - right.approximate;
  return difference === 0 ? compareNumbers(left.text, right.text) : difference;
}

function sortText(key: SortKey): string {
  return typeof key === 'string' ? key : key.text;
}

export function comparePositions(left: Position, right: Position): number {
  return compareSortKeys(left.sort, right.sort);
}

export function partitionOf(value: AttributeValue): string {
  return value.S ?? value.N ?? value.B ?? '';
}

/** Where an item stands by a key, or undefined if it lacks an attribute of it (sparse index). */
export function positionOf(item: Item, { hash, range }: KeySchema): Position | undefined {
  const hashValue = readMember(item, hash.name);
  if (!hashValue) return undefined;
  const partition = partitionOf(hashValue);
  if (!range) return { partition, sort: NO_RANGE };
  const rangeValue = readMember(item, range.name);
  return rangeValue && { partition, sort: sortKeyOf(rangeValue) };
}

/** The position of an item to be put, whose key attributes must be there. */
export function placeItem(item: Item, schema: KeySchema): Position {
  for (const attribute of keyAttributes(schema)) {
    const { name, type } = attribute;
    const value = readMember(item, name);
    if (!value) {
      throw invalid(
        `One or more parameter values were invalid: Missing the key ${name} in the item`,
      );
    }
    const actual = typeOf(value);
    if (actual !== type) {
      throw invalid(
        `One or more parameter values were invalid: Type mismatch for key ${name} expected: ${type} actual: ${actual}`,
      );
    }
    refuseKeyValue(value, attribute, attribute === schema.hash);
  }
  const position = positionOf(item, schema);
  if (!position) throw new TypeError('An item with its key attributes has a position');
  return position;
}

/** The position that a request's `Key` names: the key attributes, and nothing else. */
export function placeKey(key: Item, schema: KeySchema): Position {
  const attributes = keyAttributes(schema);
  if (Object.keys(key).length !== attributes.length) throw invalid(SCHEMA_MISMATCH);
  for (const attribute of attributes) {
    const value = readMember(key, attribute.name);
    if (!value || typeOf(value) !== attribute.type) throw invalid(SCHEMA_MISMATCH);
    refuseKeyValue(value, attribute, attribute === schema.hash);
  }
  return placeItem(key, schema);
}

export function refuseEmptyKey(value: AttributeValue, name: string): void {
  if (value.S !== '' && value.B !== '') return;
  throw invalid(
    `One or more parameter values are not valid. The AttributeValue for a key attribute cannot contain an empty ${emptyType(value)} value. Key: ${name}`,
  );
}

export function emptyType(value: AttributeValue): 'string' | 'binary' {
  return value.S === '' ? 'string' : 'binary';
}

function refuseKeyValue(value: AttributeValue, { name }: KeyAttribute, isHash: boolean): void {
  refuseEmptyKey(value, name);
  if (!isOversized(value, isHash)) return;
  const fault = isHash
    ? `Size of hashkey has exceeded the maximum size limit of${MAX_HASH_BYTES} bytes`
    : `Aggregated size of all range keys has exceeded the size limit of ${MAX_RANGE_BYTES} bytes`;
  throw invalid(`One or more parameter values were invalid: ${fault}`);
}

export function isOversized(value: AttributeValue, isHash: boolean): boolean {
  const limit = isHash ? MAX_HASH_BYTES : MAX_RANGE_BYTES;
  if (value.S !== undefined)
    return value.S.length * 3 > limit && Buffer.byteLength(value.S) > limit;
  return value.B !== undefined && Buffer.byteLength(value.B, 'base64') > limit;
}

/** The attributes of `names` that an item has, in the shape of a key. */
export function pickKey(item: Item, names: readonly string[]): Item {
  const picked: Record<string, AttributeValue> = {};
  for (const name of names) {
    const value = readMember(item, name);
    if (value) picked[name] = value;
  }
  return Object.freeze(picked);
}
