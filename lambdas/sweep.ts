/**
 * The sweep, every 15 minutes: what no event announced is found by asking. (a) every repository gets a
 * look; (b) starts are ensured; (c) rollouts that are not final are compared with their executions;
 * (e) targets whose rollout is final are freed; (f) waits long past their instant are named; (g) owed
 * events are published. One poison item is logged and passed over.
 */

import * as z from 'zod';
import { defineHandler } from '#aws/define-handler.ts';
import { openImageQueue } from '#aws/image-queue.ts';
import { sweepRollouts, sweepTargets } from '#aws/sweep.ts';
import { openWalkServices } from '#aws/walk.ts';

export const handler = defineHandler({
  Input: z.unknown(),
  services: (runtime) => ({ ...openWalkServices(runtime), queue: openImageQueue(runtime) }),
  run: async (_event, { services, log, nowMs }) => {
    const looks = await sweepTargets(services, log, nowMs());
    const rollouts = await sweepRollouts(services, log, nowMs());
    log.info('swept', { looks, rollouts });
    return { looks, rollouts };
  },
});
