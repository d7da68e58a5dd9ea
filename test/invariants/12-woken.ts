/**
 * Whoever decides wakes the machine that waits for it: the token of a wait, once it is stored, gives way only to the token
 * of another wait, never to one for which no task waits any more.
 */
import type { Check, Context } from './check.ts';
import type { Write } from './item-kinds.ts';

export const wakesWhoWaits: Check = {
  name: '12',
  begin: (context) => ({ onWrite: (write) => judge(context, write) }),
};

function judge({ cloud, report }: Context, { kind, before, after }: Write): void {
  if (kind !== 'meta' || before?.token === undefined || after?.token === undefined) return;
  if (after.token === before.token) return;
  const { stepFunctions } = cloud;
  if (stepFunctions.isWaitedFor(before.token) && !stepFunctions.isWaitedFor(after.token)) {
    report(`${after.rollout} waits, and its token became one that wakes nobody`);
  }
}
