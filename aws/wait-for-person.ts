/**
 * A wait for a person's decision: the token is stored, then the decision is looked for, so that one that
 * came before the token, or while it was stored, ends the wait at once. The store says what was decided;
 * the token's output is only a word for the machine to go on by.
 */
import type { Rollout } from '#core/rollout.ts';
import { completeToken } from './executions.ts';
import { saveRollout } from './publish.ts';
import { readWalk, type StepInput, type WalkServices } from './walk.ts';

export async function waitForPerson(
  services: WalkServices,
  input: StepInput & { token: string },
  nowMs: number,
  wordFor: (rollout: Rollout) => string | undefined,
): Promise<{ verdict: string; reason: string }> {
  const { token, ...step } = input;
  const walked = await readWalk(services, step, nowMs);
  if (walked.kind !== 'walks') {
    await completeToken(services.machine, token, { verdict: walked.kind, reason: walked.reason });
    return { verdict: walked.kind, reason: walked.reason };
  }
  const stored = await saveRollout(services.store, services.bus, { ...walked.rollout, token });
  const word = wordFor(stored);
  if (word === undefined) {
    return { verdict: 'wait', reason: stored.hold?.reason ?? `the rollout is ${stored.status}` };
  }
  const reason = stored.decision?.why ?? 'nothing is to wait for';
  await completeToken(services.machine, token, { verdict: word, reason });
  return { verdict: word, reason };
}
