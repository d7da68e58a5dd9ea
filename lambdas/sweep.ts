/**
 * The sweep, every 15 minutes: what no event announced is found by asking. (a) every repository gets a
 * look; (b) starts are ensured; (c) rollouts that are not final are compared with their executions, Redrives too;
 * (d) approvals that nobody gave in time expire; (e) targets whose rollout is final are freed; (f) waits long
 * past their instant are named; (g) owed events are published; (h) news of rollouts that wait, of which nobody
 * was told, is announced again. One poison item is logged and passed over, and counted in the metric
 * `SweepUndone`.
 */

import * as z from 'zod';
import { defineHandler } from '#aws/define-handler.ts';
import { openImageQueue } from '#aws/image-queue.ts';
import { openRegistry } from '#aws/registry.ts';
import { sweepRollouts, sweepTargets } from '#aws/sweep.ts';
import { openWalkServices } from '#aws/walk.ts';

export const handler = defineHandler({
  Input: z.unknown(),
  services: (runtime) => ({
    ...openWalkServices(runtime),
    queue: openImageQueue(runtime),
    ecr: openRegistry(runtime),
  }),
  run: async (_event, { services, log, metrics, nowMs }) => {
    const targets = await sweepTargets(services, log, nowMs());
    const rollouts = await sweepRollouts(services, log, nowMs());
    const swept = {
      looks: targets.done,
      rollouts: rollouts.done,
      undone: targets.undone + rollouts.undone,
    };
    log.info('swept', swept);
    if (swept.undone > 0) metrics.addMetric('SweepUndone', 'Count', swept.undone);
    return swept;
  },
});
