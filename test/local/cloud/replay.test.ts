import { describe, expect, it } from 'vitest';
import { startCloud } from '../../cloud/start-cloud.ts';

/** Everything that a run leaves: what hosts did, what was stored, logged, called. */
async function play(seed: number) {
  const { cloud, roll } = await startCloud({ seed, hosts: 60, latencyMs: () => 7 });
  cloud.events.disturb = () => (cloud.random() < 0.3 ? [] : [0, cloud.random() * 60_000]);
  cloud.ssm.limit('*', { perSecond: 3, burst: 3 });
  await roll('v2');
  return {
    endedAtMs: cloud.clock.nowMs(),
    hosts: cloud.fleet.list.map(({ id }) => cloud.fleet.log(id)),
    tables: cloud.dynamo.dump(),
    calls: [...cloud.apiCalls],
    logs: cloud.logs.map(({ atMs, functionName, requestId, line }) => [
      atMs,
      functionName,
      requestId,
      line['message'],
    ]),
  };
}

describe('a seed', () => {
  it('replays a run to the millisecond, faults and all', async () => {
    const first = await play(7);

    expect(await play(7)).toEqual(first);
  });

  it('is a run of its own', async () => {
    const [one, other] = [await play(7), await play(8)];

    expect(other.endedAtMs).not.toBe(one.endedAtMs);
    expect(other.hosts).not.toEqual(one.hosts);
  });
});
