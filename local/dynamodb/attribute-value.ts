/**
 * A typed value as DynamoDB's JSON carries it. Values inside the store are accepted (see
 * accept-value.ts): exactly one member is set, numbers and sets are in canonical form, and the
 * whole value is frozen, so that it may be shared between the store and its callers.
 */
export interface AttributeValue {
  readonly S?: string;
  readonly N?: string;
  readonly B?: string;
  readonly BOOL?: boolean;
  readonly NULL?: boolean;
  readonly L?: readonly AttributeValue[];
  readonly M?: Item;
  readonly SS?: readonly string[];
  readonly NS?: readonly string[];
  readonly BS?: readonly string[];
}

export type Item = Readonly<Record<string, AttributeValue>>;

export const TYPE_NAMES = ['S', 'N', 'B', 'BOOL', 'NULL', 'L', 'M', 'SS', 'NS', 'BS'] as const;
export type TypeName = (typeof TYPE_NAMES)[number];

export function typeOf(value: AttributeValue): TypeName {
  for (const name of TYPE_NAMES) if (value[name] !== undefined) return name;
  throw new TypeError('A value without a type is in the store');
}

/** Own members only: an attribute may well be called `toString`. */
export function readMember(map: Item, name: string): AttributeValue | undefined {
  return Object.hasOwn(map, name) ? map[name] : undefined;
}

/** Assignment that also holds for an attribute called `__proto__`. */
export function writeMember(
  map: Record<string, AttributeValue>,
  name: string,
  value: AttributeValue,
): void {
  if (name !== '__proto__') {
    map[name] = value;
    return;
  }
  Object.defineProperty(map, name, { value, enumerable: true, writable: true, configurable: true });
}

export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
