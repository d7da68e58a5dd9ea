/** One rate for every SendCommand of the stack, whichever rollout it is for, and less where SSM refuses. */
import { describe, expect, it } from 'vitest';
import { readSender } from '#aws/sender-store.ts';
import type { InvocationFault } from '#local/lambda/invocation.ts';
import { operate } from './operator.ts';
import { POLICY, type Start, startCloud, type TestCloud } from './start-cloud.ts';

const TWO_SECONDS = { chunks_per_second: 0.5 };
const FLEETS = ['production', 'staging'];
const ONE_BATCH = { ...POLICY, staged_batches: [1] };
/** A policy for each fleet, and the same image for both. */
const BOTH = FLEETS.map((fleet_id) => ({ ...ONE_BATCH, id: `on-${fleet_id}`, fleet_id }));

/** Each fleet has so many chunks of 50 hosts; SSM takes exactly the rate that is set. */
async function start(chunks: number, of: Start = {}): Promise<TestCloud> {
  const test = await startCloud({
    hosts: chunks * 50 * FLEETS.length,
    host: (index) => ({
      tags: { 'longshore:enabled': 'true', 'longshore:fleet': FLEETS[index % 2] ?? '' },
    }),
    policies: BOTH,
    settings: TWO_SECONDS,
    ...of,
  });
  test.cloud.ssm.limit('SendCommand', { perSecond: 0.5, burst: 1 });
  return test;
}

function sendsOf({ cloud }: TestCloud): number[] {
  return cloud.ssm.commands.map(({ requestedAtMs }) => requestedAtMs);
}

function shortestGap(test: TestCloud): number {
  const sends = sendsOf(test);
  return Math.min(...sends.slice(1).map((atMs, index) => atMs - (sends[index] ?? 0)));
}

function refusedBy({ cloud }: TestCloud): number {
  return (cloud.apiCalls.get('ssm:SendCommand') ?? 0) - cloud.ssm.commands.length;
}

async function statuses(test: TestCloud): Promise<string[]> {
  return (await test.rollouts()).map(({ status }) => status);
}

describe('two rollouts at once', () => {
  it('send no faster together than one alone', async () => {
    const test = await start(4);

    await test.roll('v2');

    const sends = sendsOf(test);
    expect(sends).toHaveLength(8);
    expect((sends.at(-1) ?? 0) - (sends[0] ?? 0)).toBe(14_000);
    expect(shortestGap(test)).toBe(2_000);
    expect(refusedBy(test)).toBe(0);
    expect(await statuses(test)).toEqual(['completed', 'completed']);
    expect(await test.watch.violations()).toEqual([]);
  });

  it('keep to it with what follows a batch’s first sends: more chunks, second looks, restores', async () => {
    const policies = BOTH.map((policy) => ({ ...policy, soak_seconds: 60, on_threshold: 'hold' }));
    const test = await start(4, { policies, settings: { ...TWO_SECONDS, chunk_concurrency: 2 } });
    test.cloud.fleet.images.set(test.push('v2'), { diesAfterMs: 75_000 });

    await test.cloud.settle();

    const ops = test.cloud.ssm.commands.map(({ comment }) => comment.split(' ').at(-1));
    expect(new Set(ops)).toEqual(new Set(['update', 'probe', 'restore']));
    expect(shortestGap(test)).toBeGreaterThanOrEqual(2_000);
    expect(refusedBy(test)).toBe(0);
    expect(await statuses(test)).toEqual(['held', 'held']);
    expect(await test.watch.violations()).toEqual([]);
  });

  it('keep to it when one goes back while the other goes forward', async () => {
    const test = await start(4);
    const { fleet } = test.cloud;
    const v2 = test.push('v2');
    // Where the other fleet is, the image is well.
    for (const [index, host] of fleet.list.entries()) {
      if (index % 2 === 0) host.faults = { ...host.faults, work: 'pull_failed' };
    }

    await test.cloud.settle();

    expect((await statuses(test)).toSorted()).toEqual(['completed', 'rolled_back']);
    expect(test.running()[v2]).toBe(200);
    expect(shortestGap(test)).toBeGreaterThanOrEqual(2_000);
    expect(refusedBy(test)).toBe(0);
    expect(await test.watch.violations()).toEqual([]);
  });
});

describe('a rollout alone', () => {
  it('writes nothing for a chunk, and once for a batch of several', async () => {
    const test = await startCloud({ hosts: 500, policies: [{ ...POLICY, soak_seconds: 60 }] });

    await test.roll('v2');

    // Batches of 1, 4 and 5 chunks: the only chunk of the first says who sends.
    expect((await readSender(test.store))?.version).toBe(3);
    expect(test.cloud.ssm.commands).toHaveLength(20);
  });
});

