/**
 * A document at the edge of every rule of a policy: `inside` is still right, `outside` is wrong by the
 * least that there is, and this is what is said about it. policy.test.ts fails if a code has no row.
 */
import type { ProblemCode } from '#core/problem.ts';

export interface Boundary {
  code: ProblemCode;
  path: string;
  inside: Record<string, unknown>;
  outside: Record<string, unknown>;
  message: string;
}

/** A document that says no more than it must. */
export const BASE = { id: 'shop-web', image_pattern: 'shop/web:*', fleet_id: 'production' };

export function row(
  code: ProblemCode,
  path: string,
  inside: Record<string, unknown>,
  outside: Record<string, unknown>,
  what: string,
): Boundary {
  return { code, path, inside, outside, message: path === '' ? what : `${path}: ${what}` };
}

/** What is said of a value that a pattern of characters refuses. */
export const MALFORMED = 'is not of the right form';
