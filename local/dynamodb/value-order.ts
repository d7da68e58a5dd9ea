/**
 * How DynamoDB orders and equates values: texts by their UTF-8 bytes, numbers by value, binaries
 * by unsigned bytes. JavaScript's `<` compares UTF-16 units, which puts U+10000 and above before
 * U+E000–U+FFFF.
 */
import { type AttributeValue, type Item, readMember } from './attribute-value.ts';
import { compareNumbers } from './decimal.ts';

const FIRST_SURROGATE = 0xd800;
const FIRST_ABOVE_SURROGATES = 0xe000;

export function compareTexts(left: string, right: string): number {
  if (left === right) return 0;
  const length = Math.min(left.length, right.length);
  for (let index = 0; index < length; index += 1) {
    const a = left.charCodeAt(index);
    const b = right.charCodeAt(index);
    if (a === b) continue;
    if (a < FIRST_SURROGATE || b < FIRST_SURROGATE) return a - b;
    return byteRank(a) - byteRank(b);
  }
  return left.length - right.length;
}

/** Surrogates stand for code points above all others. */
function byteRank(unit: number): number {
  return unit < FIRST_ABOVE_SURROGATES ? unit + 0x10000 : unit;
}

/** Text whose code units are the bytes of a binary. */
export function bytesText(base64: string): string {
  return Buffer.from(base64, 'base64').toString('latin1');
}

/** Undefined where the two cannot be ordered: a type without an order, or two types. */
export function orderValues(left: AttributeValue, right: AttributeValue): number | undefined {
  if (left.S !== undefined && right.S !== undefined) return compareTexts(left.S, right.S);
  if (left.N !== undefined && right.N !== undefined) return compareNumbers(left.N, right.N);
  if (left.B !== undefined && right.B !== undefined) {
    return compareTexts(bytesText(left.B), bytesText(right.B));
  }
  return undefined;
}

/** Deep equality of accepted values: canonical numbers and sorted sets make it one of texts. */
export function equalValues(left: AttributeValue, right: AttributeValue): boolean {
  if (left === right) return true;
  if (left.S !== undefined) return left.S === right.S;
  if (left.N !== undefined) return left.N === right.N;
  if (left.M !== undefined) return right.M !== undefined && equalItems(left.M, right.M);
  if (left.L !== undefined) return right.L !== undefined && equalLists(left.L, right.L);
  if (left.B !== undefined) return left.B === right.B;
  if (left.BOOL !== undefined) return left.BOOL === right.BOOL;
  if (left.NULL !== undefined) return right.NULL !== undefined;
  if (left.SS !== undefined) return equalTexts(left.SS, right.SS);
  if (left.NS !== undefined) return equalTexts(left.NS, right.NS);
  return equalTexts(left.BS, right.BS);
}

export function equalItems(left: Item, right: Item): boolean {
  if (left === right) return true;
  const names = Object.keys(left);
  if (names.length !== Object.keys(right).length) return false;
  return names.every((name) => {
    const a = readMember(left, name);
    const b = readMember(right, name);
    return a !== undefined && b !== undefined && equalValues(a, b);
  });
}

function equalLists(left: readonly AttributeValue[], right: readonly AttributeValue[]): boolean {
  if (left.length !== right.length) return false;
  return left.every((value, index) => {
    const other = right[index];
    return other !== undefined && equalValues(value, other);
  });
}

function equalTexts(left: readonly string[] = [], right: readonly string[] = []): boolean {
  return left.length === right.length && left.every((text, index) => text === right[index]);
}
