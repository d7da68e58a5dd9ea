import { type AttributeValue, type Item, readMember } from './attribute-value.ts';
import type { Path } from './expression-tree.ts';

/** The value at a path, or undefined where any step of it is missing or of another type. */
export function readPath(item: Item, path: Path): AttributeValue | undefined {
  const [name] = path;
  let value = typeof name === 'string' ? readMember(item, name) : undefined;
  for (let index = 1; index < path.length; index += 1) {
    const part = path[index];
    if (value === undefined || part === undefined) return undefined;
    value =
      typeof part === 'number' ? value.L?.[part] : value.M ? readMember(value.M, part) : undefined;
  }
  return value;
}

export function showPath(path: Path): string {
  const parts = path.map((part) => (typeof part === 'number' ? `[${part}]` : part));
  return `[${parts.join(', ')}]`;
}

/** The attribute that a path begins with. */
export function headOf(path: Path): string {
  const [head] = path;
  if (typeof head !== 'string') throw new TypeError('A path begins with the name of an attribute');
  return head;
}

/**
 * Why two paths of one expression cannot stand together: one contains the other, or they take the
 * same value for a map and for a list.
 */
export function judgePaths(first: Path, second: Path): string | undefined {
  const length = Math.min(first.length, second.length);
  for (let index = 0; index < length; index += 1) {
    const a = first[index];
    const b = second[index];
    if (typeof a !== typeof b) return describe('conflict', first, second);
    if (a !== b) return undefined;
  }
  return describe('overlap', first, second);
}

function describe(fault: 'conflict' | 'overlap', first: Path, second: Path): string {
  return (
    `Two document paths ${fault} with each other; must remove or rewrite one of these paths; ` +
    `path one: ${showPath(first)}, path two: ${showPath(second)}`
  );
}
