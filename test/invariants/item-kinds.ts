/** The kinds of items that checks know, by their tables and keys. */
import type { Chunk } from '#core/chunk.ts';
import type { Rollout } from '#core/rollout.ts';
import type { Tally } from '#core/tally.ts';
import type { Target } from '#core/target.ts';
import type { ApiCall } from '#local/wire.ts';
import { asList, isRecord } from './wire-item.ts';

export interface PlanPart {
  /** The rollout's id, with which the partition key begins. */
  rollout: string;
  item: string;
  first_chunk: number;
  chunks: string[][];
}

export interface Spec {
  policy: string;
  item: 'spec';
  document: unknown;
}

export interface Kinds {
  meta: Rollout;
  chunk: Chunk;
  tally: Tally;
  plan: PlanPart;
  target: Target;
  spec: Spec;
  other: Record<string, unknown>;
}

type WriteOf<Kind extends keyof Kinds> = {
  readonly kind: Kind;
  readonly before: Kinds[Kind] | undefined;
  readonly after: Kinds[Kind] | undefined;
  readonly atMs: number;
  readonly bytes: number;
  readonly call: ApiCall;
};
/** One item that a call has written; `after` is undefined where it was deleted. */
export type Write = { [Kind in keyof Kinds]: WriteOf<Kind> }[keyof Kinds];

/** The stack's name is in the table's, and left out: a mirror is one stack's. */
export function placeOf(table: string, key: Record<string, unknown>): string {
  const name = table.slice(table.lastIndexOf('-') + 1);
  switch (name) {
    case 'rollouts':
      return `rollouts ${key['rollout']} ${key['item']}`;
    case 'policies':
      return `policies ${key['policy']} ${key['item']}`;
    default:
      return `${name} ${key['host']} ${key['container']}`;
  }
}

export function kindOf(table: string, key: Record<string, unknown>): keyof Kinds {
  const item = String(key['item'] ?? '');
  if (table.endsWith('-rollouts')) {
    if (item === 'meta') return 'meta';
    if (item.startsWith('chunk#')) return 'chunk';
    if (item.startsWith('tally#')) return 'tally';
    if (item.startsWith('plan#')) return 'plan';
  }
  if (table.endsWith('-policies')) {
    if (item === 'spec') return 'spec';
    if (item.startsWith('target#')) return 'target';
  }
  return 'other';
}

/** The item, as the checks know it: a part of a plan says of which rollout it is. */
export function withRollout(
  kind: keyof Kinds,
  item: Record<string, unknown>,
): Record<string, unknown> {
  return kind === 'plan' ? { ...item, rollout: String(item['rollout']).split('#')[0] } : item;
}

const LISTS: Readonly<Record<keyof Kinds, readonly string[]>> = {
  meta: ['log'],
  chunk: ['hosts', 'commands'],
  tally: ['finishes'],
  plan: ['chunks'],
  target: ['denied'],
  spec: [],
  other: [],
};
const RECORDS: Readonly<Record<keyof Kinds, readonly string[]>> = {
  meta: ['image', 'previous', 'settings', 'pace'],
  chunk: [],
  tally: [],
  plan: [],
  target: ['desired', 'seen'],
  spec: [],
  other: [],
};

/** Whether an item has what the checks go into; what its values are is the product's own schema's. */
export function isOfKind(
  kind: keyof Kinds,
  item: Record<string, unknown> | undefined,
): item is Record<string, unknown> {
  if (item === undefined) return false;
  const isWhole =
    LISTS[kind].every((name) => Array.isArray(item[name])) &&
    RECORDS[kind].every((name) => isRecord(item[name]));
  return isWhole && LISTS[kind].every((name) => asList(item[name]).every((one) => one !== null));
}
