/** When watching ends, and what a script is told by the exit code. */
import { adviceFor } from '#core/advice.ts';
import { type Rollout, rolloutTitle, standingOf } from '#core/rollout.ts';
import { isOpen } from '#core/status.ts';
import type { ExitCode } from './around.ts';
import { showSpan } from './format.ts';
import { reasonOf, waitsSinceMs } from './reason.ts';

export const UNTILS = ['done', 'judged', 'held'] as const;
export type Until = (typeof UNTILS)[number];

export interface WatchEnd {
  code: ExitCode;
  reason: string;
}

/**
 * `done`: 0 completed, 1 ended in another way. `judged`: 0 when the batch that was open, or the next, is
 * judged and the rollout goes on. `held`: 0 when it waits for a person. Where `until` is given, 3 when it
 * waits for a person for longer than the patience; without it, a person watches, and may be that person.
 */
export function judgeWatch(
  { begun, rollout }: { begun: Rollout; rollout: Rollout },
  until: Until | undefined,
  patienceMs: number,
  nowMs: number,
): WatchEnd | undefined {
  const title = rolloutTitle(rollout);
  const standing = standingOf(rollout);
  if (!isOpen(standing)) {
    const code = standing === 'completed' && until !== 'held' ? 0 : 1;
    return { code, reason: `${title} is ${standing}: ${reasonOf(rollout)}` };
  }
  const sinceMs = waitsSinceMs(rollout);
  if (until === 'held' && sinceMs !== undefined) return { code: 0, reason: waits(rollout) };
  if (until === 'judged' && isJudged(begun, rollout)) {
    return { code: 0, reason: `${title}: batch ${batchToJudge(begun) + 1} is judged` };
  }
  if (until === undefined || sinceMs === undefined || nowMs - sinceMs < patienceMs)
    return undefined;
  return { code: 3, reason: `${waits(rollout)}; nobody answered in ${showSpan(patienceMs)}` };
}

function waits(rollout: Rollout): string {
  const advice = adviceFor(rollout);
  return `${rolloutTitle(rollout)} is ${rollout.status}: ${reasonOf(rollout)}; ${advice}`;
}

function isJudged(begun: Rollout, { status, batch, batch_judged }: Rollout): boolean {
  if (status !== 'in_progress' && status !== 'awaiting_window') return false;
  const judged = batch_judged ? batch : batch - 1;
  return judged >= batchToJudge(begun);
}

function batchToJudge({ batch, batch_judged }: Rollout): number {
  return batch_judged || batch === -1 ? batch + 1 : batch;
}
