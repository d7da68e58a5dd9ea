/**
 * The parts of an item that paths name, in the item's own shape. Elements of a list close up in
 * the order of their indexes; what is missing leaves no trace, not even an empty parent.
 */
import { type AttributeValue, type Item, readMember, writeMember } from './attribute-value.ts';
import { judgePaths } from './document-path.ts';
import type { ExpressionKind } from './expression-reader.ts';
import { refusal } from './expression-scope.ts';
import type { Path } from './expression-tree.ts';
import { growTree, type PathTree, sortedIndexes } from './path-tree.ts';

export type Projection = PathTree<true>;

export function planProjection(paths: readonly Path[]): Projection {
  return growTree(paths.map((path) => [path, true] as const));
}

export function refuseOverlap(kind: ExpressionKind, paths: readonly Path[]): void {
  for (const [index, second] of paths.entries()) {
    for (const first of paths.slice(0, index)) {
      const fault = judgePaths(first, second);
      if (fault) throw refusal(kind, fault);
    }
  }
}

export function project(item: Item, projection: Projection): Item {
  return projectMap(item, projection);
}

function projectMap(map: Item, tree: Projection): Item {
  const picked: Record<string, AttributeValue> = {};
  for (const [name, child] of tree.names) {
    const value = readMember(map, name);
    const part = value && projectValue(value, child);
    if (part) writeMember(picked, name, part);
  }
  return Object.freeze(picked);
}

function projectValue(value: AttributeValue, tree: Projection): AttributeValue | undefined {
  if (tree.leaf) return value;
  if (value.M && tree.names.size > 0) {
    const picked = projectMap(value.M, tree);
    return Object.keys(picked).length === 0 ? undefined : Object.freeze({ M: picked });
  }
  const list = value.L;
  if (!list || tree.indexes.size === 0) return undefined;
  const picked = sortedIndexes(tree).flatMap(([index, child]) => {
    const member = list[index];
    return (member && projectValue(member, child)) ?? [];
  });
  return picked.length === 0 ? undefined : Object.freeze({ L: Object.freeze(picked) });
}
