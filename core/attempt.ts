/** Which try of a waiting state a token is of, as Step Functions tells it. */
import * as z from 'zod';

export const Attempt = z.strictObject({
  /** Redrives of the execution. */
  redrives: z.int().min(0).default(0),
  /** When the state was entered, as an ISO instant in UTC. */
  entered: z.string(),
  /** Tries of the state before this one. */
  retries: z.int().min(0).default(0),
});
export type Attempt = z.infer<typeof Attempt>;

/** Whether one is of a later try than the other. Both are of one run. */
export function comesAfter(one: Attempt, other: Attempt): boolean {
  if (one.redrives !== other.redrives) return one.redrives > other.redrives;
  if (one.entered !== other.entered) return one.entered > other.entered;
  return one.retries > other.retries;
}
