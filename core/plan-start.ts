/** What "Plan rollout" answers once the plan stands: an approval first, then the window of the first batch. */
import { awaitWindow } from './await-window.ts';
import { type PlanVerdict, planApproval } from './plan-approval.ts';
import type { Rollout } from './rollout.ts';
import type { Schedule } from './schedule.ts';

/** Before its first batch, and with nothing between it and that but time. */
const WAITING: readonly string[] = ['pending', 'awaiting_approval', 'awaiting_window'];

export interface PlannedStart {
  verdict: PlanVerdict | 'await_window';
  reason: string;
  /** Another object where there is something to write. */
  rollout: Rollout;
  untilMs?: number;
}

export function planStart(rollout: Rollout, schedule: Schedule, nowMs: number): PlannedStart {
  const start = planApproval(rollout, nowMs);
  const { plan, batch, status, decision } = start.rollout;
  const first = plan?.batches[0];
  const isNext = batch === -1 && decision === undefined && WAITING.includes(status);
  if (start.verdict !== 'ready' || first === undefined || !isNext) return start;
  const window = awaitWindow(start.rollout, first.chunks, schedule, nowMs);
  // Whatever else there is to say of the batch is said at its door.
  return window.verdict === 'await_window' ? window : start;
}
