/**
 * Paths of one expression as a tree, each leaf with what is to happen there. As no path contains
 * another (see `judgePaths`), a node is a leaf or has children of one sort: names or indexes.
 */
import type { Path } from './expression-tree.ts';

export interface PathTree<Leaf> {
  readonly names: Map<string, PathTree<Leaf>>;
  readonly indexes: Map<number, PathTree<Leaf>>;
  leaf?: Leaf;
}

export function growTree<Leaf>(leaves: readonly (readonly [Path, Leaf])[]): PathTree<Leaf> {
  const root = sprout<Leaf>();
  for (const [path, leaf] of leaves) {
    let node = root;
    for (const part of path) {
      const child: PathTree<Leaf> = childOf(node, part) ?? sprout<Leaf>();
      if (typeof part === 'number') node.indexes.set(part, child);
      else node.names.set(part, child);
      node = child;
    }
    node.leaf = leaf;
  }
  return root;
}

function childOf<Leaf>(node: PathTree<Leaf>, part: string | number): PathTree<Leaf> | undefined {
  return typeof part === 'number' ? node.indexes.get(part) : node.names.get(part);
}

function sprout<Leaf>(): PathTree<Leaf> {
  return { names: new Map(), indexes: new Map() };
}

export function sortedIndexes<Leaf>(tree: PathTree<Leaf>): [number, PathTree<Leaf>][] {
  return [...tree.indexes].sort(([left], [right]) => left - right);
}
