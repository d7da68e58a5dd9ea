/**
 * An execution of the rollout machine has ended: a Stop in the console is a pause, a failure is a hold. Or it
 * runs again: its Redrive opens what its end has closed. The event is only a hint; what DescribeExecution says
 * is written.
 */

import * as z from 'zod';
import { defineHandler } from '#aws/define-handler.ts';
import { readExecution } from '#aws/executions.ts';
import { saveRollout } from '#aws/publish.ts';
import { readRollout } from '#aws/rollout-store.ts';
import { withRaces } from '#aws/store.ts';
import { openWalkServices } from '#aws/walk.ts';
import { noteExecution } from '#core/reopen.ts';
import { parseExecutionName } from '#core/rollout-id.ts';

const RACES = 5;

const StatusEvent = z.object({
  detail: z.object({ executionArn: z.string(), stateMachineArn: z.string() }),
});

export const handler = defineHandler({
  Input: StatusEvent,
  services: openWalkServices,
  run: async ({ detail }, { services, log, nowMs }) => {
    const arn = detail.executionArn;
    // Children of a Map have the machine's ARN with a label: they are their parent's affair.
    if (detail.stateMachineArn !== services.machine.rolloutMachineArn) {
      return { reason: 'not an execution of the rollout machine itself' };
    }
    const named = parseExecutionName(arn.slice(arn.lastIndexOf(':') + 1));
    // A step that outlives the Stop by a moment may write in between; Lambda would try again in a minute.
    return withRaces(RACES, async () => {
      const rollout =
        named === undefined ? undefined : await readRollout(services.store, named.rollout);
      if (rollout === undefined) {
        log.warn('an execution without a rollout', { execution: arn });
        return { reason: 'no rollout has this execution' };
      }
      const execution = await readExecution(services.machine, arn);
      const noted =
        execution === undefined
          ? undefined
          : noteExecution(rollout, { arn, ...execution }, nowMs());
      if (noted === undefined) return { reason: `the rollout stays ${rollout.status}` };
      await saveRollout(services.store, services.bus, noted);
      const reason = noted.log.at(-1)?.why ?? '';
      log.warn(`the rollout is ${noted.status}`, { rollout: rollout.rollout, reason });
      return { reason };
    });
  },
});
