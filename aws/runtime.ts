/**
 * What a lambda finds around it: the clock, the environment, the way to AWS and the log's outlet. In
 * Lambda it is the process's own; the embedded cloud gives each function another one. This file and the
 * clients are the only ones that touch `Date`, `process` and the network.
 */
import type { Console } from 'node:console';
import type { SSMClientConfig } from '@aws-sdk/client-ssm';

export interface Runtime {
  /** Milliseconds since 1970. */
  nowMs(): number;
  env: Readonly<Record<string, string | undefined>>;
  /** Spread into every client's configuration. */
  clientConfig: Pick<
    SSMClientConfig,
    'region' | 'credentials' | 'requestHandler' | 'retryStrategy' | 'maxAttempts'
  >;
  /** Where the lines of log and metrics go; undefined: the process's standard output. */
  console?: Console;
}

export function lambdaRuntime(): Runtime {
  return { nowMs: () => Date.now(), env: process.env, clientConfig: {} };
}
