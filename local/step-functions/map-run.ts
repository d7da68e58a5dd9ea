/** What a Map Run is judged and described by. */
import type { ExecutionStatus, MapRun, Tolerance } from './model.ts';
import { judgeRedrive } from './redrive.ts';

/**
 * Both limits default to none tolerated, a limit that is given stands alone, and if both are given
 * either may trip: failures *above* the count, or a share *above* the percentage.
 *
 * 2 of 10 with 20 % → tolerated; 3 of 10 with 20 % → exceeded; 1 of 10 with neither → exceeded.
 */
export function isToleranceExceeded(tolerance: Tolerance, failed: number, total: number): boolean {
  const { failureCount, failurePercentage } = tolerance;
  if (failureCount === undefined && failurePercentage === undefined) return failed > 0;
  if (failureCount !== undefined && failed > failureCount) return true;
  return failurePercentage !== undefined && failed * 100 > failurePercentage * total;
}

export function isFailed(status: ExecutionStatus): boolean {
  return status === 'FAILED' || status === 'TIMED_OUT' || status === 'ABORTED';
}

export function describeMapRun(mapRun: MapRun, nowMs: number): Record<string, unknown> {
  const counts = countChildren(mapRun, nowMs);
  return {
    mapRunArn: mapRun.arn,
    executionArn: mapRun.execution.arn,
    status: mapRun.status,
    startDate: mapRun.startMs / 1_000,
    ...(mapRun.stopMs === undefined ? {} : { stopDate: mapRun.stopMs / 1_000 }),
    maxConcurrency: mapRun.maxConcurrency,
    toleratedFailurePercentage: mapRun.tolerance.failurePercentage ?? 0,
    toleratedFailureCount: mapRun.tolerance.failureCount ?? 0,
    itemCounts: counts,
    executionCounts: counts,
    redriveCount: mapRun.redriveCount,
    ...(mapRun.redriveMs === undefined ? {} : { redriveDate: mapRun.redriveMs / 1_000 }),
  };
}

function countChildren(mapRun: MapRun, nowMs: number): Record<string, number> {
  const counts = {
    pending: 0,
    running: 0,
    succeeded: 0,
    failed: 0,
    timedOut: 0,
    aborted: 0,
    total: mapRun.items.length,
    resultsWritten: 0,
    failuresNotRedrivable: 0,
    pendingRedrive: 0,
  };
  for (const index of mapRun.items.keys()) {
    const child = mapRun.children[index];
    if (child === undefined) {
      // What never started counts as pending while the run goes on, and as aborted after it.
      counts[mapRun.status === 'RUNNING' ? 'pending' : 'aborted']++;
      continue;
    }
    counts[COUNTED[child.status]]++;
    if (child.status === 'SUCCEEDED') counts.resultsWritten++;
    if (isFailed(child.status) && judgeRedrive(child, nowMs)) counts.failuresNotRedrivable++;
  }
  return counts;
}

const COUNTED = {
  RUNNING: 'running',
  SUCCEEDED: 'succeeded',
  FAILED: 'failed',
  TIMED_OUT: 'timedOut',
  ABORTED: 'aborted',
} as const satisfies Record<ExecutionStatus, string>;
