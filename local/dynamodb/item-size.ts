/**
 * Bytes of an item as DynamoDB counts them (Developer Guide, "DynamoDB item sizes and formats"):
 * UTF-8 lengths of names and values, 3 bytes for a list or map and 1 for each of its members.
 * The limit of 400 KB and the capacity units come from this.
 */

import { refuseNesting } from './accept-value.ts';
import type { AttributeValue, Item } from './attribute-value.ts';
import { numberBytes } from './decimal.ts';
import { invalid } from './refusal.ts';

const MAX_ITEM_BYTES = 400 * 1024;
const CONTAINER_BYTES = 3;

/** An item whose size is known and allowed. */
export interface SizedItem {
  readonly item: Item;
  readonly bytes: number;
}

export function sizeItem(item: Item, words: 'Item size' | 'Item size to update'): SizedItem {
  const bytes = mapBytes(item, 0, 0);
  if (bytes <= MAX_ITEM_BYTES) return { item, bytes };
  throw invalid(`${words} has exceeded the maximum allowed size`);
}

function mapBytes(map: Item, memberBytes: number, nesting: number): number {
  let bytes = 0;
  for (const name of Object.keys(map)) {
    const value = map[name];
    if (value) bytes += memberBytes + textBytes(name) + valueBytes(value, nesting);
  }
  return bytes;
}

export function attributeBytes(name: string, value: AttributeValue): number {
  return textBytes(name) + valueBytes(value, 0);
}

function valueBytes(value: AttributeValue, nesting: number): number {
  if (value.S !== undefined) return textBytes(value.S);
  if (value.N !== undefined) return numberBytes(value.N);
  if (value.M !== undefined) {
    refuseNesting(nesting);
    return CONTAINER_BYTES + mapBytes(value.M, 1, nesting + 1);
  }
  if (value.L !== undefined) {
    refuseNesting(nesting);
    let bytes = CONTAINER_BYTES;
    for (const member of value.L) bytes += 1 + valueBytes(member, nesting + 1);
    return bytes;
  }
  if (value.B !== undefined) return binaryBytes(value.B);
  if (value.SS !== undefined) return sum(value.SS, textBytes);
  if (value.NS !== undefined) return sum(value.NS, numberBytes);
  if (value.BS !== undefined) return sum(value.BS, binaryBytes);
  return 1;
}

function sum(texts: readonly string[], bytesOf: (text: string) => number): number {
  return texts.reduce((bytes, text) => bytes + bytesOf(text), 0);
}

function textBytes(text: string): number {
  return Buffer.byteLength(text);
}

function binaryBytes(base64: string): number {
  return Buffer.byteLength(base64, 'base64');
}
