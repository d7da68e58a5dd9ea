/** SSM publishes no rates: what it throttles is sent later, with jitter, and nothing is sent twice. */
import { expect, it } from 'vitest';
import { startCloud } from './start-cloud.ts';

it.each([
  ['SendCommand', 0.05],
  ['ListCommandInvocations', 0.1],
  ['DescribeInstanceInformation', 0.2],
])('ends well while %s is throttled to %d a second', async (operation, perSecond) => {
  const { cloud, roll, newest, running, watch } = await startCloud({ hosts: 120 });
  cloud.ssm.limit(operation, { perSecond, burst: 1 });

  const v2 = await roll('v2');

  const rollout = await newest();
  expect(rollout.status).toBe('completed');
  expect(running()).toEqual({ [v2]: 120 });
  expect(cloud.ssm.commands).toHaveLength(
    rollout.plan?.batches.flatMap((b) => b.chunks).reduce((a, b) => a + b) ?? 0,
  );
  expect(await watch.violations()).toEqual([]);
});

it('says why in the log, when a call was throttled to the end of the lambda’s patience', async () => {
  const { cloud, roll, newest, watch } = await startCloud({ hosts: 120 });
  cloud.ssm.limit('SendCommand', { perSecond: 0.01, burst: 1 });

  await roll('v2');

  expect((await newest()).status).toBe('completed');
  const said = cloud.logs.filter(({ line }) =>
    String(line['message']).startsWith('SSM: Throttling'),
  );
  expect(said.length).toBeGreaterThan(0);
  expect(await watch.violations()).toEqual([]);
});
