/**
 * Applies an update to an item and gives a new one; untouched parts are shared with the old.
 *
 * Every value is computed from the item as it was, and every index means the list as it was:
 * elements past the end are appended in the order of their indexes, and removed ones are taken out
 * last (dynalite removes one after the other, and so takes out wrong ones).
 */
import { type AttributeValue, type Item, readMember, writeMember } from './attribute-value.ts';
import { addNumbers, compareNumbers } from './decimal.ts';
import { readPath } from './document-path.ts';
import type { Clause, SetValue } from './expression-tree.ts';
import { growTree, type PathTree, sortedIndexes } from './path-tree.ts';
import { invalid } from './refusal.ts';
import { compareTexts } from './value-order.ts';

/** What becomes of the value at a leaf; undefined takes it out. */
type Change = (old: AttributeValue | undefined) => AttributeValue | undefined;
type Changes = PathTree<Change>;

export function applyUpdate(item: Item, clauses: readonly Clause[]): Item {
  const changes = growTree(clauses.map((clause) => [clause.path, changeOf(clause, item)] as const));
  return changeMap(item, changes);
}

function changeOf(clause: Clause, item: Item): Change {
  switch (clause.kind) {
    case 'set': {
      const value = compute(clause.value, item);
      return () => value;
    }
    case 'remove':
      return () => undefined;
    case 'add':
      return (old) => addTo(old, clause.value);
    case 'delete':
      return (old) => deleteFrom(old, clause.value);
  }
}

function compute(value: SetValue, item: Item): AttributeValue {
  switch (value.kind) {
    case 'value':
      return value.value;
    case 'path': {
      const found = readPath(item, value.path);
      if (found) return found;
      throw invalid(
        'The provided expression refers to an attribute that does not exist in the item',
      );
    }
    case 'if_not_exists':
      return readPath(item, value.path) ?? compute(value.otherwise, item);
    case 'list_append': {
      const left = compute(value.left, item).L;
      const right = compute(value.right, item).L;
      if (!left || !right) throw wrongType();
      return Object.freeze({ L: Object.freeze([...left, ...right]) });
    }
    case 'sum': {
      const left = compute(value.left, item).N;
      const right = compute(value.right, item).N;
      if (left === undefined || right === undefined) throw wrongType();
      return Object.freeze({ N: addNumbers(left, right, value.sign) });
    }
  }
}

function changeMap(map: Item, changes: Changes): Item {
  const changed: Record<string, AttributeValue> = {};
  for (const name of Object.keys(map)) {
    const old = readMember(map, name);
    const child = changes.names.get(name);
    const value = child && old ? changeValue(old, child) : old;
    if (value) writeMember(changed, name, value);
  }
  for (const [name, child] of changes.names) {
    const value = Object.hasOwn(map, name) ? undefined : changeValue(undefined, child);
    if (value) writeMember(changed, name, value);
  }
  return Object.freeze(changed);
}

function changeValue(
  old: AttributeValue | undefined,
  changes: Changes,
): AttributeValue | undefined {
  if (changes.leaf) return changes.leaf(old);
  if (changes.names.size > 0 && old?.M) return Object.freeze({ M: changeMap(old.M, changes) });
  if (changes.indexes.size > 0 && old?.L) return Object.freeze({ L: changeList(old.L, changes) });
  throw invalid('The document path provided in the update expression is invalid for update');
}

function changeList(list: readonly AttributeValue[], changes: Changes): readonly AttributeValue[] {
  const changed: (AttributeValue | undefined)[] = [...list];
  for (const [index, child] of sortedIndexes(changes)) {
    const value = changeValue(list[index], child);
    if (index < list.length) changed[index] = value;
    else changed.push(value);
  }
  return Object.freeze(changed.filter((value) => value !== undefined));
}

function addTo(old: AttributeValue | undefined, added: AttributeValue): AttributeValue {
  if (old === undefined) return added;
  if (old.N !== undefined && added.N !== undefined) {
    return Object.freeze({ N: addNumbers(old.N, added.N) });
  }
  if (old.SS && added.SS) return Object.freeze({ SS: union(old.SS, added.SS, compareTexts) });
  if (old.NS && added.NS) return Object.freeze({ NS: union(old.NS, added.NS, compareNumbers) });
  if (old.BS && added.BS) return Object.freeze({ BS: union(old.BS, added.BS, compareTexts) });
  throw wrongType();
}

function deleteFrom(
  old: AttributeValue | undefined,
  deleted: AttributeValue,
): AttributeValue | undefined {
  if (old === undefined) return undefined;
  if (old.SS && deleted.SS) return setOf('SS', without(old.SS, deleted.SS));
  if (old.NS && deleted.NS) return setOf('NS', without(old.NS, deleted.NS));
  if (old.BS && deleted.BS) return setOf('BS', without(old.BS, deleted.BS));
  throw wrongType();
}

function union(
  left: readonly string[],
  right: readonly string[],
  compare: (a: string, b: string) => number,
): readonly string[] {
  return Object.freeze([...new Set([...left, ...right])].sort(compare));
}

function without(members: readonly string[], deleted: readonly string[]): readonly string[] {
  return members.filter((member) => !deleted.includes(member));
}

/** An empty set is no value: the attribute goes with its last member. */
function setOf(type: 'SS' | 'NS' | 'BS', members: readonly string[]): AttributeValue | undefined {
  return members.length === 0 ? undefined : Object.freeze({ [type]: Object.freeze(members) });
}

function wrongType() {
  return invalid('An operand in the update expression has an incorrect data type');
}
