/** Longshore's own events, when the bus does not take them: no step fails for it, and they are paid later. */
import { describe, expect, it } from 'vitest';
import type { ApiCall } from '#local/wire.ts';
import { operate, refuse } from './operator.ts';
import { POLICY, STACK, startCloud, type TestCloud } from './start-cloud.ts';

function start(): Promise<TestCloud> {
  return startCloud({ hosts: 4, policies: [{ ...POLICY, staged_batches: [0.5, 1] }] });
}

describe('events that could not be published', () => {
  /** What the bus got of the newest rollout, in order. */
  function published({ cloud }: TestCloud): unknown[] {
    return cloud.events.recorded.map(({ event }) => event['detail-type']);
  }

  it('make no step fail, and are paid by the sweep while the rollout runs', async () => {
    const test = await start();
    const { cloud, push, newest, watch } = test;
    const operator = operate(test);
    const mend = refuse(test, ({ operation }) => operation === 'PutEvents');
    push('v2');
    await operator.reach('Wait for next batch');
    const owed = await newest();
    const before = published(test);
    mend();

    await cloud.invoke(`${STACK}-sweep`, {});

    expect(owed).toMatchObject({ status: 'in_progress', published_seq: 0 });
    expect(before).toEqual([]);
    expect(published(test)).toEqual(owed.log.map(({ event }) => event));
    await cloud.settle();
    const { status, log, published_seq } = await newest();
    expect({ status, published_seq }).toEqual({ status: 'completed', published_seq: log.length });
    expect(published(test)).toEqual(log.map(({ event }) => event));
    expect(await watch.violations()).toEqual([]);
  });

  it('are paid also when the rollout has ended meanwhile', async () => {
    const test = await start();
    const { cloud, push, newest, target, watch } = test;
    const operator = operate(test);
    push('v2');
    await operator.reach('Wait for next batch');
    const mend = refuse(test, ({ operation }) => operation === 'PutEvents');
    await cloud.run({ untilMs: cloud.clock.nowMs() + 20 * 60_000 });
    const ended = await newest();
    const freed = (await target()).active === undefined;
    mend();

    await cloud.settle();

    expect(ended.status).toBe('completed');
    expect(freed).toBe(true);
    const { log, published_seq } = await newest();
    expect(published_seq).toBe(log.length);
    expect(published(test)).toEqual(log.map(({ event }) => event));
    expect(await watch.violations()).toEqual([]);
  });

  it('are given up an hour after the end, and that is said', async () => {
    const test = await start();
    const { cloud, roll, newest, watch } = test;
    refuse(test, ({ operation }) => operation === 'PutEvents');

    await roll('v2');

    const { status, execution_arn } = await newest();
    expect(status).toBe('completed');
    expect(cloud.stepFunctions.history(execution_arn).at(-1)?.type).toBe('ExecutionSucceeded');
    const named = cloud.logs.find(({ line }) => line['message'] === 'events are not published');
    expect(named?.line).toMatchObject({ level: 'ERROR' });
    expect(await watch.violations()).toEqual([]);
  });

  it('come again after a call of which only some were taken', async () => {
    const test = await start();
    const { cloud, roll, newest, watch } = test;
    let calls = 0;
    cloud.wire.fault = ({ operation }) =>
      operation === 'PutEvents' && ++calls % 2 === 1 ? { kind: 'lost_answer' } : undefined;

    await roll('v2');

    const { log, published_seq } = await newest();
    expect(published_seq).toBe(log.length);
    expect(new Set(published(test))).toEqual(new Set(log.map(({ event }) => event)));
    expect(await watch.violations()).toEqual([]);
  });
});

describe('the events of what chunks follow at once', () => {
  const TWO = {
    hosts: 120,
    policies: [{ ...POLICY, staged_batches: [1], batch_delay_minutes: 0 }],
  };
  const byOf = (name: string) => (call: ApiCall) =>
    call.caller?.functionName === `${STACK}-${name}`;

  it('are published by the first chunk when its command is out, and once', async () => {
    // With what calls take, the second chunk reads what is owed before the first has published it.
    const test = await startCloud({ ...TWO, latencyMs: () => 100 });
    const { cloud, roll, newest } = test;
    const calls: string[] = [];
    cloud.wire.onCall = ({ operation, caller }) =>
      calls.push(`${caller?.functionName} ${operation}`);

    await roll('v2');

    const { log } = await newest();
    expect(cloud.events.recorded.map(({ event }) => event['detail-type'])).toEqual(
      log.map(({ event }) => event),
    );
    const told = calls.filter((call) => / (SendCommand|PutEvents)$/.test(call));
    expect(told.slice(0, 2)).toEqual([
      `${STACK}-plan-rollout PutEvents`,
      `${STACK}-update-hosts SendCommand`,
    ]);
    expect(told.filter((call) => call === `${STACK}-update-hosts PutEvents`)).toHaveLength(1);
  });

  it('are published by whoever saves next where the bus took none of them then', async () => {
    const test = await startCloud(TWO);
    const { cloud, roll, newest, watch } = test;
    refuse(test, (call) => call.operation === 'PutEvents' && byOf('update-hosts')(call));

    await roll('v2');

    const { log, published_seq } = await newest();
    expect(published_seq).toBe(log.length);
    expect(cloud.events.recorded.map(({ event }) => event['detail-type'])).toEqual(
      log.map(({ event }) => event),
    );
    expect(await watch.violations()).toEqual([]);
  });

  it('are published at the door where the first chunk has been, and is not sent again', async () => {
    const test = await startCloud({
      ...TWO,
      policies: [{ ...TWO.policies[0], max_failure_rate: 0.1, on_threshold: 'hold' }],
    });
    const { cloud, newest } = test;
    const operator = operate(test);
    // Of three chunks the last alone fails, and is tried again.
    const v2 = test.push('v2');
    const inOrder = cloud.fleet.list.toSorted((one, other) => (one.id < other.id ? -1 : 1));
    for (const host of inOrder.slice(100)) host.faults = { unhealthyDigests: new Set([v2]) };
    await operator.reach('Hold for operator');
    const by: string[] = [];
    cloud.wire.onCall = ({ operation, caller }) => {
      if (operation === 'PutEvents') by.push(String(caller?.functionName));
    };

    await operator.tell('retry-failed');
    await operator.reach('Update batch');

    expect((await newest()).log.at(-1)?.event).toBe('image.rollout_resumed');
    expect(by).toEqual([`${STACK}-control-rollout`, `${STACK}-open-batch`]);
  });
});
