/**
 * What a state machine may react to, a class each: try again, or give up. A machine names the class in
 * `ErrorEquals`; nothing is ever matched by its message. Everything else that is thrown is a fault of
 * ours: the task fails, the execution ends FAILED, and the rollout is held with the cause as its reason.
 */

/** Another writer was first. Reading again and deciding again is always right. */
export class LostRaceError extends Error {
  override readonly name = 'LostRaceError';
}

/** A service asked us to slow down, or did not answer in time. The machine waits, with jitter. */
export class ThrottledError extends Error {
  override readonly name = 'ThrottledError';
}

/** A send whose turn comes later: its machine waits until then, and comes back with the turn. */
export class NotYetError extends Error {
  override readonly name = 'NotYetError';

  /** A machine is told of a failed task in two texts and nothing else: the message carries what it needs. */
  constructor({ turn, untilMs }: { turn: number; untilMs: number }, options?: ErrorOptions) {
    super(JSON.stringify({ turn, untilMs }), options);
  }
}

/** A stored item that this version cannot read: to go on would be to guess. A person has to look. */
export class UnreadableItemError extends Error {
  override readonly name = 'UnreadableItemError';
}

/** For the default branch of an exhaustive switch: a value that the type says cannot be there. */
export function unreachable(value: never): never {
  throw new TypeError(`unreachable: ${JSON.stringify(value)}`);
}
