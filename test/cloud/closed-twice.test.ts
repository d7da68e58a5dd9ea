/** Two runs of Close rollout at once, of which one reads the gate before the other's end, and writes after it. */
import { expect, it } from 'vitest';
import type { Caller } from '#local/wire.ts';
import { STACK, startCloud } from './start-cloud.ts';

/** The one that is invoked here, as an execution of an earlier release would: it does not say where its target is. */
function isOurs(caller: Caller | undefined): boolean {
  return caller?.functionName === CLOSER && !JSON.stringify(caller.payload).includes('"policy"');
}

const CLOSER = `${STACK}-close-rollout`;

it('takes the end of a way back that another run wrote for a race, not for a fault', async () => {
  let isSlow = false;
  const test = await startCloud({
    hosts: 2,
    latencyMs: (_service, operation, { caller }) => {
      const isFirst = isSlow && isOurs(caller) && operation === 'BatchGetItem';
      if (isFirst) isSlow = false;
      return isFirst ? 5_000 : 20;
    },
  });
  const { cloud, push, newest, watch } = test;
  const ends: string[] = [];
  cloud.onTransition = ({ to, executionArn }) => {
    if (to !== 'Close rollout' || ends.length > 0) return;
    ends.push('begun');
    isSlow = true;
    const [rolloutId] = (executionArn.split(':').at(-1) ?? '').split(/-r\d+$/);
    cloud.clock.spawn(async () => {
      const error = await cloud.functions.invoke(CLOSER, { rolloutId, run: 1 }).catch(String);
      ends.push(String(error));
    });
  };

  push('v2', true);
  await cloud.settle();

  expect((await newest()).status).toBe('rolled_back');
  expect(ends).toEqual(['begun', expect.stringContaining('LostRaceError')]);
  expect(await watch.violations()).toEqual([]);
});
