/**
 * The SDK's standard retries with virtual waits: the SDK's own would sleep on the wall clock, beside
 * which virtual time cannot pass.
 *
 * Numbers are those of @smithy/core's StandardRetryStrategy: 50 ms base, 1,000 ms after throttling,
 * full jitter, 20 s at most, three attempts. Its retry quota is not modelled.
 */
import type { VirtualClock } from '../clock.ts';
import type { Random } from '../seeded-random.ts';

const BASE_MS = 50;
const THROTTLED_BASE_MS = 1_000;
const MAXIMUM_MS = 20_000;

interface RetryToken {
  getRetryCount(): number;
  getRetryDelay(): number;
}

interface RetryErrorInfo {
  errorType: string;
}

export class VirtualRetryStrategy {
  readonly mode = 'standard';
  readonly #clock: VirtualClock;
  readonly #random: Random;
  readonly #maxAttempts: number;

  constructor(clock: VirtualClock, random: Random, maxAttempts = 3) {
    this.#clock = clock;
    this.#random = random;
    this.#maxAttempts = maxAttempts;
  }

  async acquireInitialRetryToken(_scope: string): Promise<RetryToken> {
    return retryToken(0);
  }

  async refreshRetryTokenForRetry(token: RetryToken, info: RetryErrorInfo): Promise<RetryToken> {
    const retries = token.getRetryCount() + 1;
    const isPassing = info.errorType === 'THROTTLING' || info.errorType === 'TRANSIENT';
    // The SDK takes a rejection for "no more retries" and throws the call's own error.
    if (!isPassing || retries >= this.#maxAttempts) throw new Error('No retry token available');
    const baseMs = info.errorType === 'THROTTLING' ? THROTTLED_BASE_MS : BASE_MS;
    const ceilingMs = Math.min(baseMs * 2 ** token.getRetryCount(), MAXIMUM_MS);
    await this.#clock.sleep(Math.floor(this.#random() * ceilingMs));
    return retryToken(retries);
  }

  recordSuccess(_token: RetryToken): void {}
}

function retryToken(retries: number): RetryToken {
  return { getRetryCount: () => retries, getRetryDelay: () => 0 };
}
