/**
 * The ways in which a state ends without a result. StateFailure is what Retry and Catch look at;
 * TaskError is what a task's code throws to become one; CUT unwinds a chain of states that was
 * stopped from outside and is seen by nobody. Anything else that is thrown is a fault of the
 * emulation or of a test and surfaces from the clock's run.
 */

/** Thrown by the code behind a task: the error that Step Functions would read from its answer. */
export class TaskError extends Error {
  override readonly name = 'TaskError';
  readonly errorName: string;
  override readonly cause: string | undefined;

  constructor(errorName: string, cause?: string) {
    super(`${errorName}: ${cause ?? ''}`);
    this.errorName = errorName;
    this.cause = cause;
  }
}

/** A state's failure. A Fail state may name neither error nor cause. */
export class StateFailure extends Error {
  override readonly name = 'StateFailure';
  readonly errorName: string | undefined;
  override readonly cause: string | undefined;
  /** A missed heartbeat is recorded as States.Timeout, and may be caught by either name. */
  readonly isHeartbeat: boolean;

  constructor(errorName?: string, cause?: string, options: { isHeartbeat?: boolean } = {}) {
    super(`${errorName ?? ''}: ${cause ?? ''}`);
    this.errorName = errorName;
    this.cause = cause;
    this.isHeartbeat = options.isHeartbeat ?? false;
  }

  /** `{ error, cause }` without the absent ones, as event details carry them. */
  details(): Record<string, unknown> {
    return {
      ...(this.cause === undefined ? {} : { cause: this.cause }),
      ...(this.errorName === undefined ? {} : { error: this.errorName }),
    };
  }
}

class Cut extends Error {
  override readonly name = 'Cut';
}

export const CUT = new Cut('the execution was stopped');

export function dataLimitExceeded(what: string): StateFailure {
  return new StateFailure(
    'States.DataLimitExceeded',
    `The state/task '${what}' returned a result with a size exceeding the maximum number of bytes service limit.`,
  );
}
