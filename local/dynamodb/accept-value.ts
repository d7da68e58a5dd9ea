/**
 * The gate of the store: turns what a caller sent into an accepted value, or refuses it. One pass
 * checks, copies, puts numbers and sets in canonical form, and freezes; after it nobody can change
 * the value, neither the caller who sent it nor one who reads it.
 *
 * Sets are kept sorted (DynamoDB does not keep their order), so that equal sets are equal lists.
 */
import { ServiceError } from '../service-error.ts';
import { type AttributeValue, type Item, isRecord, writeMember } from './attribute-value.ts';
import { canonicalNumber, compareNumbers } from './decimal.ts';
import { invalid } from './refusal.ts';
import { compareTexts } from './value-order.ts';

/** "Nested attributes: up to 32 levels deep", the item itself being the first. */
const MAX_NESTING = 31;

const EMPTY_VALUE =
  'Supplied AttributeValue is empty, must contain exactly one of the supported datatypes';
const SEVERAL_TYPES =
  'Supplied AttributeValue has more than one datatypes set, must contain exactly one of the supported datatypes';

export function acceptItem(raw: unknown, nesting = 0): Item {
  if (!isRecord(raw)) throw malformed('a map of attribute values');
  const item: Record<string, AttributeValue> = {};
  for (const name of Object.keys(raw)) {
    if (name === '') throw invalid('Empty attribute name');
    writeMember(item, name, acceptValue(raw[name], nesting));
  }
  return Object.freeze(item);
}

export function acceptValue(raw: unknown, nesting = 0): AttributeValue {
  if (!isRecord(raw)) throw malformed('an attribute value');
  let accepted: AttributeValue | undefined;
  for (const type of Object.keys(raw)) {
    const value = raw[type];
    if (value === undefined || value === null) continue;
    const next = acceptType(type, value, nesting);
    if (!next) continue;
    if (accepted) throw invalid(SEVERAL_TYPES);
    accepted = next;
  }
  if (!accepted) throw invalid(EMPTY_VALUE);
  return Object.freeze(accepted);
}

function acceptType(type: string, raw: unknown, nesting: number): AttributeValue | undefined {
  switch (type) {
    case 'S':
      return { S: acceptText(raw) };
    case 'N':
      return { N: canonicalNumber(acceptText(raw)) };
    case 'BOOL':
      if (typeof raw !== 'boolean') throw malformed('a boolean');
      return { BOOL: raw };
    case 'M':
      refuseNesting(nesting);
      return { M: acceptItem(raw, nesting + 1) };
    case 'L':
      refuseNesting(nesting);
      return { L: Object.freeze(acceptList(raw).map((value) => acceptValue(value, nesting + 1))) };
    case 'NULL':
      if (raw === true) return { NULL: true };
      throw invalid(
        'One or more parameter values were invalid: Null attribute value types must have the value of true',
      );
    case 'B':
      return { B: acceptBytes(raw) };
    case 'SS':
      return { SS: acceptTextSet(raw) };
    case 'NS':
      return { NS: acceptNumberSet(raw) };
    case 'BS':
      return { BS: acceptBytesSet(raw) };
    default:
      return undefined;
  }
}

function acceptTextSet(raw: unknown): readonly string[] {
  const texts = acceptList(raw).map(acceptText);
  if (texts.length === 0) {
    throw invalid('One or more parameter values were invalid: An string set  may not be empty');
  }
  return acceptSet(
    texts,
    compareTexts,
    `One or more parameter values were invalid: Input collection [${texts.join(', ')}] contains duplicates.`,
  );
}

function acceptNumberSet(raw: unknown): readonly string[] {
  const numbers = acceptList(raw).map((value) => canonicalNumber(acceptText(value)));
  if (numbers.length === 0) {
    throw invalid('One or more parameter values were invalid: An number set  may not be empty');
  }
  return acceptSet(numbers, compareNumbers, 'Input collection contains duplicates');
}

function acceptBytesSet(raw: unknown): readonly string[] {
  const binaries = acceptList(raw).map(acceptBytes);
  if (binaries.length === 0) {
    throw invalid('One or more parameter values were invalid: Binary sets should not be empty');
  }
  return acceptSet(
    binaries,
    compareTexts,
    `One or more parameter values were invalid: Input collection [${binaries.join(', ')}]of type BS contains duplicates.`,
  );
}

function acceptSet(
  members: string[],
  compare: (left: string, right: string) => number,
  duplicates: string,
): readonly string[] {
  members.sort(compare);
  if (members.some((member, index) => index > 0 && member === members[index - 1])) {
    throw invalid(duplicates);
  }
  return Object.freeze(members);
}

function acceptBytes(raw: unknown): string {
  const text = acceptText(raw);
  if (Buffer.from(text, 'base64').toString('base64') !== text) throw malformed('base64');
  return text;
}

function acceptText(raw: unknown): string {
  if (typeof raw !== 'string') throw malformed('a string');
  return raw;
}

function acceptList(raw: unknown): unknown[] {
  if (!Array.isArray(raw)) throw malformed('a list');
  return raw;
}

export function refuseNesting(nesting: number): void {
  if (nesting < MAX_NESTING) return;
  throw invalid(
    'Nesting Levels have exceeded supported limits: Attributes in the item have nested levels beyond supported limit',
  );
}

/** What no SDK would send; the service's own words depend on its JSON parser. */
function malformed(expected: string): ServiceError {
  return new ServiceError('SerializationException', `Expected ${expected}`);
}
