/**
 * Items as plain JavaScript values, for tests and for people. A number that a double cannot hold
 * stays text; sets become `Set`, binaries `Uint8Array`.
 */
import { type AttributeValue, type Item, readMember } from './attribute-value.ts';
import { canonicalNumber } from './decimal.ts';

export function plainItem(item: Item): Record<string, unknown> {
  const names = Object.keys(item).sort();
  const members = names.map((name) => {
    const value = readMember(item, name);
    return [name, value && plainValue(value)] as const;
  });
  return Object.fromEntries(members);
}

function plainValue(value: AttributeValue): unknown {
  if (value.S !== undefined) return value.S;
  if (value.N !== undefined) return plainNumber(value.N);
  if (value.BOOL !== undefined) return value.BOOL;
  if (value.NULL !== undefined) return null;
  if (value.L) return value.L.map(plainValue);
  if (value.M) return plainItem(value.M);
  if (value.SS) return new Set(value.SS);
  if (value.NS) return new Set(value.NS.map(plainNumber));
  if (value.BS) return new Set(value.BS);
  return new Uint8Array(Buffer.from(value.B ?? '', 'base64'));
}

function plainNumber(text: string): number | string {
  const number = Number(text);
  return canonicalNumber(String(number)) === text ? number : text;
}
