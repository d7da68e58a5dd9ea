/** What a story is made of: its options, and all that it tells when it has ended. Plain data. */
import type { LogEntry } from '#core/rollout.ts';
import type { RolloutStatus } from '#core/status.ts';

export interface StoryOptions {
  hosts: number;
  /** Each host is a Docker Engine. Default: simulated. */
  docker?: true;
  /** How many hosts fail the health check of v2. */
  failing: number;
  /** How many hosts take commands and never answer. */
  silent: number;
  seed: number;
}

/** What was to be, and what is: of the hosts themselves, of the tables, of the log. */
export interface Check {
  what: string;
  expected: string;
  found: string;
  holds: boolean;
}

interface BatchStory {
  hosts: number;
  completed: number;
  skipped: number;
  failed: number;
  unknown: number;
}

export interface RolloutStory {
  id: string;
  title: string;
  from: string;
  to: string;
  status: RolloutStatus;
  reason: string;
  virtualSeconds: number;
  batches: BatchStory[];
  totals: Record<string, number>;
  log: LogEntry[];
}

export interface PushStory {
  tag: string;
  digest: string;
  /** What consider-image logged for it. */
  considered: { verdict: string; reason: string } | undefined;
  rollout: RolloutStory | undefined;
  /** Tag → hosts that run it afterwards, as the hosts themselves say. */
  runs: Record<string, number>;
  checks: Check[];
}

export interface Story {
  isAsExpected: boolean;
  options: StoryOptions;
  policy: string;
  opening: Check[];
  pushes: PushStory[];
  /** Why the story ended before its last push; a rollout that waits for a person ends it. */
  stoppedBecause: string | undefined;
  /** Attempts of the product by `service:Operation`. */
  apiCalls: Record<string, number>;
  lambdaInvocations: number;
  stateTransitions: number;
  virtualSeconds: number;
}
