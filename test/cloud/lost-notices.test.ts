/** Each news is told once, whatever becomes of the events that announce it, of the topics, and of whoever tells. */
import { describe, expect, it } from 'vitest';
import { ServiceError } from '#local/service-error.ts';
import { refuse } from './operator.ts';
import { STACK } from './start-cloud.ts';
import {
  ASKED,
  announced,
  BOTH,
  CHAT,
  DONE,
  ids,
  MANUAL,
  MINUTE,
  messageOf,
  OPS,
  rung,
  silence,
  start,
  subjects,
} from './topics.ts';

describe('an event', () => {
  /** One of them meets the claim: an invocation of five calls takes a second. */
  const LATE_MS = [0, 200, 400, 600, 800];

  it('that comes twice at once tells once', async () => {
    const test = await start(MANUAL, { latencyMs: () => 20 });
    const { cloud, roll, newest } = test;
    await roll('v2');
    const news = cloud.events.recorded.filter(({ event }) => event.detail['status'] !== 'pending');

    for (const { event, busName } of [...news, ...news]) cloud.events.deliver(event, 0, busName);
    await cloud.settle();

    expect((await newest()).status).toBe('awaiting_approval');
    expect(subjects(test)).toEqual([ASKED]);
  });

  it('that comes again and again while the first tells tells once', async () => {
    const test = await start(MANUAL, { latencyMs: () => 200 });
    const { cloud, push, watch } = test;
    const before = cloud.wire.onCall;
    cloud.wire.onCall = (call, outcome) => {
      before?.(call, outcome);
      if (call.operation !== 'PutEvents') return;
      for (const { event, busName } of cloud.events.recorded.slice(-1)) {
        for (const lateMs of LATE_MS) cloud.events.deliver(event, lateMs, busName);
      }
    };
    push('v2');

    await cloud.settle();

    expect(cloud.functions.invocations(`${STACK}-notify`)).toBeGreaterThan(1);
    expect(subjects(test)).toEqual([ASKED]);
    expect(await watch.violations()).toEqual([]);
  });

  it('that the bus did not take is paid by the sweep, and told late', async () => {
    const test = await start(MANUAL);
    const { cloud, roll } = test;
    const mend = refuse(test, ({ operation }) => operation === 'PutEvents');
    await roll('v2');
    const before = subjects(test);
    mend();

    await cloud.run({ untilMs: cloud.clock.nowMs() + 20 * MINUTE });

    expect(before).toEqual([]);
    expect(subjects(test)).toEqual([ASKED]);
  });

  it('that is lost on its way is announced again by the sweep, while the rollout waits', async () => {
    const test = await start(MANUAL);
    const { cloud, roll, watch } = test;
    const mend = silence(test);
    await roll('v2');
    await cloud.run({ untilMs: cloud.clock.nowMs() + 10 * MINUTE });
    const before = subjects(test);
    mend();

    await cloud.run({ untilMs: cloud.clock.nowMs() + 40 * MINUTE });

    expect(before).toEqual([]);
    expect(subjects(test)).toEqual([ASKED]);
    expect(announced(test)).toBe(1);
    expect(await watch.violations()).toEqual([]);
  });

  it('that nobody lost is not announced again', async () => {
    const test = await start(MANUAL);
    const { cloud, roll } = test;
    await roll('v2');

    await cloud.run({ untilMs: cloud.clock.nowMs() + 40 * MINUTE });

    expect(announced(test)).toBe(0);
  });

  it('that the bus does not take again is a duty that the sweep could not do', async () => {
    const test = await start(MANUAL);
    const { cloud, roll } = test;
    const mend = silence(test);
    await roll('v2');
    mend();
    refuse(test, ({ operation }) => operation === 'PutEvents');

    await cloud.run({ untilMs: cloud.clock.nowMs() + 20 * MINUTE });

    const duties = cloud.logs.filter(({ line }) =>
      /its duty for .*told of it/.test(messageOf(line)),
    );
    expect(duties).toHaveLength(1);
    expect(subjects(test)).toEqual([]);
  });
});

it('an end whose event was lost is told when somebody wakes the lambda by hand', async () => {
  const test = await start();
  const { cloud, roll, newest } = test;
  const mend = silence(test);
  await roll('v2');
  await cloud.run({ untilMs: cloud.clock.nowMs() + 40 * MINUTE });
  const before = subjects(test);
  mend();
  const { rollout } = await newest();

  await cloud.functions.invoke(`${STACK}-notify`, { detail: { rollout_id: rollout } });
  await cloud.functions.invoke(`${STACK}-notify`, { detail: { rollout_id: rollout } });

  expect(before).toEqual([]);
  expect(subjects(test)).toEqual([DONE]);
});

