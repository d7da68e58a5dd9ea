/**
 * "Open batch": the one door to a batch. The first batch of a rollout that took over waits until the old
 * one's commands can change no host any more; every batch waits for its window.
 */
import { defineHandler } from '#aws/define-handler.ts';
import { saveRollout } from '#aws/publish.ts';
import { readSchedule, readTallies } from '#aws/rollout-store.ts';
import { settleSuperseded } from '#aws/settle.ts';
import { openWalkServices, readWalk, StepInput } from '#aws/walk.ts';
import { tokenSeconds } from '#core/chunk-command.ts';
import { mapConcurrency } from '#core/plan-hosts.ts';
import { planOpenBatch } from '#core/plan-open-batch.ts';

export const handler = defineHandler({
  Input: StepInput,
  services: openWalkServices,
  run: async (input, { services, nowMs }) => {
    const walked = await readWalk(services, input, nowMs());
    if (walked.kind !== 'walks') return { verdict: walked.kind, reason: walked.reason };
    const { rollout } = walked;
    if (rollout.batch === -1 && rollout.supersedes !== undefined) {
      const waits = await settleSuperseded(services, rollout.supersedes, nowMs());
      if (waits !== undefined) return { verdict: 'again', ...waits };
    }
    const tallies =
      rollout.batch === -1 ? [] : await readTallies(services.store, rollout.rollout, rollout.batch);
    const schedule = await readSchedule(services.store, rollout);
    const plan = planOpenBatch(rollout, tallies, schedule, nowMs());
    if (plan.verdict !== 'go') {
      const { rollout: next, ...answer } = { rollout, ...plan };
      if (next !== rollout) await saveRollout(services.store, services.bus, next);
      return answer;
    }
    const opened = await saveRollout(services.store, services.bus, plan.rollout);
    const { settings, pace } = opened;
    return {
      verdict: 'go',
      reason: plan.reason,
      policy: opened.policy,
      repository: opened.repository,
      batch: opened.batch,
      chunks: plan.chunks,
      openedAtMs: opened.batch_opened_at_ms,
      spacingMs: 1000 / pace.chunks_per_second,
      concurrency: mapConcurrency(settings, pace.chunk_concurrency),
      updateSeconds: tokenSeconds(opened, 'update'),
      lookSeconds: tokenSeconds(opened, 'probe'),
      restoreSeconds: tokenSeconds(opened, 'restore'),
    };
  },
});
