/** A forecast, and where it was made: what the two ways of telling it take. */
import type { Stored } from '#aws/look-ahead.ts';
import type { Forecast } from '#core/foresee-policy.ts';
import type { FoundHosts } from '#core/judge-plan.ts';
import type { HostPlan } from '#core/plan-hosts.ts';
import type { PolicyFile } from '#core/policy-files.ts';

export interface Planned {
  source: PolicyFile;
  repository: string;
  /** The tag that was asked about. */
  pushed: string | undefined;
  stack: string;
  region: string;
  nowMs: number;
  hosts: FoundHosts;
  /** Undefined where there is no such stack. */
  stored: Stored | undefined;
  /** Whether the policy that is deployed says the same as the file. */
  isDeployed: boolean;
  forecast: Forecast;
}

/** The hosts of each batch, in the order in which they are worked on. */
export function batchHosts({ plan, chunks }: HostPlan): string[][] {
  return plan.batches.map(({ first_chunk, chunks: size }) =>
    chunks.slice(first_chunk, first_chunk + size).flat(),
  );
}
