/**
 * Lambda is away for hours while hosts are at work: what was begun waits, and nothing more is begun. And a step
 * that fails for good, whatever by: what was begun is finished first, or a person is asked.
 */
import { expect, it } from 'vitest';
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

it.each(['read-results', 'record-chunk'])(
  'finishes a chunk whose child has failed (%s) before it begins with the next',
  async (lambda) => {
    const test = await startCloud({ hosts: 4, policies: [ONE_BY_ONE] });
    breakFunction(test, lambda, 1);

    const v2 = await test.roll('v2');

    expect((await test.newest()).status).toBe('completed');
    expect(test.running()).toEqual({ [v2]: 4 });
    expect(test.cloud.ssm.commands).toHaveLength(4);
    expect(await test.watch.violations()).toEqual([]);
  },
);

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

it.each(['read-results', 'record-chunk'])(
  'tries no other host again while the first is not recorded, for want of %s',
  async (lambda) => {
    const policy = { ...ONE_BY_ONE, max_failure_rate: 1, max_consecutive_failures: 10 };
    const test = await startCloud({ hosts: 2, policies: [policy] });
    test.push('v2', true);
    await operate(test).reachCommands(2);
    breakFunction(test, lambda);
    await test.cloud.settle();
    const first = await test.newest();

    await operate(test).tell('retry-failed');
    await test.cloud.settle();

    expect(first.hold?.reason).toMatch('1 of 2 chunks of batch 1 are not recorded');
    expect((await test.newest()).status).toBe('held');
    const sentTo = test.cloud.ssm.commands.map(({ byHost }) => [...byHost.keys()].join());
    expect(sentTo.slice(2)).toEqual(sentTo.slice(0, 1));
    expect(await test.watch.violations()).toEqual([]);
  },
);
