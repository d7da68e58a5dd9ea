/** An item in the wire's shape as plain values, and its size in bytes, near enough for a limit. */

export interface PlainItem {
  value: Record<string, unknown>;
  /** Names and values, as DynamoDB counts them but for the exact width of a number. */
  bytes: number;
}

export function readWireItem(item: unknown): PlainItem {
  const size = { bytes: 0 };
  return { value: isRecord(item) ? plainMap(item, size) : {}, bytes: size.bytes };
}

interface Size {
  bytes: number;
}

function plainMap(map: Record<string, unknown>, size: Size): Record<string, unknown> {
  const plain: Record<string, unknown> = {};
  for (const key in map) {
    size.bytes += key.length + 1;
    plain[key] = plainValue(map[key], size);
  }
  return plain;
}

export function plainValue(wire: unknown, size: Size = { bytes: 0 }): unknown {
  if (!isRecord(wire)) return undefined;
  for (const type in wire) {
    const held = wire[type];
    switch (type) {
      case 'S':
        size.bytes += String(held).length;
        return held;
      case 'N':
        size.bytes += 8;
        return Number(held);
      case 'L':
        size.bytes += 3;
        return Array.isArray(held) ? held.map((one) => plainValue(one, size)) : [];
      case 'M':
        size.bytes += 3;
        return isRecord(held) ? plainMap(held, size) : {};
      case 'NULL':
        return null;
      default:
        size.bytes += 1;
        return held;
    }
  }
  return undefined;
}

export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

export function asList(value: unknown): unknown[] {
  return Array.isArray(value) ? value : [];
}
