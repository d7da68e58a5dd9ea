/**
 * "Open batch": the one door to a batch. The first batch of a rollout that took over waits until the old
 * one's commands can change no host any more; every batch waits for its window, and takes its turns at sending.
 */

import { readTallies } from '#aws/chunk-store.ts';
import { defineHandler } from '#aws/define-handler.ts';
import { readEnvironment } from '#aws/environment.ts';
import { saveForChunks, saveRollout } from '#aws/publish.ts';
import { settleSuperseded } from '#aws/settle.ts';
import { openTurns } from '#aws/turns.ts';
import { openWalkServices, readWalk, StepInput } from '#aws/walk.ts';
import { tokenSeconds } from '#core/chunk-command.ts';
import { mapConcurrency } from '#core/plan-hosts.ts';
import { planOpenBatch } from '#core/plan-open-batch.ts';

export const handler = defineHandler({
  Input: StepInput,
  services: (runtime) => ({ ...openWalkServices(runtime), env: readEnvironment(runtime) }),
  run: async (input, { services, nowMs }) => {
    const walked = await readWalk(services, input, nowMs());
    if (walked.kind !== 'walks') return { verdict: walked.kind, reason: walked.reason };
    const { rollout, schedule } = walked;
    if (rollout.batch === -1 && rollout.supersedes !== undefined) {
      const waits = await settleSuperseded(services, rollout.supersedes, nowMs());
      if (waits !== undefined) return { verdict: 'again', ...waits };
    }
    const tallies =
      rollout.batch === -1 ? [] : await readTallies(services.store, rollout.rollout, rollout.batch);
    const plan = planOpenBatch(rollout, tallies, schedule, nowMs());
    if (plan.verdict !== 'go') {
      const { rollout: next, ...answer } = { rollout, ...plan };
      if (next !== rollout) await saveRollout(services.store, services.bus, next);
      return answer;
    }
    const { settings, pace, batch } = plan.rollout;
    const concurrency = mapConcurrency(settings, pace.chunk_concurrency);
    // Before the batch is said to be open: who dies in between finds its turns again.
    const turns = await openTurns(
      services.store,
      {
        by: rollout.rollout,
        what: `batch ${batch}`,
        chunks: plan.chunks.length,
        concurrency,
        perSecond: services.env.settings.chunks_per_second,
      },
      nowMs(),
    );
    const opened = await saveForChunks(services.store, services.bus, plan.rollout, plan.chunks);
    return {
      verdict: 'go',
      reason: plan.reason,
      policy: opened.policy,
      repository: opened.repository,
      batch: opened.batch,
      chunks: plan.chunks,
      ...turns,
      concurrency,
      updateSeconds: tokenSeconds(opened, 'update'),
      lookSeconds: tokenSeconds(opened, 'probe'),
      restoreSeconds: tokenSeconds(opened, 'restore'),
    };
  },
});
