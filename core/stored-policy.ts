/**
 * A policy as its item holds it: the document as somebody wrote it, and the keys by which the indexes
 * `byRepository` and `byContainer` propose it.
 */
import * as z from 'zod';
import { parseImagePattern } from './image-pattern.ts';
import type { Policy } from './policy.ts';
import { containerKey } from './policy-claims.ts';
import { isMapping } from './problem.ts';
import { policyKeys } from './repository-key.ts';

/**
 * Grows whenever something else is stored of the same document, keys as well: CloudFormation, to which the
 * documents look the same, would otherwise not call, and the items would stay as an earlier release left them.
 */
export const STORED_FORM = 2;

/** `stack`: a file of policies/, written and removed by a deployment. `api`: left alone by all deployments. */
const Source = z.enum(['stack', 'api']);

export const StoredPolicy = z.strictObject({
  policy: z.string(),
  item: z.literal('spec'),
  version: z.int().min(0),
  repository_key: z.string(),
  repository_prefix: z.string(),
  /** An earlier release wrote none. */
  container_key: z.string().optional(),
  document: z.record(z.string(), z.unknown()),
  source: Source,
  updated_at_ms: z.int(),
});
export type StoredPolicy = z.infer<typeof StoredPolicy>;

/** As much as a deployment has to understand of an item, whatever release wrote it and whatever else it holds. */
export const HeldPolicy = z.looseObject({
  policy: z.string(),
  item: z.literal('spec'),
  version: z.int().min(1),
  source: Source,
});
export type HeldPolicy = z.infer<typeof HeldPolicy>;

/** What is stored for a document that has been checked, over what is held of it. */
export function storedPolicy(
  policy: Policy,
  document: Record<string, unknown>,
  held: HeldPolicy | undefined,
  nowMs: number,
): StoredPolicy {
  const pattern = parseImagePattern(policy.image_pattern);
  if (pattern === undefined) throw new TypeError('a checked policy has a pattern');
  return {
    policy: policy.id,
    item: 'spec',
    version: held?.version ?? 0,
    ...policyKeys(pattern),
    container_key: containerKey(policy),
    document,
    source: 'stack',
    updated_at_ms: nowMs,
  };
}

/** Whether the item says the same already, keys and all: an earlier release may have written other keys. */
export function isHeld(stored: StoredPolicy, held: HeldPolicy | undefined): boolean {
  return isSameValue({ ...held, updated_at_ms: stored.updated_at_ms }, stored);
}

/** A table gives the fields of a mapping back in any order. */
function isSameValue(one: unknown, other: unknown): boolean {
  if (Array.isArray(one) && Array.isArray(other)) {
    return (
      one.length === other.length && one.every((value, index) => isSameValue(value, other[index]))
    );
  }
  if (isMapping(one) && isMapping(other)) {
    const keys = Object.keys(one);
    return (
      keys.length === Object.keys(other).length &&
      keys.every((key) => Object.hasOwn(other, key) && isSameValue(one[key], other[key]))
    );
  }
  return one === other;
}
