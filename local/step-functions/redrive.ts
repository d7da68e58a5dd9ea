/**
 * Which executions may be redriven. The definition, the input and the name stay what they were; an
 * execution goes on at each state that was entered and not exited.
 */
import type { Execution } from './model.ts';
import { MAX_HISTORY_EVENTS_TO_REDRIVE, REDRIVABLE_MS } from './quotas.ts';

/** Why an execution cannot be redriven; undefined if it can. */
export function judgeRedrive(execution: Execution, nowMs: number): string | undefined {
  const { status, history, stopMs } = execution;
  if (status === 'RUNNING' || status === 'SUCCEEDED') {
    return `Execution is ${status} and cannot be redriven`;
  }
  if (history.length >= MAX_HISTORY_EVENTS_TO_REDRIVE) {
    return 'Execution history event limit exceeded';
  }
  if (stopMs !== undefined && nowMs - stopMs > REDRIVABLE_MS) {
    return 'Execution redrivable period exceeded';
  }
  return undefined;
}

/** As DescribeExecution has it. A child of a Map Run is redriven by way of its parent. */
export function redriveStatusOf(
  execution: Execution,
  nowMs: number,
): { redriveStatus: string; redriveStatusReason?: string } {
  const reason = judgeRedrive(execution, nowMs);
  if (reason) return { redriveStatus: 'NOT_REDRIVABLE', redriveStatusReason: reason };
  return { redriveStatus: execution.mapRun ? 'REDRIVABLE_BY_MAP_RUN' : 'REDRIVABLE' };
}
