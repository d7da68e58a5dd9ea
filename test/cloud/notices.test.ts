/** What topics of a policy hear of its rollouts: each news once, with what can be done. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { readChunks, writeChunk } from '#aws/chunk-store.ts';
import { type Chunk, chunkItem } from '#core/chunk.ts';
import { run } from '../cli/rig.ts';
import { operate } from './operator.ts';
import { STACK } from './start-cloud.ts';
import { ASKED, DONE, HELD, MANUAL, silence, start, subjects } from './topics.ts';

const PAGE = readFileSync(path.join(import.meta.dirname, '../../docs/policies.md'), 'utf8');

describe('a policy that names a topic', () => {
  it('tells once of a plan that waits, and once of its end', async () => {
    const test = await start(MANUAL);
    const { newest, roll, watch, cloud } = test;

    await roll('v2');
    const asked = subjects(test);
    await operate(test).tell('approve');
    await cloud.settle();

    const { rollout, plan_hash } = await newest();
    expect(asked).toEqual([ASKED]);
    expect(subjects(test)).toEqual([ASKED, DONE]);
    expect(cloud.sns.messages[0]?.attributes).toEqual({
      id: `${rollout}/2`,
      policy: 'shop-web',
      rollout,
      status: 'awaiting_approval',
      event: 'image.rollout_awaiting_approval',
    });
    expect(cloud.sns.messages[0]?.message).toContain(`--plan ${plan_hash} --stack`);
    expect(cloud.sns.messages[0]?.sms).toBe(ASKED);
    expect(await watch.violations()).toEqual([]);
  });

  it('is answered by the very command of a notice', async () => {
    const test = await start(MANUAL);
    const { cloud, roll, newest } = test;
    await roll('v2');
    const command = /npx longshore (approve .*)/.exec(cloud.sns.messages[0]?.message ?? '')?.[1];

    const { code, out } = await run(command ?? '', { cloud });
    await cloud.settle();

    expect([code, out]).toEqual([0, 'shop-web #1 is approved: it begins\n']);
    expect((await newest()).status).toBe('completed');
  });

  it('is answered by the very input of a notice', async () => {
    const test = await start(MANUAL);
    const { cloud, roll, newest } = test;
    await roll('v2');
    const line = cloud.sns.messages[0]?.message.split('\n').find((one) => one.includes('approve"'));

    const answer = await operate(test).ask(JSON.parse(line ?? ''));
    await cloud.settle();

    expect(answer.verdict).toBe('done');
    expect((await newest()).status).toBe('completed');
  });

  it('tells why a rollout is held, and which hosts need attention', async () => {
    const test = await start({ on_threshold: 'hold' });
    const { cloud, roll, hostRecords, newest, watch } = test;

    await roll('v2', true);

    const [notice, ...others] = cloud.sns.messages;
    const failed = (await hostRecords(await newest())).filter(({ status }) => status === 'failed');
    expect(others).toEqual([]);
    expect(notice?.subject).toMatch(HELD);
    expect(failed).toHaveLength(2);
    for (const { host, error } of failed) {
      expect(notice?.message).toContain(`- ${host} failed: ${error}; v1 runs again\n`);
    }
    // What docs/policies.md shows is what people get.
    expect(PAGE).toContain(`\n\`\`\`\n${notice?.message}\`\`\`\n`);
    expect(await watch.violations()).toEqual([]);
  });

  it('names no host of a plan that was given up', async () => {
    const test = await start({ on_threshold: 'hold' });
    const { cloud, store, roll, newest } = test;
    const mend = silence(test);
    await roll('v2', true);
    const { rollout } = await newest();
    const [chunk] = await readChunks(store, rollout, 0);
    const hosts = chunk?.hosts.map((host) => ({ ...host, host: `${host.host}-gone` })) ?? [];
    const stale = { chunk: 7, item: chunkItem(0, 7), plan_hash: 'another', version: 0, hosts };
    await writeChunk(store, { ...(chunk as Chunk), ...stale });
    mend();

    await cloud.functions.invoke(`${STACK}-notify`, { detail: { rollout_id: rollout } });

    expect(cloud.sns.messages[0]?.message).toMatch(/^- i-[0-9a-f]+ failed: /m);
    expect(cloud.sns.messages[0]?.message).not.toContain('-gone');
  });

  it('tells of a way back when it begins and when it ends', async () => {
    const test = await start();

    await test.roll('v2', true);

    expect(subjects(test)).toEqual([
      expect.stringMatching(/^shop-web #1 goes back: batch 1: High failure rate/),
      expect.stringMatching(/^shop-web #1 went back: batch 1: High failure rate/),
    ]);
    expect(await test.watch.violations()).toEqual([]);
  });

  it('tells nothing of what a person did, nor of what a person resumed', async () => {
    const test = await start({ on_threshold: 'hold' });
    const { cloud, roll } = test;
    const operator = operate(test);
    await roll('v2', true);

    for (const action of ['pause', 'resume', 'cancel']) {
      await operator.tell(action);
      await cloud.settle();
    }

    expect((await test.newest()).status).toBe('cancelled');
    expect(subjects(test)).toEqual([expect.stringMatching(HELD)]);
  });
});

it('wakes nobody for a policy that names no topic', async () => {
  const test = await start({ notifications: [] });

  await test.roll('v2');

  expect(test.cloud.functions.invocations(`${STACK}-notify`)).toBe(0);
  expect(test.cloud.sns.messages).toEqual([]);
});
