/**
 * "Hold for operator": waits for a person to go on, to retry the failed, to roll back, or to cancel. What
 * was decided is stored before the token is completed; the state that follows reads it there.
 */
import { defineHandler } from '#aws/define-handler.ts';
import { waitForPerson } from '#aws/wait-for-person.ts';
import { openWalkServices, TokenStepInput } from '#aws/walk.ts';
import { chooseHoldWord } from '#core/choose-hold-word.ts';

export const handler = defineHandler({
  Input: TokenStepInput,
  services: openWalkServices,
  run: (input, { services, nowMs }) => waitForPerson(services, input, nowMs(), chooseHoldWord),
});
