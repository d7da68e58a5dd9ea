/**
 * The end that a rollout has to come to: the policy's own rules, over the tallies of its batches. A hold is
 * an end here, for nobody answers it.
 */
import { judgeBatch } from '#core/judge-batch.ts';
import type { Rollout } from '#core/rollout.ts';
import type { RolloutStatus } from '#core/status.ts';
import { sumTallies, type Tally } from '#core/tally.ts';

export interface ExpectedEnd {
  status: RolloutStatus;
  because: string;
}

/** `isSomeoneSilent`: an update was intended for a host that answers nothing, so no way back reaches it. */
export function expectEnd(
  rollout: Pick<Rollout, 'settings' | 'plan' | 'approved_plan' | 'batch' | 'crossed'>,
  tallies: readonly (readonly Tally[])[],
  isSomeoneSilent: boolean,
): ExpectedEnd {
  const { settings, plan } = rollout;
  if (settings.update_strategy === 'manual' && rollout.approved_plan === undefined) {
    return { status: 'awaiting_approval', because: 'nobody approves' };
  }
  if (plan === undefined) return { status: 'failed', because: 'nothing was planned' };
  for (const [index, { hosts, chunks }] of plan.batches.entries()) {
    const recorded = tallies[index] ?? [];
    const hasEnded = recorded.length === chunks;
    // What was crossed while chunks were still out stays crossed, whatever those came to.
    const crossed = index === rollout.batch ? rollout.crossed : undefined;
    const { verdict, reason } = crossed ?? judgeBatch(recorded, settings, { hosts, hasEnded });
    const because = `batch ${index + 1}: ${reason}`;
    if (verdict === 'hold') return { status: 'held', because };
    if (verdict === 'roll_back') {
      return { status: isSomeoneSilent ? 'rollback_failed' : 'rolled_back', because };
    }
  }
  const { failed, unknown } = sumTallies(tallies.flat());
  return failed + unknown === 0
    ? { status: 'completed', because: 'every host is healthy' }
    : { status: 'completed_with_failures', because: `${failed} failed, ${unknown} unknown` };
}
