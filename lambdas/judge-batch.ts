/** "Judge batch": reads what is stored of the batch, and decides whether the rollout goes on. */

import { readTallies } from '#aws/chunk-store.ts';
import { defineHandler } from '#aws/define-handler.ts';
import { saveRollout } from '#aws/publish.ts';
import { openWalkServices, readWalk, StepInput } from '#aws/walk.ts';
import { planJudgement } from '#core/plan-judgement.ts';

export const handler = defineHandler({
  Input: StepInput,
  services: openWalkServices,
  run: async (input, { services, log, nowMs }) => {
    // Which batch is open is only known from the gate: the tallies of all are some KB, and come beside it.
    const [walked, allTallies] = await Promise.all([
      readWalk(services, input, nowMs()),
      readTallies(services.store, input.rolloutId),
    ]);
    if (walked.kind !== 'walks') return { verdict: walked.kind, reason: walked.reason };
    const { rollout } = walked;
    const tallies = allTallies.filter(({ batch }) => batch === rollout.batch);
    const judgement = planJudgement(rollout, tallies, nowMs());
    log.info('batch judged', {
      rollout: rollout.rollout,
      batch: rollout.batch + 1,
      verdict: judgement.verdict,
      reason: judgement.reason,
    });
    if ('rollout' in judgement) {
      await saveRollout(services.store, services.bus, judgement.rollout);
    }
    return {
      verdict: judgement.verdict,
      reason: judgement.reason,
      untilMs: ('rollout' in judgement ? judgement.rollout.next_batch_at_ms : undefined) ?? nowMs(),
    };
  },
});
