/**
 * A batch is judged through only where those left unknown or failed are within the policy's thresholds, or a person
 * said "go on" in that batch. Judged on the hosts' records, not on the tallies that the product judges by. (I14)
 */
import type { HostRecord } from '#core/chunk.ts';
import type { Rollout } from '#core/rollout.ts';
import type { Check, Context } from './check.ts';

export const withinThresholds: Check = {
  name: '2, I14',
  begin: (context) => {
    const waived = new Set<string>();
    return {
      onWrite: ({ kind, before, after }) => {
        if (kind !== 'meta' || after === undefined) return;
        const { decision, rollout, batch } = after;
        if (decision?.action === 'go_on' && isPerson(decision.by))
          waived.add(`${rollout} ${batch}`);
        const isJudged = after.batch_judged && before?.batch_judged === false;
        if (!isJudged || before.batch !== batch || waived.has(`${rollout} ${batch}`)) return;
        const crossed = crossedBy(context, after);
        if (crossed !== undefined)
          context.report(`${rollout} passed batch ${batch + 1}: ${crossed}`);
      },
    };
  },
};

export function isPerson(by: string): boolean {
  return by !== '' && by !== 'longshore';
}

function crossedBy({ mirror }: Context, rollout: Rollout): string | undefined {
  const { batch, settings, plan } = rollout;
  const hosts = mirror
    .chunksOf(rollout.rollout)
    .filter((chunk) => chunk.batch === batch)
    .flatMap((chunk) => chunk.hosts);
  const count = (wanted: HostRecord['status']) =>
    hosts.filter(({ status }) => status === wanted).length;
  const planned = plan?.batches[batch]?.hosts ?? hosts.length;
  const [failed, unknown] = [count('failed'), count('unknown')];
  const finished = failed + count('completed') + count('skipped');
  if (finished > 0 && failed / finished > settings.max_failure_rate) {
    return `${failed} of ${finished} failed`;
  }
  if (unknown / planned > settings.max_unknown_rate) return `${unknown} of ${planned} are unknown`;
  const row = longestRow(hosts);
  return row >= settings.max_consecutive_failures ? `${row} failed in a row` : undefined;
}

function longestRow(hosts: readonly HostRecord[]): number {
  const finished = hosts
    .filter(({ status }) => status !== 'unknown')
    .toSorted(
      (one, other) =>
        (one.completed_at_ms ?? 0) - (other.completed_at_ms ?? 0) ||
        (one.host < other.host ? -1 : 1),
    );
  let [row, longest] = [0, 0];
  for (const { status } of finished) {
    row = status === 'failed' ? row + 1 : 0;
    longest = Math.max(longest, row);
  }
  return longest;
}
