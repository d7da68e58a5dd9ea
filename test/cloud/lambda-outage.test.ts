/**
 * Lambda is away for hours while hosts are at work: what was begun waits, and nothing more is begun. And a step
 * that fails for good, whatever by: what was begun is finished first, or a person is asked.
 */
import { describe, expect, it } from 'vitest';
import { operate } from './operator.ts';
import { POLICY, STACK, startCloud, type TestCloud } from './start-cloud.ts';

const HOUR_MS = 3_600_000;
const ONE_BY_ONE = { ...POLICY, staged_batches: [1], max_unavailable: 1 };

function endOutageAfter({ cloud }: TestCloud, ms: number): void {
  cloud.functions.fault = () => ({
    kind: 'refused',
    errorName: 'Lambda.TooManyRequestsException',
  });
  cloud.clock.schedule(cloud.clock.nowMs() + ms, () => {
    cloud.functions.fault = undefined;
  });
}

it('begins with no other host while Lambda is away for two hours', async () => {
  const test = await startCloud({ hosts: 4, policies: [ONE_BY_ONE] });
  const v2 = test.push('v2');
  await operate(test).reachCommands(1);

  endOutageAfter(test, 2 * HOUR_MS);
  await test.cloud.settle();

  expect((await test.newest()).status).toBe('completed');
  expect(test.running()).toEqual({ [v2]: 4 });
  expect(await test.watch.violations()).toEqual([]);
});

it('stops at the threshold by what hosts said while Lambda was away', async () => {
  const policy = { ...ONE_BY_ONE, max_consecutive_failures: 1, on_threshold: 'hold' };
  const test = await startCloud({ hosts: 4, policies: [policy] });
  test.push('v2', true);
  await operate(test).reachCommands(1);

  endOutageAfter(test, 2 * HOUR_MS);
  await test.cloud.settle();

  expect((await test.newest()).status).toBe('held');
  expect(test.cloud.ssm.commands).toHaveLength(1);
  expect(await test.watch.violations()).toEqual([]);
});

/** Invocations of the function fail with what no machine knows: all of them, or so many. */
function breakFunction({ cloud }: TestCloud, name: string, times = Number.POSITIVE_INFINITY): void {
  let left = times;
  cloud.functions.fault = ({ functionName }) =>
    functionName === `${STACK}-${name}` && left-- > 0
      ? { kind: 'refused', errorName: 'TypeError' }
      : undefined;
}

it('finishes a chunk whose child has failed before it begins with the next', async () => {
  const test = await startCloud({ hosts: 4, policies: [ONE_BY_ONE] });
  breakFunction(test, 'read-results', 1);

  const v2 = await test.roll('v2');

  expect((await test.newest()).status).toBe('completed');
  expect(test.running()).toEqual({ [v2]: 4 });
  expect(test.cloud.ssm.commands).toHaveLength(4);
  expect(await test.watch.violations()).toEqual([]);
});

it('begins with no other host while no answer can be read, and asks a person', async () => {
  const test = await startCloud({ hosts: 4, policies: [ONE_BY_ONE] });
  breakFunction(test, 'read-results');

  await test.roll('v2', true);

  const { status, hold } = await test.newest();
  expect(status).toBe('held');
  expect(hold?.reason).toBe('batch 1: 4 of 4 chunks of batch 1 are not recorded after 5 attempts');
  expect(test.cloud.ssm.commands).toHaveLength(1);
  expect(await test.watch.violations()).toEqual([]);
});

describe('hosts that are tried again, one by one', () => {
  const policy = { ...ONE_BY_ONE, max_failure_rate: 1, max_consecutive_failures: 10 };

  /** The first of two hosts is recorded as failed, the second is not, for want of a lambda; then both are to be tried again. */
  async function retry(lambda: string, later: string, soak_seconds = 0) {
    const test = await startCloud({ hosts: 2, policies: [{ ...policy, soak_seconds }] });
    const v2 = test.push('v2', soak_seconds === 0);
    if (soak_seconds > 0) test.cloud.fleet.images.set(v2, { diesAfterMs: 60_000 });
    // With a soak an update, a look and a restore of each.
    await operate(test).reachCommands(soak_seconds > 0 ? 6 : 2);
    breakFunction(test, lambda);
    await test.cloud.settle();
    const { hold } = await test.newest();
    const sent = sentTo(test);

    breakFunction(test, later);
    await operate(test).tell('retry-failed');
    await test.cloud.settle();

    expect(hold?.reason).toMatch('1 of 2 chunks of batch 1 are not recorded');
    expect((await test.newest()).status).toBe('held');
    expect(await test.watch.violations()).toEqual([]);
    return { second: sent.at(-1), again: sentTo(test).slice(sent.length) };
  }

  it('are none while what one of them says cannot be read', async () => {
    const { again } = await retry('read-results', 'read-results');

    expect(again).toEqual([]);
  });

  it.each([
    { what: 'the second cannot be recorded', lambda: 'record-chunk', soak: 0 },
    { what: 'the second was on its way back', lambda: 'read-results', soak: 60 },
  ])('are not the first before the second is recorded: $what', async ({ lambda, soak }) => {
    const { second, again } = await retry(lambda, 'record-chunk', soak);

    expect(new Set(again)).toEqual(new Set([second]));
  });
});

function sentTo({ cloud }: TestCloud): string[] {
  return cloud.ssm.commands.flatMap(({ byHost }) => [...byHost.keys()]);
}
