/**
 * What a lambda finds around it: the clock, the environment, the way to AWS and the log's outlet. In
 * Lambda it is the process's own, in a shell with the cloud's clock; the embedded cloud gives each function another one. This file and the
 * clients are the only ones that touch `Date`, `process` and the network.
 */
import type { Console } from 'node:console';
import type { SSMClientConfig } from '@aws-sdk/client-ssm';
import { type Extension, followCloudClock } from './cloud-clock.ts';

export interface Runtime {
  /** Milliseconds since 1970. */
  nowMs(): number;
  env: Readonly<Record<string, string | undefined>>;
  /** Spread into every client's configuration. */
  clientConfig: Pick<
    SSMClientConfig,
    'region' | 'credentials' | 'requestHandler' | 'retryStrategy' | 'maxAttempts'
  > & { extensions?: Extension[] };
  /** Where the lines of log and metrics go; undefined: the process's standard output. */
  console?: Console;
}

/** A large fleet is thousands of calls in a row: SSM throttles some of them. */
const ATTEMPTS = 8;

/** On somebody's own machine: the credentials and the region of the shell, or the region that was given. */
export function shellRuntime(region: string | undefined): Runtime {
  const clientConfig = { maxAttempts: ATTEMPTS, ...(region !== undefined && { region }) };
  return followCloudClock({ ...lambdaRuntime(), clientConfig });
}

export function lambdaRuntime(): Runtime {
  return { nowMs: () => Date.now(), env: process.env, clientConfig: {} };
}
