/**
 * What "Judge batch" writes: the batch's verdict, and what follows from it. Chunks that were not recorded
 * are opened again a bounded number of times, by way of the gate; then a person is asked.
 */

import { changeStatus, logEvent } from './change-status.ts';
import { judgeBatch } from './judge-batch.ts';
import { BATCH_ATTEMPTS, isRecorded } from './plan-open-batch.ts';
import type { Rollout } from './rollout.ts';
import { isOpen } from './status.ts';
import type { Tally } from './tally.ts';

export type Judgement =
  | { verdict: 'advance' | 'hold' | 'roll_back' | 'done'; reason: string; rollout: Rollout }
  | { verdict: 'again' | 'hold' | 'roll_back' | 'done'; reason: string };

export function planJudgement(
  rollout: Rollout,
  allTallies: readonly Tally[],
  nowMs: number,
): Judgement {
  const planned = rollout.plan?.batches[rollout.batch];
  if (planned === undefined) return { verdict: 'done', reason: 'there is no batch to judge' };
  if (rollout.status === 'rolling_back')
    return { verdict: 'roll_back', reason: 'the rollout goes back' };
  if (rollout.hold !== undefined) return { verdict: 'hold', reason: rollout.hold.reason };
  if (rollout.status === 'paused') {
    return { verdict: 'hold', reason: rollout.paused?.cause ?? 'paused' };
  }
  // A decision that came meanwhile is taken by "Open batch", the one door.
  if (rollout.decision !== undefined) return { verdict: 'again', reason: rollout.decision.why };
  // Closed while an invocation of this step was late.
  if (!isOpen(rollout.status)) {
    return { verdict: 'done', reason: `the rollout is ${rollout.status}` };
  }
  if (rollout.batch_judged) return { verdict: 'again', reason: 'the batch was judged before' };

  if (rollout.crossed !== undefined && !rollout.batch_waived) {
    return stop(rollout, rollout.crossed.verdict, rollout.crossed.reason, nowMs);
  }
  const tallies = allTallies.filter((tally) => isRecorded(tally, rollout));
  const missing = planned.chunks - tallies.length;
  const judged = judgeBatch(tallies, rollout.settings, {
    hosts: planned.hosts,
    hasEnded: missing === 0,
  });
  if (judged.verdict !== 'within' && !rollout.batch_waived) {
    return stop(rollout, judged.verdict, judged.reason, nowMs);
  }
  if (missing > 0) {
    const reason = `${missing} of ${planned.chunks} chunks of batch ${rollout.batch + 1} are not recorded`;
    return rollout.batch_attempts < BATCH_ATTEMPTS
      ? { verdict: 'again', reason }
      : stop(rollout, 'hold', `${reason} after ${BATCH_ATTEMPTS} attempts`, nowMs);
  }
  return advance(rollout, judged.reason, nowMs);
}

function advance(rollout: Rollout, reason: string, nowMs: number): Judgement {
  const isLast = rollout.batch + 1 === rollout.plan?.batches.length;
  const why = `batch ${rollout.batch + 1}: ${reason}`;
  const delayMinutes =
    rollout.settings.update_strategy === 'auto' ? 0 : rollout.settings.batch_delay_minutes;
  const nextAtMs = nowMs + delayMinutes * 60_000;
  const judged = logEvent(
    {
      ...rollout,
      batch_judged: true,
      gate: 'closed',
      next_batch_at_ms: nextAtMs,
      waits_until_ms: nextAtMs,
    },
    { to: rollout.status, event: 'image.rollout_batch_completed', who: 'longshore', why, nowMs },
  );
  return { verdict: isLast ? 'done' : 'advance', reason: why, rollout: judged };
}

function stop(
  rollout: Rollout,
  verdict: 'hold' | 'roll_back',
  reason: string,
  nowMs: number,
): Judgement {
  const why = `batch ${rollout.batch + 1}: ${reason}`;
  if (verdict === 'roll_back') {
    return {
      verdict,
      reason: why,
      rollout: {
        ...rollout,
        gate: 'closed',
        decision: { action: 'roll_back', by: 'longshore', at_ms: nowMs, why },
      },
    };
  }
  return {
    verdict,
    reason: why,
    rollout: {
      ...changeStatus(rollout, {
        to: 'held',
        event: 'image.rollout_held',
        who: 'longshore',
        why,
        nowMs,
      }),
      gate: 'closed',
      held_from: rollout.status,
      hold: { reason: why, batch: rollout.batch, since_ms: nowMs },
    },
  };
}
