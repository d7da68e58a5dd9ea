/**
 * "Close rollout": settles what is open, writes the final status, the view of hosts, and frees the target.
 * In that order: an active rollout whose status is final counts as none, so dying between any two writes
 * leaves nothing locked, and running again does what is left.
 */

import { writeChunk } from '#aws/chunk-store.ts';
import { defineHandler } from '#aws/define-handler.ts';
import { openImageQueue, sendLook } from '#aws/image-queue.ts';
import { owesEvents, publishOwed, saveRollout } from '#aws/publish.ts';
import { writeTarget } from '#aws/rollout-store.ts';
import { readChunksToSettle, settleSuperseded } from '#aws/settle.ts';
import { putItems } from '#aws/store.ts';
import { openWalkServices, readWalk, StepInput } from '#aws/walk.ts';
import { supersede } from '#core/change-status.ts';
import { LostRaceError } from '#core/errors.ts';
import { hostRows } from '#core/host-rows.ts';
import { planClose } from '#core/plan-close.ts';
import type { Rollout } from '#core/rollout.ts';
import { isLegalChange, isOpen } from '#core/status.ts';
import { releaseTarget } from '#core/target.ts';

/** Nobody comes by after the end: what the bus does not take is offered again here, for an hour. */
const PUBLISHES_EVERY_MS = 60_000;
const PUBLISHES_FOR_MS = 3_600_000;

/** Who took over writes this end too; whichever of the two is first. */
function endTaken(
  { rollout, reason }: { rollout: Rollout; reason: string },
  nowMs: number,
): Rollout {
  const { status, paused } = rollout;
  if (!isOpen(status)) return rollout;
  if (isLegalChange(status, 'superseded', paused?.from)) return supersede(rollout, reason, nowMs);
  // Nobody takes over from a way back: one read of two items is no snapshot, and another run has closed it.
  throw new LostRaceError(`${rollout.rollout} ended while it was read`);
}

export const handler = defineHandler({
  Input: StepInput,
  services: (runtime) => ({ ...openWalkServices(runtime), queue: openImageQueue(runtime) }),
  run: async (input, { services, log, metrics, nowMs }) => {
    const walked = await readWalk(services, input, nowMs());
    if (walked.kind === 'replaced') return { verdict: walked.kind, reason: walked.reason };
    const rollout = walked.kind === 'superseded' ? endTaken(walked, nowMs()) : walked.rollout;
    if (walked.kind === 'walks' && rollout.batch === -1 && rollout.supersedes !== undefined) {
      // Its first batch would have settled the one that it took over from; there is none.
      const waits = await settleSuperseded(services, rollout.supersedes, nowMs());
      if (waits !== undefined) return { verdict: 'again', ...waits };
    }
    const chunks = await readChunksToSettle(services.store, rollout);
    const plan = planClose(rollout, chunks, nowMs());
    if (plan.verdict !== 'done') return plan;
    for (const chunk of plan.settled) await writeChunk(services.store, chunk);
    const closed = rollout.settled
      ? await publishOwed(services.store, services.bus, rollout)
      : await saveRollout(services.store, services.bus, plan.rollout);
    const target = walked.kind === 'walks' ? walked.target : undefined;
    if (target?.active?.rollout === rollout.rollout) {
      await putItems(services.store, services.store.hosts, hostRows(closed, plan.chunks));
      await writeTarget(
        services.store,
        releaseTarget(target, closed.status.startsWith('completed')),
      );
      if (target.waiting_digest !== '') {
        await sendLook(services.queue, rollout.repository, 'closed');
      }
    }
    if (owesEvents(closed)) {
      if (nowMs() < (closed.completed_at_ms ?? 0) + PUBLISHES_FOR_MS) {
        const untilMs = nowMs() + PUBLISHES_EVERY_MS;
        return { verdict: 'again', untilMs, reason: 'the last events are not published yet' };
      }
      log.error('events are not published', { rollout: rollout.rollout });
    }
    log.info('the rollout is closed', {
      rollout: rollout.rollout,
      status: closed.status,
      reason: plan.reason,
      totals: closed.totals,
    });
    if (!rollout.settled) {
      metrics.addDimension('status', closed.status);
      metrics.addMetric('RolloutsEnded', 'Count', 1);
      metrics.addMetric('HostsFailed', 'Count', closed.totals?.['failed'] ?? 0);
      metrics.addMetric('HostsUnknown', 'Count', closed.totals?.['unknown'] ?? 0);
    }
    return { verdict: 'done', reason: plan.reason, status: closed.status };
  },
});