describe('a topic', () => {
  it('that is gone is named in the log, once, rings, and the others are told', async () => {
    const test = await start({ ...MANUAL, ...BOTH });
    const { cloud, roll, watch } = test;
    cloud.sns.deleteTopic(OPS);

    await roll('v2');
    await cloud.run({ untilMs: cloud.clock.nowMs() + 40 * MINUTE });

    expect(subjects(test, CHAT)).toEqual([ASKED]);
    const named = cloud.logs.filter(({ line }) => line['message'] === 'a topic refused a notice');
    expect(named.map(({ line }) => [line['topic'], line['reason']])).toEqual([
      [OPS, 'NotFoundException: Topic does not exist'],
    ]);
    expect(rung(test)).toEqual([['notify', 1]]);
    expect(cloud.apiCalls.get('sns:Publish')).toBe(2);
    expect(await watch.violations()).toEqual([]);
  });

  it('that is gone rings also where another only does not answer', async () => {
    const test = await start({ ...MANUAL, ...BOTH });
    const { cloud, roll } = test;
    cloud.sns.deleteTopic(OPS);
    refuse(test, ({ operation, input }) => operation === 'Publish' && input['TopicArn'] === CHAT);

    await roll('v2');

    expect(rung(test)).toEqual([['notify', 1]]);
    expect(subjects(test, CHAT)).toEqual([]);
  });

  it('that does not answer for a while is told later, and the others not again', async () => {
    const test = await start({ ...MANUAL, ...BOTH });
    const { cloud, roll } = test;
    const atMs = cloud.clock.nowMs();
    cloud.wire.fault = ({ operation, input }) =>
      operation === 'Publish' && input['TopicArn'] === OPS && cloud.clock.nowMs() < atMs + 30_000
        ? {
            kind: 'refused',
            error: new ServiceError('InternalError', 'later', { statusCode: 500 }),
          }
        : undefined;

    await roll('v2');

    expect(subjects(test, CHAT)).toEqual([ASKED]);
    expect(subjects(test, OPS)).toEqual([ASKED]);
    // Three of the SDK's own attempts, then Lambda's next; no storm.
    expect(cloud.apiCalls.get('sns:Publish')).toBe(5);
  });
});

describe('whoever tells', () => {
  /** What two topics hear in all. Only between a send and its note is there nobody who knows of it. */
  it.each([
    ['before', 'reading the rollout', 1, 2],
    ['before', 'reading what was told', 2, 2],
    ['before', 'claiming', 3, 2],
    ['after', 'claiming', 3, 2],
    ['after', 'telling one topic', 4, 3],
    ['after', 'telling both', 5, 4],
    ['after', 'noting it', 6, 2],
    ['after', 'looking again', 8, 2],
  ] as const)('and dies %s %s leaves it to another: %#', async (when, _, call, heard) => {
    const test = await start({ ...MANUAL, ...BOTH });
    const { cloud, roll, watch } = test;
    let isDead = false;
    cloud.functions.fault = ({ functionName }) => {
      if (functionName !== `${STACK}-notify` || isDead) return undefined;
      isDead = true;
      return { kind: `die_${when}`, call };
    };

    await roll('v2');
    await cloud.run({ untilMs: cloud.clock.nowMs() + 40 * MINUTE });

    const told = ids(test);
    expect(new Set(told).size).toBe(2);
    expect(told).toHaveLength(heard);
    expect(await watch.violations()).toEqual([]);
  });

  it('and meets a claim comes again, lest whoever made it has died', async () => {
    const test = await start(MANUAL);
    const { cloud, roll, newest } = test;
    silence(test);
    await roll('v2');
    const event = { detail: { rollout_id: (await newest()).rollout } };
    cloud.functions.fault = () => ({ kind: 'die_after', call: 3 });
    await expect(cloud.functions.invoke(`${STACK}-notify`, event)).rejects.toThrow();
    cloud.functions.fault = undefined;

    cloud.functions.invokeAsync(`${STACK}-notify`, event);
    await cloud.run({ untilMs: cloud.clock.nowMs() + 5 * MINUTE });

    expect(subjects(test)).toEqual([ASKED]);
    expect(announced(test)).toBe(0);
  });
});
