/** Thresholds act inside a batch, and what was crossed stays crossed; the way back sends nothing forward. */
import { expect, it } from 'vitest';
import { parsePayload } from '#aws/commands.ts';
import { POLICY, startCloud } from './start-cloud.ts';

const ONE_BATCH = { ...POLICY, staged_batches: [1], max_consecutive_failures: 1000 };

function numbered(index: number): string {
  return `i-${String(index).padStart(17, '0')}`;
}

it('holds past a threshold that a chunk crossed, though the whole batch is within', async () => {
  const { roll, newest, watch } = await startCloud({
    hosts: 100,
    policies: [{ ...ONE_BATCH, on_threshold: 'hold' }],
    host: (index) => ({
      id: numbered(index),
      // 11 of the first chunk's 50 are more than a fifth, 11 of all 100 are not.
      faults: index < 11 ? { work: 'pull_failed' } : {},
    }),
  });

  await roll('v2');

  const rollout = await newest();
  expect(rollout.status).toBe('held');
  expect(rollout.hold?.reason).toMatch(
    /High failure rate detected: 11 of 50 finished hosts failed/,
  );
  expect(await watch.violations()).toEqual([]);
});

it('never sends an update on the way back, also not one that was intended before', async () => {
  const { cloud, roll, newest, watch, v1, running } = await startCloud({
    hosts: 60,
    policies: [ONE_BATCH],
    host: (index) => ({ id: numbered(index) }),
  });
  // The second chunk's step dies between its intent and its send, whenever it is tried.
  cloud.functions.fault = ({ functionName, payload }) => {
    const isSecond = JSON.stringify(payload).includes('"chunk":1');
    return functionName.endsWith('update-hosts') && isSecond
      ? { kind: 'die_before', call: 3 }
      : undefined;
  };

  await roll('v2', true);

  expect((await newest()).status).toBe('rolled_back');
  const sent = cloud.ssm.commands.map(({ parameters }) =>
    parsePayload(parameters['payload']?.[0] ?? ''),
  );
  expect(sent.filter((command) => command?.chunk === 1).map((command) => command?.op)).toEqual([
    'restore',
  ]);
  expect(running()).toEqual({ [v1]: 60 });
  expect(await watch.violations()).toEqual([]);
});

it('holds where a batch has no tally, though the batch before it has one', async () => {
  const { cloud, roll, newest, watch } = await startCloud({
    hosts: 20,
    policies: [{ ...POLICY, staged_batches: [0.5, 1], batch_delay_minutes: 0 }],
  });
  cloud.functions.fault = ({ functionName, payload }) => {
    const isSecond = JSON.stringify(payload).includes('"batch":1');
    return functionName.endsWith('update-hosts') && isSecond
      ? { kind: 'die_before', call: 1 }
      : undefined;
  };

  await roll('v2');

  const { status, hold } = await newest();
  expect(status).toBe('held');
  expect(hold?.reason).toMatch(/1 of 1 chunks of batch 2 are not recorded/);
  expect(await watch.violations()).toEqual([]);
});
