/** The view of hosts: what runs where, by whom, since when. No decision trusts it without asking the host. */
import type { Chunk } from './chunk.ts';
import { containerOf } from './judge-image.ts';
import type { Rollout } from './rollout.ts';

/** A row a touched host, for the hosts table. */
export function hostRows(rollout: Rollout, chunks: readonly Chunk[]): Record<string, unknown>[] {
  const container = containerOf(rollout);
  return chunks
    .flatMap((chunk) => chunk.hosts)
    .filter((host) => host.attempts > 0)
    .map((host) => ({
      host: host.host,
      container,
      policy: rollout.policy,
      repository: rollout.repository,
      rollout: rollout.rollout,
      status: host.status,
      digest: host.digest_after,
      error: host.error,
      since_ms: host.completed_at_ms ?? 0,
    }));
}
