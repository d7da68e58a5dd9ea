/**
 * Task tokens. A token lives from the moment its task is scheduled until the task ends, in
 * whatever way: by an answer, a timeout, a failure, a stop. After that it is known but dead
 * (TaskTimedOut), and a redrive or retry issues another one.
 */
import { ServiceError } from '../service-error.ts';
import { drawUuid } from './arns.ts';
import type { StateFailure } from './failures.ts';
import type { Payload } from './payload.ts';

export interface TokenHolder {
  succeed(output: Payload): void;
  fail(failure: StateFailure): void;
  heartbeat(): void;
}

const TOKEN = /^AQCQAAAAKgAAAAMAAAAAAAAA[0-9a-f-]{36}$/;

export class TaskTokens {
  readonly #holders = new Map<string, TokenHolder | 'dead'>();
  readonly #random: () => number;

  constructor(random: () => number) {
    this.#random = random;
  }

  issue(): string {
    const token = `AQCQAAAAKgAAAAMAAAAAAAAA${drawUuid(this.#random)}`;
    this.#holders.set(token, 'dead');
    return token;
  }

  /** Returns how to let go of the token again. */
  hold(token: string, holder: TokenHolder): () => void {
    this.#holders.set(token, holder);
    return () => this.#holders.set(token, 'dead');
  }

  isHeld(token: string): boolean {
    const holder = this.#holders.get(token);
    return holder !== undefined && holder !== 'dead';
  }

  find(token: string): TokenHolder {
    const holder = this.#holders.get(token);
    if (holder === 'dead') {
      throw new ServiceError(
        'TaskTimedOut',
        "Task Timed Out: 'Provided task does not exist anymore'",
      );
    }
    if (holder) return holder;
    throw TOKEN.test(token)
      ? new ServiceError('TaskDoesNotExist', "Task Does Not Exist: 'Provided task does not exist'")
      : new ServiceError('InvalidToken', "Invalid Token: 'Invalid token'");
  }
}
