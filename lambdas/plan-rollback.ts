/**
 * "Plan rollback": turns the target back, says so on the rollout, and names the chunks that have to go
 * back; asked again after they did, it is done. The target is written first: a rollout that dies between
 * the two writes finds its target turned, and goes on here.
 */
import { defineHandler } from '#aws/define-handler.ts';
import { saveRollout } from '#aws/publish.ts';
import { readChunks, writeTarget } from '#aws/rollout-store.ts';
import { openWalkServices, readWalk, StepInput } from '#aws/walk.ts';
import { tokenSeconds } from '#core/chunk-command.ts';
import { chooseWayBackChunks, planTurn, startWayBack } from '#core/plan-way-back.ts';
import { isOpen } from '#core/status.ts';

export const handler = defineHandler({
  Input: StepInput,
  services: openWalkServices,
  run: async (input, { services, log, nowMs }) => {
    const walked = await readWalk(services, input, nowMs());
    if (walked.kind !== 'walks') return { verdict: walked.kind, reason: walked.reason };
    const { rollout, target } = walked;
    const turned = target === undefined ? undefined : planTurn(rollout, target, nowMs());
    if (turned === undefined && !isOpen(rollout.status)) {
      return { verdict: 'done', reason: 'the target is no longer the one of this rollout' };
    }
    if (turned === undefined) {
      const standing = rollout.paused?.cause ?? rollout.hold?.reason;
      return { verdict: 'hold', reason: standing ?? 'nobody decided to roll back' };
    }
    const stored = turned === target ? turned : await writeTarget(services.store, turned);
    const started = startWayBack(rollout, stored, nowMs());
    const chunks = chooseWayBackChunks(started, await readChunks(services.store, rollout.rollout));
    if (chunks.length === 0) {
      if (started !== rollout) await saveRollout(services.store, services.bus, started);
      return { verdict: 'done', reason: 'no host is left to go back' };
    }
    const reason = started.rollback?.reason ?? '';
    log.warn('the rollout goes back', { rollout: rollout.rollout, chunks: chunks.length, reason });
    await saveRollout(services.store, services.bus, {
      ...started,
      ...(started.rollback !== undefined && {
        rollback: {
          ...started.rollback,
          attempts: started.rollback.attempts + 1,
          opened_at_ms: nowMs(),
        },
      }),
    });
    return {
      verdict: 'go',
      reason,
      policy: rollout.policy,
      repository: rollout.repository,
      chunks: chunks.map((chunk) => [chunk.batch, chunk.chunk]),
      openedAtMs: nowMs(),
      spacingMs: 1000 / rollout.pace.chunks_per_second,
      concurrency: rollout.pace.chunk_concurrency,
      restoreSeconds: tokenSeconds(rollout, 'restore'),
    };
  },
});
