/** "Await approval": waits for a person to approve or reject the plan; "Plan rollout" reads what was decided. */
import { defineHandler } from '#aws/define-handler.ts';
import { waitForPerson } from '#aws/wait-for-person.ts';
import { openWalkServices, TokenStepInput } from '#aws/walk.ts';
import { chooseApprovalWord } from '#core/choose-hold-word.ts';

export const handler = defineHandler({
  Input: TokenStepInput,
  services: openWalkServices,
  run: (input, { services, nowMs }) => waitForPerson(services, input, nowMs(), chooseApprovalWord),
});
