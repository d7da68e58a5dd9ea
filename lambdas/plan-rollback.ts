/**
 * "Plan rollback": turns the target back, says so on the rollout, and names the chunks that have to go
 * back; asked again after they did, it is done. The target is written first: a rollout that dies between
 * the two writes finds its target turned, and goes on here.
 */

import { readChunks } from '#aws/chunk-store.ts';
import { defineHandler } from '#aws/define-handler.ts';
import { readEnvironment } from '#aws/environment.ts';
import { saveForChunks, saveRollout } from '#aws/publish.ts';
import { writeTarget } from '#aws/rollout-store.ts';
import { both } from '#aws/store.ts';
import { openTurns } from '#aws/turns.ts';
import { openWalkServices, readWalk, StepInput } from '#aws/walk.ts';
import { tokenSeconds } from '#core/chunk-command.ts';
import { chooseWayBackChunks, planTurn, startWayBack } from '#core/plan-way-back.ts';
import { isOpen } from '#core/status.ts';

export const handler = defineHandler({
  Input: StepInput,
  services: (runtime) => ({ ...openWalkServices(runtime), env: readEnvironment(runtime) }),
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
    // A chunk that is touched after it was read is found when this is asked again.
    const [stored, touched] = await both(
      turned === target ? Promise.resolve(turned) : writeTarget(services.store, turned),
      readChunks(services.store, rollout.rollout),
    );
    const started = startWayBack(rollout, stored, nowMs());
    const chunks = chooseWayBackChunks(started, touched);
    if (chunks.length === 0) {
      if (started !== rollout) await saveRollout(services.store, services.bus, started);
      return { verdict: 'done', reason: 'no host is left to go back' };
    }
    const { chunk_concurrency: concurrency } = rollout.pace;
    const turns = await openTurns(
      services.store,
      {
        by: rollout.rollout,
        what: 'way back',
        chunks: chunks.length,
        concurrency,
        perSecond: services.env.settings.chunks_per_second,
      },
      nowMs(),
    );
    const reason = started.rollback?.reason ?? '';
    log.warn('the rollout goes back', { rollout: rollout.rollout, chunks: chunks.length, reason });
    const opened = {
      ...started,
      ...(started.rollback !== undefined && {
        rollback: {
          ...started.rollback,
          attempts: started.rollback.attempts + 1,
          opened_at_ms: nowMs(),
        },
      }),
    };
    const numbers = chunks.map(({ chunk }) => chunk);
    await saveForChunks(services.store, services.bus, opened, numbers);
    return {
      verdict: 'go',
      reason,
      policy: rollout.policy,
      repository: rollout.repository,
      chunks: chunks.map((chunk) => [chunk.batch, chunk.chunk]),
      ...turns,
      concurrency,
      restoreSeconds: tokenSeconds(rollout, 'restore'),
    };
  },
});
