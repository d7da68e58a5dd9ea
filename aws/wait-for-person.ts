/**
 * A wait for a person's decision: the token is stored, then the decision is looked for, so that one that
 * came before the token, or while it was stored, ends the wait at once. The store says what was decided;
 * the token's output is only a word for the machine to go on by.
 *
 * An attempt that the machine has given up may still be at work: its token is dead, and does not take the place
 * of the one of a later attempt, for a person would wake nobody.
 */
import type * as z from 'zod';
import { comesAfter } from '#core/attempt.ts';
import type { Rollout } from '#core/rollout.ts';
import { completeToken } from './executions.ts';
import { saveRollout } from './publish.ts';
import { readWalk, type TokenStepInput, type WalkServices } from './walk.ts';

export async function waitForPerson(
  services: WalkServices,
  input: z.infer<typeof TokenStepInput>,
  nowMs: number,
  wordFor: (rollout: Rollout) => string | undefined,
): Promise<{ verdict: string; reason: string }> {
  const { token, attempt, ...step } = input;
  const walked = await readWalk(services, step, nowMs);
  if (walked.kind !== 'walks') {
    await completeToken(services.machine, token, { verdict: walked.kind, reason: walked.reason });
    return { verdict: walked.kind, reason: walked.reason };
  }
  const { token_of: former, ...rollout } = walked.rollout;
  const isLate = former?.run === step.run && attempt !== undefined && comesAfter(former, attempt);
  if (isLate) return { verdict: 'replaced', reason: 'a later attempt waits' };
  const waiting = {
    ...rollout,
    token,
    ...(attempt !== undefined && { token_of: { ...attempt, run: step.run } }),
  };
  const stored = await saveRollout(services.store, services.bus, waiting);
  const word = wordFor(stored);
  if (word === undefined) {
    return { verdict: 'wait', reason: stored.hold?.reason ?? `the rollout is ${stored.status}` };
  }
  const reason = stored.decision?.why ?? 'nothing is to wait for';
  await completeToken(services.machine, token, { verdict: word, reason });
  return { verdict: word, reason };
}
