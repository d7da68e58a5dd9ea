/**
 * Something has happened to a rollout whose policy names topics. The event only says "look": what is told is
 * what the rollout's log owes, so lost, doubled and late events change nothing but the hour. Whoever finds
 * another at it comes again a minute later, lest that one dies.
 */
import * as z from 'zod';
import { defineHandler } from '#aws/define-handler.ts';
import { readEnvironment } from '#aws/environment.ts';
import { openStore } from '#aws/store.ts';
import { tellOwed } from '#aws/tell-owed.ts';
import { openTopics } from '#aws/topics.ts';
import { LostRaceError } from '#core/errors.ts';

const RolloutEvent = z.object({ detail: z.object({ rollout_id: z.string().min(1) }) });

export const handler = defineHandler({
  Input: RolloutEvent,
  services: (runtime) => ({
    store: openStore(runtime),
    sns: openTopics(runtime),
    stack: readEnvironment(runtime).STACK_NAME,
  }),
  run: async ({ detail }, { services, log, metrics, nowMs }) => {
    const outcome = await tellOwed(services, { log, metrics }, detail.rollout_id, nowMs);
    if (outcome.verdict === 'busy') throw new LostRaceError('another tells of this rollout now');
    return outcome;
  },
});
