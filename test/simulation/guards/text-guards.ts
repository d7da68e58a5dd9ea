/** What guards the texts of people: a rollout has to do with a policy that was read already. */
import type { Guard } from './guard.ts';

const FILES =
  'a document that is refused is never stored; one that is stored and unsound is not used';

const text = (guard: string, notOfRollouts: string, heldBy: string): Guard => ({
  guard,
  notOfRollouts,
  heldBy,
});

export const textGuards: readonly Guard[] = [
  text('core/judge-policies.ts judgePolicies', FILES, 'test/core/judge-policies.test.ts'),
  text('core/policy-files.ts judgePolicyFiles', FILES, 'test/core/policy-files.test.ts'),
  text('core/policy-rules.ts judgePolicy', FILES, 'test/core/policy.test.ts'),
  text('core/policy-window-rules.ts judgeWindow', FILES, 'test/core/scheduled.test.ts'),
  text('core/policy-window-rules.ts judgeScheduled', FILES, 'test/core/scheduled.test.ts'),
  text('core/policy-window-rules.ts judgeWindowLength', FILES, 'test/core/scheduled.test.ts'),
  text('core/tag-choice/semver.ts isSatisfiable', FILES, 'test/core/tag-choice/semver.test.ts'),
  text('core/image-pattern.ts isTagGlob', FILES, 'test/core/image-pattern.test.ts'),
  text('core/image-reference.ts isTag', FILES, 'test/core/image-reference.test.ts'),
  text('core/image-reference.ts isRepository', FILES, 'test/core/image-reference.test.ts'),
  text('core/image-reference.ts isRegistryHost', FILES, 'test/core/image-reference.test.ts'),
  text(
    'core/problem.ts isMapping',
    'it tells the shape of a text that a person wrote',
    'test/core/problem.test.ts',
  ),
  text(
    'core/image-event.ts judgeImageMessage',
    'a message says "look" and nothing more: the registry is asked whatever it claims',
    'test/core/image-event.test.ts',
  ),
  text(
    'core/advice.ts isGoingBack',
    'it chooses the words of an advice; what goes back takes no other way for it',
    'test/core/advice.test.ts',
  ),
  text(
    'core/describe-notice.ts isTroubled',
    'it chooses which hosts a notice names',
    'test/core/describe-notice.test.ts',
  ),
  text(
    'core/principal.ts isSameAsker',
    'it tells whether two names are of one person; that such a one does not approve is `planAnswer / another person`',
    'test/core/principal.test.ts',
  ),
  text(
    'core/sender.ts judgeTurn',
    'it says when a send may go, and the gate whether: one out of turn is a call that SSM may refuse',
    'test/cloud/sender.test.ts',
  ),
];
