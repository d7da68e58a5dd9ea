/**
 * Where a script may be killed: after each write to its state and each effect on Docker, in the words of the
 * journal's phases and of `recreate_swap` and `recreate_back`. What it has done by then stays.
 */
export const POINTS = [
  /** The fence is written, and nothing else. */
  'fenced',
  'pulled',
  'prepared',
  /** The new container is there, not started. */
  'created',
  'swapping',
  'stopped',
  /** The old container bears its other name. */
  'kept',
  /** The new container bears the name. */
  'named',
  /** The old container does not come back from a boot. */
  'disarmed',
  'started',
  'verifying',
  'committing',
  /** `prev` is written. */
  'remembered',
  /** `current` is written, or removed. */
  'recorded',
  /** One earlier container is kept, and no more. */
  'tidied',
  'undoing',
  'restoring',
  /** What had taken the old container's place is gone. */
  'removed',
  /** The old container bears its own name again. */
  'returned',
  'rearmed',
  'back',
  /** The answer is stored; the journal is open still, and nobody has heard. */
  'answered',
  'closed',
] as const;
export type Point = (typeof POINTS)[number];

/** So much time passes before what comes next; the kill may come in it. A check is no point, and takes time. */
export interface Pause {
  readonly at: Point | undefined;
  readonly ms: number;
}

/** Work that may be cut off at each pause, and nowhere else. */
export type Steps<Result> = Generator<Pause, Result, void>;

export function after(at: Point, ms = 0): Pause {
  return { at, ms };
}

export function wait(ms: number): Pause {
  return { at: undefined, ms };
}