describe('SSM that admits less than is set', () => {
  it('refuses a few calls until everybody goes slower, and the commands are spread', async () => {
    const test = await start(10, { settings: { chunks_per_second: 1 } });

    await test.roll('v2');

    expect(await statuses(test)).toEqual(['completed', 'completed']);
    expect(sendsOf(test)).toHaveLength(20);
    expect(refusedBy(test)).toBeLessThanOrEqual(4);
    expect((await readSender(test.store))?.share).toBeLessThan(0.55);
    expect(await test.watch.violations()).toEqual([]);
  });

  it('is tried again at once by nobody', async () => {
    const test = await start(2, { settings: { chunks_per_second: 1 } });
    const atMs: number[] = [];
    const { onCall } = test.cloud.wire;
    test.cloud.wire.onCall = (call, outcome) => {
      onCall?.(call, outcome);
      if (call.operation === 'SendCommand') atMs.push(call.atMs);
    };

    await test.roll('v2');

    const gaps = atMs.slice(1).map((ms, index) => ms - (atMs[index] ?? 0));
    expect(refusedBy(test)).toBeGreaterThan(0);
    expect(Math.min(...gaps)).toBeGreaterThanOrEqual(1_000);
  });

  it('is sent to at the whole rate again once it admits it', async () => {
    const test = await start(4, { settings: { chunks_per_second: 1 } });
    await test.roll('v2');
    test.cloud.ssm.limit('SendCommand', undefined);
    await test.cloud.run({ untilMs: test.cloud.clock.nowMs() + 12 * 3_600_000 });
    const before = sendsOf(test).length;

    await test.roll('v3');

    const sends = sendsOf(test).slice(before);
    expect((sends.at(-1) ?? 0) - (sends[0] ?? 0)).toBe(7_000);
  });
});

describe('a sender’s item', () => {
  it('that is lost costs some time', async () => {
    const test = await start(4);
    test.push('v2');
    await operate(test).reachCommands(3);

    test.cloud.dynamo.apply('DeleteItem', {
      TableName: 'Longshore-rollouts',
      Key: { rollout: { S: 'sender' }, item: { S: 'sender' } },
    });
    await test.cloud.settle();

    expect(await statuses(test)).toEqual(['completed', 'completed']);
    expect(sendsOf(test)).toHaveLength(8);
    // The watch itself sees that it was taken away.
    expect(await test.watch.violations()).toEqual([
      expect.stringContaining('sender sender became version 1'),
    ]);
  });
});

describe('a batch that opens', () => {
  const FAULTS: InvocationFault[] = [1, 2, 3, 4, 5, 6, 7, 8].flatMap((call) => [
    { kind: 'die_after', call },
    { kind: 'zombie', call, resumeAfterMs: 1_000 },
  ]);

  it.each(FAULTS)('keeps its turns, or takes them anew once: $kind $call', async (fault) => {
    const test = await start(3);
    const before = test.cloud.functions.invocations('Longshore-open-batch');
    test.cloud.functions.fault = ({ functionName, earlier }) =>
      functionName === 'Longshore-open-batch' && earlier === before ? fault : undefined;

    await test.roll('v2');

    const sender = await readSender(test.store);
    expect(await statuses(test)).toEqual(['completed', 'completed']);
    expect(sendsOf(test)).toHaveLength(6);
    expect(shortestGap(test)).toBeGreaterThanOrEqual(2_000);
    expect(refusedBy(test)).toBe(0);
    expect(sender?.free).toBeLessThanOrEqual(12);
    expect(await test.watch.violations()).toEqual([]);
  });
});

describe('a rollout that was stopped', () => {
  it('takes new turns for what is left of its batch, and another has not waited for it', async () => {
    const test = await start(6);
    const operator = operate(test);
    test.push('v2');
    await operator.reachCommands(2);
    const [first] = await test.rollouts();
    if (first === undefined) throw new Error('there is no rollout');
    await operator.stop(first);
    await test.cloud.settle();
    const paused = sendsOf(test).length;

    await operator.redrive(first);
    await test.cloud.settle();

    expect(paused).toBeLessThan(12);
    expect(sendsOf(test)).toHaveLength(12);
    expect(shortestGap(test)).toBeGreaterThanOrEqual(2_000);
    expect(await statuses(test)).toEqual(['completed', 'completed']);
    expect(await test.watch.violations()).toEqual([]);
  });
});
