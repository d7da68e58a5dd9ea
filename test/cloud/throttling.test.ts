/** SSM publishes no rates: what it throttles is sent later, with jitter, and nothing is sent twice. */
import { expect, it } from 'vitest';
import { ServiceError } from '#local/service-error.ts';
import { POLICY, startCloud } from './start-cloud.ts';

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

it('says in the log what SSM refused', async () => {
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

it('sends to no host more than may be away, while the table throttles longer than its client tries', async () => {
  const policies = [{ ...POLICY, staged_batches: [1], max_unavailable: 1 }];
  const { cloud, roll, newest, running, watch } = await startCloud({ hosts: 4, policies });
  let refused = 0;
  cloud.wire.fault = ({ operation, caller }) => {
    const isHit = operation === 'PutItem' && caller?.functionName.endsWith('-read-results');
    if (!isHit || refused >= 8) return undefined;
    refused += 1;
    const error = new ServiceError('ProvisionedThroughputExceededException', 'Rate exceeded');
    return { kind: 'refused', error };
  };

  const v2 = await roll('v2');

  expect(refused).toBe(8);
  expect((await newest()).status).toBe('completed');
  expect(running()).toEqual({ [v2]: 4 });
  expect(await watch.violations()).toEqual([]);
});
